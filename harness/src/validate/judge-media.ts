// Judges the audio path from what the recorder's RTCP receiver reports say of streams that we sent:
// loss, jitter, round trip, one-way delay, MOS. Pure.  RFC 3550 §6.4.1, A.8; standards.md
import type { FlowEnds, ValidationItem, ValidationSeries } from "@tapeline/reports";
import { E_MODEL_SOURCE, mosOf, rating } from "./e-model.ts";
import { failed, notMeasured, passed, warned, type ItemHead } from "./item.ts";
import type { StreamFacts } from "./rtp-stream.ts";
import {
  below,
  DSCP_KEPT,
  JITTER_MS,
  limitFor,
  LISTENING_MOS,
  LOSS,
  ONE_WAY_DELAY_MS,
  ROUND_TRIP_MS,
  type Limits,
} from "./thresholds.ts";
import { count, mean, milliseconds, percent, place as written } from "./words.ts";

/** What the calls of a run came to. */
export interface MediaFacts {
  readonly localHost: string;
  readonly recorderHost: string;
  readonly streams: readonly StreamFacts[];
  readonly callsAsked: number;
  readonly callsAnswered: number;
  /** Calls over this transport were tried before, and none was answered. */
  readonly isSignallingDown: boolean;
  /** The far end is a recorder that always reports: silence then means a closed port. */
  readonly farEndReports: boolean;
  /** Packets that the recorder says it has, by its API; null = not asked. */
  readonly packetsByApi: number | null;
  /** How the recorder sees us, behind a NAT; null = no NAT was seen. */
  readonly natAddress: string | null;
  /** The RTP port answers with ICMP: something rejects. */
  readonly isRtpRejected: boolean;
  /** The marks are judged elsewhere, by what the responder counts. */
  readonly isDscpCounted: boolean;
}

/** The reports of all streams taken together. */
export interface MediaReading {
  readonly expected: number;
  readonly lost: number;
  readonly lossRatio: number;
  readonly jitterMs: number;
  readonly roundTripMs: number | null;
  readonly worstRoundTripMs: number | null;
  /** Of the sending itself: it is in `jitterMs`, and is not the network's. */
  readonly ownJitterMs: number;
  readonly reports: number;
}

/** A receiver's jitter needs some 16 packets to settle: the mean leaves out the first report. */
const SETTLING_REPORTS = 1;

/** null when no report came. */
export function readMedia(streams: readonly StreamFacts[]): MediaReading | null {
  const lasts = streams.flatMap(({ reports }) => reports.slice(-1));
  if (lasts.length === 0) return null;
  const expected = lasts.reduce((sum, report) => sum + report.expected, 0);
  // Duplicates make a receiver's loss negative; nothing less than nothing was lost.
  const lost = Math.max(
    0,
    lasts.reduce((sum, report) => sum + report.lost, 0),
  );
  const settled = streams.flatMap(({ reports }) =>
    reports.length > SETTLING_REPORTS ? reports.slice(SETTLING_REPORTS) : reports,
  );
  const trips = streams.flatMap(({ reports }) =>
    reports.flatMap((report) => (report.roundTripMs === null ? [] : [report.roundTripMs])),
  );
  return {
    expected,
    lost,
    lossRatio: expected === 0 ? 0 : lost / expected,
    jitterMs: mean(settled.map(({ jitterMs }) => jitterMs)) ?? 0,
    roundTripMs: mean(trips),
    worstRoundTripMs: trips.length === 0 ? null : Math.max(...trips),
    ownJitterMs: mean(streams.map(({ ownJitterMs }) => ownJitterMs)) ?? 0,
    reports: streams.reduce((sum, { reports }) => sum + reports.length, 0),
  };
}

