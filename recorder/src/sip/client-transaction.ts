// Non-INVITE client transaction, for our BYE and UPDATE: repeats the request until it is answered.
// RFC 3261 §17.1.2. This file only decides; transaction-layer.ts sends and sets timers.
import { unreachable } from "../assert.ts";
import type { SipResponse } from "./message.ts";
import { giveUpMs, type TransactionContext } from "./sip-timers.ts";

export type ClientTimer = "E" | "F" | "K";

export type ClientState =
  | { readonly name: "trying"; readonly resendMs: number }
  | { readonly name: "proceeding" }
  | { readonly name: "completed" }
  | { readonly name: "terminated" };

export type ClientInput =
  | { readonly type: "response"; readonly response: SipResponse }
  | { readonly type: "timer"; readonly timer: ClientTimer }
  | { readonly type: "transportFailed" };

export type ClientOutput =
  /** Sends the request. */
  | { readonly type: "send" }
  | { readonly type: "start"; readonly timer: ClientTimer; readonly delayMs: number }
  | { readonly type: "stop"; readonly timer: ClientTimer }
  | { readonly type: "deliver"; readonly response: SipResponse }
  | { readonly type: "failed"; readonly reason: "timeout" | "transport" };

export interface ClientStep {
  readonly state: ClientState;
  readonly outputs: readonly ClientOutput[];
}

/** The first step: the request leaves. */
export function begin({ timers, isReliable }: TransactionContext): ClientStep {
  const outputs: ClientOutput[] = [{ type: "send" }, start("F", giveUpMs(timers))];
  if (!isReliable) outputs.push(start("E", timers.t1Ms));
  return { state: { name: "trying", resendMs: timers.t1Ms }, outputs };
}

export function step(
  state: ClientState,
  input: ClientInput,
  context: TransactionContext,
): ClientStep {
  if (state.name === "terminated") return { state, outputs: [] };
  if (state.name === "completed") {
    const isEnd = input.type === "timer" && input.timer === "K";
    return isEnd ? to({ name: "terminated" }) : to(state);
  }
  switch (input.type) {
    case "response":
      return receive(state, input.response, context);
    case "timer":
      return expire(state, input.timer, context);
    case "transportFailed":
      return to({ name: "terminated" }, stop("E"), stop("F"), {
        type: "failed",
        reason: "transport",
      });
    default:
      return unreachable(input);
  }
}

function receive(
  state: ClientState,
  response: SipResponse,
  { timers, isReliable }: TransactionContext,
): ClientStep {
  const deliver: ClientOutput = { type: "deliver", response };
  if (response.status < 200) {
    return to({ name: "proceeding" }, ...(state.name === "trying" ? [deliver] : []));
  }
  if (isReliable) return to({ name: "terminated" }, stop("E"), stop("F"), deliver);
  return to({ name: "completed" }, stop("E"), stop("F"), deliver, start("K", timers.t4Ms));
}

function expire(
  state: ClientState,
  timer: ClientTimer,
  { timers }: TransactionContext,
): ClientStep {
  if (timer === "F") {
    return to({ name: "terminated" }, stop("E"), { type: "failed", reason: "timeout" });
  }
  if (timer !== "E") return to(state);
  // "If Timer E fires while in the Proceeding state … Timer E MUST be reset with a value of T2."
  // In Trying it doubles up to T2.  §17.1.2.2
  if (state.name !== "trying") return to(state, { type: "send" }, start("E", timers.t2Ms));
  const resendMs = Math.min(state.resendMs * 2, timers.t2Ms);
  return to({ name: "trying", resendMs }, { type: "send" }, start("E", resendMs));
}

function to(state: ClientState, ...outputs: readonly ClientOutput[]): ClientStep {
  return { state, outputs };
}

function start(timer: ClientTimer, delayMs: number): ClientOutput {
  return { type: "start", timer, delayMs };
}

function stop(timer: ClientTimer): ClientOutput {
  return { type: "stop", timer };
}
