// A link to an IP Office that can be made anew while the recorder runs: after a reload with another
// password the IP Office is asked again, which by itself nobody does, for it locks accounts. To its
// owner it stays one link: the old stream ends, the next one begins with a higher epoch.
import type { Link, LinkDelegate } from "./link.ts";
import type { LinkState } from "./link-state.ts";
import type { RecordingControl } from "./recording-control.ts";

export class ReloadableLink<Options> implements Link {
  readonly #delegate: LinkDelegate;
  readonly #make: (options: Options, delegate: LinkDelegate) => Link;
  #current: Link;
  /** Added to the epochs of the present link, which counts from its own beginning. */
  #epochsBefore = 0;
  #lastEpoch = 0;
  #isStreaming = false;
  #isStarted = false;
  #isClosed = false;

  constructor(
    options: Options,
    delegate: LinkDelegate,
    make: (options: Options, delegate: LinkDelegate) => Link,
  ) {
    this.#delegate = delegate;
    this.#make = make;
    this.#current = this.#next(options);
  }

  get pbx(): string {
    return this.#current.pbx;
  }

  get control(): RecordingControl {
    return this.#current.control;
  }

  start(): void {
    this.#isStarted = true;
    this.#current.start();
  }

  state(): LinkState {
    return this.#current.state();
  }

  readFile(name: string): Promise<Uint8Array | null> {
    return this.#current.readFile(name);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#current.close();
  }

  /** Ends the link and makes it anew with other options. */
  async change(options: Options): Promise<void> {
    const before = this.#current;
    this.#epochsBefore = this.#lastEpoch;
    this.#current = this.#next(options);
    await before.close();
    if (this.#isStreaming) {
      this.#isStreaming = false;
      this.#delegate.onStreamEnded();
    }
    if (this.#isStarted && !this.#isClosed) this.#current.start();
  }

  #next(options: Options): Link {
    const delegate = this.#delegate;
    const epochsBefore = this.#epochsBefore;
    // What a link says after another has taken its place concerns nobody.
    const isCurrent = (): boolean => link === this.#current;
    const link: Link = this.#make(options, {
      onState: (state) => isCurrent() && delegate.onState(state),
      onStreamBegan: (epoch) => {
        if (!isCurrent()) return;
        this.#isStreaming = true;
        this.#lastEpoch = epochsBefore + epoch;
        delegate.onStreamBegan(this.#lastEpoch);
      },
      onStreamEnded: () => {
        if (!isCurrent()) return;
        this.#isStreaming = false;
        delegate.onStreamEnded();
      },
      onSnapshotFinished: () => isCurrent() && delegate.onSnapshotFinished(),
      onRecord: (record, nodeHost) => isCurrent() && delegate.onRecord(record, nodeHost),
      onSipTrack: (track) => isCurrent() && delegate.onSipTrack(track),
      onRecordingStatus: (status) => isCurrent() && delegate.onRecordingStatus(status),
    });
    return link;
  }
}
