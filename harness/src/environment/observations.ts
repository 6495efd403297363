// All that the IP Office's side saw of SIP and DevLink3, as PbxObserver tells it: for ladder and
// checkers.
import type { PbxObserver } from "@tapeline/simulator/pbx";
import type { Durability } from "@tapeline/simulator/world";

export type SipObservation = Parameters<PbxObserver["onSip"]>[0];
export type DevLink3Observation = Parameters<PbxObserver["onDevLink3"]>[0];

/** A SIP message on a stream, known at both ends. */
export interface StreamMessage {
  readonly from: "pbx" | "recorder";
  readonly transport: "tcp" | "tls";
  /** Its first byte. */
  readonly sentMs: number;
  /** Its last byte; null = not all of it came. */
  readonly arrivedMs: number | null;
  /** Among the first of a stream that its sender opened: it may have waited for that. */
  readonly hasWaited: boolean;
  readonly text: string;
}

/** When the recorder was there: "process" and "power" are the two kinds of crash. */
export interface LifeEvent {
  /** On the clock of the IP Office, as all of its truth. */
  readonly atMs: number;
  readonly kind: "ready" | "process" | "power";
}

/** A pause known to have been in force on a leg: its frames from … to … must be nowhere. */
export interface PauseObservation {
  readonly leg: number;
  /** Once the recorder had said that it is paused, on the clock of the IP Office. */
  readonly fromMs: number;
  /** When somebody set about ending it; null = it lasted to the end of the leg. */
  toMs: number | null;
  /** Asked for then; the recorder said that the live disk had not taken it. */
  readonly unsavedSinceMs?: number;
}

/** A journal got its last name in a pool: what a loss of power would have left at that moment. */
export interface CommitObservation {
  readonly atMs: number;
  /** Of the journal. */
  readonly path: string;
  readonly journal: Durability;
  readonly audio: Durability;
  /** The audio still had the name of unfinished work. */
  readonly isAudioUnfinished: boolean;
}

/** The lines of a recording's journal that a crash left, each with its newline. */
export interface SurvivingJournal {
  readonly atMs: number;
  readonly recordingKey: string;
  readonly lines: readonly string[];
}

/** Something that a scenario broke, or healed again. */
export interface FaultObservation {
  readonly atMs: number;
  readonly text: string;
  readonly isHealing: boolean;
  /** Over at once; else it lasts until the next healing. */
  readonly isMoment: boolean;
}

export class Observations implements PbxObserver {
  readonly sip: SipObservation[] = [];
  readonly devlink3: DevLink3Observation[] = [];
  readonly life: LifeEvent[] = [];
  readonly pauses: PauseObservation[] = [];
  readonly faults: FaultObservation[] = [];
  readonly commits: CommitObservation[] = [];
  readonly survivors: SurvivingJournal[] = [];
  /** "oddity × situation", as a swarm came by them. */
  readonly situations = new Set<string>();
  readonly notes: { readonly atMs: number; readonly text: string }[] = [];

  onSip(message: SipObservation): void {
    this.sip.push(message);
  }

  onDevLink3(message: DevLink3Observation): void {
    this.devlink3.push(message);
  }

  /** What a crash left of the journal of a recording in progress; a torn last line is none. */
  onSurvivor(atMs: number, path: string, bytes: Uint8Array): void {
    const recordingKey = /([^/]+)\.tmpvrtx$/.exec(path)?.[1];
    if (recordingKey === undefined) return;
    const lines = new TextDecoder().decode(bytes).split("\n").slice(0, -1);
    this.survivors.push({ atMs, recordingKey, lines });
  }
}
