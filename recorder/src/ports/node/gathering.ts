// Under load a turn of the event loop a datagram costs as much as the datagram itself. So a thread
// that does nothing but receive sleeps for a moment between two turns, while the kernel's buffer
// gathers what comes (design.md §9). With few datagrams it does not: each is taken as it comes.
// Never for a thread that has other work: the sleep is a real one.

/** Of each sleep; what is received waits longer by so much at most. */
export const GATHERING_MS = 2;
/** It begins when so many datagrams came … */
const BUSY_DATAGRAMS = 250;
/** … within so long, and ends when fewer do. */
const BUSY_WINDOW_MS = 100;

export interface GatheringPorts {
  /** Monotonic. */
  readonly nowMs: () => number;
  readonly sleep: (ms: number) => void;
  /** After the sockets have been looked at once more. */
  readonly nextTurn: (callback: () => void) => void;
}

export class Gathering {
  readonly #ports: GatheringPorts;
  /** The most that a turn takes from one socket: then more is waiting, and there is no sleep. */
  readonly #fullTurn: number;
  #isBusy = false;
  #windowFromMs: number;
  #inWindow = 0;
  #inTurn = 0;

  constructor(ports: GatheringPorts, fullTurn: number) {
    this.#ports = ports;
    this.#fullTurn = fullTurn;
    this.#windowFromMs = ports.nowMs();
  }

  onDatagram(): void {
    this.#inTurn += 1;
    this.#inWindow += 1;
    if (this.#isBusy || this.#inWindow < BUSY_DATAGRAMS) return;
    if (!this.#endWindow(this.#ports.nowMs())) return;
    this.#isBusy = true;
    this.#inTurn = 0;
    this.#ports.nextTurn(() => this.#turn());
  }

  #turn(): void {
    const nowMs = this.#ports.nowMs();
    if (nowMs - this.#windowFromMs >= BUSY_WINDOW_MS) this.#isBusy = this.#endWindow(nowMs);
    if (!this.#isBusy) return;
    if (this.#inTurn < this.#fullTurn) this.#ports.sleep(GATHERING_MS);
    this.#inTurn = 0;
    this.#ports.nextTurn(() => this.#turn());
  }

  /** True = it was a busy one. */
  #endWindow(nowMs: number): boolean {
    const allowedMs = (this.#inWindow / BUSY_DATAGRAMS) * BUSY_WINDOW_MS;
    const isBusy = nowMs - this.#windowFromMs <= allowedMs;
    this.#windowFromMs = nowMs;
    this.#inWindow = 0;
    return isBusy;
  }
}
