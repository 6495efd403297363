// The audio worklet: runs the playout in the browser's audio thread and tells the page its level
// twenty times a second. A file of its own, because the policy forbids code from anywhere else.
import { MOST_MS, MOST_PAST_MS, Playout } from "./playout.ts";

/** What the page sends. */
export interface PlayoutInput {
  readonly sample: number;
  readonly data: Uint8Array;
}

declare const registerProcessor: (name: string, processor: unknown) => void;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}

const REPORT_SAMPLES = 400;

class PlayoutProcessor extends AudioWorkletProcessor {
  readonly #playout: Playout;
  #sinceReport = 0;

  constructor({ processorOptions }: { readonly processorOptions: { readonly isPast: boolean } }) {
    super();
    this.#playout = new Playout(processorOptions.isPast ? MOST_PAST_MS : MOST_MS);
    this.port.onmessage = ({ data }: MessageEvent<PlayoutInput>) => {
      this.#playout.push(data.sample, data.data);
    };
  }

  process(_inputs: unknown, outputs: readonly (readonly Float32Array[])[]): boolean {
    const [first, ...others] = outputs[0] ?? [];
    if (first === undefined) return true;
    this.#playout.pull(first);
    for (const channel of others) channel.set(first);
    this.#sinceReport += first.length;
    if (this.#sinceReport >= REPORT_SAMPLES) {
      this.#sinceReport = 0;
      this.port.postMessage(this.#playout.report());
    }
    return true;
  }
}

registerProcessor("tapeline-playout", PlayoutProcessor);
