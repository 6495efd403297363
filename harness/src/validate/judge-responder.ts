// Judges what a responder tells: whether it is there, its clock, what gateways changed on the way,
// and the way there by itself. Pure.  RFC 3550 §6.4.1, RFC 5905 §8; standards.md
import type { FlowEnds, ValidationItem } from "@tapeline/reports";
import type { ClockOffset } from "./clock-offset.ts";
import { failed, notMeasured, passed, warned, type ItemHead } from "./item.ts";
import type { Asked, FarStream, SeenByResponder } from "./responder-channel.ts";
import {
  below,
  CLOCK_OFFSET_MS,
  JITTER_MS,
  limitFor,
  LOSS,
  ONE_WAY_DELAY_MS,
  OUT_OF_ORDER,
  UNTOUCHED,
  type Limits,
} from "./thresholds.ts";
import { count, mean, milliseconds, percent } from "./words.ts";

export function judgeReached(isThere: boolean, flow: FlowEnds): ValidationItem {
  const head: ItemHead = {
    id: "responder.reached",
    group: "responder",
    title: "The responder answers",
    threshold: { text: "answered", source: "--responder" },
    flow,
  };
  if (isThere) return passed(head, { measured: "answered" });
  const { from, to, port } = flow;
  return failed(head, {
    measured: "no answer",
    remedy: `Start "tapeline-recorder responder --port ${port}" on ${to}, and open UDP port ${port} from ${from} to ${to}.`,
  });
}

/** `wallOffsetMs`: their wall clock less ours. */
export function judgeClocks(
  offset: ClockOffset | null,
  wallOffsetMs: number,
  flow: FlowEnds,
): ValidationItem {
  const head: ItemHead = {
    id: "responder.clock-offset",
    group: "responder",
    title: "The clocks agree",
  };
  if (offset === null) return notMeasured(head, "no exchange of time stamps came back");
  const ahead = wallOffsetMs >= 0 ? "ahead" : "behind";
  const size = Math.abs(wallOffsetMs);
  const finding = {
    measured: `${flow.to} is ${milliseconds(size)} ${ahead} (± ${milliseconds(offset.roundTripMs / 2)})`,
    value: wallOffsetMs,
    unit: "ms",
  };
  const remedy = `Set the clocks of ${flow.to} and ${flow.from} by the same time server (NTP, UDP port 123 from ${flow.to} to it): they differ by ${milliseconds(size)}.`;
  return limited(head, finding, { value: size, limits: CLOCK_OFFSET_MS, remedy });
}

/** A gateway may know only INVITE: both are compared. */
const ECHOED = {
  OPTIONS: { id: "responder.untouched", title: "Via, Contact and SDP arrive there as sent" },
  INVITE: {
    id: "responder.invite-untouched",
    title: "Via, Contact and SDP of an INVITE arrive there as sent",
  },
} as const;

export function judgeEchoed(
  told: { readonly sent: Asked; readonly seen: SeenByResponder } | null,
  method: keyof typeof ECHOED,
  flow: FlowEnds,
): ValidationItem {
  const head: ItemHead = { ...ECHOED[method], group: "responder", threshold: UNTOUCHED, flow };
  if (told === null) return notMeasured(head, "no echo came back");
  const { sent, seen } = told;
  const changed = [
    ...(sameVia(sent.via, seen.via) ? [] : ["Via"]),
    ...(sent.contact === (seen.contact ?? "") ? [] : ["Contact"]),
    ...(sent.sdp === seen.sdp ? [] : ["SDP"]),
  ];
  if (changed.length === 0) return passed(head, { measured: "unchanged" });
  const { from, to, port } = flow;
  return failed(head, {
    measured: `changed on the way: ${changed.join(", ")}`,
    remedy: `Switch off the SIP-ALG (SIP inspection, SIP helper) for UDP port ${port} from ${from} to ${to}: it rewrites ${changed.join(", ")} of ${method}.`,
  });
}

function sameVia(sent: string, seen: string | null): boolean {
  const plain = (via: string) => via.replace(/;(received|rport)(=[^;]*)?/g, "");
  return plain(sent) === plain(seen ?? "");
}

export interface WayThere {
  readonly streams: readonly FarStream[];
  /** Their clock less our monotonic one; null = unknown. */
  readonly offset: ClockOffset | null;
  /** Of RTCP; null = unknown. */
  readonly roundTripMs: number | null;
  readonly flow: FlowEnds;
}

export function judgeWayThere(facts: WayThere): ValidationItem[] {
  const { streams, flow } = facts;
  const heads = HEADS.map((head) => ({ ...head, flow }));
  const [lossHead, jitterHead, orderHead, thereHead, backHead] = heads as [
    ...[ItemHead, ItemHead, ItemHead],
    ...[ItemHead, ItemHead],
  ];
  if (streams.length === 0) {
    return heads.map((head) => notMeasured(head, "the responder heard no RTP of ours"));
  }
  return [
    judgeLossThere(lossHead, facts),
    judgeJitterThere(jitterHead, facts),
    judgeOrder(orderHead, facts),
    ...judgeDelays(thereHead, backHead, facts),
  ];
}

