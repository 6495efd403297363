// The configuration handed down in parts: each service receives only its own section.
import type { FactsOptions } from "./association/facts.ts";
import type { RecorderConfig } from "./config.ts";
import type { LinkClientOptions } from "./devlink3/link-client.ts";
import { LISTENER_LIMITS, type ListenerLimits } from "./live/listeners.ts";
import type { MediaPlaneOptions } from "./ports/index.ts";
import { rowFromJournal } from "./recording/journal-row.ts";
import type { RecordingsOptions } from "./recording/recordings.ts";
import type { SipEndpointOptions } from "./sip/endpoint.ts";
import type { CapacityLimits } from "./sizing-watch.ts";
import { SIP_TIMERS } from "./sip/sip-timers.ts";
import type { StorageServiceOptions } from "./storage/pool-storage.ts";
import type { TlsFiles, TlsStore } from "./tls-files.ts";

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
    pause: { fill: config.pause.fill, guardMs: config.pause.guardMs },
    allowedHosts: allowedSources(config),
  };
}

export function recordingsOptions(
  config: RecorderConfig,
  pause: RecordingsOptions["pause"] = () => config.pause,
): RecordingsOptions {
  return {
    recorder: config.recorder.name,
    address: config.recorder.address,
    rtpText: rtpText(config),
    maximumRecordings: config.sip.maximumCalls,
    pause,
  };
}

export function sipOptions(config: RecorderConfig, tls: TlsFiles): SipEndpointOptions {
  const { sip, recorder } = config;
  return {
    bindHost: bindHost(config),
    port: sip.port,
    tlsPort: sipTlsPort(sip.port),
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
    pools: config.pools.map((pool) => ({
      ...pool,
      drives: pool.drives.map(({ path, maxBytes, watermark: watermarkBytes }) => ({
        ...{ path, maxBytes, watermarkBytes },
      })),
    })),
    quality: config.encoder.quality,
    liveDirectory: config.live.directory,
    keepHours: config.live.keepHours,
    liveWatermarkBytes: config.live.watermark,
    liveAlarmHours: config.live.alarmHours,
    drivesFile: `${config.state.directory}/drives.jsonl`,
    rowFromJournal,
  };
}

export function listenerLimits(config: RecorderConfig): ListenerLimits {
  return {
    ...LISTENER_LIMITS,
    inAll: config.http.maximumListeners,
    perRecording: config.http.maximumListenersPerStream,
  };
}

/** WebRTC offers the addresses on which HTTP is to be reached. */
export function webRtcOptions({ http }: RecorderConfig) {
  const { engine, ports = null } = http.webrtc;
  return { engine, ports, httpHost: http.host };
}

/** SIP over TLS listens on the port after the SIP Message Port, as 5061 after 5060. */
export function sipTlsPort(port: number): number {
  return port === 0 ? 0 : port + 1;
}

export function capacityLimits({ capacity }: RecorderConfig): CapacityLimits {
  const { vcmChannels, uplink, warnAtPercent } = capacity;
  return { vcmChannels, uplinkBitsPerSecond: uplink ?? null, warnAtPercent };
}

export function factsOptions(config: RecorderConfig, rules: FactsOptions["rules"]): FactsOptions {
  const { address } = config.recorder;
  const host = address.includes(":") ? `[${address}]` : address;
  const { port, transports } = config.sip;
  const transport = transports[0] ?? "udp";
  const called = transport === "tls" ? sipTlsPort(port) : port;
  return {
    links: config.devlink3.map(({ host: pbx, scn }) => ({ pbx, scn })),
    agents: config.recorder.agents,
    recordFromBeginning: config.recorder.recordFromBeginning,
    rules,
    recorderUriFor: (streamId) => `sip:${streamId}@${host}:${called};transport=${transport}`,
    recorderText: `${host}:${called}`,
  };
}

export function linkOptions(
  config: RecorderConfig,
  index: number,
  tls: Pick<TlsStore, "link">,
): LinkClientOptions {
  const entry = config.devlink3[index];
  if (entry === undefined) throw new RangeError(`no IP Office ${index}`);
  return {
    host: entry.host,
    port: entry.port,
    ...(entry.tls === false ? {} : { tls: () => tls.link(index) }),
    user: entry.user,
    password: entry.password,
    scn: entry.scn,
    applicationName: PRODUCT,
  };
}
