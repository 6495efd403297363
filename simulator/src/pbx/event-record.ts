// The record of an event as a client wants it: Delta3, or Delta2 in its place (`-CD2`), of which
// only the shape is simulated, not the content. devlink3.md §6.1, §6.5. Pure.
import { encodeText, encodeWideText, TUPLE, type Tuple } from "../wire/devlink3-tuple.ts";
import type { PbxEvent } from "./call-records.ts";
import type { EventSubscription } from "./event-flags.ts";

/** Delta2 records with their 50 and 3 fields, all empty. */
const DELTA2_STATE = `CALL:S ${",".repeat(49)}`;
const DELTA2_DELETED = "CALL:D ,,";

/** null = the event holds no record of a call. */
export function recordTuple(
  { delta3 }: PbxEvent,
  subscription: EventSubscription | null,
): { readonly tuple: Tuple; readonly text: string } | null {
  if (delta3 === null) return null;
  if (subscription?.hasDelta2 !== true) {
    return { tuple: { code: TUPLE.callDelta3, data: encodeText(delta3) }, text: delta3 };
  }
  const text = delta3.startsWith("<Detail>") ? DELTA2_STATE : DELTA2_DELETED;
  const data = subscription.isDelta2Text ? encodeText(text) : encodeWideText(text);
  return { tuple: { code: TUPLE.callDelta2, data }, text };
}
