// The share of a rule: which calls are among its so many percent. Drawn from a hash of rule and
// call, so that it is the same on every run and in `rules test` (domain.md, "Rules"). Pure.
import { createHash } from "node:crypto";

const HASH_RANGE = 2 ** 32;

/** A callKey: the call, and the epoch ms of its first record. */
const CALL_KEY = /^(.{1,256})-(\d{1,15})$/;
const DAY_MS = 86_400_000;

/** 0 ≤ draw < 100; a call is in the share when its draw is below it. */
export function drawOf(title: string, callKey: string): number {
  const hash = createHash("sha256").update(title).update("\n").update(callOf(callKey)).digest();
  return (hash.readUInt32BE(0) / HASH_RANGE) * 100;
}

/** The call and its day (UTC): a log that is played again is some milliseconds off. */
function callOf(callKey: string): string {
  const [, deviceCallId, beganMs] = CALL_KEY.exec(callKey) ?? [];
  if (deviceCallId === undefined) return callKey;
  return `${deviceCallId} ${Math.floor(Number(beganMs) / DAY_MS)}`;
}
