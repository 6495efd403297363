// A checker is one invariant: it reads the record of a run and returns what is wrong, one sentence
// each; an empty list is a pass.
import type { RunRecord } from "../record/run-record.ts";

export interface Checker {
  readonly name: string;
  check(record: RunRecord): readonly string[];
}

/** More would not help a reader. */
export const MAXIMUM_COMPLAINTS = 10;
