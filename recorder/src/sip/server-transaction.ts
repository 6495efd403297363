// Non-INVITE server transaction: gives a repeated request the answer that it got before.
// RFC 3261 §17.2.2. This file only decides; transaction-layer.ts sends and sets timers.
import { unreachable } from "../assert.ts";
import type { SipResponse } from "./message.ts";
import { giveUpMs, type TransactionContext } from "./sip-timers.ts";

export type ServerState =
  | { readonly name: "trying" }
  | { readonly name: "proceeding"; readonly provisional: SipResponse }
  | { readonly name: "completed"; readonly final: SipResponse }
  | { readonly name: "terminated" };

export type ServerInput =
  | { readonly type: "request" }
  | { readonly type: "respond"; readonly response: SipResponse }
  | { readonly type: "timer"; readonly timer: "J" }
  | { readonly type: "transportFailed" };

export type ServerOutput =
  | { readonly type: "send"; readonly response: SipResponse }
  | { readonly type: "start"; readonly timer: "J"; readonly delayMs: number }
  | { readonly type: "stop"; readonly timer: "J" }
  | { readonly type: "failed"; readonly reason: "transport" };

export interface ServerStep {
  readonly state: ServerState;
  readonly outputs: readonly ServerOutput[];
}

/** The first step: the request has arrived. */
export function begin(): ServerStep {
  return { state: { name: "trying" }, outputs: [] };
}

export function step(
  state: ServerState,
  input: ServerInput,
  context: TransactionContext,
): ServerStep {
  if (state.name === "terminated") return { state, outputs: [] };
  switch (input.type) {
    case "request":
      return { state, outputs: repeat(state) };
    case "respond":
      return respond(state, input.response, context);
    case "timer":
      return state.name === "completed"
        ? { state: { name: "terminated" }, outputs: [] }
        : { state, outputs: [] };
    case "transportFailed":
      return {
        state: { name: "terminated" },
        outputs: [
          { type: "stop", timer: "J" },
          { type: "failed", reason: "transport" },
        ],
      };
    default:
      return unreachable(input);
  }
}

/** "If a retransmission … is received while in the Trying state, it is discarded."  §17.2.2 */
function repeat(state: ServerState): readonly ServerOutput[] {
  if (state.name === "proceeding") return [{ type: "send", response: state.provisional }];
  return state.name === "completed" ? [{ type: "send", response: state.final }] : [];
}

function respond(
  state: ServerState,
  response: SipResponse,
  { timers, isReliable }: TransactionContext,
): ServerStep {
  // "Any other final responses passed by the TU to the server transaction MUST be discarded while
  // in the Completed state."  §17.2.2
  if (state.name === "completed") return { state, outputs: [] };
  const send: ServerOutput = { type: "send", response };
  if (response.status < 200) {
    return { state: { name: "proceeding", provisional: response }, outputs: [send] };
  }
  if (isReliable) return { state: { name: "terminated" }, outputs: [send] };
  return {
    state: { name: "completed", final: response },
    outputs: [send, { type: "start", timer: "J", delayMs: giveUpMs(timers) }],
  };
}
