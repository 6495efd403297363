// Recording control as its callers see it (devlink3.md §13.7). Types only: dl3rec.ts holds every
// private number; a later module for the vendor's own codes takes its place without a change here.

export interface StartRecording {
  readonly node: string;
  readonly callId: number;
  readonly endId: string;
  /** `sip:<stream id>@host:port[;transport=…]`. */
  readonly recorderUri: string;
  readonly streamId: string;
}

export type ControlFailure =
  | "unavailable"
  | "no-call"
  | "no-party"
  | "not-connected"
  | "already"
  | "vcm"
  | "conference"
  | "licence"
  | "sip"
  | "unreachable"
  | "not-permitted"
  | "duplicate"
  | "no-recording"
  | "version"
  | "malformed"
  /** Includes: no answer in 2 s, link lost. */
  | "internal";

export type ControlResult =
  | { readonly ok: true; readonly state: RecordingStatus["state"] | null }
  | {
      readonly ok: false;
      readonly failure: ControlFailure;
      /** Result code in hex, status, reason: for the log. */
      readonly detail: string;
      readonly retryAfterMs: number | null;
      readonly sipStatus: number | null;
      /** "already": the stream id of the active recording of that end. */
      readonly activeStreamId: string | null;
    };

export interface RecordingStatus {
  readonly streamId: string;
  readonly state: "inviting" | "recording" | "paused" | "stopped" | "failed";
  /** End identifier of the recording leg. */
  readonly legEndId: string | null;
  readonly sipCallId: string | null;
  readonly sipStatus: number | null;
  readonly reason: string | null;
  /** When the recorded end has moved to another call. */
  readonly callId: number | null;
}

export interface RecordingControl {
  readonly isAvailable: boolean;
  /** The result comes by callback, once, at the latest after 2 s and some. */
  start(request: StartRecording, onResult: (result: ControlResult) => void): void;
  stop(streamId: string, onResult: (result: ControlResult) => void): void;
  /** One onRecordingStatus a recording, then the result. */
  query(streamId: string | null, onResult: (result: ControlResult) => void): void;
}