const HEADS: readonly ItemHead[] = [
  { id: "responder.loss", group: "responder", title: "Loss on the way there" },
  { id: "responder.jitter", group: "responder", title: "Jitter on the way there" },
  { id: "responder.order", group: "responder", title: "Packets arrive there in order" },
  { id: "responder.delay-there", group: "responder", title: "One-way delay there" },
  { id: "responder.delay-back", group: "responder", title: "One-way delay back" },
];

function judgeLossThere(head: ItemHead, { streams, flow }: WayThere): ValidationItem {
  const sum = (figure: (stream: FarStream) => number) =>
    streams.reduce((total, stream) => total + figure(stream), 0);
  const [expected, lost] = [sum(({ expected: all }) => all), sum((stream) => stream.lost)];
  const ratio = expected === 0 ? 0 : lost / expected;
  const longest = Math.max(...streams.map(({ longestRun }) => longestRun));
  const runs = lost === 0 ? "" : `, longest run ${count(longest, "packet")}`;
  const finding = {
    measured: `${percent(ratio)} (${lost} of ${expected}${runs})`,
    value: ratio,
    unit: "ratio",
  };
  // As with the receiver reports: one or two lost packets of a short trial are no rate.
  const isChance = lost <= 2 && ratio < LOSS.fail.value;
  const limits = isChance ? { ...LOSS, warn: LOSS.fail } : LOSS;
  const remedy = `Find what loses UDP port ${flow.port} (RTP) from ${flow.from} to ${flow.to}: ${percent(ratio)} is lost on the way there${runs}. Give it priority (DSCP EF).`;
  return limited(head, finding, { value: ratio, limits, remedy });
}

function judgeJitterThere(head: ItemHead, { streams, flow }: WayThere): ValidationItem {
  const jitterMs = mean(streams.map((stream) => stream.jitterMs)) ?? 0;
  const finding = { measured: milliseconds(jitterMs), value: jitterMs, unit: "ms" };
  const remedy = `Give UDP port ${flow.port} (RTP) from ${flow.from} to ${flow.to} priority on the way: its packets arrive with ${milliseconds(jitterMs)} of jitter.`;
  return limited(head, finding, { value: jitterMs, limits: JITTER_MS, remedy });
}

function judgeOrder(head: ItemHead, { streams, flow }: WayThere): ValidationItem {
  const received = streams.reduce((sum, stream) => sum + stream.received, 0);
  const overtaken = streams.reduce((sum, { outOfOrder }) => sum + outOfOrder, 0);
  const ratio = received === 0 ? 0 : overtaken / received;
  const finding = {
    measured: `${percent(ratio)} overtaken (${overtaken} of ${received})`,
    value: ratio,
    unit: "ratio",
  };
  const full = { ...head, threshold: OUT_OF_ORDER };
  if (ratio <= OUT_OF_ORDER.value) return passed(full, finding);
  return warned(full, {
    ...finding,
    remedy: `Send all packets of a stream one way: UDP port ${flow.port} from ${flow.from} to ${flow.to} is balanced packet by packet over several links (switch it to balancing by flow), or queued twice.`,
  });
}

/** A delay below nothing is what the uncertainty of the offset makes of one near nothing. */
function judgeDelays(
  thereHead: ItemHead,
  backHead: ItemHead,
  { streams, offset, roundTripMs, flow }: WayThere,
): ValidationItem[] {
  const transit = mean(streams.flatMap(({ transitMs }) => (transitMs ? [transitMs.mean] : [])));
  if (transit === null || offset === null) {
    const why = "no sender report or no time stamps came through";
    return [notMeasured(thereHead, why), notMeasured(backHead, why)];
  }
  const there = Math.max(0, transit - offset.offsetMs);
  const words = (value: number) =>
    `${milliseconds(value)} (± ${milliseconds(offset.roundTripMs / 2)}, by the offset of the clocks)`;
  const judge = (head: ItemHead, value: number, from: string, to: string) =>
    limited(
      head,
      { measured: words(value), value, unit: "ms" },
      {
        value,
        limits: ONE_WAY_DELAY_MS,
        remedy: `Shorten the way of UDP port ${flow.port} from ${from} to ${to}: it takes ${milliseconds(value)}.`,
      },
    );
  const back =
    roundTripMs === null
      ? notMeasured(backHead, "no round trip was measured")
      : judge(backHead, Math.max(0, roundTripMs - there), flow.to, flow.from);
  return [judge(thereHead, there, flow.from, flow.to), back];
}

function limited(
  head: ItemHead,
  finding: { readonly measured: string; readonly value: number; readonly unit: string },
  by: { readonly value: number; readonly limits: Limits; readonly remedy: string },
): ValidationItem {
  const verdict = below(by.value, by.limits);
  const full = { ...head, threshold: limitFor(verdict, by.limits) };
  if (verdict === "pass") return passed(full, finding);
  const bad = { ...finding, remedy: by.remedy };
  return verdict === "fail" ? failed(full, bad) : warned(full, bad);
}
