// The words a scenario is told in: people, what they do, and what may go wrong. Types only; the
// harness gives them life in both modes. Steps wait for states, never for times.
import type { DevLink3Oddities, SimulatedIpOffice, SipOddities } from "@tapeline/simulator/pbx";
import type { SwarmPlan } from "@tapeline/simulator/people";
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
  /** The same where nobody may be free: does not wait for anything. */
  waitsFor(target: string): Promise<void>;
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
  /** Answers what rings at another phone, for a group, or (without a word) anywhere. */
  picksUp(ringingAt?: string): Promise<void>;
  /** Breaks into the call of another user: all three talk together. */
  intrudesOn(user: string): Promise<void>;
  /** Takes the call on which another user talks, who is out of it. */
  stealsFrom(user: string): Promise<void>;
  /** Enters an account code for the call. */
  chargesTo(accountCode: string): Promise<void>;
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
  /** What happened to the stream meanwhile, as it was told: "paused", "parties-changed", … */
  news(): readonly string[];
  /** 20 ms frames that it lost by being slow, as it was told. */
  lostFrames(): number;
  hasEnded(): boolean;
  /** Takes nothing more, as a process that was stopped; until it goes on. */
  isStopped(): Promise<void>;
  goesOn(): Promise<void>;
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
  /**
   * By agent; resolves with the result that the API gave: "applied", "already", or, where the live
   * disk took nothing for 10 s, "pause-not-saved" (in force, but not beyond a crash).
   */
  pauses(agent: Agent): Promise<string>;
  resumes(agent: Agent): Promise<string>;
  /** The same by live stream id. */
  pausesRecordingOf(agent: Agent): Promise<string>;
  resumesRecordingOf(agent: Agent): Promise<string>;
  /** Asks, and expects to be refused: resolves with the HTTP status. */
  isRefused(action: "pause" | "resume", agent: Agent): Promise<number>;
  /** Waits until the API says of the agent's recordings that they are paused, by whomever. */
  seesPaused(agent: Agent): Promise<void>;
  /** Waits until one of them is recorded again. */
  seesRecordedAgain(agent: Agent): Promise<void>;
  /** `from`: now unless said otherwise. */
  listensTo(agent: Agent, from?: "now" | "beginning"): Promise<LiveListener>;
  /**
   * Asks the API (GET) until the body is as wanted; a body that is no JSON is null. Fails with
   * `what` after 30 s.
   */
  finds(path: string, what: string, isWanted: (body: unknown) => boolean): Promise<void>;
  looksAtMonitor(): Promise<MonitorLists>;
  /** Waits until the monitor shows it; fails with `what` and the lists that it saw last. */
  sees(what: string, isShown: (lists: MonitorLists) => boolean): Promise<void>;
}

/** The process under test. */
/** Another configuration for a running recorder. */
export interface ConfigurationChange {
  /** The pool has these of the scenario's drives, by index. */
  readonly drives?: readonly number[];
  /** As `recorder` of a scenario: merged into what it has, objects deep, lists whole. */
  readonly changes?: Readonly<Record<string, unknown>>;
}

/** What the recorder tells of a link to an IP Office, in /readyz. */
export interface LinkFacts {
  readonly state?: string;
  readonly code?: string | null;
  readonly build?: number | "unknown";
  readonly buildSupport?: "supported" | "unsupported-build" | "unknown";
  readonly licence?: "granted" | "missing" | "insufficient" | "unknown";
  readonly recordingControl?: boolean;
}

export type LogFileName =
  | "library.log"
  | "server.log"
  | "cd3_log"
  | "server_edition/events.log"
  | "server_edition/call_center.log";

/** The lines of one journal, by their fields. */
export type JournalFacts = readonly Readonly<Record<string, unknown>>[];

