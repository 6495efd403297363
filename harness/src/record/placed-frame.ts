// A spoken frame with its place in a recording, and how many samples it has.
import type { SpokenFrame } from "@tapeline/simulator/pbx";

export const FRAME_SAMPLES = 160;
export const SAMPLES_PER_MS = 8;

export interface PlacedFrame {
  readonly frame: SpokenFrame;
  readonly sample: number;
  /** null = never arrived; live mode takes every frame sent to have arrived. */
  readonly arrivedMs: number | null;
  /** Bytes changed on the way: whatever stands at its place may be it. */
  readonly isCorrupted: boolean;
}

/** The samples in a packet: 20 ms, unless the IP Office has another ptime. */
export function samplesOf(frame: SpokenFrame): number {
  return frame.payload?.length ?? FRAME_SAMPLES;
}
