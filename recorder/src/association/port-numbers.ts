// The numbers of the ports in the Recording Monitor: each recording keeps its own while it goes on;
// what becomes free goes to the next. State here, no I/O.

export class PortNumbers {
  readonly #byRecording = new Map<string, number>();

  /** Called with all recordings that go on; the answer tells a recording's number, from 1. */
  assign(recordingKeys: readonly string[]): (recordingKey: string) => number {
    const going = new Set(recordingKeys);
    for (const key of this.#byRecording.keys()) if (!going.has(key)) this.#byRecording.delete(key);
    const used = new Set(this.#byRecording.values());
    let port = 1;
    for (const key of recordingKeys) {
      if (this.#byRecording.has(key)) continue;
      while (used.has(port)) port += 1;
      used.add(port);
      this.#byRecording.set(key, port);
    }
    return (key) => this.#byRecording.get(key) ?? 0;
  }
}
