// The lines of a journal (`.tmpvrtx`, `.vrtx`) as types, exactly as formats.md lists them. The
// media plane writes them; recovery, storage, `inspect` and the checkers read them.
import type { UnrecordedPart } from "../association-facts.ts";
import type { Outcome, Why } from "../outcome.ts";
import type { EndReason } from "../end-reason.ts";
import type { FillKind } from "./tone.ts";

/** On every line, put there by the media plane. */
export interface JournalStamps {
  /** ISO 8601 with milliseconds, UTC. */
  readonly at: string;
  /** Monotonic, since the header. */
  readonly elapsedMs: number;
  /** Offset in the `.ul` at that moment. */
  readonly sample: number;
}

export type GapCause = "loss" | "late" | "hold" | "overflow" | "tail" | "restart" | "ssrc";
export type PauseVia = "dashboard" | "api" | "rule" | "auto";

export interface HeaderLine extends JournalStamps {
  readonly type: "header";
  readonly format: "tapeline-vrtx";
  readonly version: 1;
  readonly recordingKey: string;
  readonly recorder: string;
  readonly files: readonly string[];
  readonly codec: string;
  readonly sampleRate: number;
  readonly liveStreamId?: string;
  readonly sipCallId: string;
  /** Made to measure a network: `tapeline-recorder drop-validation` erases it. */
  readonly purpose?: "validation";
}

export interface SipLine extends JournalStamps {
  readonly type: "sip";
  readonly direction: "in" | "out";
  readonly transport: "udp" | "tcp" | "tls";
  readonly from: string;
  readonly to: string;
  readonly text: string;
}

/** The first packet, or the first after a change of source, SSRC or timestamp base. */
export interface MediaLine extends JournalStamps {
  readonly type: "media";
  /** "address:port". */
  readonly source: string;
  readonly ssrc: number;
  readonly payloadType: number;
  /** From the 200 (the claim) to this packet. */
  readonly leadMs: number;
  /** RTP timestamp of the audio at `sample`: with it recovery finds the place of later packets. */
  readonly rtpTimestamp?: number;
  readonly rtpSequence?: number;
}

export interface AssociationLine extends JournalStamps {
  readonly type: "association";
  readonly rung: 1 | 2 | 3 | 4 | "orphan";
  readonly late?: true;
  readonly callKey: string | null;
  readonly part: number | null;
  readonly deviceCallId: string | null;
  readonly endId: string | null;
  readonly agent: string | null;
  readonly extension: string | null;
  readonly parties: readonly string[];
  /** How long nothing was recorded between the part before and this one. */
  readonly gapMs?: number;
  /** Of this part before its recording began. */
  readonly missedMs?: number;
  /** Earlier parts of the conversation that have no recording. */
  readonly unrecorded?: readonly UnrecordedPart[];
}

export interface EventLine extends JournalStamps {
  readonly type: "event";
  readonly eventId: string;
  readonly kind: string;
  readonly fromSample: number;
  readonly toSample: number;
  readonly parties: readonly string[];
}

/** Paused = [fromSample, toSample of the next `resume`). */
export interface PauseLine extends JournalStamps {
  readonly type: "pause";
  readonly fromSample: number;
  readonly by: string;
  readonly via: PauseVia;
  readonly fill: FillKind;
}

/** Closes the pause that began at `fromSample`; `toSample` is the first sample kept again. */
export interface ResumeLine extends JournalStamps {
  readonly type: "resume";
  readonly fromSample: number;
  readonly toSample: number;
  readonly by: string;
  readonly via: PauseVia;
  readonly fill: FillKind;
}

export interface PauseRequestLine extends JournalStamps {
  readonly type: "pauseRequest";
  readonly by: string;
  readonly via: PauseVia;
  readonly action: "pause" | "resume";
  readonly receivedAt: string;
  readonly result: "applied" | "no-recording" | "not-permitted" | "already";
  /** Why nothing was done, where the result alone does not say it. */
  readonly reason?: string;
}

export interface GapLine extends JournalStamps {
  readonly type: "gap";
  readonly fromSample: number;
  readonly samples: number;
  readonly cause: GapCause;
}

export interface RuleLine extends JournalStamps {
  readonly type: "rule";
  readonly title: string;
  readonly kind: string;
  /** false: a negative rule. */
  readonly record?: boolean;
  /** The call event at which it matched. */
  readonly event?: string;
  readonly eventId?: string | null;
  readonly deviceCallId?: string;
}

export interface StatisticsLine extends JournalStamps {
  readonly type: "statistics";
  readonly packetsReceived: number;
  readonly packetsLost: number;
  readonly packetsLate: number;
  readonly packetsDuplicate: number;
  readonly packetsStray: number;
  readonly jitterMs: number;
  readonly mos: number | null;
  readonly mosMethod: string | null;
}

export interface EndLine extends JournalStamps {
  readonly type: "end";
  readonly reason: EndReason;
  readonly outcome: Outcome;
  readonly why?: Why | null;
  /** Title of the rule that decided. */
  readonly rule?: string;
  readonly samples: number;
  readonly sha256: string;
  readonly recovered?: true;
}

export interface StoredLine extends JournalStamps {
  readonly type: "stored";
  readonly pool: string;
  readonly drive: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly encoder: string;
}

export type JournalLine =
  | HeaderLine
  | SipLine
  | MediaLine
  | AssociationLine
  | EventLine
  | PauseLine
  | ResumeLine
  | PauseRequestLine
  | GapLine
  | RuleLine
  | StatisticsLine
  | EndLine
  | StoredLine;

export type JournalLineType = JournalLine["type"];

/** A line of a type that this version does not know; kept, because types may be added. */
export interface UnknownJournalLine extends JournalStamps {
  readonly type: string;
  readonly [field: string]: unknown;
}
