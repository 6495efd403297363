// Client transactions of the simulated IP Office as pure machines: INVITE with timers A, B, D and
// the Accepted state with timer M; others with timers E, F, K.
// RFC 3261 §17.1.1, §17.1.2; RFC 6026 §7.2. sip-transactions.ts sends and sets the timers.
import { unreachable } from "../unreachable.ts";

export interface SipTimers {
  /** Estimate of the round trip. RFC 3261 §17.1.1.1: 500 ms. */
  readonly t1Ms: number;
  /** Longest interval between repeats of a non-INVITE request: 4 s. */
  readonly t2Ms: number;
  /** How long a message may stay in the network: 5 s. */
  readonly t4Ms: number;
  /** How long responses to a refused INVITE are still acknowledged: at least 32 s. */
  readonly timerDMs: number;
}

export const RFC_3261_TIMERS: SipTimers = {
  t1Ms: 500,
  t2Ms: 4000,
  t4Ms: 5000,
  timerDMs: 32_000,
};

export type ClientTimer = "A" | "B" | "D" | "E" | "F" | "K" | "M";

export type ClientState =
  | { readonly name: "calling"; readonly resendMs: number }
  | { readonly name: "invite-proceeding" }
  | { readonly name: "invite-completed" }
  | { readonly name: "accepted" }
  | { readonly name: "trying"; readonly resendMs: number }
  | { readonly name: "proceeding" }
  | { readonly name: "completed" }
  | { readonly name: "terminated" };

export type ClientInput =
  | { readonly type: "response"; readonly status: number }
  | { readonly type: "timer"; readonly timer: ClientTimer }
  | { readonly type: "transport-error" }
  /** The caller has given the INVITE up: it is not repeated any more, late answers still count. */
  | { readonly type: "abandon" };

export type ClientOutput =
  | { readonly type: "send" }
  /** Acknowledge a refusal, hop by hop. */
  | { readonly type: "acknowledge" }
  | { readonly type: "deliver" }
  | { readonly type: "start"; readonly timer: ClientTimer; readonly delayMs: number }
  | { readonly type: "stop"; readonly timer: ClientTimer }
  | { readonly type: "timeout" }
  | { readonly type: "transport-failed" };

export interface ClientStep {
  readonly state: ClientState;
  readonly outputs: readonly ClientOutput[];
}

export interface ClientOptions {
  readonly timers: SipTimers;
  /** TCP and TLS repeat nothing. */
  readonly isReliable: boolean;
}

function to(state: ClientState, ...outputs: ClientOutput[]): ClientStep {
  return { state, outputs };
}

function start(timer: ClientTimer, delayMs: number): ClientOutput {
  return { type: "start", timer, delayMs };
}

function stop(...timers: ClientTimer[]): ClientOutput[] {
  return timers.map((timer) => ({ type: "stop", timer }));
}

const SEND: ClientOutput = { type: "send" };
const DELIVER: ClientOutput = { type: "deliver" };
const ACKNOWLEDGE: ClientOutput = { type: "acknowledge" };
const TERMINATED: ClientState = { name: "terminated" };

/** Sends an INVITE for the first time. */
export function startInvite({ timers, isReliable }: ClientOptions): ClientStep {
  const repeat = isReliable ? [] : [start("A", timers.t1Ms)];
  const state: ClientState = { name: "calling", resendMs: timers.t1Ms };
  return to(state, SEND, ...repeat, start("B", 64 * timers.t1Ms));
}

/** Sends any other request for the first time. */
export function startNonInvite({ timers, isReliable }: ClientOptions): ClientStep {
  const repeat = isReliable ? [] : [start("E", timers.t1Ms)];
  const state: ClientState = { name: "trying", resendMs: timers.t1Ms };
  return to(state, SEND, ...repeat, start("F", 64 * timers.t1Ms));
}

function fail(state: ClientState, type: "timeout" | "transport-failed"): ClientStep {
  const isInvite = state.name === "calling" || state.name === "invite-proceeding";
  return to(TERMINATED, ...stop(...(isInvite ? (["A", "B"] as const) : (["E", "F"] as const))), {
    type,
  });
}

