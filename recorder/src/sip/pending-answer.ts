// A 2xx to INVITE that waits for its ACK: runs the answer repeater over the INVITE's transaction.
// RFC 3261 §13.3.1.4. Owned by the session.
import type { Clock } from "../ports/index.ts";
import * as repeater from "./answer-repeater.ts";
import { MachineRunner } from "./machine-runner.ts";
import type { SipResponse } from "./message.ts";
import type { SipTimers } from "./sip-timers.ts";
import type { ServerTransaction } from "./transaction-layer.ts";

export interface PendingAnswerOptions {
  readonly transaction: ServerTransaction;
  readonly response: SipResponse;
  /** CSeq number of the INVITE, and so of its ACK. */
  readonly sequence: number;
  /** Our 2xx holds the offer: the ACK brings the answer. */
  readonly isOfferless: boolean;
  /** 64·T1 without ACK. */
  readonly onGaveUp: () => void;
}

export class PendingAnswer {
  readonly sequence: number;
  readonly isOfferless: boolean;
  readonly #runner: MachineRunner<
    repeater.AnswerState,
    repeater.AnswerInput,
    repeater.AnswerOutput
  >;

  /** Sends the 2xx for the first time. */
  constructor(options: PendingAnswerOptions, clock: Clock, timers: SipTimers) {
    this.sequence = options.sequence;
    this.isOfferless = options.isOfferless;
    const first = repeater.begin(timers);
    this.#runner = new MachineRunner<
      repeater.AnswerState,
      repeater.AnswerInput,
      repeater.AnswerOutput
    >(clock, first.state, {
      step: (state, input) => repeater.step(state, input, timers),
      timerInput: (timer) => ({ type: "timer", timer }),
      isOver: (state) => state.name !== "waiting",
      onOver: () => {},
      act: (output) => {
        if (output.type === "send") options.transaction.respond(options.response);
        else if (output.type === "gaveUp") options.onGaveUp();
      },
    });
    this.#runner.take(first);
  }

  acknowledge(): void {
    this.#runner.input({ type: "ack" });
  }

  stop(): void {
    this.#runner.stopTimers();
  }
}