export function judgeMedia(facts: MediaFacts): ValidationItem[] {
  const reading = readMedia(facts.streams);
  const flow = flowOf(facts);
  const reach = judgeReach(facts, reading, flow);
  const calls = judgeCalls(facts);
  if (reading === null) {
    const why = "no receiver report came from the far end";
    return [calls, reach, ...HEADS.map((head) => notMeasured(head, why))];
  }
  return [
    calls,
    reach,
    judgeLoss(reading, flow),
    judgeJitter(reading, flow),
    judgeRoundTrip(reading, flow),
    judgeOneWay(reading, flow),
    ...judgeMos(reading, flow),
    judgePacing(facts),
    ...(facts.isDscpCounted ? [] : [dscpItem()]),
  ];
}

/** Neither end can tell: said, so that nobody takes silence for good news. */
function dscpItem(): ValidationItem {
  const head: ItemHead = {
    id: "path.dscp",
    group: "path",
    title: "DSCP kept on the way",
    threshold: DSCP_KEPT,
  };
  return notMeasured(
    head,
    "packets leave unmarked (DSCP 0): this runtime cannot mark UDP, and RTCP does not tell marks. Have the switch at the IP Office mark RTP as EF (46), and compare a capture at the recorder",
  );
}

const LOSS_HEAD: ItemHead = { id: "media.loss", group: "media", title: "Loss of RTP" };
const JITTER_HEAD: ItemHead = { id: "media.jitter", group: "media", title: "Jitter of RTP" };
const TRIP_HEAD: ItemHead = { id: "media.round-trip", group: "media", title: "Round trip (RTCP)" };
const ONE_WAY_HEAD: ItemHead = {
  id: "media.one-way-delay",
  group: "media",
  title: "One-way delay (half of the round trip)",
};
const MOS_HEAD: ItemHead = { id: "media.mos-listening", group: "media", title: "MOS, listening" };
const TALK_HEAD: ItemHead = {
  id: "media.mos-conversation",
  group: "media",
  title: "MOS, conversation (for comparison: a recorder only listens)",
};
const HEADS = [LOSS_HEAD, JITTER_HEAD, TRIP_HEAD, ONE_WAY_HEAD, MOS_HEAD, TALK_HEAD];

function flowOf({ localHost, recorderHost, streams }: MediaFacts): FlowEnds {
  const targets = streams.flatMap(({ target }) => (target === null ? [] : [target]));
  const ports = [...new Set(targets.map(({ port }) => port))].sort((left, right) => left - right);
  const [first] = ports;
  const last = ports.at(-1);
  const port = first === undefined ? "RTP" : first === last ? `${first}` : `${first}-${last}`;
  return { protocol: "UDP", from: localHost, to: targets[0]?.host ?? recorderHost, port };
}

function judgeCalls(facts: MediaFacts): ValidationItem {
  const { callsAsked, callsAnswered, localHost, recorderHost } = facts;
  const head: ItemHead = {
    id: "media.calls",
    group: "media",
    title: "Calls at the same time",
    threshold: { text: "all are answered", source: "--calls" },
  };
  const measured = `${callsAnswered} of ${callsAsked} answered`;
  if (callsAnswered === 0 && facts.isSignallingDown) {
    return notMeasured(head, "no call is answered at all: see SIP signalling");
  }
  if (callsAnswered === callsAsked) return passed(head, { measured, value: callsAnswered });
  return failed(head, {
    measured,
    value: callsAnswered,
    remedy: `The recorder ${recorderHost} takes only ${callsAnswered} of ${callsAsked} calls from ${localHost}: see its /readyz, limits and disk, and connection limits of firewalls on the SIP port between.`,
  });
}