/** A file in a support bundle. */
export interface BundledFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface RecorderControl {
  /** Waits, `limitSeconds` or 30, until it tells this of its link to an IP Office: 0 is the first. */
  tellsOfLink(facts: LinkFacts, office?: number, limitSeconds?: number): Promise<void>;
  /** As by kill -9 (process), or by a power cut (virtual only). */
  crashes(kind?: "process" | "power"): Promise<void>;
  /** Starts it again; resolves when it is ready. */
  restarts(): Promise<void>;
  /** Reads a changed configuration while it runs; resolves when it is in force. */
  reloads(change: ConfigurationChange): Promise<void>;
  /** Resolves once `count` live pairs have their final names. */
  hasFinished(count: number): Promise<void>;
  /**
   * Is given a changed configuration while it runs and refuses it, with a problem at each of these
   * paths; nothing else changes.
   */
  refuses(change: ConfigurationChange, paths: readonly string[]): Promise<void>;
  /** Resolves once `count` recordings are committed to a pool. */
  hasStored(count: number): Promise<void>;
  /** Resolves once it has logged something with this code of its error table. */
  hasLogged(code: string): Promise<void>;
  /** Waits until this of its log files shows it; fails with `what` and its last lines. */
  logs(
    file: LogFileName,
    what: string,
    isShown: (lines: readonly string[]) => boolean,
  ): Promise<void>;
  /** Waits until the journals, one list of lines a recording, show it; fails with `what`. */
  journals(what: string, isShown: (journals: readonly JournalFacts[]) => boolean): Promise<void>;
  /** Makes a support bundle as people do; what is in it. Live only. */
  bundles(): Promise<readonly BundledFile[]>;
  /** Resolves once nothing of what is complete waits to be stored. */
  isIdle(): Promise<void>;
  /** False after a crash, until it is started again. */
  isUp(): boolean;
}

/** What goes between IP Office and recorder: the link, the SIP Message Port, the RTP port. */
export type Flow = "devlink3" | "sip" | "rtp";

/**
 * What is around IP Office and recorder, and its faults. Virtual mode has them all; a scenario that
 * needs one says so.
 */
export interface StoryWorld {
  /** Loses datagrams, delays, doubles or swaps them, until told otherwise; or the link, once. */
  loses(faults: DatagramFaults & { readonly link?: boolean }): void;
  cutsStreams(faults: StreamFaults): void;
  /** Separates IP Office and recorder, or joins them again. */
  separates(isCut: boolean): void;
  /** A firewall: of all traffic between IP Office and recorder only this passes. */
  allowsOnly(flows: readonly Flow[]): void;
  driveSpace(driveIndex: number, bytes: number): void;
  /** A drive of the pool does not answer, until it is healed. */
  freezesDrive(driveIndex: number): void;
  /** A drive of the pool is gone, until it is healed. */
  losesDrive(driveIndex: number): void;
  healsDrive(driveIndex: number): void;
  /** The recorder crashes before or after one of its disk calls to come, 1 = the next. */
  crashesAtDiskCall(
    point: { readonly call: number; readonly side: "before" | "after" },
    kind: "process" | "power",
  ): void;
  /** How the receiver of webhooks behaves: a status, silence, or a reset connection. */
  webhookAnswers(how: number | "hang" | "reset"): void;
  slowsLiveDisk(byMs: number): void;
  freezesLiveDisk(): void;
  /** The live disk is as it should be again. */
  healsLiveDisk(): void;
  /** The recorder has reached its limit of open files: no further one opens. */
  runsOutOfFiles(): void;
  stepsClock(byMs: number): void;
  heals(): void;
}

/** A message of the recorder that its receiver has seen. */
export interface WebhookMessage {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Story {
  readonly mode: Mode;
  /** Of the run. */
  readonly seed: string;
  /** A swarm plays this plan in place of the one of its seed: a reduced or a pinned one. */
  readonly plan: SwarmPlan | null;
  readonly pbx: SimulatedIpOffice;
  readonly oddities: { readonly sip: SipOddities; readonly devlink3: DevLink3Oddities };
  caller(number?: string): Caller;
  agent(extension: string): Agent;
  readonly supervisor: Supervisor;
  readonly recorder: RecorderControl;
  readonly world: StoryWorld;
  /** What the receiver at https://crm.example.com/recordings has answered, in order. */
  webhooks(): readonly WebhookMessage[];
  /** Passes while the connected parties talk. */
  talk(time: TalkTime): Promise<void>;
  /** A line for the ladder and the trace. */
  note(text: string): void;
  /** A swarm has come to a situation while an oddity was in force: for the coverage of a suite. */
  meets(oddity: string, situation: string): void;
  /** Waits for a condition of the world; fails with `what` after `limitSeconds` (default 30). */
  until(what: string, condition: () => boolean, limitSeconds?: number): Promise<void>;
}
