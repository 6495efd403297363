// A call model that is told a story, and what it made of it in words that can be compared: the
// changes without regard to their order, the conversations, who is still on which call.
import assert from "node:assert/strict";
import { CallEvents } from "../../src/calls/call-events.ts";
import { CallModel, type CallChange } from "../../src/calls/call-model.ts";
import { parseDelta3 } from "../../src/devlink3/delta3.ts";
import type { CallEvent } from "../../src/association-facts.ts";
import type { Delta3Record } from "../../src/devlink3/delta3-record.ts";
import { texts, type SequenceName } from "./sequences.ts";

const WALL_AT_ZERO_MS = 1_795_366_801_000;
export const LINGER_MS = 2_000;

export function recordOf(text: string): Delta3Record {
  const [record, ...more] = parseDelta3(text);
  assert.ok(record !== undefined && more.length === 0, text);
  assert.notEqual(record.kind, "unknown", text);
  return record;
}

export function records(name: SequenceName): Delta3Record[] {
  return texts(name).map(recordOf);
}

export class Story {
  readonly model = new CallModel();
  readonly events = new CallEvents();
  readonly changes: CallChange[] = [];
  /** Finished events of all calls, in order of their end. */
  readonly finished: CallEvent[] = [];
  nowMs = 0;

  /** Tells records one after the other, `everyMs` apart. */
  tell(told: readonly Delta3Record[], everyMs = 0): CallChange[] {
    const before = this.changes.length;
    for (const record of told) {
      this.take(this.model.apply(record, this.moment()));
      this.nowMs += everyMs;
    }
    return this.changes.slice(before);
  }

  /** Time goes by, lingering calls end. */
  wait(ms: number): void {
    this.nowMs += ms;
    this.take(this.model.expire(this.nowMs));
  }

  take(changes: readonly CallChange[]): void {
    for (const change of changes) {
      this.changes.push(change);
      if (change.type === "partyLeft") {
        this.events.partyLeft(change.call, change.cause, this.nowMs);
      } else if (change.type === "changed" || change.type === "ended") {
        this.events.changed(change.call, this.nowMs);
      }
      if (change.type !== "ended") continue;
      this.finished.push(...this.events.finishedSince(change.call, -Infinity));
      this.events.ended(change.call);
    }
  }

  moment() {
    return { nowMs: this.nowMs, wallMs: WALL_AT_ZERO_MS + this.nowMs };
  }

  /** Changes as a sorted list; a party leaves once, with its cause if that was ever told. */
  summary(): string[] {
    const left = new Map<string, number | null>();
    const others: string[] = [];
    for (const change of this.changes) {
      if (change.type === "partyLeft") {
        const key = `${shortEnd(change.endId)} left ${change.call.callId}`;
        left.set(key, left.get(key) ?? change.cause);
      } else if (change.type === "conversationEnded") {
        others.push(`conversation of ${callIds(change.conversation)} ended`);
      } else if (change.type !== "changed") {
        others.push(`${change.call.callId} ${change.type}`);
      }
    }
    return [
      ...others,
      ...[...left].map(([key, cause]) => `${key} (${cause ?? "no cause"})`),
    ].sort();
  }

  /** callKey without the wall time: its calls. */
  conversations(): string[] {
    const found = this.changes.flatMap((change) =>
      change.type === "conversationEnded" ? [change.conversation] : [change.call.conversation],
    );
    return [...new Set(found)]
      .map((one) => `${one.callKey.replace(/-\d+$/, "")}: ${callIds(one)}`)
      .sort();
  }

  /** Who is on which call now. */
  now(): string[] {
    return this.model
      .calls()
      .map((call) => `${call.callId}: ${[...call.ends].map(shortEnd).sort().join(" ")}`)
      .sort();
  }
}

function callIds(conversation: { readonly calls: ReadonlySet<{ readonly callId: number }> }) {
  return [...conversation.calls]
    .map(({ callId }) => callId)
    .sort((one, other) => one - other)
    .join("+");
}

/** "c0a80a01000003f3" → "3f3". */
export function shortEnd(endId: string): string {
  return endId.slice(8).replace(/^0+/, "");
}

export function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, index) =>
    permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]),
  );
}
