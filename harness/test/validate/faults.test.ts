// Each fault of a customer's network gives its verdict and its remedy, and a clean one gives none:
// a table of all faults, with the unmodified recorder (or the responder) in the virtual world. What
// only a kernel does is in test/namespaces. T3, R9, R12, R15, R23
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ValidationItem, ValidationResult } from "@tapeline/reports";
import { makeVirtualCertificate, type DatagramFaults } from "@tapeline/simulator/world";
import type { Udp } from "@tapeline/recorder/ports";
import type { RelayFaults } from "../../src/relay/relay-options.ts";
import type { ValidateOptions } from "../../src/validate/probe.ts";
import { PBX, PBX_FACE, RECORDER_FACE } from "../relay/relayed-world.ts";
import { itemOf, relayedSite, responderSite, troubles, type SiteOptions } from "./relayed-site.ts";
import {
  DEFAULTS,
  LAPTOP,
  OFFICE,
  RECORDER,
  VirtualSite,
  type LaptopSetup,
  type NetworkOptions,
} from "./virtual-network.ts";

const CLEAN_SEEDS = 4;
const SHORT = { calls: 1, minutes: 0.2 } as const;
/** Long enough for silence and for the recorder's own BYE. */
const MINUTE = { calls: 1, minutes: 1.1 } as const;
const OPEN = {
  sip: { host: "recorder", protocol: "udp", port: 5060 },
  tcp: { host: "recorder", protocol: "tcp", port: 5060 },
  tls: { host: "recorder", protocol: "tcp", port: 5061 },
  rtp: { host: "recorder", protocol: "udp", port: 5004 },
  rtcp: { host: "recorder", protocol: "udp", port: 5005 },
} as const;

interface Network extends Partial<NetworkOptions> {
  readonly datagrams?: DatagramFaults;
  /** What a firewall drops; all else passes. */
  readonly blocked?: readonly (keyof typeof OPEN)[];
  readonly noOffice?: boolean;
  readonly clockStepMs?: number;
  readonly transports?: readonly ("udp" | "tcp" | "tls")[];
  readonly ipOffice?: ValidateOptions["target"]["ipOffice"];
  readonly laptop?: LaptopSetup | ((site: VirtualSite) => LaptopSetup);
  readonly run?: Partial<ValidateOptions>;
}

/** The laptop, a network, the recorder. */
async function direct(network: Network): Promise<ValidationResult> {
  const { seed = "s", datagrams, blocked, laptop = {}, transports = ["udp", "tcp"] } = network;
  const site = await VirtualSite.start({ ...network, seed });
  site.world.network.datagramFaults("laptop", "recorder", datagrams);
  if (blocked !== undefined) {
    const isOpen = (name: string) => !(blocked as readonly string[]).includes(name);
    const open = Object.entries(OPEN).flatMap(([name, flow]) => (isOpen(name) ? [flow] : []));
    site.world.network.firewall("laptop", "recorder", open);
  }
  if (network.noOffice === true) site.world.network.firewall("laptop", "office", []);
  site.world.host("recorder", RECORDER).stepClock(network.clockStepMs ?? 0);
  const recorder = { ...DEFAULTS.target.recorder, transports, required: transports };
  const target = { ...DEFAULTS.target, recorder, ipOffice: network.ipOffice ?? null };
  const setup = typeof laptop === "function" ? laptop(site) : laptop;
  const result = await site.validate({ target, ...SHORT, ...network.run }, setup);
  site.world.heal();
  await site.close();
  return result;
}

/** A gateway between that rewrites as a good one would, so that only the fault is a fault. */
const GATEWAY = { rewrites: ["via", "contact", "sdp"], to: PBX_FACE } as const;

async function between(
  faults: RelayFaults,
  options: Partial<SiteOptions> & { readonly run?: Partial<ValidateOptions> } = {},
): Promise<ValidationResult> {
  const site = await relayedSite({ seed: "s", ...options, faults: { alg: GATEWAY, ...faults } });
  const result = await site.validate({ ...SHORT, ...options.run });
  await site.close();
  return result;
}

async function atResponder(faults: RelayFaults): Promise<ValidationResult> {
  const site = await responderSite({ seed: "s", faults });
  const result = await site.validate({ ...SHORT, responder: true });
  await site.close();
  return result;
}