function judgeReach(
  facts: MediaFacts,
  reading: MediaReading | null,
  flow: FlowEnds,
): ValidationItem {
  const head: ItemHead = {
    id: "media.rtp-reach",
    group: "media",
    title: "RTP reaches the recorder, and its RTCP reaches us",
    threshold: {
      text: "receiver reports come",
      source: "R15: the Active Recording RTP Port is open; RFC 3550 §6.4.2",
    },
    flow,
  };
  const { streams, packetsByApi } = facts;
  const sent = streams.reduce((sum, { packetsSent }) => sum + packetsSent, 0);
  const silent = streams.filter(
    ({ packetsSent, reports }) => packetsSent > 0 && reports.length === 0,
  );
  if (reading !== null && silent.length === 0) {
    return passed(head, {
      measured: count(reading.reports, "receiver report"),
      value: reading.reports,
    });
  }
  if (sent === 0) return notMeasured(head, "no call was up, so no RTP was sent");
  const { from, to, port } = flow;
  const seconds = Math.min(...streams.map((stream) => stream.seconds));
  if (seconds < 5.5 && packetsByApi === null) {
    return notMeasured(head, "the calls were shorter than the 5 s to the first report");
  }
  const rtcp = /^\d+$/.test(port) ? String(Number(port) + 1) : "of each RTP port + 1";
  if (packetsByApi !== null && packetsByApi > 0) {
    return warned(head, {
      measured: `RTP arrives (${count(packetsByApi, "packet")}), no receiver report comes back`,
      remedy: `Open UDP port ${rtcp} (RTCP) from ${from} to ${to}, and the way back: audio arrives, but its quality cannot be measured.`,
    });
  }
  const echoed = streams.reduce((sum, { packetsEchoed }) => sum + packetsEchoed, 0);
  if (echoed > 0) return judgeEcho(head, { sent, echoed });
  if (facts.natAddress !== null && facts.callsAnswered > 1) {
    return failed(head, natFinding(facts, { silent: silent.length, flow }));
  }
  if (reading !== null) {
    return failed(head, {
      measured: `${silent.length} of ${streams.length} streams unheard`,
      remedy: `Open UDP port ${port} (RTP) and ${rtcp} (RTCP) from ${from} to ${to} for every stream: ${silent.length} of ${streams.length} are not heard.`,
    });
  }
  if (!facts.farEndReports) {
    return notMeasured(
      head,
      "the far end sends no receiver reports and no echo (no Tapeline recorder)",
    );
  }
  if (facts.isRtpRejected) {
    return failed(head, {
      measured: `${count(sent, "packet")} sent, rejected (ICMP port unreachable)`,
      remedy: `Remove the rule that rejects UDP port ${port} (RTP) and UDP port ${rtcp} (RTCP) from ${from} to ${to}: calls are answered, their audio is rejected.`,
    });
  }
  return failed(head, {
    measured: `${count(sent, "packet")} sent, no receiver report`,
    remedy: `Open UDP port ${port} (RTP) and UDP port ${rtcp} (RTCP) from ${from} to ${to}, and the answers back: calls are answered, their audio does not arrive.`,
  });
}

/** Behind a NAT no address tells whose RTP it is, once several calls share a port. */
function natFinding(
  { natAddress, streams }: MediaFacts,
  { silent, flow }: { readonly silent: number; readonly flow: FlowEnds },
) {
  const { from, to, port } = flow;
  return {
    measured: `${silent} of ${streams.length} streams unheard, behind a NAT (seen as ${natAddress})`,
    remedy: `Route RTP (UDP port ${port}) from ${from} to ${to} without NAT: the recorder sees ${natAddress} instead of the address and port that SIP named, and cannot tell which of several calls on one port it belongs to (RTP_AMBIGUOUS). Where the NAT must stay, set rtp.range at the recorder, so that each call has a port of its own, and open those UDP ports from ${from} to ${to}.`,
  };
}

function judgeEcho(head: ItemHead, { sent, echoed }: { sent: number; echoed: number }) {
  const lost = Math.max(0, sent - echoed);
  return passed(head, {
    measured: `echoed: ${count(echoed, "packet")} of ${sent} came back (${percent(lost / sent)} lost on both ways)`,
    value: lost / sent,
    unit: "ratio",
  });
}

