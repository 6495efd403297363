// The configuration handed down in parts: each service receives only its own section.
import type { FactsOptions } from "./association/facts.ts";
import type { RecorderConfig } from "./config.ts";
import type { LinkClientOptions } from "./devlink3/link-client.ts";
import { LISTENER_LIMITS, type ListenerLimits } from "./live/listeners.ts";
import type { MediaPlaneOptions, TlsOptions } from "./ports/index.ts";
import type { RecordingsOptions } from "./recording/recordings.ts";
import type { SipEndpointOptions } from "./sip/endpoint.ts";
import { SIP_TIMERS } from "./sip/sip-timers.ts";
import type { StorageServiceOptions } from "./storage/pool-storage.ts";
import type { TlsFiles } from "./tls-files.ts";

export const PRODUCT = "Tapeline";

/** The local address; `auto` is resolved by the command line where the machine is known. */
export function bindHost(config: RecorderConfig): string {
  const { address, bind } = config.recorder;
  return bind === "auto" ? address : bind;
}

/** Who may call: as configured, else the IP Offices (design.md §5, SIP). */
function allowedSources(config: RecorderConfig): readonly string[] {
  return config.sip.allow.length > 0 ? config.sip.allow : config.devlink3.map(({ host }) => host);
}

function rtpText(config: RecorderConfig): string {
  const { rtp } = config;
  return "range" in rtp ? rtp.range.join("-") : String(rtp.port);
}

export function mediaPlaneOptions(config: RecorderConfig): MediaPlaneOptions {
  const { rtp } = config;
  return {
    bindHost: bindHost(config),
    rtp: "range" in rtp ? { range: rtp.range } : { port: rtp.port },
    liveDirectory: config.live.directory,
    receiveBufferBytes: rtp.receiveBufferBytes,
    pause: config.pause,
    allowedHosts: allowedSources(config),
  };
}

export function recordingsOptions(config: RecorderConfig): RecordingsOptions {
  return {
    recorder: config.recorder.name,
    address: config.recorder.address,
    rtpText: rtpText(config),
    maximumRecordings: config.sip.maximumCalls,
  };
}

export function sipOptions(config: RecorderConfig, tls: TlsFiles): SipEndpointOptions {
  const { sip, recorder } = config;
  return {
    bindHost: bindHost(config),
    port: sip.port,
    transports: sip.transports,
    ...(tls.sip === null ? {} : { tls: tls.sip }),
    advertisedHost: recorder.address,
    allow: allowedSources(config),
    limits: {
      maximumDialogs: sip.maximumCalls,
      maximumTransactions: sip.maximumCalls * 4,
      maximumConnections: sip.maximumConnections,
      maximumMessageBytes: 65_535,
    },
    timers: SIP_TIMERS,
  };
}

export function storageOptions(config: RecorderConfig): StorageServiceOptions {
  return {
    pools: config.pools,
    quality: config.encoder.quality,
    liveDirectory: config.live.directory,
    keepHours: config.live.keepHours,
  };
}

export function listenerLimits(config: RecorderConfig): ListenerLimits {
  return {
    ...LISTENER_LIMITS,
    inAll: config.http.maximumListeners,
    perRecording: config.http.maximumListenersPerStream,
  };
}

export function factsOptions(config: RecorderConfig): FactsOptions {
  const { address } = config.recorder;
  const host = address.includes(":") ? `[${address}]` : address;
  const { port, transports } = config.sip;
  const transport = transports[0] ?? "udp";
  return {
    links: config.devlink3.map(({ host: pbx, scn }) => ({ pbx, scn })),
    agents: config.recorder.agents,
    recordFromBeginning: config.recorder.recordFromBeginning,
    recorderUriFor: (streamId) => `sip:${streamId}@${host}:${port};transport=${transport}`,
    recorderText: `${host}:${port}`,
  };
}

export function linkOptions(
  config: RecorderConfig,
  index: number,
  tls: TlsFiles,
): LinkClientOptions {
  const entry = config.devlink3[index];
  if (entry === undefined) throw new RangeError(`no IP Office ${index}`);
  const linkTls: TlsOptions | null = tls.links[index] ?? null;
  return {
    host: entry.host,
    port: entry.port,
    ...(linkTls === null ? {} : { tls: linkTls }),
    user: entry.user,
    password: entry.password,
    scn: entry.scn,
    applicationName: PRODUCT,
  };
}
