// The Recording Monitor (domain.md): four lists of what is recorded, what is not and why. Knows the
// calls that go on by asking, and remembers the last ones that are over. State here, no I/O.
import { callingAndReceiving } from "../calls/calling-party.ts";
import { directionOf } from "../calls/direction.ts";
import type { Conversation } from "../calls/call-model.ts";
import { explain, type Why } from "../outcome.ts";
import type { Clock } from "../ports/index.ts";
import type {
  ActiveRecording,
  FailedRow,
  FinishedRecording,
  MonitorCall,
  MonitorLists,
  RecordRow,
  UnrecordedRow,
} from "../recording-monitor.ts";
import type { Part } from "../rules/part.ts";
import type { Verdict } from "../rules/verdict.ts";
import type { ConversationView } from "./office.ts";
import { PortNumbers } from "./port-numbers.ts";

/** Rows of calls that are over, in each list; the oldest gives way. */
export const ROWS_KEPT = 200;

/** A conversation with the PBX that reported it. */
export interface MonitoredView extends ConversationView {
  readonly pbx: string;
}

/** Where a recording belongs, as far as it is known. */
export interface MonitoredRecording {
  readonly view: MonitoredView | null;
  /** Address that it came from, of one that belongs nowhere. */
  readonly sourceHost: string;
}