function judged(
  head: ItemHead,
  finding: { readonly measured: string; readonly value: number; readonly unit: string },
  options: { readonly limits: Limits; readonly remedy: string; readonly flow: FlowEnds },
): ValidationItem {
  const verdict = below(finding.value, options.limits);
  const full = { ...head, flow: options.flow, threshold: limitFor(verdict, options.limits) };
  if (verdict === "pass") return passed(full, finding);
  const { remedy } = options;
  return verdict === "fail"
    ? failed(full, { ...finding, remedy })
    : warned(full, { ...finding, remedy });
}

/** The advice says "≤ 0.2 %": a loss of exactly that is good. */
function judgeLoss(reading: MediaReading, flow: FlowEnds): ValidationItem {
  const { lossRatio, lost, expected } = reading;
  const measured = `${percent(lossRatio)} (${lost.toLocaleString("en-US")} of ${expected.toLocaleString("en-US")} packets)`;
  // One lost packet of a short trial is no rate: a warning needs more than chance.
  const isChance = lost <= 2 && lossRatio < LOSS.fail.value;
  const limits = isChance ? { ...LOSS, warn: LOSS.fail } : LOSS;
  return judged(
    LOSS_HEAD,
    { measured, value: lossRatio, unit: "ratio" },
    {
      limits,
      flow,
      remedy: `Find where UDP port ${flow.port} from ${flow.from} to ${flow.to} loses packets (full links, duplex, Wi-Fi), and give RTP its own queue (DSCP EF) on the way: ${percent(lossRatio)} of the audio is missing.`,
    },
  );
}

function judgeJitter(reading: MediaReading, flow: FlowEnds): ValidationItem {
  const { jitterMs, ownJitterMs } = reading;
  if (jitterMs >= JITTER_MS.warn.value && ownJitterMs > jitterMs / 2) {
    const why = `${milliseconds(jitterMs)}, of which this machine itself makes ${milliseconds(ownJitterMs)}: it is too busy; close other programs and measure again`;
    return notMeasured(JITTER_HEAD, why);
  }
  return judged(
    JITTER_HEAD,
    { measured: milliseconds(jitterMs), value: jitterMs, unit: "ms" },
    {
      limits: JITTER_MS,
      flow,
      remedy: `Give RTP (UDP port ${flow.port} from ${flow.from} to ${flow.to}) priority on the way (DSCP EF, its own queue): its packets arrive with ${milliseconds(jitterMs)} of jitter.`,
    },
  );
}

function judgeRoundTrip(reading: MediaReading, flow: FlowEnds): ValidationItem {
  const { roundTripMs, worstRoundTripMs } = reading;
  if (roundTripMs === null)
    return notMeasured(TRIP_HEAD, "no report refers to a sender report yet");
  const worst = milliseconds(worstRoundTripMs ?? roundTripMs);
  const measured = `${milliseconds(roundTripMs)} on average, ${worst} at worst`;
  return judged(
    TRIP_HEAD,
    { measured, value: roundTripMs, unit: "ms" },
    {
      limits: ROUND_TRIP_MS,
      flow,
      remedy: `Shorten the way of UDP port ${flow.port} from ${flow.from} to ${flow.to} and back (VPN detours, overloaded links): a round trip takes ${milliseconds(roundTripMs)}.`,
    },
  );
}

function judgeOneWay(reading: MediaReading, flow: FlowEnds): ValidationItem {
  const { roundTripMs } = reading;
  if (roundTripMs === null) return notMeasured(ONE_WAY_HEAD, "no round trip was measured");
  const half = roundTripMs / 2;
  const measured = `${milliseconds(half)} (half of the round trip)`;
  return judged(
    ONE_WAY_HEAD,
    { measured, value: half, unit: "ms" },
    {
      limits: ONE_WAY_DELAY_MS,
      flow,
      remedy: `Shorten the way of UDP port ${flow.port} from ${flow.from} to ${flow.to}: one way takes about ${milliseconds(half)}. Put the recorder nearer to the IP Office, or take the VPN detour out.`,
    },
  );
}

