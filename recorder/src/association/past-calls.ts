// Past calls for `rules test`: the rows of calls.jsonl, or a raw Delta3 stream (cd3_log) played
// again through the DevLink3 codecs and the call model, as when it came. Pure; never throws on
// what a file holds.
import { agentSet, type AgentSet } from "../calls/agents.ts";
import { CallModel, type CallChange, type Conversation } from "../calls/call-model.ts";
import { directionOf } from "../calls/direction.ts";
import type { ModelCall, Moment } from "../calls/model-call.ts";
import { partiesOf, partyLabel } from "../calls/party.ts";
import { parseDelta3 } from "../devlink3/delta3.ts";
import { Deframer, MAXIMUM_FRAME_BYTES } from "../devlink3/frame.ts";
import { parsePacket, type EventPacket } from "../devlink3/packet.ts";
import { parseText, TUPLE_CODE } from "../devlink3/tuple.ts";
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
  return lines[0]?.startsWith("{") === true ? ofRows(lines) : ofRawLog(lines, agentSet(agents));
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

/** "2026-01-05T08:00:00.000Z 192.0.2.1 in 490011…", as recorder-logs.ts writes it. */
const RAW_LINE = /^(\d{4}-\d\d-\d\dT[\d:.]{8,15}Z) (\S{1,255}) (in|out) ((?:[0-9a-f]{2}){1,})$/;
/** Connections of one PBX whose frames are incomplete at the same time. */
const MAXIMUM_OPEN_FRAMES = 4;

function ofRawLog(lines: readonly string[], agents: AgentSet): PastCalls {
  const replays = new Map<string, Replay>();
  let unreadableLines = 0;
  for (const line of lines) {
    const [, at = "", pbx = "", direction, hex = ""] = RAW_LINE.exec(line.trim()) ?? [];
    const wallMs = Date.parse(at);
    if (Number.isNaN(wallMs)) {
      unreadableLines += 1;
      continue;
    }
    let replay = replays.get(pbx);
    if (replay === undefined) replays.set(pbx, (replay = new Replay(agents)));
    if (direction === "in") replay.bytes(Buffer.from(hex, "hex"), wallMs);
  }
  const calls = [...replays.values()].flatMap((replay) => replay.finish());
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
  /** Connections with a frame that is not complete: files are read by one of their own. */
  #open: Deframer[] = [];
  readonly #over: PastCall[] = [];
  #lastMs = 0;

  constructor(agents: AgentSet) {
    this.#agents = agents;
  }

  bytes(data: Uint8Array, wallMs: number): void {
    this.#lastMs = Math.max(this.#lastMs, wallMs);
    for (const payload of this.#frames(data)) {
      const packet = parsePacket(payload);
      if (packet.ok && packet.value.type === "event") this.#event(packet.value);
    }
  }

  /** What goes on when the log ends is judged as far as it came. */
  finish(): PastCall[] {
    const open = new Set(this.#model.calls().map(({ conversation }) => conversation));
    for (const conversation of open) this.#conversationEnded(conversation);
    return this.#over;
  }

  #frames(data: Uint8Array): Uint8Array[] {
    for (const deframer of this.#open) {
      const outputs = deframer.push(data);
      if (outputs.some(({ type }) => type === "damaged")) {
        this.#open = this.#open.filter((one) => one !== deframer);
        continue;
      }
      if (deframer.pendingBytes() === 0) this.#open = this.#open.filter((one) => one !== deframer);
      return outputs.flatMap((output) => (output.type === "frame" ? [output.payload] : []));
    }
    const fresh = new Deframer({ maximumFrameBytes: MAXIMUM_FRAME_BYTES });
    const outputs = fresh.push(data);
    const isDamaged = outputs.some(({ type }) => type === "damaged");
    if (!isDamaged && fresh.pendingBytes() > 0) {
      this.#open = [...this.#open, fresh].slice(-MAXIMUM_OPEN_FRAMES);
    }
    return outputs.flatMap((output) => (output.type === "frame" ? [output.payload] : []));
  }

  #event({ tuples }: EventPacket): void {
    const moment: Moment = { nowMs: this.#lastMs, wallMs: this.#lastMs };
    this.#apply(this.#model.expire(moment.nowMs), moment);
    for (const { code, data } of tuples) {
      if (code !== TUPLE_CODE.callDelta3) continue;
      for (const record of parseDelta3(parseText(data))) {
        this.#apply(this.#model.apply(record, moment), moment);
      }
    }
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
