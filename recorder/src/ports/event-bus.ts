// The event bus port: what happens to live streams and who listens, announced to whoever wants to
// know: the live events of the API today, a message bus beside it for a second node (design.md
// §10). Everything is cloneable data; a version stands in each event.

/** A stream as events and listeners are told of it. */
export interface LiveStream {
  readonly recordingKey: string;
  readonly liveStreamId: string | null;
  readonly sipCallId: string;
  readonly callKey: string | null;
  /** Of the conversation, from 1; the next part is another stream (R22). */
  readonly part: number | null;
  readonly agent: string | null;
  readonly extension: string | null;
  /** Who is on the call now. */
  readonly parties: readonly string[];
  readonly isPaused: boolean;
  readonly beganTimeMs: number;
}

/** The part that follows the one that has ended. */
export type NextPart = Pick<
  LiveStream,
  "recordingKey" | "liveStreamId" | "part" | "agent" | "extension"
>;

interface Stamped {
  readonly version: 1;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly stream: LiveStream;
}

/** What happens to a stream. */
export type LiveStreamEvent = Stamped &
  (
    | { readonly type: "started" | "associated" | "parties-changed" }
    /** `sample`: the edge in the recording. */
    | {
        readonly type: "paused" | "resumed";
        readonly sample: number;
        readonly by: string;
        readonly via: string;
      }
    | {
        readonly type: "ended";
        readonly reason: string;
        readonly samples: number;
        /** null: the conversation is over, or its next part has not begun yet. */
        readonly next: NextPart | null;
      }
  );

/** Who listens; the same stands in the audit. */
export type ListeningEvent = Stamped &
  Readonly<{ by: string; from: string; over: string }> &
  (
    | { readonly type: "listening-began" }
    | {
        readonly type: "listening-ended";
        readonly reason: string;
        readonly durationMs: number;
        readonly framesDropped: number;
      }
  );

export type BusEvent = LiveStreamEvent | ListeningEvent;

export interface Subscription {
  /** Idempotent. */
  cancel(): void;
}

/** Publishing never waits and never throws: a subscriber that is slow keeps its own queue. */
export interface EventBus {
  publish(event: BusEvent): void;
  subscribe(onEvent: (event: BusEvent) => void): Subscription;
}
