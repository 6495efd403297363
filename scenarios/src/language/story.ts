// The words a scenario is told in: people, what they do, and what may go wrong. Types only; the
// harness gives them life in both modes. Steps wait for states, never for times.
import type { DevLink3Oddities, SimulatedIpOffice, SipOddities } from "@tapeline/simulator/pbx";
import type { DatagramFaults, StreamFaults } from "@tapeline/simulator/world";

export type Mode = "virtual" | "live";

/** How long people talk: virtual time is free, live time is not. */
export interface TalkTime {
  readonly seconds: number;
  /** Used in live mode; default: at most 3 s. */
  readonly liveSeconds?: number;
}

/** Somebody outside, calling in by a trunk. */
export interface Caller {
  readonly number: string;
  /** Calls an extension or group; resolves when it rings there. */
  calls(target: string): Promise<void>;
  /** Says whether the call may be recorded. */
  answersConsent(answer: "given" | "refused"): Promise<void>;
  /** Resolves when nobody is free and the call waits in a group's queue. */
  isQueued(): Promise<void>;
  /** Resolves when voicemail has taken the call. */
  reachesVoicemail(): Promise<void>;
  hangsUp(): Promise<void>;
}

/** A user of the IP Office. */
export interface Agent {
  readonly extension: string;
  /** Calls an extension or, with a 9 before it, an outside number. */
  calls(target: string): Promise<void>;
  /** Answers what rings; resolves when the call is connected. */
  answers(): Promise<void>;
  holds(): Promise<void>;
  retrieves(): Promise<void>;
  transfersBlindTo(extension: string): Promise<void>;
  /** Holds the call and calls somebody about it; resolves when it rings there. */
  consults(target: string): Promise<void>;
  /** Joins who is held with who was consulted, and is out of it. */
  completesTransfer(): Promise<void>;
  /** Joins who is held, who was consulted, and itself. */
  confers(): Promise<void>;
  parks(slot: string): Promise<void>;
  unparks(slot: string): Promise<void>;
  /** Answers what rings at another phone. */
  picksUp(ringingAt: string): Promise<void>;
  rejects(): Promise<void>;
  /** Private Call on or off, also in mid-call. */
  isPrivate(isPrivate: boolean): Promise<void>;
  hangsUp(): Promise<void>;
  /** Resolves when the agent's call is being recorded: SIP answered, audio flowing. */
  isBeingRecorded(): Promise<void>;
  /** Resolves when no recording leg of this agent is up any more. */
  isNoLongerRecorded(): Promise<void>;
}

/** A live ear. */
export interface LiveListener {
  /** All audio heard so far, and the sample at which it began. */
  heard(): { readonly fromSample: number; readonly audio: Uint8Array };
  hasEnded(): boolean;
  leaves(): Promise<void>;
}

/** A row of the Recording Monitor, as the API shows it. */
export interface MonitorRow {
  readonly callingParty: string;
  readonly receivingParty: string;
  readonly rule: string | null;
  readonly reason: string;
  /** In the list Failed. */
  readonly why?: string;
  /** In the list Record. */
  readonly port?: number;
}

/** Record, Don't Record, Other, Failed. */
export interface MonitorLists {
  readonly record: readonly MonitorRow[];
  readonly dontRecord: readonly MonitorRow[];
  readonly other: readonly MonitorRow[];
  readonly failed: readonly MonitorRow[];
}

export interface Supervisor {
  /** Resolves with the result that the API gave. */
  pauses(agent: Agent): Promise<string>;
  resumes(agent: Agent): Promise<string>;
  listensTo(agent: Agent): Promise<LiveListener>;
  looksAtMonitor(): Promise<MonitorLists>;
  /** Waits until the monitor shows it; fails with `what` and the lists that it saw last. */
  sees(what: string, isShown: (lists: MonitorLists) => boolean): Promise<void>;
}

/** The process under test. */
export interface RecorderControl {
  /** As by kill -9 (process), or by a power cut (virtual only). */
  crashes(kind?: "process" | "power"): Promise<void>;
  /** Starts it again; resolves when it is ready. */
  restarts(): Promise<void>;
  /** Resolves once `count` recordings are committed to a pool. */
  hasStored(count: number): Promise<void>;
}

/** Faults of the surroundings. Virtual mode has them all; a scenario that needs one says so. */
export interface Surroundings {
  loses(faults: DatagramFaults): void;
  cutsStreams(faults: StreamFaults): void;
  resetsLink(): void;
  /** Separates IP Office and recorder, or joins them again. */
  separates(isCut: boolean): void;
  driveSpace(driveIndex: number, bytes: number): void;
  slowsLiveDisk(byMs: number): void;
  freezesLiveDisk(): void;
  stepsClock(byMs: number): void;
  heals(): void;
}

export interface Story {
  readonly mode: Mode;
  readonly pbx: SimulatedIpOffice;
  readonly oddities: { readonly sip: SipOddities; readonly devlink3: DevLink3Oddities };
  caller(number?: string): Caller;
  agent(extension: string): Agent;
  readonly supervisor: Supervisor;
  readonly recorder: RecorderControl;
  readonly surroundings: Surroundings;
  /** Passes while the connected parties talk. */
  talk(time: TalkTime): Promise<void>;
  /** Waits for a condition of the world; fails with `what` after `limitSeconds` (default 30). */
  until(what: string, condition: () => boolean, limitSeconds?: number): Promise<void>;
}