/** Answers come from another address than the one that was asked. */
function fromElsewhere({ laptop }: VirtualSite): LaptopSetup {
  const { udp } = laptop.ports;
  const other: Udp = {
    bind: (options, delegate) =>
      udp.bind(options, {
        ...delegate,
        onDatagram: (data, { port }) => delegate.onDatagram(data, { host: "192.0.2.99", port }),
      }),
  };
  return { ports: { udp: other } };
}

/** ICMP, which the virtual world does not have. */
function rejecting(port: number): LaptopSetup {
  return {
    ports: { isUdpRejected: (target) => Promise.resolve(target.port === port) },
  };
}

const OFFICE_TARGET = {
  ...{ host: OFFICE, port: 50_797, tlsPort: 50_796, certificateAuthority: null },
  ...{ user: null, password: null },
};
const TLS_FILES = { cert: "/etc/tapeline/sip.pem", key: "/etc/tapeline/sip.key" };
const TLS_RECORDER: Network = {
  transports: ["udp", "tcp", "tls"],
  changes: { sip: { transports: ["udp", "tcp", "tls"], tls: TLS_FILES } },
  files: {
    [TLS_FILES.cert]: makeVirtualCertificate({ subject: "recorder", altNames: [RECORDER] }),
    [TLS_FILES.key]: "virtual",
  },
};
const BURSTS = { enter: 0.01, leave: 0.2, lossInBad: 1 };

interface Fault {
  readonly fault: string;
  readonly seen: () => Promise<ValidationResult>;
  readonly id: string;
  readonly verdict: "fail" | "warn";
  /** Protocol, port, what to change; from and to are looked for in each. */
  readonly remedy: RegExp;
  /** Measured within 10 %. */
  readonly told?: number;
  /** What must not be blamed. */
  readonly good?: readonly string[];
}

