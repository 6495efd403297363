// How large a datagram may be: OPTIONS of growing size over UDP, all at once, each repeated as
// RFC 3261 §17.1.2 has it. Small answers tell which sizes arrived; above 1,472 bytes a datagram
// travels in IP fragments on Ethernet.
import type { TrafficRow, ValidationItem } from "@tapeline/reports";
import { failed, notMeasured, passed, warned, type ItemHead } from "./item.ts";
import type { Probe, ProbeContext, ProbeResult, ValidateOptions } from "./probe.ts";
import { REJECTED } from "./signalling-probe.ts";
import { SipClient } from "./sip-client.ts";
import { PATH_MTU_BYTES } from "./thresholds.ts";
import { IP_UDP_BYTES } from "./traffic.ts";
import { until } from "./waiting.ts";

/** Payloads: those that fill an IP packet of 1,280, 1,400, 1,420, 1,452, 1,492 and 1,500 bytes. */
export const PROBED_BYTES = [600, 1_000, 1_252, 1_372, 1_392, 1_424, 1_464, 1_472] as const;
/** In two fragments on any Ethernet. */
export const FRAGMENTED_BYTES = 2_400;
/** Four tries of each: 0, 0.5, 1.5 and 3.5 s, and an answer to the last. */
const LIMIT_MS = 4_500;
const TRIES = 4;

export interface MtuFacts {
  readonly localHost: string;
  readonly recorderHost: string;
  readonly port: number;
  /** UDP payloads that were answered. */
  readonly answered: readonly number[];
}

export const mtuProbe: Probe = {
  name: "path MTU",
  isWanted: ({ target }) => target.recorder.transports.includes("udp"),
  plan,
  run,
};

function plan({ target }: ValidateOptions): TrafficRow[] {
  const sizes = [...PROBED_BYTES, FRAGMENTED_BYTES];
  const bytes = sizes.reduce((sum, size) => sum + size + 2 * IP_UDP_BYTES, 0) * TRIES;
  return [
    {
      what: `OPTIONS of ${PROBED_BYTES[0]} to ${FRAGMENTED_BYTES} bytes, at most ${TRIES} times each`,
      protocol: "UDP",
      to: `${target.recorder.host}:${target.recorder.port}`,
      packets: (sizes.length + 1) * TRIES,
      bytes,
      bitsPerSecond: Math.ceil((bytes * 8) / (LIMIT_MS / 1000)),
      seconds: LIMIT_MS / 1000,
    },
  ];
}

async function run(context: ProbeContext): Promise<ProbeResult> {
  const { options, ports } = context;
  const { recorder } = options.target;
  if (context.seen(REJECTED)?.includes("udp") === true) {
    const facts = { localHost: options.localHost, recorderHost: recorder.host, answered: [] };
    return { items: judgeMtu({ ...facts, port: recorder.port }) };
  }
  const client = new SipClient(
    { localHost: options.localHost, port: 0, recorderUser: recorder.user },
    ports,
  );
  await client.start();
  const target = { transport: "udp", host: recorder.host, port: recorder.port } as const;
  const trials = [...PROBED_BYTES, FRAGMENTED_BYTES].map((bytes) => ({
    bytes,
    answer: client.options(target, bytes),
  }));
  const isDone = (): boolean => trials.every(({ answer }) => answer.response !== null);
  await until(ports.clock, isDone, LIMIT_MS);
  const answered = trials.flatMap(({ bytes, answer }) => (answer.response === null ? [] : [bytes]));
  await client.close();
  const { localHost } = options;
  const items = judgeMtu({ localHost, recorderHost: recorder.host, port: recorder.port, answered });
  return { items, seen: { mtu: items[0]?.measured ?? "" } };
}

export function judgeMtu(facts: MtuFacts): ValidationItem[] {
  const { localHost: from, recorderHost: to, port, answered } = facts;
  const flow = { protocol: "UDP", from, to, port: String(port) } as const;
  const head: ItemHead = {
    id: "path.mtu",
    group: "path",
    title: "Path MTU for UDP",
    threshold: PATH_MTU_BYTES,
    flow,
  };
  const fragments: ItemHead = { ...head, id: "path.fragments", title: "IP fragments arrive" };
  if (answered.length === 0) {
    const why = "OPTIONS over UDP is not answered";
    return [notMeasured(head, why), notMeasured(fragments, why)];
  }
  const largest = largestWhole(answered);
  const bytes = largest + IP_UDP_BYTES;
  const isFragmented = answered.includes(FRAGMENTED_BYTES);
  return [judgeWhole(head, { bytes, isFragmented }), judgeFragments(fragments, isFragmented)];
}

/** The largest size up to which all were answered: a single loss is no limit. */
function largestWhole(answered: readonly number[]): number {
  let largest = 0;
  for (const [index, bytes] of PROBED_BYTES.entries()) {
    const isHeard = PROBED_BYTES.slice(index).some((size) => answered.includes(size));
    if (isHeard) largest = bytes;
  }
  return largest;
}

function judgeWhole(
  head: ItemHead,
  { bytes, isFragmented }: { readonly bytes: number; readonly isFragmented: boolean },
): ValidationItem {
  const finding = {
    measured: `${bytes.toLocaleString("en-US")} bytes`,
    value: bytes,
    unit: "bytes",
  };
  if (bytes >= 1_500) {
    return passed(head, { ...finding, measured: "1,500 bytes or more" });
  }
  const { flow } = head;
  const where = `UDP port ${flow?.port} from ${flow?.from} to ${flow?.to}`;
  const remedy = `Let IP packets of 1,500 bytes, or their fragments, pass for ${where}: nothing above ${finding.measured} arrives. Correct the MTU of the tunnel or VPN on the way, or let the IP Office use TCP.`;
  return bytes < 1_428 && !isFragmented
    ? failed(head, { ...finding, remedy })
    : warned(head, { ...finding, remedy });
}

function judgeFragments(head: ItemHead, isFragmented: boolean): ValidationItem {
  if (isFragmented) return passed(head, { measured: "2,400 bytes in fragments are answered" });
  const { flow } = head;
  return warned(head, {
    measured: "2,400 bytes in fragments are not answered",
    remedy: `Let IP fragments of UDP port ${flow?.port} pass from ${flow?.from} to ${flow?.to}: an INVITE above 1,472 bytes travels in fragments, and firewalls on the way drop them. Or let the IP Office use TCP port ${flow?.port}.`,
  });
}
