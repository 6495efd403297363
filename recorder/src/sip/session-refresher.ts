// Keeps one session alive, or notices that it is dead: runs the session timer and sends our
// refreshes. RFC 4028 §7, §10. Owned by the session, which knows how to send in its dialog.
import type { Clock } from "../ports/index.ts";
import { unreachable } from "../assert.ts";
import { MachineRunner } from "./machine-runner.ts";
import type { SipHeader, SipResponse } from "./message.ts";
import * as timer from "./session-timer.ts";
import type { ClientTransactionHandlers } from "./transaction-layer.ts";

export interface RefreshOwner {
  /** Journals and sends a request in the dialog. */
  sendRequest(
    method: "UPDATE" | "INVITE",
    headers: readonly SipHeader[],
    handlers: RefreshHandlers,
  ): void;
  /** The peer lists UPDATE in Allow. */
  peerAllowsUpdate(): boolean;
  /** The refresher stayed silent, or the peer knows nothing of the dialog: BYE. */
  onExpired(): void;
}

export interface RefreshHandlers {
  /** Final answers, each once. */
  readonly onFinal: (response: SipResponse) => void;
  readonly onFailed: ClientTransactionHandlers["onFailed"];
}

export class SessionRefresher {
  readonly #owner: RefreshOwner;
  readonly #runner: MachineRunner<
    timer.SessionTimerState,
    timer.SessionTimerInput,
    timer.SessionTimerOutput
  >;
  #pending: "UPDATE" | "INVITE" | null = null;
  #updateRefused = false;

  constructor(clock: Clock, owner: RefreshOwner) {
    this.#owner = owner;
    this.#runner = new MachineRunner<
      timer.SessionTimerState,
      timer.SessionTimerInput,
      timer.SessionTimerOutput
    >(
      clock,
      { name: "off" },
      {
        step: timer.step,
        timerInput: (name) => ({ type: "timer", timer: name }),
        isOver: (state: timer.SessionTimerState) => state.name === "expired",
        onOver: () => {},
        act: (output) => {
          if (output.type === "sendRefresh") this.#refresh(output.interval);
          else if (output.type === "expired") owner.onExpired();
          else unreachable(output);
        },
      },
    );
  }

  /** A re-INVITE of ours is on its way: one of the peer's would cross it. */
  get isInvitePending(): boolean {
    return this.#pending === "INVITE";
  }

  /** A 2xx set the session up or refreshed it. */
  refreshed(interval: timer.SessionInterval | null): void {
    this.#runner.input({ type: "refreshed", interval });
  }

  stop(): void {
    this.#runner.input({ type: "stop" });
  }

  #refresh(interval: timer.SessionInterval): void {
    if (this.#pending !== null) return;
    const byUpdate = this.#owner.peerAllowsUpdate() && !this.#updateRefused;
    const method = byUpdate ? "UPDATE" : "INVITE";
    this.#pending = method;
    this.#owner.sendRequest(method, timer.refreshHeaders(interval), {
      onFinal: (response) => {
        this.#pending = null;
        this.#finish(response, interval, method);
      },
      onFailed: (reason) => {
        this.#pending = null;
        // "If … a 408 or no response at all is received, the UAC SHOULD terminate the dialog."
        // RFC 3261 §12.2.1.2; a transport that failed may work again before the session ends.
        if (reason === "timeout") this.#owner.onExpired();
        else this.#runner.input({ type: "refreshFailed" });
      },
    });
  }

  #finish(
    response: SipResponse,
    interval: timer.SessionInterval,
    method: "UPDATE" | "INVITE",
  ): void {
    const { status } = response;
    if (status < 300) {
      this.refreshed(timer.intervalFromAnswer(response));
      return;
    }
    if (status === 408 || status === 481) {
      this.#owner.onExpired();
      return;
    }
    if (status === 422) {
      const longer = timer.intervalFrom422(response, interval);
      if (longer !== null) this.#refresh(longer);
      else this.#runner.input({ type: "refreshFailed" });
      return;
    }
    if (method === "UPDATE" && (status === 405 || status === 501)) {
      this.#updateRefused = true;
      this.#refresh(interval);
      return;
    }
    this.#runner.input({ type: "refreshFailed" });
  }
}
