// Parts of the simulated IP Office that are made from its site: SIP caller, VCM channels, time of
// day. Used by ip-office.ts alone, which puts everything together.
import { PLATFORMS } from "./platforms.ts";
import type { PbxObserver, PbxPorts } from "./ports.ts";
import { SipCaller } from "./sip-caller.ts";
import type { SimulatedIpOfficeOptions } from "./ip-office.ts";
import type { Site } from "./site.ts";

/** On a server without VCM hardware none is counted: as many as there may ever be calls. */
const UNCOUNTED_CHANNELS = 1_000_000;

/** How many the site has. */
export function vcmChannels(site: Site): number {
  const hasHardware = site.platform === null || PLATFORMS[site.platform].vcmChannels !== null;
  return hasHardware ? site.vcm.channels : UNCOUNTED_CHANNELS;
}

const DAY_MS = 86_400_000;

/** Field 15 of a Delta3 call: its origin is not public, midnight is ours. */
export function tenthsOfDay(wallTimeMs: number): number {
  return Math.floor((((wallTimeMs % DAY_MS) + DAY_MS) % DAY_MS) / 100);
}

/** The SIP side of this site. */
export function newSipCaller(
  options: SimulatedIpOfficeOptions & { readonly clockOffMs: () => number },
  ports: PbxPorts,
  observer: PbxObserver,
): SipCaller {
  const { listen, site, keepPayloads } = options;
  const { host, sipPort, rtpPortBase, advertisedHost, sipTls: tls = listen.tls } = listen;
  return new SipCaller(
    {
      bindHost: host,
      sipPort,
      rtpPortBase,
      giveUpMs: site.giveUpSeconds * 1000,
      keepPayloads,
      probeSeconds: site.probeSeconds,
      clockOffMs: options.clockOffMs,
      srtp: site.srtp ? site.srtpSuite : null,
      ...(advertisedHost === undefined ? {} : { advertisedHost }),
      ...(tls === undefined ? {} : { tls }),
    },
    ports,
    observer,
  );
}
