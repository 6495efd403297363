// A part: one stretch of a conversation that is recorded from one agent's end. Data only; the
// commander moves it.
import type { WantedPart } from "../facts-contract.ts";
import type { ModelCall } from "../calls/call-model.ts";
import type { Why } from "../outcome.ts";
import type { Timer } from "../ports/index.ts";

/**
 * waiting (to ask again) → requested → accepted (the INVITE is awaited) → recording → over; or
 * failed. `passive`: the PBX offers no recording control, it may call by itself.
 */
export type PartState =
  "waiting" | "requested" | "accepted" | "recording" | "passive" | "failed" | "over";

export interface Part extends WantedPart {
  readonly call: ModelCall;
  readonly beganMs: number;
  state: PartState;
  recordingKey: string | null;
  /** When the last START was sent; rung 4 looks back 5 s. */
  requestedMs: number;
  retries: number;
  sipRetries: number;
  /** The refusal that a retry may still mend. */
  pendingFailure: { readonly why: Why; readonly detail: string } | null;
  failure: { readonly why: Why; readonly outcome: "failed" | "blocked" } | null;
  timer: Timer | null;
}
