// The journal lines that recordings write, without the stamps of the media plane (formats.md, "The
// journal"). Pure.
import type { AssociationFacts, CallEvent } from "../association-facts.ts";
import type { RuleMatchFacts } from "../facts-contract.ts";
import type { Outcome, Why } from "../outcome.ts";
import { sampleAt, type ClosedAudio, type Recording } from "./recording.ts";

export function headerEntry(recording: Recording, recorder: string) {
  const liveStreamId = recording.association?.liveStreamId ?? null;
  return {
    type: "header",
    format: "tapeline-vrtx",
    version: 1,
    recordingKey: recording.recordingKey,
    recorder,
    files: [`${recording.recordingKey}.ul`],
    codec: "PCMU",
    sampleRate: 8000,
    ...(liveStreamId === null ? {} : { liveStreamId }),
    sipCallId: recording.sipCallId,
    ...(recording.purpose === null ? {} : { purpose: recording.purpose }),
  };
}

/** The stream id stands in the line too: a late one is not in the header. */
export function associationEntry(facts: AssociationFacts) {
  const { rung, late, callKey, part, deviceCallId, endId, agent, extension, parties } = facts;
  return {
    type: "association",
    rung,
    ...(late === undefined ? {} : { late }),
    callKey,
    part,
    deviceCallId,
    endId,
    agent,
    extension,
    parties,
    ...(facts.liveStreamId === null ? {} : { liveStreamId: facts.liveStreamId }),
    ...(facts.gapMs === undefined ? {} : { gapMs: facts.gapMs }),
    ...(facts.missedMs === undefined ? {} : { missedMs: facts.missedMs }),
    ...(facts.unrecorded === undefined ? {} : { unrecorded: facts.unrecorded }),
  };
}

export function eventEntry(recording: Recording, event: CallEvent) {
  return {
    type: "event",
    eventId: event.eventId,
    kind: event.kind,
    fromSample: sampleAt(recording, event.fromMs),
    toSample: sampleAt(recording, event.toMs),
    parties: event.parties,
  };
}

export function ruleEntry(match: RuleMatchFacts) {
  const { title, kind, record, event, eventId, deviceCallId } = match;
  return { type: "rule", title, kind, record, event, eventId, deviceCallId };
}

export function endEntry(
  recording: Recording,
  closed: ClosedAudio,
  decided: { readonly outcome: Outcome; readonly why: Why | null },
) {
  return {
    type: "end",
    reason: recording.endReason ?? "recovered",
    outcome: decided.outcome,
    ...(decided.why === null ? {} : { why: decided.why }),
    ...(recording.verdict?.rule ? { rule: recording.verdict.rule } : {}),
    samples: closed.samples,
    sha256: closed.sha256,
    ...(recording.recovered ? { recovered: true } : {}),
  };
}
