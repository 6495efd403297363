// A DevLink3 link as calls/, rules/ and association/ see it. Types only: link-client.ts implements
// it. Everything is told by synchronous calls, in the PBX's order.
import type { LinkState } from "./link-state.ts";
import type { Delta3Record, SipTrack } from "./delta3-record.ts";
import type { RecordingControl, RecordingStatus } from "./recording-control.ts";

export interface LinkDelegate {
  onState(state: LinkState): void;
  /** A new event stream begins: a snapshot of all calls follows. `epoch` grows by 1. */
  onStreamBegan(epoch: number): void;
  /** The snapshot is finished (1 s quiet, or 10 s): what was not confirmed has ended. */
  onSnapshotFinished(): void;
  /** The stream is gone; calls are unconfirmed until the next snapshot. */
  onStreamEnded(): void;
  /** `nodeHost`: dotted address of the PBX that the event comes from. */
  onRecord(record: Delta3Record, nodeHost: string): void;
  onSipTrack(track: SipTrack): void;
  onRecordingStatus(status: RecordingStatus): void;
}

export interface Link {
  /** host:port as configured: names the link in logs. */
  readonly pbx: string;
  start(): void;
  close(): Promise<void>;
  state(): LinkState;
  /** Stands for "none" while the PBX offers no recording extension. */
  readonly control: RecordingControl;
  /** Asks for a pseudo-file (§7); null = not to be had. On a connection of its own. */
  readFile(name: string): Promise<Uint8Array | null>;
}
