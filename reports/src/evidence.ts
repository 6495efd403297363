// What a run leaves for a person to look at: messages for the ladder, audio for the waveforms,
// packets for the capture. Collected by the harness, drawn here. Types only.

/** One message of the SIP/DevLink3 ladder. Times are ms since the run began. */
export interface LadderMessage {
  readonly atMs: number;
  readonly protocol: "sip" | "devlink3" | "rtp" | "note";
  /** Lanes by name: "IP Office", "Recorder", "Listener". */
  readonly from: string;
  readonly to: string;
  /** "INVITE", "200 OK", "Event Detail call 31", "RTP PCMU 3,000 packets". */
  readonly title: string;
  /** The whole message, shown when opened. */
  readonly text: string;
}

/** "gap" is fill for audio that was lost; "other" is fill for what nobody sent. */
export interface AudioSpan {
  readonly fromSample: number;
  readonly toSample: number;
  readonly kind: "pause" | "gap" | "held" | "talking" | "other";
  readonly label: string;
}

export interface AudioTrack {
  readonly recordingKey: string;
  readonly title: string;
  /** The whole µ-law audio. */
  readonly audio: Uint8Array;
  readonly spans: readonly AudioSpan[];
}

/** A datagram, or a chunk of a TCP stream in order. */
export interface CapturedPacket {
  /** Wall clock, epoch ms with fractions. */
  readonly wallTimeMs: number;
  readonly protocol: "udp" | "tcp";
  readonly from: { readonly host: string; readonly port: number };
  readonly to: { readonly host: string; readonly port: number };
  readonly data: Uint8Array;
}

/** What a stretch of a timeline lane was. */
export type TimelineKind =
  | "ringing"
  | "talking"
  | "held"
  | "queued"
  | "parked"
  | "voicemail"
  | "recorded"
  | "pause"
  | "fault"
  | "down";

export interface TimelineSpan {
  readonly fromMs: number;
  /** The same as `fromMs` for what has no length. */
  readonly toMs: number;
  readonly kind: TimelineKind;
  readonly label: string;
}

/** A party, a recording, or one kind of fault, over the whole run. */
export interface TimelineLane {
  readonly name: string;
  readonly spans: readonly TimelineSpan[];
}

/** A figure over the time of a run, such as VCM channels in use. */
export interface TimelineSeries {
  readonly name: string;
  readonly unit: string;
  /** Each value holds until the next; in order of time. The last line is drawn as an area. */
  readonly lines: readonly {
    readonly name: string;
    readonly points: readonly (readonly [atMs: number, value: number])[];
  }[];
  /** What there is of it; null = no limit is known. */
  readonly limit: number | null;
}

/** All of a run on one axis; times are ms since the run began, as in the ladder. */
export interface Timeline {
  readonly endMs: number;
  readonly lanes: readonly TimelineLane[];
  readonly series: readonly TimelineSeries[];
}

/** Something that is wrong with a run, and where. */
export interface Finding {
  /** The checker that says so; "story" where the run came to no end. */
  readonly check: string;
  /** What was expected and what was there instead. */
  readonly text: string;
  /** ms since the run began; null = it is about no moment. */
  readonly atMs: number | null;
}

export interface RunEvidence {
  /** The scenario in one sentence. */
  readonly title?: string;
  /** What of the IP Office was odd on purpose, with its settings. */
  readonly oddities?: readonly string[];
  readonly ladder: readonly LadderMessage[];
  readonly tracks: readonly AudioTrack[];
  /** What people did and what befell them, as the story noted it. */
  readonly notes: readonly { readonly atMs: number; readonly text: string }[];
  readonly timeline?: Timeline;
  /** What is wrong, the weightiest check first; absent where nothing is. */
  readonly findings?: readonly Finding[];
  /** The last lines of the trace before the first finding; absent or empty where none is known. */
  readonly trace?: readonly string[];
}
