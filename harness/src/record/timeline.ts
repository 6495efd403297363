// The timeline of a run for people: what each party did, what was recorded and paused, what was
// broken, and VCM channels and bandwidth over time. Reckoned from the IP Office's truth, the wire
// and the journals; a picture, no verdict.
import type { Timeline, TimelineKind, TimelineLane, TimelineSpan } from "@tapeline/reports";
import type { TruthConversation, TruthEventKind, TruthLeg } from "@tapeline/simulator/pbx";
import type { Environment } from "../environment/environment.ts";
import { bandwidthOf } from "./bandwidth.ts";
import { legOf, pausedSpans } from "./leg-audio.ts";
import { SAMPLES_PER_MS } from "./placed-frame.ts";
import type { RunRecord } from "./run-record.ts";

/** What a party is in after an event; null = nothing that lasts. */
const STATES: Readonly<Record<TruthEventKind, TimelineKind | "gone" | null>> = {
  offered: "ringing",
  ringing: "ringing",
  answered: "talking",
  held: "held",
  retrieved: "talking",
  transferred: null,
  joined: "talking",
  left: "gone",
  queued: "queued",
  parked: "parked",
  voicemail: "voicemail",
  ended: "gone",
};

/** `originMs` is the run's beginning on the clock of the IP Office's truth. */
export function timelineOf(
  environment: Environment,
  record: RunRecord | null,
  span: { readonly originMs: number; readonly endMs: number },
): Timeline {
  const { truth } = environment.pbx;
  const { observations } = environment;
  const shift = (atMs: number): number =>
    Math.min(span.endMs, Math.max(span.originMs, atMs)) - span.originMs;
  const shifted = (one: TimelineSpan): TimelineSpan => {
    return { ...one, fromMs: shift(one.fromMs), toMs: shift(one.toMs) };
  };
  const lanes = [
    ...partyLanes(truth.conversations, span.endMs),
    ...recordingLanes(truth.conversations, record, span.endMs),
    ...faultLanes(observations, span.endMs),
  ].map((lane) => ({ ...lane, spans: lane.spans.map(shifted) }));
  const vcm = truth.vcm.map(({ atMs, used }): [number, number] => [shift(atMs), used]);
  const channels = truth.vcm.at(-1)?.available ?? null;
  return {
    endMs: span.endMs - span.originMs,
    lanes,
    series: [
      ...(vcm.length === 0
        ? []
        : [
            {
              name: "VCM channels",
              unit: "channels",
              lines: [{ name: "in use", points: vcm }],
              limit: channels,
            },
          ]),
      ...bandwidthOf(environment, span),
    ],
  };
}

/** One lane a party, over all its calls. */
function partyLanes(conversations: readonly TruthConversation[], endMs: number): TimelineLane[] {
  const lanes = new Map<string, TimelineSpan[]>();
  for (const conversation of conversations) {
    const over = conversation.endedMs ?? endMs;
    const parties = new Set(conversation.events.map(({ party }) => party));
    for (const party of parties) {
      const spans = lanes.get(party) ?? [];
      lanes.set(party, spans);
      spans.push(...spansOf(conversation, party, over));
    }
  }
  return [...lanes].filter(([name]) => name !== "").map(([name, spans]) => ({ name, spans }));
}

function spansOf(conversation: TruthConversation, party: string, over: number): TimelineSpan[] {
  const spans: TimelineSpan[] = [];
  let open: { readonly fromMs: number; readonly kind: TimelineKind } | null = null;
  const close = (toMs: number): void => {
    if (open !== null && toMs > open.fromMs) {
      spans.push({ ...open, toMs, label: `${party} ${open.kind}` });
    }
    open = null;
  };
  let isCaller = false;
  for (const { atMs, kind, party: whose } of conversation.events) {
    if (whose !== party) {
      // Who called hears it ring until somebody answers.
      if (kind === "answered" && isCaller) {
        close(atMs);
        open = { fromMs: atMs, kind: "talking" };
        isCaller = false;
      }
      continue;
    }
    if (kind === "offered") isCaller = true;
    const state = STATES[kind];
    if (state === null) continue;
    close(atMs);
    if (state !== "ringing") isCaller = false;
    if (state !== "gone") open = { fromMs: atMs, kind: state };
  }
  close(over);
  return spans;
}

function recordingLanes(
  conversations: readonly TruthConversation[],
  record: RunRecord | null,
  endMs: number,
): TimelineLane[] {
  const pauses = pausesByLeg(record);
  return conversations
    .flatMap(({ legs }) => legs)
    .map((leg): TimelineLane => {
      const name = `● ${leg.extension}`;
      if (leg.answeredMs === null) {
        const label = `asked for, ${leg.endedBy ?? "no answer"} ${leg.status ?? ""}`.trim();
        const toMs = leg.endedMs ?? leg.invitedMs;
        return { name, spans: [{ fromMs: leg.invitedMs, toMs, kind: "ringing", label }] };
      }
      const toMs = leg.endedMs ?? endMs;
      const label = `recording leg ${leg.leg} of ${leg.extension}`;
      const whole: TimelineSpan = { fromMs: leg.answeredMs, toMs, kind: "recorded", label };
      return { name, spans: [whole, ...(pauses.get(leg) ?? [])] };
    });
}

/** Samples are counted from the first packet. */
function pausesByLeg(record: RunRecord | null): ReadonlyMap<TruthLeg, TimelineSpan[]> {
  const pauses = new Map<TruthLeg, TimelineSpan[]>();
  for (const recording of record?.recordings ?? []) {
    const leg = legOf(record as RunRecord, recording);
    const firstMs = leg?.frames[0]?.sentMs ?? leg?.answeredMs;
    if (leg === null || firstMs === undefined || firstMs === null) continue;
    const endedMs = leg.endedMs ?? Infinity;
    const spans = pausedSpans(recording).map(({ from, to }): TimelineSpan => {
      const toMs = Math.min(endedMs, firstMs + to / SAMPLES_PER_MS);
      return { fromMs: firstMs + from / SAMPLES_PER_MS, toMs, kind: "pause", label: "paused" };
    });
    pauses.set(leg, [...(pauses.get(leg) ?? []), ...spans]);
  }
  return pauses;
}

/** When the recorder was gone, and what the surroundings did until it was healed. */
function faultLanes({ life, faults }: Environment["observations"], endMs: number): TimelineLane[] {
  const down: TimelineSpan[] = [];
  for (const [index, { kind, atMs }] of life.entries()) {
    if (kind === "ready") continue;
    const back = life.slice(index).find((later) => later.kind === "ready")?.atMs ?? endMs;
    const label = kind === "power" ? "power failure" : "recorder killed";
    down.push({ fromMs: atMs, toMs: back, kind: "down", label });
  }
  const broken = faults
    .filter(({ isHealing }) => !isHealing)
    .map(({ atMs, text, isMoment }): TimelineSpan => {
      const healed = faults.find((other) => other.isHealing && other.atMs >= atMs);
      const toMs = isMoment ? atMs : (healed?.atMs ?? endMs);
      return { fromMs: atMs, toMs, kind: "fault", label: text };
    });
  return [
    ...(down.length > 0 ? [{ name: "Recorder", spans: down }] : []),
    ...(broken.length > 0 ? [{ name: "Faults", spans: broken }] : []),
  ];
}
