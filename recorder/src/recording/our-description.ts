// Our session description over the life of one call: the version goes up only when what we say
// differs (RFC 3264 §8).
import { answerOffer, makeOffer, type Answer } from "../sdp/answer.ts";
import type { SessionDescription } from "../sdp/session-description.ts";

export class OurDescription {
  readonly #host: string;
  readonly #sessionId: string;
  #rtpPort = 0;
  #version: number;
  #lastSdp: string | null = null;

  /** `version` above 1 after a restart: the old process may have sent earlier ones. */
  constructor(host: string, sessionId: string, version = 1) {
    this.#host = host;
    this.#sessionId = sessionId;
    this.#version = version;
  }

  set rtpPort(port: number) {
    this.#rtpPort = port;
  }

  answer(offer: SessionDescription, signallingHost: string): Answer {
    return this.#settle((version) => answerOffer(offer, this.#local(version), signallingHost));
  }

  offer(): string {
    const made = this.#settle((version) => ({
      ok: true as const,
      sdp: makeOffer(this.#local(version)),
    }));
    return made.sdp;
  }

  #local(sessionVersion: number) {
    return { host: this.#host, rtpPort: this.#rtpPort, sessionId: this.#sessionId, sessionVersion };
  }

  #settle<T extends { readonly ok: true; readonly sdp: string } | { readonly ok: false }>(
    make: (version: number) => T,
  ): T {
    const same = make(this.#version);
    if (!same.ok || this.#lastSdp === null || same.sdp === this.#lastSdp) {
      if (same.ok) this.#lastSdp = same.sdp;
      return same;
    }
    this.#version += 1;
    const next = make(this.#version);
    if (next.ok) this.#lastSdp = next.sdp;
    return next;
  }
}
