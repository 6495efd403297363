// The encoder port: µ-law file in, Speex file out, and back for verification.

export interface EncodeRequest {
  /** Headerless µ-law, 8,000 bytes a second. */
  readonly source: string;
  /** Written anew; truncated when there. */
  readonly target: string;
  /** Speex quality 0–10. */
  readonly quality: number;
}

export interface Encoder {
  /** Name and version for the journal's `stored` line. Rejects when no encoder can be run. */
  describe(): Promise<string>;
  /** Rejects with an Error whose message holds the encoder's own words. */
  encode(request: EncodeRequest): Promise<void>;
  /**
   * Decodes `path`, handing over 8 kHz 16-bit mono samples piece by piece, in order.
   * `onSamples` may keep the array.
   */
  decode(path: string, onSamples: (samples: Int16Array) => void): Promise<void>;
}