const BLOCKED: readonly Fault[] = [
  {
    fault: "SIP over UDP dropped",
    seen: () => direct({ blocked: ["sip"] }),
    ...{ id: "sip.udp.options", verdict: "fail" },
    remedy: /^Open UDP port 5060 from/,
    good: ["sip.tcp.options"],
  },
  {
    fault: "SIP over UDP rejected by ICMP",
    seen: () => direct({ blocked: ["sip"], laptop: rejecting(5060) }),
    ...{ id: "sip.udp.options", verdict: "fail" },
    remedy: /UDP port 5060 are rejected \(ICMP.*remove the rule that rejects UDP port 5060/,
    good: ["sip.tcp.options"],
  },
  {
    fault: "SIP over TCP dropped",
    seen: () => direct({ blocked: ["tcp"] }),
    ...{ id: "sip.tcp.options", verdict: "fail" },
    remedy: /^Open TCP port 5060 from/,
    good: ["sip.udp.options", "sip.udp.invite-large"],
  },
  {
    fault: "SIP over TCP rejected",
    seen: () => direct({ changes: { sip: { transports: ["udp"] } } }),
    ...{ id: "sip.tcp.options", verdict: "fail" },
    remedy: /TCP port 5060 are rejected.*remove the rule that rejects TCP 5060/,
  },
  {
    fault: "SIP over TLS dropped",
    seen: () => direct({ ...TLS_RECORDER, blocked: ["tls"] }),
    ...{ id: "sip.tls.options", verdict: "fail" },
    remedy: /^Open TCP port 5061 from/,
    good: ["sip.tcp.options"],
  },
  {
    fault: "SIP over TLS rejected",
    seen: () => direct({ transports: ["udp", "tls"] }),
    ...{ id: "sip.tls.options", verdict: "fail" },
    remedy: /TCP port 5061 are rejected: start the recorder's TLS transport/,
  },
  {
    fault: "RTP dropped",
    seen: () => direct({ blocked: ["rtp"] }),
    ...{ id: "media.rtp-reach", verdict: "fail" },
    remedy: /^Open UDP port 5004 \(RTP\)/,
    good: ["sip.udp.invite-small"],
  },
  {
    fault: "RTP rejected by ICMP",
    seen: () => direct({ blocked: ["rtp"], laptop: rejecting(5004) }),
    ...{ id: "media.rtp-reach", verdict: "fail" },
    remedy: /^Remove the rule that rejects UDP port 5004 \(RTP\)/,
  },
  {
    fault: "RTCP dropped",
    seen: () => direct({ blocked: ["rtcp"] }),
    ...{ id: "media.rtp-reach", verdict: "fail" },
    remedy: /UDP port 5005 \(RTCP\)/,
  },
  ...(["tcp", "tls"] as const).flatMap((name): Fault[] => {
    const port = name === "tcp" ? 50_797 : 50_796;
    const id = `pbx.devlink3-${name}`;
    return [
      {
        fault: `DevLink3 over ${name.toUpperCase()} dropped`,
        seen: () => direct({ hasOffice: true, noOffice: true, ipOffice: OFFICE_TARGET }),
        ...{ id, verdict: "fail", remedy: new RegExp(`^Open TCP port ${port} from`) },
      },
      {
        fault: `DevLink3 over ${name.toUpperCase()} rejected`,
        seen: () => {
          const closed = { ...OFFICE_TARGET, port: 1_797, tlsPort: 1_796 };
          return direct({ hasOffice: true, ipOffice: closed });
        },
        ...{ id, verdict: "fail" },
        remedy: new RegExp(`TCP port ${port - 49_000} are rejected: switch on DevLink3`),
      },
    ];
  }),
];

const BAD_PATHS: readonly Fault[] = [
  {
    fault: "4 % of loss",
    seen: () =>
      direct({
        datagrams: { loss: { enter: 0.04, leave: 0.96, lossInBad: 1 } },
        run: { calls: 5, minutes: 1 },
      }),
    ...{ id: "media.loss", verdict: "fail", told: 0.04 },
    remedy: /UDP port 5004 from .* loses packets/,
  },
  {
    fault: "bursts of loss",
    seen: () => direct({ datagrams: { loss: BURSTS }, run: { calls: 5, minutes: 1 } }),
    ...{ id: "media.loss", verdict: "fail" },
    remedy: /UDP port 5004 from .* loses packets/,
    good: ["sip.udp.invite-large", "path.mtu"],
  },
  {
    fault: "200 ms of delay",
    seen: () => direct({ datagrams: { delayMs: [200, 200] } }),
    ...{ id: "media.one-way-delay", verdict: "fail", told: 200 },
    remedy: /Shorten the way of UDP port 5004/,
  },
  {
    fault: "60 ms of jitter",
    seen: () => direct({ datagrams: { jitterMs: 60 }, run: { calls: 2, minutes: 1 } }),
    ...{ id: "media.jitter", verdict: "fail", told: 60 },
    remedy: /Give RTP \(UDP port 5004 .* priority/,
    good: ["media.loss"],
  },
  {
    fault: "reordering, with a recorder",
    seen: () => direct({ datagrams: { reorderRatio: 0.2 }, run: { minutes: 0.5 } }),
    ...{ id: "media.jitter", verdict: "fail" },
    remedy: /UDP port 5004/,
    good: ["media.loss"],
  },
  {
    fault: "reordering, with a responder",
    seen: () => atResponder({ datagrams: { reorderRatio: 0.1 } }),
    ...{ id: "responder.order", verdict: "warn" },
    remedy: /UDP port 5004 .* balanced packet by packet/,
  },
  {
    fault: "a path MTU of 1,280 whose fragments are dropped",
    seen: () => direct({ datagrams: { maximumBytes: 1_280 - 28 } }),
    ...{ id: "path.mtu", verdict: "fail", told: 1_280 },
    remedy: /UDP port 5060 .* nothing above 1,280 bytes/,
    good: ["sip.udp.invite-small"],
  },
  {
    fault: "an MTU of 1,280, at the large INVITE",
    seen: () => direct({ datagrams: { maximumBytes: 1_280 - 28 } }),
    ...{ id: "sip.udp.invite-large", verdict: "fail" },
    remedy: /UDP datagrams of 1,400 bytes and IP fragments .*MTU/,
  },
  {
    fault: "routes that differ",
    seen: () => between({ only: "to-pbx", datagrams: { delayMs: [400, 400] } }),
    ...{ id: "media.round-trip", verdict: "fail", told: 400 },
    remedy: /UDP port 5004 .* and back/,
  },
  {
    fault: "answers from another address",
    seen: () => direct({ laptop: fromElsewhere }),
    ...{ id: "path.answer-source", verdict: "fail" },
    remedy: /way back the same as the way there: UDP .* port 5060 .* answered by 192\.0\.2\.99/,
  },
];

const BETWEEN: readonly Fault[] = [
  {
    fault: "a NAT that forgets after 30 s",
    seen: () => between({ natIdleMs: 30_000, natKeepsPorts: true }, { run: MINUTE }),
    ...{ id: "nat.idle-time", verdict: "fail" },
    remedy: /Keep UDP mappings .* port 5060 open for 2 minutes/,
  },
  {
    fault: "a NAT, with two calls on one port of the recorder",
    seen: () => between({ natIdleMs: 600_000 }, { run: { calls: 2 } }),
    ...{ id: "media.rtp-reach", verdict: "fail" },
    remedy: /^Route RTP \(UDP port 5004\) .* without NAT: .*RTP_AMBIGUOUS.*rtp\.range/,
  },
  ...(["sdp", "contact", "via"] as const).flatMap((part): Fault[] => {
    const alg = { rewrites: [part], to: "203.0.113.9" } as const;
    const name = { sdp: "SDP", contact: "Contact", via: "Via" }[part];
    return [
      {
        fault: `an ALG that rewrites ${name}, by the recorder's journal`,
        seen: () => between({ alg }, { hasApi: true, run: MINUTE }),
        ...{ id: "sip.alg-journal", verdict: "fail" },
        remedy: new RegExp(`Switch off SIP ALG .*UDP port 5060: ${name}: sent`, "i"),
      },
      {
        fault: `an ALG that rewrites ${name}, by the responder`,
        seen: () => atResponder({ alg }),
        ...{ id: "responder.invite-untouched", verdict: "fail" },
        remedy: new RegExp(`Switch off the SIP-ALG .*UDP port 5060 .* rewrites ${name} of INVITE`),
      },
    ];
  }),
];

const FAR_ENDS: readonly Fault[] = [
  {
    fault: "a recorder that needs 4.5 s to answer",
    seen: () => direct({ thinkMs: 4_500 }),
    ...{ id: "sip.answer-time", verdict: "fail", told: 4_500 },
    remedy: /UDP port 5060 .* gives up after 4 s/,
  },
  {
    fault: "a recorder that answers with a loopback address",
    seen: () => {
      const changes = { recorder: { address: "127.0.0.1", bind: RECORDER } };
      return direct({ changes: { ...changes, simulation: { allowLoopback: true } } });
    },
    ...{ id: "media.sdp-address", verdict: "fail" },
    remedy: /Set recorder\.address .* UDP port 5004/,
  },
  {
    fault: "a clock 5 minutes off",
    seen: () => direct({ clockStepMs: 300_000 }),
    ...{ id: "path.clock-offset", verdict: "fail", told: 300_000 },
    remedy: /NTP \(UDP port 123\)/,
  },
];

/** From and to, whichever world it is. */
function namesEnds({ remedy }: ValidationItem): boolean {
  const isOne = (hosts: readonly string[]) => hosts.some((host) => remedy?.includes(host));
  return isOne([LAPTOP, PBX]) && isOne([RECORDER, RECORDER_FACE, OFFICE]);
}

for (const [group, faults] of Object.entries({ BLOCKED, BAD_PATHS, BETWEEN, FAR_ENDS })) {
  describe(group.toLowerCase().replace("_", " "), () => {
    for (const { fault, seen, id, verdict, remedy, told, good = [] } of faults) {
      test(`${fault}: ${verdict} by ${id}`, async () => {
        const result = await seen();
        const item = itemOf(result, id);
        assert.equal(item.verdict, verdict, `${item.measured}; ${troubles(result).join("\n")}`);
        assert.match(item.remedy ?? "", remedy);
        assert.ok(namesEnds(item), `from and to are not both in: ${item.remedy}`);
        if (verdict === "fail") assert.equal(result.verdict, "fail");
        for (const other of good) assert.equal(itemOf(result, other).verdict, "pass", other);
        if (told === undefined) return;
        const value = item.value ?? Number.NaN;
        assert.ok(Math.abs(value - told) <= told / 10, `${value} measured, ${told} told`);
      });
    }
  });
}

test("a clean network is told as clean, whatever the seed, and over TLS too", async () => {
  for (let seed = 0; seed < CLEAN_SEEDS; seed += 1) {
    const result = await direct({ ...TLS_RECORDER, seed: `clean-${seed}`, run: MINUTE });
    assert.deepEqual(troubles(result), [], `seed clean-${seed}`);
    assert.equal(result.verdict, "pass");
    assert.equal(itemOf(result, "sip.tls.invite-large").verdict, "pass");
  }
});

test("a way that means well is told as clean: gateway, journal, silence", async () => {
  const result = await between({}, { run: MINUTE });
  assert.equal(itemOf(result, "nat.idle-time").verdict, "pass");
  assert.ok(result.remarks.some((remark) => remark.includes("the two directions may differ")));
});