export class CallMonitor {
  readonly #clock: Clock;
  readonly #ports = new PortNumbers();
  #ended: UnrecordedRow[] = [];
  #failed: FailedRow[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  partFailed(part: Part, why: Why, facts: Readonly<Record<string, string | number>>): void {
    const { conversation } = part.call;
    const { sentence, remedy } = explain(why, facts);
    this.#addFailed({
      ...this.#callOf(conversation, part.pbx),
      receivingParty: part.extension,
      rule: null,
      reason: sentence,
      part: part.part,
      agent: part.agent,
      extension: part.extension,
      recordingKey: part.recordingKey,
      why,
      remedy,
    });
  }

  recordingFinished(finished: FinishedRecording): void {
    const { outcome, why, part, agent, extension, recordingKey, callKey, parties } = finished;
    if ((outcome !== "failed" && outcome !== "blocked") || why === null) return;
    const { sentence, remedy } = explain(why, {});
    this.#addFailed({
      callKey,
      deviceCallIds: [],
      pbx: "",
      direction: null,
      callingParty: parties[0] ?? "",
      receivingParty: extension ?? parties[1] ?? "",
      startedAt: isoTime(finished.beganTimeMs),
      durationMs: finished.durationMs,
      rule: null,
      reason: sentence,
      part,
      agent,
      extension,
      recordingKey,
      why,
      remedy,
    });
  }

  conversationEnded(view: MonitoredView): void {
    const row = this.#unrecordedRow(view, true);
    if (row !== null) this.#ended = [row, ...this.#ended].slice(0, ROWS_KEPT);
    const { callKey } = view.conversation;
    // The rules did not want it after all: nothing that was wanted is missing.
    const { verdict, isGapless } = view.rules;
    if (verdict.isWanted || !isGapless) return;
    this.#failed = this.#failed.filter((failed) => failed.callKey !== callKey);
  }

  lists(
    active: readonly ActiveRecording[],
    about: {
      readonly open: readonly MonitoredView[];
      readonly placeOf: (recordingKey: string) => MonitoredRecording | null;
    },
  ): MonitorLists {
    const ports = this.#ports.assign(active.map(({ recordingKey }) => recordingKey));
    const record = active
      .map((one) => this.#recordRow(one, ports(one.recordingKey), about.placeOf(one.recordingKey)))
      .sort((one, other) => one.port - other.port);
    const open = about.open
      .map((view) => this.#unrecordedRow(view, false))
      .filter((row) => row !== null)
      .sort((one, other) => (one.startedAt < other.startedAt ? 1 : -1));
    const unrecorded = [...open, ...this.#ended];
    return {
      version: 1,
      at: isoTime(this.#clock.wallTimeMs()),
      record,
      dontRecord: unrecorded.filter(({ decision }) => decision === "negative"),
      other: unrecorded.filter(({ decision }) => decision !== "negative"),
      failed: this.#failed,
    };
  }

  // -- Rows ----------------------------------------------------------------------------------

  #addFailed(row: FailedRow): void {
    this.#failed = [row, ...this.#failed].slice(0, ROWS_KEPT);
  }

  #recordRow(active: ActiveRecording, port: number, place: MonitoredRecording | null): RecordRow {
    const { recordingKey, liveStreamId, isPaused, beganTimeMs, association } = active;
    const view = place?.view ?? null;
    const [calling = "", receiving = ""] = association?.parties ?? [];
    const call: Omit<MonitorCall, "startedAt" | "durationMs" | "rule" | "reason"> =
      view === null
        ? {
            callKey: association?.callKey ?? null,
            deviceCallIds: [],
            pbx: place?.sourceHost ?? "",
            direction: null,
            callingParty: calling,
            receivingParty: association?.extension ?? receiving,
          }
        : this.#callOf(view.conversation, view.pbx);
    return {
      ...call,
      ...(association?.extension ? receivedBy(association.extension, call.callingParty) : {}),
      port,
      recordingKey,
      liveStreamId,
      part: association?.part ?? null,
      agent: association?.agent ?? null,
      extension: association?.extension ?? null,
      isPaused,
      startedAt: isoTime(beganTimeMs),
      durationMs: Math.max(0, Math.round(this.#clock.wallTimeMs() - beganTimeMs)),
      rule: view?.rules.verdict.deciding?.title ?? null,
      reason: view === null ? "Not tied to a call" : recordReason(view.rules.verdict),
    };
  }

  /** null: it is wanted, or nobody has answered it and no rule refuses it. */
  #unrecordedRow(view: MonitoredView, isOver: boolean): UnrecordedRow | null {
    const { verdict, isGapless, recordFromBeginning } = view.rules;
    const { decision } = verdict;
    if (decision === "positive" || verdict.isWanted) return null;
    // Kept all the same, at its end.
    if (isOver && !isGapless && recordFromBeginning) return null;
    if (decision === "none" && view.conversation.answeredWallMs === null) return null;
    return {
      ...this.#callOf(view.conversation, view.pbx),
      rule: verdict.deciding?.title ?? null,
      reason: unrecordedReason(verdict),
      decision,
      isOver,
    };
  }

  #callOf(conversation: Conversation, pbx: string): Omit<MonitorCall, "rule" | "reason"> {
    const calls = [...conversation.calls];
    const [first] = calls;
    const parties =
      first === undefined ? { callingParty: "", receivingParty: "" } : callingAndReceiving(first);
    const { callKey, beganWallMs } = conversation;
    return {
      callKey,
      deviceCallIds: calls.map(({ deviceCallId }) => deviceCallId),
      pbx,
      direction: directionOf(calls),
      ...parties,
      startedAt: isoTime(beganWallMs),
      durationMs: Math.max(0, Math.round(this.#clock.wallTimeMs() - beganWallMs)),
    };
  }
}

/** A call may have gone to another agent since; who calls out is not called. */
function receivedBy(extension: string, callingParty: string): { receivingParty?: string } {
  return extension === callingParty ? {} : { receivingParty: extension };
}

function recordReason({ decision, deciding }: Verdict): string {
  if (decision === "negative") return `Will be discarded: ${deciding?.title ?? ""}`;
  return deciding?.title ?? "Record From Beginning";
}

function unrecordedReason({ decision, deciding }: Verdict): string {
  if (decision === "negative") return deciding?.title ?? "";
  if (decision === "none") return "No rule matched";
  return "There are no rules, and Record From Beginning is off";
}

function isoTime(wallMs: number): string {
  return new Date(wallMs).toISOString();
}
