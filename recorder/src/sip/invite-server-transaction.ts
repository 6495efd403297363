// INVITE server transaction: answers for one INVITE, and repeats a refusal until it is
// acknowledged. RFC 3261 §17.2.1, RFC 6026 §7.1. This file only decides; transaction-layer.ts sends
// and sets timers.
import { unreachable } from "../assert.ts";
import type { SipResponse } from "./message.ts";
import { giveUpMs, type TransactionContext } from "./sip-timers.ts";

export type InviteServerTimer = "trying" | "G" | "H" | "I" | "L";

export type InviteServerState =
  /** `trying` is the 100, ready to be sent; `provisional` what a repeated INVITE gets. */
  | {
      readonly name: "proceeding";
      readonly trying: SipResponse;
      readonly provisional: SipResponse | null;
    }
  | { readonly name: "completed"; readonly final: SipResponse; readonly resendMs: number }
  | { readonly name: "accepted" }
  | { readonly name: "confirmed" }
  | { readonly name: "terminated" };

export type InviteServerInput =
  /** The INVITE came again. */
  | { readonly type: "request" }
  | { readonly type: "ack" }
  /** The user answers; in `accepted` only further 2xx. */
  | { readonly type: "respond"; readonly response: SipResponse }
  | { readonly type: "timer"; readonly timer: InviteServerTimer }
  | { readonly type: "transportFailed" };

export type InviteServerOutput =
  | { readonly type: "send"; readonly response: SipResponse }
  | { readonly type: "start"; readonly timer: InviteServerTimer; readonly delayMs: number }
  | { readonly type: "stop"; readonly timer: InviteServerTimer }
  /** An ACK that belongs to the user: it confirms a 2xx. */
  | { readonly type: "deliverAck" }
  | { readonly type: "failed"; readonly reason: "timeout" | "transport" };

export interface InviteServerStep {
  readonly state: InviteServerState;
  readonly outputs: readonly InviteServerOutput[];
}

/** The first step: the INVITE has arrived. */
export function begin(trying: SipResponse, context: TransactionContext): InviteServerStep {
  return to(
    { name: "proceeding", trying, provisional: null },
    start("trying", context.timers.tryingMs),
  );
}

/** The first step after a restart: the 2xx was sent before. */
export function resumeAccepted({ timers }: TransactionContext): InviteServerStep {
  return to({ name: "accepted" }, start("L", giveUpMs(timers)));
}

export function step(
  state: InviteServerState,
  input: InviteServerInput,
  context: TransactionContext,
): InviteServerStep {
  switch (state.name) {
    case "proceeding":
      return stepProceeding(state, input, context);
    case "completed":
      return stepCompleted(state, input, context);
    case "accepted":
      return stepAccepted(state, input);
    case "confirmed":
      // "The purpose of the Confirmed state is to absorb any additional ACK messages."  §17.2.1
      return isTimer(input, "I") ? to({ name: "terminated" }) : stay(state);
    case "terminated":
      return stay(state);
    default:
      return unreachable(state);
  }
}

function stepProceeding(
  state: Extract<InviteServerState, { name: "proceeding" }>,
  input: InviteServerInput,
  context: TransactionContext,
): InviteServerStep {
  switch (input.type) {
    case "request":
      return state.provisional === null ? stay(state) : to(state, send(state.provisional));
    case "respond":
      return respond(state, input.response, context);
    case "timer":
      if (input.timer !== "trying" || state.provisional !== null) return stay(state);
      return to({ ...state, provisional: state.trying }, send(state.trying));
    case "transportFailed":
      return to({ name: "terminated" }, stop("trying"), { type: "failed", reason: "transport" });
    case "ack":
      return stay(state);
    default:
      return unreachable(input);
  }
}

function respond(
  state: Extract<InviteServerState, { name: "proceeding" }>,
  response: SipResponse,
  { timers, isReliable }: TransactionContext,
): InviteServerStep {
  if (response.status < 200) return to({ ...state, provisional: response }, send(response));
  const giveUp = giveUpMs(timers);
  if (response.status < 300) {
    return to({ name: "accepted" }, stop("trying"), send(response), start("L", giveUp));
  }
  const completed = { name: "completed", final: response, resendMs: timers.t1Ms } as const;
  const outputs = [stop("trying"), send(response), start("H", giveUp)];
  // Timer G runs "if an unreliable transport is being used".  §17.2.1
  if (!isReliable) outputs.push(start("G", timers.t1Ms));
  return { state: completed, outputs };
}

function stepCompleted(
  state: Extract<InviteServerState, { name: "completed" }>,
  input: InviteServerInput,
  { timers, isReliable }: TransactionContext,
): InviteServerStep {
  switch (input.type) {
    case "request":
      return to(state, send(state.final));
    case "ack":
      return isReliable
        ? to({ name: "terminated" }, stop("G"), stop("H"))
        : to({ name: "confirmed" }, stop("G"), stop("H"), start("I", timers.t4Ms));
    case "timer":
      if (input.timer === "G") {
        // "timer G is reset with a value that doubles, unless that value exceeds T2"  §17.2.1
        const resendMs = Math.min(state.resendMs * 2, timers.t2Ms);
        return to({ ...state, resendMs }, send(state.final), start("G", resendMs));
      }
      if (input.timer !== "H") return stay(state);
      return to({ name: "terminated" }, stop("G"), { type: "failed", reason: "timeout" });
    case "transportFailed":
      return to({ name: "terminated" }, stop("G"), stop("H"), {
        type: "failed",
        reason: "transport",
      });
    case "respond":
      return stay(state);
    default:
      return unreachable(input);
  }
}

function stepAccepted(state: InviteServerState, input: InviteServerInput): InviteServerStep {
  switch (input.type) {
    // "If a retransmission of the INVITE is received … it MUST be absorbed": the dialog repeats
    // the 2xx.  RFC 6026 §7.1
    case "request":
      return stay(state);
    case "ack":
      return to(state, { type: "deliverAck" });
    case "respond":
      return input.response.status < 300 ? to(state, send(input.response)) : stay(state);
    case "timer":
      return input.timer === "L" ? to({ name: "terminated" }) : stay(state);
    // The dialog goes on repeating its 2xx, and gives up by itself.
    case "transportFailed":
      return stay(state);
    default:
      return unreachable(input);
  }
}

function to(state: InviteServerState, ...outputs: readonly InviteServerOutput[]): InviteServerStep {
  return { state, outputs };
}

function stay(state: InviteServerState): InviteServerStep {
  return { state, outputs: [] };
}

function isTimer(input: InviteServerInput, timer: InviteServerTimer): boolean {
  return input.type === "timer" && input.timer === timer;
}

function send(response: SipResponse): InviteServerOutput {
  return { type: "send", response };
}

function start(timer: InviteServerTimer, delayMs: number): InviteServerOutput {
  return { type: "start", timer, delayMs };
}

function stop(timer: InviteServerTimer): InviteServerOutput {
  return { type: "stop", timer };
}
