// Our session description over the life of one call: the version goes up only when what we say
// differs (RFC 3264 §8).
import {
  answerOffer,
  makeOffer,
  type Answer,
  type LocalDescription,
  type SignallingPeer,
} from "../sdp/answer.ts";
import type { SessionDescription } from "../sdp/session-description.ts";

export class OurDescription {
  readonly #host: string;
  readonly #sessionId: string;
  readonly #makeSrtpKey: () => string;
  #srtpKey: string | null = null;
  #rtpPort = 0;
  #version: number;
  #lastSdp: string | null = null;

  /** `version` above 1 after a restart: the old process may have sent earlier ones. */
  constructor(
    of: { readonly host: string; readonly sessionId: string; readonly version?: number },
    makeSrtpKey: () => string,
  ) {
    this.#host = of.host;
    this.#sessionId = of.sessionId;
    this.#version = of.version ?? 1;
    this.#makeSrtpKey = makeSrtpKey;
  }

  set rtpPort(port: number) {
    this.#rtpPort = port;
  }

  answer(offer: SessionDescription, peer: SignallingPeer): Answer {
    return this.#settle((version) => answerOffer(offer, this.#local(version), peer));
  }

  offer(): string {
    const made = this.#settle((version) => ({
      ok: true as const,
      sdp: makeOffer(this.#local(version)),
    }));
    return made.sdp;
  }

  #local(sessionVersion: number): LocalDescription {
    return {
      ...{ host: this.#host, rtpPort: this.#rtpPort, sessionId: this.#sessionId, sessionVersion },
      srtpKey: () => (this.#srtpKey ??= this.#makeSrtpKey()),
    };
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