function answerInvite(status: number, { timers, isReliable }: ClientOptions): ClientStep {
  const stopped = stop("A", "B");
  if (status < 200) return to({ name: "invite-proceeding" }, ...stopped, DELIVER);
  // "If a 2xx response is received … MUST transition to the Accepted state"  RFC 6026 §7.2
  if (status < 300) {
    return to({ name: "accepted" }, ...stopped, DELIVER, start("M", 64 * timers.t1Ms));
  }
  const completed = [...stopped, ACKNOWLEDGE, DELIVER];
  if (isReliable) return to(TERMINATED, ...completed);
  return to({ name: "invite-completed" }, ...completed, start("D", timers.timerDMs));
}

function stepCalling(
  state: Extract<ClientState, { name: "calling" }>,
  input: ClientInput,
  options: ClientOptions,
): ClientStep {
  switch (input.type) {
    case "response":
      return answerInvite(input.status, options);
    case "transport-error":
      return fail(state, "transport-failed");
    case "abandon":
      return to(state, ...stop("A"));
    case "timer": {
      if (input.timer === "B") return fail(state, "timeout");
      if (input.timer !== "A") return to(state);
      // "the client transaction MUST retransmit the request" and double A.  §17.1.1.2
      const resendMs = state.resendMs * 2;
      return to({ name: "calling", resendMs }, SEND, start("A", resendMs));
    }
    default:
      return unreachable(input);
  }
}

/** Proceeding has no timer of its own (§17.1.1.2): the caller's patience ends it by CANCEL. */
function stepInviteProceeding(
  state: ClientState,
  input: ClientInput,
  options: ClientOptions,
): ClientStep {
  if (input.type === "response") return answerInvite(input.status, options);
  if (input.type === "transport-error") return fail(state, "transport-failed");
  return to(state);
}

function stepInviteCompleted(state: ClientState, input: ClientInput): ClientStep {
  // "Any retransmissions of the final response … MUST cause the ACK request to be re-passed"
  if (input.type === "response") return input.status < 300 ? to(state) : to(state, ACKNOWLEDGE);
  if (input.type === "timer" && input.timer === "D") return to(TERMINATED);
  if (input.type === "transport-error") {
    return to(TERMINATED, ...stop("D"), { type: "transport-failed" });
  }
  return to(state);
}

function stepAccepted(state: ClientState, input: ClientInput): ClientStep {
  // "2xx … MUST be passed up to the TU": the dialog acknowledges them again.  RFC 6026 §7.2
  const isSuccess = input.type === "response" && input.status >= 200 && input.status < 300;
  if (isSuccess) return to(state, DELIVER);
  return input.type === "timer" && input.timer === "M" ? to(TERMINATED) : to(state);
}

function stepNonInvite(
  state: Extract<ClientState, { name: "trying" | "proceeding" }>,
  input: ClientInput,
  { timers, isReliable }: ClientOptions,
): ClientStep {
  switch (input.type) {
    case "response": {
      if (input.status < 200) return to({ name: "proceeding" }, DELIVER);
      const answered = [...stop("E", "F"), DELIVER];
      if (isReliable) return to(TERMINATED, ...answered);
      return to({ name: "completed" }, ...answered, start("K", timers.t4Ms));
    }
    case "transport-error":
      return fail(state, "transport-failed");
    case "abandon":
      return to(state);
    case "timer": {
      if (input.timer === "F") return fail(state, "timeout");
      if (input.timer !== "E") return to(state);
      // Trying doubles up to T2; in Proceeding "timer E is reset to T2".  §17.1.2.2
      if (state.name === "proceeding") return to(state, SEND, start("E", timers.t2Ms));
      const resendMs = Math.min(state.resendMs * 2, timers.t2Ms);
      return to({ name: "trying", resendMs }, SEND, start("E", resendMs));
    }
    default:
      return unreachable(input);
  }
}

export function stepClient(
  state: ClientState,
  input: ClientInput,
  options: ClientOptions,
): ClientStep {
  switch (state.name) {
    case "calling":
      return stepCalling(state, input, options);
    case "invite-proceeding":
      return stepInviteProceeding(state, input, options);
    case "invite-completed":
      return stepInviteCompleted(state, input);
    case "accepted":
      return stepAccepted(state, input);
    case "trying":
    case "proceeding":
      return stepNonInvite(state, input, options);
    case "completed":
      return input.type === "timer" && input.timer === "K" ? to(TERMINATED) : to(state);
    case "terminated":
      return to(state);
    default:
      return unreachable(state);
  }
}
