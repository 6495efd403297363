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

export interface RunEvidence {
  readonly ladder: readonly LadderMessage[];
  readonly tracks: readonly AudioTrack[];
  /** Parties, pauses and faults over time, for the timeline. */
  readonly notes: readonly { readonly atMs: number; readonly text: string }[];
}
