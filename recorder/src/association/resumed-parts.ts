// Parts that an earlier process began, by conversation: a row of calls.jsonl names them too. Known
// from the journals of live pairs, until the conversation's row is written.
import type { AssociationFacts } from "../association-facts.ts";
import { resumedPartRow, unrecordedRow, type PartRow } from "./call-row.ts";

export class ResumedParts {
  /** callKey → rows; those of the live pairs at the start, and the unrecorded parts they name. */
  readonly #byCallKey = new Map<string, PartRow[]>();
  #told: ReadonlySet<string> = new Set();

  add(recordingKey: string, facts: AssociationFacts): void {
    const row = resumedPartRow(recordingKey, facts);
    if (facts.callKey === null || row === null) return;
    const known = this.#byCallKey.get(facts.callKey) ?? [];
    const recorded = [...known.filter((other) => other.recordingKey !== null), row];
    // Of what had no recording, several journals may tell.
    const unrecorded = new Map<number, PartRow>();
    for (const other of [...known, ...(facts.unrecorded ?? []).map(unrecordedRow)]) {
      const isRecorded = recorded.some(({ part }) => part === other.part);
      if (!isRecorded) unrecorded.set(other.part, other);
    }
    const rows = [...recorded, ...unrecorded.values()];
    this.#byCallKey.set(
      facts.callKey,
      rows.sort((one, other) => one.part - other.part),
    );
  }

  /** Closed rows of the process before tell of these: of another call's perhaps, that it joined. */
  told(recordingKeys: ReadonlySet<string>): void {
    this.#told = recordingKeys;
  }

  /** Some row tells of all that is known of it. */
  isTold(callKey: string): boolean {
    const rows = this.#byCallKey.get(callKey) ?? [];
    return rows.every(({ recordingKey }) => recordingKey === null || this.#told.has(recordingKey));
  }

  /** Those that are not among `own`. */
  without(callKey: string, own: readonly PartRow[]): readonly PartRow[] {
    const keys = new Set(own.map(({ recordingKey }) => recordingKey));
    const rows = this.#byCallKey.get(callKey) ?? [];
    // What was not recorded has no key: an earlier process numbered it, so that `own` has it not.
    return rows.filter(({ recordingKey }) => recordingKey === null || !keys.has(recordingKey));
  }

  forget(callKey: string): void {
    this.#byCallKey.delete(callKey);
  }
}
