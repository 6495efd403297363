// Requests that came before their dialog was read back after a restart: kept in order until it has
// been. Over a stream nothing is sent again (RFC 3261 §17.1.2.2): who refuses such a BYE or loses
// it keeps a call for ever; over UDP it comes again only seconds later, when the call has long been
// over. Service of the endpoint; holds no socket and no timer.

/** Beyond, the endpoint answers as at any of its limits; over UDP it lets it come again. */
export const HELD_REQUESTS_LIMIT = 5_000;

export class HeldRequests {
  #resumptions: (() => void)[] = [];
  /** Call-IDs of what is held: what comes later in the same call must not overtake it. */
  readonly #callIds = new Set<string>();

  get isFull(): boolean {
    return this.#resumptions.length >= HELD_REQUESTS_LIMIT;
  }

  has(callId: string): boolean {
    return this.#callIds.has(callId);
  }

  /** `resume` goes on with the request. */
  hold(callId: string, resume: () => void): void {
    this.#callIds.add(callId);
    this.#resumptions.push(resume);
  }

  /** Goes on with each, in the order in which they came. */
  release(): void {
    const resumptions = this.#resumptions;
    this.clear();
    for (const resume of resumptions) resume();
  }

  clear(): void {
    this.#resumptions = [];
    this.#callIds.clear();
  }
}
