// The recorder's wall clock as this page can know it: from questions and answers over the socket
// that also brings the audio. The quickest round trip is the truest (RFC 5905 §10). Pure.

interface Reading {
  readonly roundTripMs: number;
  /** To be added to our own time. */
  readonly offsetMs: number;
}

export class RemoteClock {
  #best: Reading | null = null;

  /** Our own time when it was asked and answered, and what the recorder said. */
  answered(askedMs: number, answeredMs: number, remoteMs: number): void {
    const roundTripMs = answeredMs - askedMs;
    if (this.#best !== null && roundTripMs >= this.#best.roundTripMs) return;
    this.#best = { roundTripMs, offsetMs: remoteMs - (askedMs + roundTripMs / 2) };
  }

  /** The recorder's time at this moment of ours; null before the first answer. */
  at(ownMs: number): number | null {
    return this.#best === null ? null : ownMs + this.#best.offsetMs;
  }
}
