// The port of engines that carry live audio over WebRTC: an offer comes, an answer goes, then
// frames. PCMU goes straight through; only host candidates are offered, and no other server is ever
// asked. One contract suite (test/ports/node/listening-engine.test.ts) holds for all engines.
import type { Parsed } from "../parsed.ts";

export interface EarDelegate {
  /** Frames reach the listener from now on. */
  onConnected(): void;
  /** It left, or was not heard of for too long; once, and not after `close`. */
  onClosed(reason: "left" | "lost" | "never-connected"): void;
}

/** A listener at the far end. */
export interface WebRtcEar {
  /** The SDP answer; its candidates are all in it. */
  readonly answer: string;
  /** 20 ms of µ-law whose first sample is `sample`. Never waits; before the connection it is lost. */
  send(sample: number, data: Uint8Array): void;
  /** Idempotent. */
  close(): void;
}

export interface ListeningEngine {
  /** "werift", "mediasoup". */
  readonly name: string;
  /** Bad offers are values; an engine that cannot work rejects with a RecorderError. */
  open(offer: string, delegate: EarDelegate): Promise<Parsed<WebRtcEar>>;
  /** Closes every ear. */
  close(): Promise<void>;
}

export interface ListeningEngineOptions {
  /** Local addresses that are offered, as IP literals. */
  readonly hosts: readonly string[];
  /** UDP ports, first and last; null: any. */
  readonly ports: readonly [number, number] | null;
}
