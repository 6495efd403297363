// The share of a rule: which calls are among its so many percent. Drawn from a hash of rule and
// call, so that it is the same on every run and in `rules test` (domain.md, "Rules"). Pure.
import { createHash } from "node:crypto";

const HASH_RANGE = 2 ** 32;

/** 0 ≤ draw < 100; a call is in the share when its draw is below it. */
export function drawOf(title: string, callKey: string): number {
  const hash = createHash("sha256").update(title).update("\n").update(callKey).digest();
  return (hash.readUInt32BE(0) / HASH_RANGE) * 100;
}
