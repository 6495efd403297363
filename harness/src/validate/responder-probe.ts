// The two probes of --responder: the greeting comes first, for the responder answers nobody who has
// not said its token back; the account comes last, when the calls are over. T3, R15, R23
import type { FlowEnds, TrafficRow } from "@tapeline/reports";
import { serializeLegSdp } from "@tapeline/simulator/client";
import { clockOffset } from "./clock-offset.ts";
import { DSCP_BEFORE, judgeDscp, type DscpCounts } from "./judge-dscp.ts";
import { judgeClocks, judgeEchoed, judgeReached, judgeWayThere } from "./judge-responder.ts";
import type { Probe, ProbeContext, ProbeResult, ValidateOptions } from "./probe.ts";
import { ResponderChannel, type FourStamps } from "./responder-channel.ts";
import { SENT_INVITE, type SentInvite } from "./signalling-probe.ts";
import { sleep } from "./waiting.ts";

const EXCHANGES = 16;
const BETWEEN_EXCHANGES_MS = 50;
const QUESTION_BYTES = 950;
/** The echo's SDP names this port; nothing is sent to it. */
const NAMED_RTP_PORT = 49_156;
const STREAMS_A_PAGE = 3;
const COUNTERS_AGE_MS = 1_500;

export const greetingProbe: Probe = {
  name: "responder",
  isWanted: ({ responder }) => responder,
  plan: (options) => [question(options, "Time stamps and echo of the responder", EXCHANGES + 14)],
  run: greet,
};

export const accountProbe: Probe = {
  name: "responder's account",
  isWanted: ({ responder, forSeconds }) => responder && forSeconds === null,
  plan: (options) => [
    question(options, "What the responder heard", 16 + Math.ceil(options.calls / STREAMS_A_PAGE)),
  ],
  run: account,
};

function question({ target }: ValidateOptions, what: string, packets: number): TrafficRow {
  const { host, port } = target.recorder;
  const bytes = packets * QUESTION_BYTES;
  return {
    ...{ what, protocol: "UDP", to: `${host}:${port}`, packets, bytes },
    ...{ bitsPerSecond: 150_000, seconds: Math.ceil(packets / 18) },
  };
}

function flowOf({ target, localHost }: ValidateOptions): FlowEnds {
  const { host, port } = target.recorder;
  return { protocol: "UDP", from: localHost, to: host, port: String(port) };
}

async function greet(context: ProbeContext): Promise<ProbeResult> {
  const { options, ports } = context;
  const flow = flowOf(options);
  const channel = new ResponderChannel(context);
  const isThere = await channel.open();
  if (!isThere) {
    await channel.close();
    return { items: [judgeReached(false, flow)] };
  }
  context.progress("it answers");
  const exchanges: FourStamps[] = [];
  for (let number = 0; number < EXCHANGES && !context.isStopped(); number += 1) {
    const stamps = await channel.stamps();
    if (stamps !== null) exchanges.push(stamps);
    await sleep(ports.clock, BETWEEN_EXCHANGES_MS);
  }
  const told = await channel.echo(offer(options.localHost));
  const before = await channel.streams();
  const marks = await channel.dscp();
  // Nothing is marked for a far end that cannot count it.
  if (marks !== null && ports.marking?.begin(options.target.recorder.host) === true) {
    context.progress("RTP leaves marked as EF, by a rule of nft that goes at the end");
  }
  await channel.close();
  const offset = clockOffset(exchanges);
  // Ours is monotonic in the exchanges; for people it is the wall clocks that differ.
  const ours = ports.clock.wallTimeMs() - ports.clock.nowMs();
  return {
    items: [
      judgeReached(true, flow),
      judgeClocks(offset, (offset?.offsetMs ?? 0) - ours, flow),
      judgeEchoed(told, "OPTIONS", flow),
    ],
    seen: {
      ...(marks === null ? {} : { [DSCP_BEFORE]: JSON.stringify(marks) }),
      ...(offset === null ? {} : { [SEEN.offset]: JSON.stringify(offset) }),
      [SEEN.before]: before.map(({ ssrc }) => ssrc).join(" "),
    },
    remarks: [
      "One-way delay is the responder's time of arrival less our time of sending, by the offset of the two clocks: four time stamps, the quickest of 16 exchanges (RFC 5905 §8). It cannot be surer than half of that exchange's round trip.",
    ],
  };
}

/** Names of the facts that the account goes by. */
const SEEN = { offset: "responder.offset", before: "responder.before" } as const;

function offer(host: string): string {
  const sdp = serializeLegSdp({
    ...{ sessionId: 1, version: 1, host, connectionHost: host, rtpPort: NAMED_RTP_PORT },
    ...{ law: "PCMU", direction: "sendonly", packetMs: 20 },
    ...{ telephoneEventType: null, hasComfortNoise: false },
  });
  return new TextDecoder().decode(sdp);
}

async function account(context: ProbeContext): Promise<ProbeResult> {
  const seenOffset = context.seen(SEEN.offset);
  if (context.found("responder.reached")?.verdict !== "pass") return { items: [] };
  const channel = new ResponderChannel(context);
  const isThere = await channel.open();
  const heard = isThere ? await channel.streams() : [];
  const flow = context.found("media.loss")?.flow ?? flowOf(context.options);
  const marks = await marksOf(context, channel);
  const invite = await inviteOf(context, channel);
  await channel.close();
  const before = new Set((context.seen(SEEN.before) ?? "").split(" "));
  const items = judgeWayThere({
    streams: heard.filter(({ ssrc }) => !before.has(String(ssrc))),
    offset:
      seenOffset === undefined ? null : (JSON.parse(seenOffset) as ReturnType<typeof clockOffset>),
    roundTripMs: context.found("media.round-trip")?.value ?? null,
    flow,
  });
  return {
    items: [
      judgeEchoed(invite, "INVITE", flowOf(context.options)),
      ...items,
      ...(marks === null ? [] : [judgeDscp(marks, flow)]),
    ],
  };
}

/** An INVITE of ours, as sent and as the responder saw it. */
async function inviteOf(context: ProbeContext, channel: ResponderChannel) {
  const text = context.seen(SENT_INVITE);
  if (text === undefined) return null;
  const sent = JSON.parse(text) as SentInvite;
  const seen = await channel.invite(sent.callId);
  return seen === null ? null : { sent, seen };
}

/** The marks of the RTP of this run; null = the responder does not count them. */
async function marksOf(context: ProbeContext, channel: ResponderChannel) {
  const text = context.seen(DSCP_BEFORE);
  const { marking, clock } = context.ports;
  if (text === undefined) return null;
  const isMarked = marking?.isOn ?? false;
  marking?.end();
  // It reads its counters once a second.
  await sleep(clock, COUNTERS_AGE_MS);
  const after = await channel.dscp();
  return after === null ? null : { before: JSON.parse(text) as DscpCounts, after, isMarked };
}
