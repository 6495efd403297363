// The facts side as the composition root and recording/ see it. Types only.
import type { Why } from "./outcome.ts";
import type {
  AssociationFacts,
  CallEvent,
  CallEventKind,
  RecordingClues,
} from "./association-facts.ts";
import type { ActiveRecording, FinishedRecording, MonitorLists } from "./recording-monitor.ts";

/** State of one DevLink3 link, for /readyz, console and logs. */
export interface LinkStatus {
  readonly pbx: string;
  readonly state:
    | "connecting"
    | "authenticating"
    | "synchronising"
    | "streaming"
    /** Streams, but this PBX takes no requests of ours: dl3rec/1 is not offered. */
    | "recording-control-unavailable"
    /** Waiting before the next attempt. */
    | "waiting"
    /** Refused for good (password, licence): no further attempt. */
    | "refused"
    | "closed";
  /** A code of errors.ts, when something is wrong. */
  readonly code: string | null;
  readonly detail: string | null;
  /** What to do about `code`. */
  readonly remedy: string | null;
  readonly version: string | null;
  readonly build: number | "unknown";
  /** R17: below 23 is marked, never refused. */
  readonly buildSupport: "supported" | "unsupported-build" | "unknown";
  /** R25: what the IP Office answered about licences; unknown before it did. */
  readonly licence: "granted" | "missing" | "insufficient" | "unknown";
  readonly flags: string | null;
  readonly recordingControl: boolean;
}

/** A part that was wanted: one row of it goes into the call's row of calls.jsonl. */
export interface WantedPart {
  readonly liveStreamId: string;
  readonly callKey: string;
  readonly part: number;
  readonly deviceCallId: string;
  readonly endId: string;
  readonly agent: string;
  readonly extension: string;
  readonly pbx: string;
}

/** What becomes of a recording, by its rules. */
export interface RulesVerdict {
  readonly keep: boolean;
  readonly why: Why | null;
  /** Title of the deciding rule. */
  readonly rule?: string | null;
}

/** The journal's `rule` line (formats.md). */
export interface RuleMatchFacts {
  readonly title: string;
  readonly kind: string;
  /** false: a negative rule. */
  readonly record: boolean;
  /** Kind and id of the call event at which it matched. */
  readonly event: CallEventKind;
  readonly eventId: string | null;
  readonly deviceCallId: string;
}

export interface FactsDelegate {
  /** First hit of the ladder, or (with `late`) a later one. Never after `onSettled`. */
  onAssociated(recordingKey: string, facts: AssociationFacts): void;
  /** Others are on the call of an associated recording now than were told last. */
  onPartiesChanged?(recordingKey: string, parties: readonly string[]): void;
  /** A finished call event of an associated recording; also for what happened before it began. */
  onCallEvent(recordingKey: string, event: CallEvent): void;
  /**
   * All that association will say has been said, at most 30 s after the recording's end; `keep`
   * is the verdict of the rules.
   */
  onSettled(recordingKey: string, verdict: RulesVerdict): void;
  /**
   * The recording is over and its call is not, and the rules may still want it or not: `onSettled`
   * follows when they have decided, at the latest when the call is over.
   */
  onUndecided(recordingKey: string): void;
  /** A rule has matched the call of this recording: a line of its journal. */
  onRuleMatched(recordingKey: string, match: RuleMatchFacts): void;
  /** A rule holds the recording paused (its title), or no longer does (null); R21. */
  onPauseRule(recordingKey: string, title: string | null): void;
  /** The call, agent or rules want this recording ended (the part is over): send BYE. */
  onStopWanted(recordingKey: string): void;
  /** A wanted part of which no SIP call came. */
  onPartFailed(
    part: WantedPart,
    failure: { readonly why: Why; readonly facts: Readonly<Record<string, string | number>> },
  ): void;
  /** A row for calls.jsonl, when a call that the PBX reported is over. */
  onCallEnded(row: Readonly<Record<string, unknown>>): void;
  /** Node addresses seen in events of an SCN: they may call (design.md §5, SIP). */
  onNodeHosts(hosts: readonly string[]): void;
  /** `index`: of the link in the configuration, where two may have the same host. */
  onLinkStatus(status: LinkStatus, index: number): void;
  /** Calls, queued calls or recordings of an IP Office may have become more or fewer. */
  onLoadChanged?(): void;
}

/** What one IP Office has under way (R16). */
export interface OfficeLoad {
  readonly pbx: string;
  /** Active calls of people, queued ones apart. */
  readonly calls: number;
  readonly queued: number;
  readonly recordings: number;
}

/** A user of an IP Office, as far as its user list and its calls tell. */
export interface KnownAgent {
  readonly extension: string;
  readonly name: string;
}

/** A part whose recording was complete before a restart. */
export interface FinishedPart {
  readonly recordingKey: string;
  readonly association: AssociationFacts;
  readonly endedWallMs: number;
}

export interface Facts {
  start(): void;
  close(): Promise<void>;
  links(): readonly LinkStatus[];
  loads(): readonly OfficeLoad[];
  /** The agents of all IP Offices, as their user lists have them. */
  agents(): Promise<readonly KnownAgent[]>;
  /** Other rules are in force; calls that go on are judged by them from their beginning. */
  rulesChanged(): void;
  /** The recorder stops: what the rules have not decided is kept. */
  verdictAtShutdown(recordingKey: string): RulesVerdict;
  /** The Recording Monitor; `active`: the recordings that go on. */
  monitor(active: readonly ActiveRecording[]): MonitorLists;
  /** It was to be recorded, and was not as it should. */
  recordingFinished(finished: FinishedRecording): void;
  /** A recording came in. The ladder is tried at once and again at each later fact. */
  recordingBegan(clues: RecordingClues): void;
  /**
   * A recording left by a crash goes on; `association` is what its journal says, null when
   * nothing was known; `endedWallMs` is when its SIP call had ended, null while it is up.
   */
  recordingResumed(
    clues: RecordingClues,
    association: AssociationFacts | null,
    endedWallMs: number | null,
  ): void;
  /** Closed rows of calls.jsonl tell of these recordings already; before `recordingResumed`. */
  partsTold(recordingKeys: ReadonlySet<string>): void;
  recordingEnded(recordingKey: string): void;
  /** The process before has recorded this part of a conversation that may go on; before `start`. */
  restoreFinished(part: FinishedPart): void;
}
