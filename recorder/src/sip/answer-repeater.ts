// The core's repetition of a 2xx to INVITE until its ACK, over any transport.  RFC 3261 §13.3.1.4.
// Machine: this file only decides; the session sends and sets timers.
import { unreachable } from "../assert.ts";
import { giveUpMs, type SipTimers } from "./sip-timers.ts";

export type AnswerTimer = "resend" | "giveUp";

export type AnswerState =
  | { readonly name: "waiting"; readonly resendMs: number }
  | { readonly name: "acknowledged" }
  | { readonly name: "givenUp" };

export type AnswerInput =
  { readonly type: "ack" } | { readonly type: "timer"; readonly timer: AnswerTimer };

export type AnswerOutput =
  /** Sends the 2xx. */
  | { readonly type: "send" }
  | { readonly type: "start"; readonly timer: AnswerTimer; readonly delayMs: number }
  | { readonly type: "stop"; readonly timer: AnswerTimer }
  | { readonly type: "acknowledged" }
  /** 64·T1 without ACK. */
  | { readonly type: "gaveUp" };

export interface AnswerStep {
  readonly state: AnswerState;
  readonly outputs: readonly AnswerOutput[];
}

/** The first step: the 2xx leaves. */
export function begin(timers: SipTimers): AnswerStep {
  return {
    state: { name: "waiting", resendMs: timers.t1Ms },
    outputs: [
      { type: "send" },
      { type: "start", timer: "resend", delayMs: timers.t1Ms },
      { type: "start", timer: "giveUp", delayMs: giveUpMs(timers) },
    ],
  };
}

export function step(state: AnswerState, input: AnswerInput, timers: SipTimers): AnswerStep {
  if (state.name !== "waiting") return { state, outputs: [] };
  switch (input.type) {
    case "ack":
      return {
        state: { name: "acknowledged" },
        outputs: [
          { type: "stop", timer: "resend" },
          { type: "stop", timer: "giveUp" },
          { type: "acknowledged" },
        ],
      };
    case "timer": {
      if (input.timer === "giveUp") {
        const outputs = [{ type: "stop", timer: "resend" }, { type: "gaveUp" }] as const;
        return { state: { name: "givenUp" }, outputs };
      }
      // "an interval that starts at T1 seconds and doubles for each retransmission until it
      // reaches T2"  §13.3.1.4
      const resendMs = Math.min(state.resendMs * 2, timers.t2Ms);
      return {
        state: { name: "waiting", resendMs },
        outputs: [{ type: "send" }, { type: "start", timer: "resend", delayMs: resendMs }],
      };
    }
    default:
      return unreachable(input);
  }
}
