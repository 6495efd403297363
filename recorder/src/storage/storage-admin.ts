// What people may do to stored recordings, as HTTP and command line see it: legal hold, deletion,
// verification, and the state of pools and drives. Types only; StorageService answers them.
// Nothing here rejects for what a person can do wrong: an answer says why not.

/** Who does it, and why; both stand in the hold's file and in the audit. */
export interface Deed {
  readonly by: string;
  readonly reason: string;
}

/** Why a recording was left as it is. */
export type AdminRefusal =
  /** No drive and no live pair has it. */
  | "not-found"
  /** It is being recorded now. */
  | "in-progress"
  /** A legal hold lies on it. */
  | "held"
  /** It is younger than the pool's keepAtLeastDays. */
  | "kept"
  /** Its drive does not answer. */
  | "drive-failed";

export type AdminAnswer =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: AdminRefusal; readonly detail: string };

/** A legal hold, as `<recordingKey>.hold` holds it. */
export interface Hold {
  readonly recordingKey: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly by: string;
  readonly reason: string;
}

export type VerificationState =
  /** Every check that could be made agreed. */
  | "ok"
  /** Something differs: see `problems`. */
  | "damaged"
  /** Complete, but in no pool yet; the live pair was checked. */
  | "not-stored"
  /** Nothing is known of it. */
  | "missing"
  /** The drive or the encoder could not be asked. */
  | "unreadable";

export interface VerificationReport {
  readonly recordingKey: string;
  readonly state: VerificationState;
  readonly pool: string | null;
  readonly drive: string | null;
  /** Absolute path of the `.spx`. */
  readonly path: string | null;
  readonly samples: number;
  readonly bytes: number;
  /** The `.spx` has the bytes and the SHA-256 of the journal's `stored` line. */
  readonly isAsStored: boolean;
  /** It decodes to as many samples as the journal's `end` line tells. */
  readonly isDecodable: boolean;
  /** The live pair is as the `end` line tells; null when it has been released. */
  readonly isLiveAsRecorded: boolean | null;
  /** Sentences for people. */
  readonly problems: readonly string[];
}

export interface PoolStatus {
  readonly pool: string;
  readonly drives: readonly DriveStatus[];
  readonly freeBytes: number;
  /** Recordings that are committed there. */
  readonly recordings: number;
  /** At the present load; null while nothing is known of it. */
  readonly hoursLeft: number | null;
  readonly isFull: boolean;
  /** Less is left than the pool's alarmHours. */
  readonly isLow: boolean;
}

export interface LiveSpaceStatus {
  readonly directory: string;
  readonly freeBytes: number;
  /** At 8,000 bytes a second for each recording of the present load. */
  readonly hoursLeft: number;
  readonly isLow: boolean;
  /** Recordings that are complete and in no pool yet. */
  readonly waiting: number;
}

export interface DriveStatus {
  readonly pool: string;
  readonly path: string;
  readonly usedBytes: number;
  readonly freeBytes: number;
  readonly state: "ok" | "full" | "failed" | "missing";
  readonly maxBytes?: number;
  /** A call to it has not come back in time. */
  readonly isHung?: boolean;
}

export interface StorageAdmin {
  /** Puts a legal hold on a recording, stored or not; a second one changes nothing. */
  hold(recordingKey: string, deed: Deed): Promise<AdminAnswer>;
  /** Takes it away; without one it changes nothing. */
  releaseHold(recordingKey: string, deed: Deed): Promise<AdminAnswer>;
  /** The hold on a recording, or null. */
  holdOf(recordingKey: string): Promise<Hold | null>;
  /**
   * Erases a recording for good: pool copy, live pair and catalog row. Refused under a legal hold
   * and before keepAtLeastDays. Survives a crash half way: the next start finishes it.
   */
  erase(recordingKey: string, deed: Deed): Promise<AdminAnswer>;
  /** Checks the stored copy against its journal, and the live pair while it is there. */
  verify(recordingKey: string): Promise<VerificationReport>;
  pools(): readonly PoolStatus[];
  /** null until it has been looked at for the first time. */
  liveSpace(): LiveSpaceStatus | null;
}
