// Where a call came from and went to, by its public lines (devlink3.md §9.2). Pure.
import type { ModelCall } from "./model-call.ts";
import { partiesOf } from "./party.ts";

export type CallDirection = "inbound" | "outbound" | "tandem" | "internal";

/** By which side a public line is on the calls. */
export function directionOf(calls: readonly Pick<ModelCall, "detail">[]): CallDirection {
  const lines = calls
    .flatMap(({ detail }) => partiesOf(detail))
    .filter(({ isPublicLine }) => isPublicLine);
  const isInbound = lines.some(({ direction }) => direction === 1);
  const isOutbound = lines.some(({ direction }) => direction === 0);
  if (isInbound && isOutbound) return "tandem";
  if (isInbound) return "inbound";
  return isOutbound ? "outbound" : "internal";
}