function judgeMos(reading: MediaReading, flow: FlowEnds): ValidationItem[] {
  const { lossRatio, roundTripMs } = reading;
  const listening = mosOf(rating({ lossRatio, burstRatio: 1, oneWayMs: null }));
  const isPass = listening >= LISTENING_MOS.warn.value;
  const isFail = listening < LISTENING_MOS.fail.value;
  const limit = isFail ? LISTENING_MOS.fail : LISTENING_MOS.warn;
  const threshold = { text: limit.text, source: `${limit.source}; ${E_MODEL_SOURCE}` };
  const finding = { measured: listening.toFixed(2), value: listening, unit: "MOS" };
  const remedy = `Remove the loss on UDP port ${flow.port} from ${flow.from} to ${flow.to}: recordings would sound like MOS ${finding.measured}.`;
  const head = { ...MOS_HEAD, flow, threshold };
  const first = isPass
    ? passed(head, finding)
    : isFail
      ? failed(head, { ...finding, remedy })
      : warned(head, { ...finding, remedy });
  if (roundTripMs === null) return [first, notMeasured(TALK_HEAD, "no round trip was measured")];
  const talk = mosOf(rating({ lossRatio, burstRatio: 1, oneWayMs: roundTripMs / 2 }));
  const talkHead = { ...TALK_HEAD, threshold: { text: "no limit", source: E_MODEL_SOURCE } };
  return [first, passed(talkHead, { measured: talk.toFixed(2), value: talk, unit: "MOS" })];
}

/** Was it the network, or this laptop? */
function judgePacing({ streams }: MediaFacts): ValidationItem {
  const ticks = streams.reduce((sum, { packetsSent }) => sum + packetsSent, 0);
  const late = streams.reduce((sum, { lateTicks }) => sum + lateTicks, 0);
  const ratio = ticks === 0 ? 0 : late / ticks;
  const head: ItemHead = {
    id: "media.own-pacing",
    group: "media",
    title: "This machine sends in time",
    threshold: {
      text: "at most 5 % of packets later than 10 ms",
      source: "ours: half of a 20 ms packet",
    },
  };
  const finding = { measured: `${percent(ratio)} late`, value: ratio, unit: "ratio" };
  if (ratio <= 0.05) return passed(head, finding);
  return notMeasured(
    head,
    `${percent(ratio)} of the packets left late: the machine that measures is too busy, its jitter is in the figures. Close other programs and measure again.`,
  );
}

/** Loss, jitter and round trip over time, a line a call. */
export function mediaSeries(streams: readonly StreamFacts[]): ValidationSeries[] {
  const heard = streams.filter(({ reports }) => reports.length > 0);
  if (heard.length === 0) return [];
  const lines = (read: (report: StreamFacts["reports"][number]) => number | null) =>
    heard.map(({ reports }, index) => ({
      label: `call ${index + 1}`,
      points: reports.map((report) => [report.atMs / 1000, read(report)] as const),
    }));
  return [
    {
      id: "loss",
      title: "Loss in each report interval",
      unit: "%",
      threshold: { value: 3, label: "3 % compulsory" },
      lines: lines((report) => report.intervalLossRatio * 100),
    },
    {
      id: "jitter",
      title: "Jitter",
      unit: "ms",
      threshold: { value: JITTER_MS.fail.value, label: "20 ms" },
      lines: lines((report) => report.jitterMs),
    },
    {
      id: "round-trip",
      title: "Round trip",
      unit: "ms",
      threshold: { value: 300, label: "300 ms = 2 × 150 ms" },
      lines: lines((report) => report.roundTripMs),
    },
  ];
}

/** "192.0.2.10:5004", for topology and tables. */
export function rtpPlace(facts: MediaFacts): string {
  const { to, port } = flowOf(facts);
  return written(to, port);
}
