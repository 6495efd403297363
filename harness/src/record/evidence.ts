// Evidence for people: the ladder of all SIP and DevLink3 messages, the audio of each recording
// with its spans, and the notes of the story. What was paused is not in it: the audio is the
// recorder's.
import type { AudioSpan, Finding, LadderMessage, RunEvidence } from "@tapeline/reports";
import { NO_DEVLINK3_ODDITIES, NO_SIP_ODDITIES } from "@tapeline/simulator/pbx";
import type { Environment } from "../environment/environment.ts";
import { pausedSpans } from "./leg-audio.ts";
import { count, entries, type RecordedFile, type RunRecord } from "./run-record.ts";
import { timelineOf } from "./timeline.ts";

const PBX = "IP Office";
const RECORDER = "Recorder";
/** Of the trace, up to where it went wrong. */
const TRACE_LINES = 10;

/** `findings` are on the clock of the IP Office's truth, as all that is observed. */
export function evidenceOf(
  environment: Environment,
  record: RunRecord | null,
  findings: readonly Finding[] = [],
): RunEvidence {
  const { observations } = environment;
  const ladder: LadderMessage[] = [
    ...observations.sip.map((message): LadderMessage => ({
      atMs: message.atMs,
      protocol: "sip",
      ...lanes(message.direction),
      title: titleOf(message.text),
      text: message.text,
    })),
    ...observations.devlink3.map((message): LadderMessage => ({
      atMs: message.atMs,
      protocol: "devlink3",
      ...lanes(message.direction),
      title: message.title,
      text: message.text,
    })),
    ...rtpMessages(environment),
  ];
  const times = [...ladder, ...observations.notes].map(({ atMs }) => atMs);
  const origin = times.reduce((first, atMs) => Math.min(first, atMs), Infinity);
  const since = (atMs: number): number => (Number.isFinite(origin) ? atMs - origin : 0);
  const endMs = times.reduce((last, atMs) => Math.max(last, atMs), origin);
  const span = { originMs: origin, endMs };
  return {
    title: environment.scenario.title,
    oddities: odditiesOf(environment),
    ladder: ladder
      .sort((left, right) => left.atMs - right.atMs)
      .map((message) => ({ ...message, atMs: since(message.atMs) })),
    tracks: (record?.recordings ?? []).flatMap(trackOf),
    notes: observations.notes.map(({ atMs, text }) => ({ atMs: since(atMs), text })),
    ...(findings.length === 0
      ? {}
      : {
          findings: findings.map((one) => ({
            ...one,
            atMs: one.atMs === null ? null : Math.max(0, since(one.atMs)),
          })),
          trace: environment.traceUntil(firstMoment(findings), TRACE_LINES),
        }),
    ...(Number.isFinite(origin) ? { timeline: timelineOf(environment, record, span) } : {}),
  };
}

/** Of those that have one; null when none has. */
function firstMoment(findings: readonly Finding[]): number | null {
  const moments = findings.flatMap(({ atMs }) => atMs ?? []);
  return moments.length === 0 ? null : Math.min(...moments);
}

/** The oddities of the IP Office that were switched on when the run ended, with their settings. */
function odditiesOf({ pbx }: Environment): string[] {
  const switched = (now: object, usual: object): string[] => {
    const defaults = new Map(
      Object.entries(usual).map(([name, value]) => [name, JSON.stringify(value)]),
    );
    return Object.entries(now).flatMap(([name, value]) => {
      const text = JSON.stringify(value) ?? "undefined";
      return text === (defaults.get(name) ?? "undefined") ? [] : [`${name} ${text}`];
    });
  };
  return [
    ...switched(pbx.oddities.sip, NO_SIP_ODDITIES),
    ...switched(pbx.oddities.devlink3, NO_DEVLINK3_ODDITIES),
  ];
}

function lanes(direction: "in" | "out"): { readonly from: string; readonly to: string } {
  return direction === "out" ? { from: PBX, to: RECORDER } : { from: RECORDER, to: PBX };
}

function titleOf(text: string): string {
  const [first = ""] = text.split("\r\n");
  const response = /^SIP\/2\.0 (.*)$/.exec(first);
  return response?.[1] ?? first.split(" ")[0] ?? first;
}

/** One line a leg: thousands of packets would hide the rest. */
function rtpMessages(environment: Environment): LadderMessage[] {
  return environment.pbx.truth.conversations
    .flatMap(({ legs }) => legs)
    .flatMap((leg) => {
      const [first, last] = [leg.frames[0], leg.frames.at(-1)];
      if (first === undefined || last === undefined) return [];
      const seconds = ((last.sentMs - first.sentMs) / 1000).toFixed(1);
      const title = `RTP ${leg.frames.length.toLocaleString("en")} packets, ${seconds} s`;
      const text = `leg ${leg.leg} of extension ${leg.extension}, SIP Call-ID ${leg.sipCallId}`;
      return [
        { atMs: first.sentMs, protocol: "rtp" as const, from: PBX, to: RECORDER, title, text },
      ];
    });
}

function trackOf(recording: RecordedFile) {
  if (recording.audio === null) return [];
  const association = entries(recording, "association").at(-1);
  const end = entries(recording, "end")[0];
  const part = wordOf(association?.["part"]) ?? "?";
  const who = wordOf(association?.["agent"]) ?? wordOf(association?.["extension"]);
  const outcome = wordOf(end?.["outcome"]) ?? "?";
  const title = `Part ${part}, ${who ?? "unknown agent"}: ${outcome}`;
  return [
    {
      recordingKey: recording.recordingKey,
      title,
      audio: recording.audio,
      spans: spansOf(recording, recording.audio.length),
    },
  ];
}

/** A journal's text or number as a word; null where it has none. */
function wordOf(value: unknown): string | null {
  return typeof value === "string" || typeof value === "number" ? String(value) : null;
}

/** Fill that stands for nothing lost: nobody sent audio then. */
function gapKind(cause: string): AudioSpan["kind"] {
  if (cause === "hold") return "held";
  return cause === "tail" || cause === "ssrc" ? "other" : "gap";
}

function spansOf(recording: RecordedFile, samples: number): AudioSpan[] {
  const spans = pausedSpans(recording).map(({ from, to, by }): AudioSpan => {
    const toSample = Math.min(to, samples);
    return { fromSample: from, toSample, kind: "pause", label: `paused by ${by}` };
  });
  for (const line of recording.journal) {
    if (line.type === "gap") {
      const fromSample = count(line, "fromSample");
      const toSample = fromSample + count(line, "samples");
      const cause = String(line["cause"]);
      spans.push({ fromSample, toSample, kind: gapKind(cause), label: cause });
    }
    if (line.type === "event" && line["kind"] === "talking") {
      const toSample = count(line, "toSample");
      const fromSample = count(line, "fromSample");
      if (toSample > fromSample)
        spans.push({ fromSample, toSample, kind: "talking", label: "talking" });
    }
  }
  return spans;
}
