// The media plane port: commands to it and events from it, all cloneable data. Live it runs in a
// worker thread, in the virtual world in-process behind the same asynchronous messages.
// The plane alone opens RTP sockets and writes `.ul` and journal; it alone stamps `at`,
// `elapsedMs` and `sample` on journal lines.
import type { Address } from "./udp.ts";

/** A journal line without the three stamps of the plane (formats.md, "The journal"). */
export type JournalEntry = { readonly type: string } & { readonly [field: string]: unknown };

/** What decrypts a call's media (RFC 3711), as SDP told it (RFC 4568). */
export interface SrtpTerms {
  readonly suite: "AES_CM_128_HMAC_SHA1_80" | "AES_CM_128_HMAC_SHA1_32";
  /** Of the peer: master key and master salt, 30 bytes in Base64. */
  readonly masterKey: string;
}

/** What the plane is to know of one negotiated media description. */
export interface MediaNegotiation {
  /** Where the SDP says that RTP comes from; null for c=0.0.0.0 or an offer without address. */
  readonly remote: Address | null;
  /** The address of the signalling peer: RTP from other hosts is never latched. */
  readonly signallingHost: string;
  readonly payloadTypes: {
    readonly pcmu: number | null;
    readonly pcma: number | null;
    readonly telephoneEvent: number | null;
    readonly comfortNoise: number | null;
  };
  /** False while on hold (sendonly/inactive from our side of view: the peer sends nothing). */
  readonly expectsMedia: boolean;
  /** Left out for plain RTP. */
  readonly srtp?: SrtpTerms;
}

export interface MediaPlaneOptions {
  readonly bindHost: string;
  readonly rtp: { readonly port: number } | { readonly range: readonly [number, number] };
  readonly liveDirectory: string;
  readonly receiveBufferBytes: number;
  readonly pause: { readonly fill: "tone" | "silence"; readonly guardMs: number };
  /** Hosts whose unclaimed packets are held for latching; others are counted as stray at once. */
  readonly allowedHosts: readonly string[];
}

export interface RecordingStatistics {
  readonly packetsReceived: number;
  readonly packetsLost: number;
  readonly packetsLate: number;
  readonly packetsDuplicate: number;
  readonly packetsStray: number;
  readonly jitterMs: number;
  /** Listening MOS by the reduced E-model; null when nothing was measured. */
  readonly mos: number | null;
  readonly mosMethod: string | null;
  /** Lost packets as a share of those expected, 0–1. */
  readonly lossRatio: number;
  readonly kernelDrops: number;
}

export type MediaCommand =
  /** First message; answered by `ready` or `failed`. */
  | { readonly type: "start"; readonly options: MediaPlaneOptions }
  /**
   * Opens a recording: claims its media, creates the live pair, writes header and entries.
   * Answered by `opened`, at the latest after 500 ms (then `inMemory`: the disk hangs).
   */
  | {
      readonly type: "open";
      readonly recordingKey: string;
      readonly header: JournalEntry;
      readonly entries: readonly JournalEntry[];
      readonly negotiation: MediaNegotiation;
      /** Of SRTP, hidden in the entries: they are kept beside the journal until the call ends. */
      readonly keys?: readonly string[];
    }
  /** Goes on in a live pair left by a crash. Answered by `opened`, or `openFailed`. */
  | {
      readonly type: "resumeFile";
      readonly recordingKey: string;
      readonly negotiation: MediaNegotiation;
      /** The RTP port of the old SDP answer, to be bound again in range mode. */
      readonly rtpPort: number;
      /** Where the audio came from before the crash; absent when none had come. */
      readonly source?: Address;
      /** Wall time of the restart; the gap's length is taken from it where no RTP tells better. */
      readonly entries: readonly JournalEntry[];
      /** Of SRTP: those that are kept beside the journal. */
      readonly keys?: readonly string[];
    }
  /** A re-offer changed the media description. */
  | {
      readonly type: "renegotiate";
      readonly recordingKey: string;
      readonly negotiation: MediaNegotiation;
    }
  | {
      readonly type: "journal";
      readonly recordingKey: string;
      readonly entry: JournalEntry;
      /** Of SRTP, hidden in the entry and new. */
      readonly keys?: readonly string[];
    }
  /** Answered by `pauseApplied` once the edge is fixed. */
  | {
      readonly type: "pause" | "resume";
      readonly requestId: number;
      readonly recordingKey: string;
      readonly by: string;
      readonly via: "dashboard" | "api" | "rule" | "auto";
    }
  /**
   * The dialog ended: close the `.ul`, fill the tail up to `atMs` of the monotonic clock (absent:
   * now), however late this is read. Answered by `closed`.
   */
  | { readonly type: "close"; readonly recordingKey: string; readonly atMs?: number }
  /** Writes `end`, syncs, renames `.tmpvrtx` to `.vrtx`. Answered by `finished`. */
  | { readonly type: "finish"; readonly recordingKey: string; readonly end: JournalEntry }
  /** Removes the live pair of a closed recording (discard). Answered by `finished`. */
  | { readonly type: "erase"; readonly recordingKey: string }
  /** From now on audio of this recording is also sent as `audio` events. */
  | { readonly type: "listen" | "unlisten"; readonly recordingKey: string }
  /** New hosts seen in the events of an SCN. */
  | { readonly type: "allowHosts"; readonly hosts: readonly string[] }
  /** Writes all that is held, closes files and sockets. Answered by `stopped`. */
  | { readonly type: "stop" };

