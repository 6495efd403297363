// What an engine for live listening is: something that brings a stream's audio to the loudspeaker
// and tells how it goes. The page knows only this; WebSocket and WebRTC stand behind it (R5).

/** From where a listener hears: what is said now, or all of it. */
export type ListenFrom = "now" | "beginning";

/** How listening goes; told some twenty times a second while audio comes. */
export interface ListeningReport {
  /** Root mean square of what was played since the last report, dBFS. */
  readonly levelDb: number;
  /** From the packet at the recorder to the loudspeaker, as far as it can be known here. */
  readonly latencyMs: number;
  /** Place in the recording that is heard now. */
  readonly sample: number | null;
}

export interface ListeningEvents {
  readonly onReport: (report: ListeningReport) => void;
  /** Frames that this listener lost: its network was too slow. */
  readonly onLost: (frames: number) => void;
  /** The stream is over, or was never there. `code` is a word of the API. */
  readonly onEnd: (end: ListeningEnd) => void;
}

export interface ListeningEnd {
  readonly isRefused: boolean;
  readonly code: string;
  /** The recorder's, where it said one. */
  readonly remedy: string | null;
}

export interface ListeningRequest {
  /** recordingKey or live stream id. */
  readonly stream: string;
  readonly from: ListenFrom;
}

export interface ListeningEngine {
  /** "websocket", "webrtc": as the audit names it. */
  readonly name: string;
  /** Called from a click, so that the browser lets it sound. Stop by the returned function. */
  start(request: ListeningRequest, events: ListeningEvents): () => void;
}
