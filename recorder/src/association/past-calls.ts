// Past calls for `rules test`: the rows of calls.jsonl, or a raw Delta3 stream (cd3_log) played
// again through the DevLink3 codecs and the call model, as when it came. Pure; never throws on
// what a file holds.
import { agentSet, type AgentSet } from "../calls/agents.ts";
import { CallModel, type CallChange, type Conversation } from "../calls/call-model.ts";
import { directionOf } from "../calls/direction.ts";
import type { ModelCall, Moment } from "../calls/model-call.ts";
import { partiesOf, partyLabel } from "../calls/party.ts";
import type { Delta3Record } from "../devlink3/delta3-record.ts";
import { readRawLog } from "../devlink3/raw-log.ts";
import { Metrics } from "../metrics.ts";
import type { PastCall } from "../rules/explain.ts";
import { isRecorderLeg } from "../rules/perspective.ts";
import { RuleTracker } from "../rules/rule-tracker.ts";
import { stepsOfRow } from "./rule-fields.ts";

export interface PastCalls {
  readonly calls: readonly PastCall[];
  /** Lines that are neither; and rows that lack the events of their call. */
  readonly unreadableLines: number;
}

/** Which of the two a file is shows by its lines. */
export function readPastCalls(text: string, agents: "all" | readonly string[]): PastCalls {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines[0]?.startsWith("{") === true ? ofRows(lines) : ofRawLog(text, agentSet(agents));
}

// ---- calls.jsonl ------------------------------------------------------------------------------

function ofRows(lines: readonly string[]): PastCalls {
  const calls = new Map<string, PastCall>();
  let unreadableLines = 0;
  for (const line of lines) {
    const row = rowOf(line);
    // Discards and the like are not calls of their own.
    if (row !== null && row["type"] !== "call") continue;
    const call = row === null ? null : callOfRow(row);
    if (call === null) unreadableLines += 1;
    // Of one call the last row counts.
    else calls.set(call.callKey, call);
  }
  return { calls: [...calls.values()], unreadableLines };
}

function callOfRow(row: Readonly<Record<string, unknown>>): PastCall | null {
  const { callKey, startedAt, direction, parties } = row;
  const steps = stepsOfRow(row);
  if (typeof callKey !== "string" || steps === null) return null;
  return {
    callKey,
    startedAt: typeof startedAt === "string" ? startedAt : "",
    direction: typeof direction === "string" ? direction : null,
    parties: Array.isArray(parties) ? parties.filter((one) => typeof one === "string") : [],
    steps,
  };
}

function rowOf(line: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(line);
    const isRow = typeof value === "object" && value !== null && !Array.isArray(value);
    return isRow ? (value as Readonly<Record<string, unknown>>) : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

// ---- cd3_log ----------------------------------------------------------------------------------

function ofRawLog(text: string, agents: AgentSet): PastCalls {
  const { records, heardUntilMs, unreadableLines } = readRawLog(text);
  const calls = [...heardUntilMs].flatMap(([pbx, untilMs]) => {
    const replay = new Replay(agents);
    for (const one of records) if (one.pbx === pbx) replay.record(one.record, one.wallTimeMs);
    return replay.finish(untilMs);
  });
  return { calls: calls.sort(byBeginning), unreadableLines };
}

function byBeginning(one: PastCall, other: PastCall): number {
  return one.startedAt < other.startedAt ? -1 : Number(one.startedAt > other.startedAt);
}

/** One IP Office's stream. */
class Replay {
  readonly #agents: AgentSet;
  readonly #model = new CallModel();
  readonly #tracker = new RuleTracker(
    { rules: () => [], recordFromBeginning: true },
    new Metrics(),
  );
  readonly #over: PastCall[] = [];
  #lastMs = 0;

  constructor(agents: AgentSet) {
    this.#agents = agents;
  }

  record(record: Delta3Record, wallMs: number): void {
    this.#lastMs = Math.max(this.#lastMs, wallMs);
    const moment: Moment = { nowMs: this.#lastMs, wallMs: this.#lastMs };
    this.#apply(this.#model.expire(moment.nowMs), moment);
    this.#apply(this.#model.apply(record, moment), moment);
  }

  /** What goes on when the log ends is judged as far as it came. */
  finish(untilMs: number): PastCall[] {
    this.#lastMs = untilMs;
    const open = new Set(this.#model.calls().map(({ conversation }) => conversation));
    for (const conversation of open) this.#conversationEnded(conversation);
    return this.#over;
  }

  #apply(changes: readonly CallChange[], moment: Moment): void {
    for (const change of changes) {
      if (change.type === "conversationEnded") this.#conversationEnded(change.conversation);
      else if (!isRecorderLeg(change.call, () => false)) this.#follow(change, moment);
    }
  }

  #follow(change: Exclude<CallChange, { type: "conversationEnded" }>, moment: Moment): void {
    const about = { agents: this.#agents, eventId: null, moment };
    if (change.type === "changed" || change.type === "ended") {
      this.#tracker.observe(change.call, about);
    } else if (change.type === "partyLeft" && change.cause === TRANSFER_CAUSE) {
      this.#tracker.transferred(change.call, about);
    }
  }

  #conversationEnded(conversation: Conversation): void {
    const calls = [...conversation.calls].filter((call) => !isRecorderLeg(call, () => false));
    if (calls.length === 0) return;
    this.#over.push({
      callKey: conversation.callKey,
      startedAt: new Date(conversation.beganWallMs).toISOString(),
      direction: directionOf(calls),
      parties: partyNames(calls),
      steps: this.#tracker.stepsOf(conversation, this.#lastMs),
    });
  }
}

/** devlink3.md §8.5. */
const TRANSFER_CAUSE = 126;

function partyNames(calls: readonly ModelCall[]): string[] {
  return [...new Set(calls.flatMap(({ detail }) => partiesOf(detail).map(partyLabel)))];
}
