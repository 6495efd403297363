// INVITE client transaction, for the re-INVITE that refreshes a session: repeats it until it is
// answered, and acknowledges refusals. RFC 3261 §17.1.1, RFC 6026 §7.2 (Accepted, timer M).
// This file only decides; transaction-layer.ts sends and sets timers.
import { unreachable } from "../assert.ts";
import type { SipResponse } from "./message.ts";
import { giveUpMs, type TransactionContext } from "./sip-timers.ts";

export type InviteClientTimer = "A" | "B" | "D" | "M";

export type InviteClientState =
  | { readonly name: "calling"; readonly resendMs: number }
  | { readonly name: "proceeding" }
  | { readonly name: "completed"; readonly final: SipResponse }
  | { readonly name: "accepted" }
  | { readonly name: "terminated" };

export type InviteClientInput =
  | { readonly type: "response"; readonly response: SipResponse }
  | { readonly type: "timer"; readonly timer: InviteClientTimer }
  | { readonly type: "transportFailed" };

export type InviteClientOutput =
  /** Sends the request. */
  | { readonly type: "send" }
  /** Acknowledges a final answer ≥ 300. */
  | { readonly type: "sendAck"; readonly final: SipResponse }
  | { readonly type: "start"; readonly timer: InviteClientTimer; readonly delayMs: number }
  | { readonly type: "stop"; readonly timer: InviteClientTimer }
  /** A 2xx is delivered each time that it comes: the user acknowledges it again. */
  | { readonly type: "deliver"; readonly response: SipResponse }
  | { readonly type: "failed"; readonly reason: "timeout" | "transport" };

export interface InviteClientStep {
  readonly state: InviteClientState;
  readonly outputs: readonly InviteClientOutput[];
}

/** RFC 3261 §17.1.1.2: "Timer D … at least 32 seconds for unreliable transports". */
const TIMER_D_MS = 32_000;

/** The first step: the INVITE leaves. */
export function begin({ timers, isReliable }: TransactionContext): InviteClientStep {
  const outputs: InviteClientOutput[] = [{ type: "send" }, start("B", giveUpMs(timers))];
  if (!isReliable) outputs.push(start("A", timers.t1Ms));
  return { state: { name: "calling", resendMs: timers.t1Ms }, outputs };
}

export function step(
  state: InviteClientState,
  input: InviteClientInput,
  context: TransactionContext,
): InviteClientStep {
  switch (state.name) {
    case "calling":
    case "proceeding":
      return stepOpen(state, input, context);
    case "completed":
      if (input.type === "response" && input.response.status >= 300) {
        return to(state, { type: "sendAck", final: state.final });
      }
      return isTimer(input, "D") || input.type === "transportFailed"
        ? to({ name: "terminated" }, stop("D"))
        : to(state);
    case "accepted":
      if (input.type === "response" && isSuccess(input.response)) {
        return to(state, { type: "deliver", response: input.response });
      }
      return isTimer(input, "M") ? to({ name: "terminated" }) : to(state);
    case "terminated":
      return to(state);
    default:
      return unreachable(state);
  }
}

function stepOpen(
  state: Extract<InviteClientState, { name: "calling" | "proceeding" }>,
  input: InviteClientInput,
  context: TransactionContext,
): InviteClientStep {
  switch (input.type) {
    case "response":
      return receive(input.response, context);
    case "timer": {
      // "When timer A fires, the client transaction MUST retransmit the request … and MUST reset
      // the timer with a value of 2*T1", only while calling.  §17.1.1.2
      if (input.timer === "A" && state.name === "calling") {
        const resendMs = state.resendMs * 2;
        return to({ name: "calling", resendMs }, { type: "send" }, start("A", resendMs));
      }
      // Our own deviation: B also limits "proceeding", so that a 100 without end cannot leak.
      if (input.timer !== "B") return to(state);
      return to({ name: "terminated" }, stop("A"), { type: "failed", reason: "timeout" });
    }
    case "transportFailed":
      return to({ name: "terminated" }, stop("A"), stop("B"), {
        type: "failed",
        reason: "transport",
      });
    default:
      return unreachable(input);
  }
}

function receive(
  response: SipResponse,
  { timers, isReliable }: TransactionContext,
): InviteClientStep {
  const deliver: InviteClientOutput = { type: "deliver", response };
  if (response.status < 200) return to({ name: "proceeding" }, stop("A"), deliver);
  if (isSuccess(response)) {
    const lifeMs = giveUpMs(timers);
    return to({ name: "accepted" }, stop("A"), stop("B"), deliver, start("M", lifeMs));
  }
  const sendAck: InviteClientOutput = { type: "sendAck", final: response };
  if (isReliable) return to({ name: "terminated" }, stop("A"), stop("B"), sendAck, deliver);
  const completed: InviteClientState = { name: "completed", final: response };
  return to(completed, stop("A"), stop("B"), sendAck, deliver, start("D", TIMER_D_MS));
}

function isSuccess(response: SipResponse): boolean {
  return response.status >= 200 && response.status < 300;
}

function isTimer(input: InviteClientInput, timer: InviteClientTimer): boolean {
  return input.type === "timer" && input.timer === timer;
}

function to(state: InviteClientState, ...outputs: readonly InviteClientOutput[]): InviteClientStep {
  return { state, outputs };
}

function start(timer: InviteClientTimer, delayMs: number): InviteClientOutput {
  return { type: "start", timer, delayMs };
}

function stop(timer: InviteClientTimer): InviteClientOutput {
  return { type: "stop", timer };
}