export type MediaEvent =
  | {
      readonly type: "ready";
      readonly receiveBufferBytes: number;
      readonly rtpPort: number | null;
    }
  /** `code` from errors.ts. After `start` it is final; with a recordingKey only that one failed. */
  | {
      readonly type: "failed";
      readonly code: string;
      readonly detail: string;
      readonly recordingKey?: string;
    }
  | {
      readonly type: "opened";
      readonly recordingKey: string;
      /** The port for the SDP answer. */
      readonly rtpPort: number;
      readonly inMemory: boolean;
      /** Samples already in the file (resumeFile). */
      readonly samples: number;
    }
  | {
      readonly type: "openFailed";
      readonly recordingKey: string;
      readonly code: string;
      readonly detail: string;
    }
  /** First packet, and again at each change of source or SSRC. */
  | {
      readonly type: "media";
      readonly recordingKey: string;
      readonly source: Address;
      readonly ssrc: number;
      readonly payloadType: number;
      readonly leadMs: number;
      readonly sample: number;
      /** Monotonic time of its arrival: with `sample` the anchor from which others reckon samples. */
      readonly atMs: number;
    }
  /** 2 s after `opened` (or a hold's end) nothing was heard. */
  | { readonly type: "noMedia"; readonly recordingKey: string }
  | {
      readonly type: "pauseApplied";
      readonly requestId: number;
      readonly recordingKey: string;
      readonly result: "applied" | "already" | "no-recording";
      readonly sample: number;
      /** A pause that is in force, and that a crash would take back: the disk hangs. */
      readonly isVolatile?: true;
    }
  /** Something that makes the call `degraded`; `why` from the closed list of outcome.ts. */
  | { readonly type: "degraded"; readonly recordingKey: string; readonly why: string }
  | {
      readonly type: "closed";
      readonly recordingKey: string;
      readonly samples: number;
      /** Hex SHA-256 of the `.ul`. */
      readonly sha256: string;
      /** Epoch ms of sample 0; null when no packet came. */
      readonly startTimeMs: number | null;
      readonly statistics: RecordingStatistics;
    }
  | { readonly type: "finished"; readonly recordingKey: string }
  /** The same bytes that go to the `.ul`, in order, without holes. */
  | {
      readonly type: "audio";
      readonly recordingKey: string;
      readonly sample: number;
      readonly data: Uint8Array;
      /** Monotonic time of the packet that set it free; null for fill. */
      readonly arrivedMs: number | null;
    }
  /** About once a second, for metrics. */
  | {
      readonly type: "metrics";
      readonly packetsReceived: number;
      readonly packetsStray: number;
      readonly packetsAmbiguous: number;
      /** Of SRTP calls, since the start. */
      readonly packetsUnauthentic: number;
      readonly kernelDrops: number;
      readonly writeBehindBytes: number;
      readonly openRecordings: number;
    }
  /** A limited-rate notice of something worth a log line. */
  | {
      readonly type: "notice";
      readonly level: "info" | "warn" | "error";
      readonly code: string;
      readonly detail: string;
      readonly recordingKey?: string;
    }
  | { readonly type: "stopped" };

export interface MediaPlane {
  post(command: MediaCommand): void;
  /** Ends the worker; `stop` comes first where order matters. */
  close(): Promise<void>;
}

/** Starts a plane whose events go to `onEvent`. */
export type StartMediaPlane = (onEvent: (event: MediaEvent) => void) => MediaPlane;
