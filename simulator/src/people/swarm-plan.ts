// What a swarm run is to do, as plain data: who is there, what they do and when, what goes wrong
// from when to when. Made of profile and seed alone (make-plan.ts), it can be kept as JSON, reduced
// and played again: each step that is not possible when its time has come is passed over, so that
// any part of a plan is a plan.

/** How much goes on, and what goes wrong. */
export type SwarmProfile =
  | "quiet-site"
  | "busy-site"
  | "choosy-site"
  | "stream-sip"
  | "bad-network"
  | "bad-disk"
  | "crashy"
  | "everything";

export const SWARM_PROFILES: readonly SwarmProfile[] = [
  "quiet-site",
  "busy-site",
  "choosy-site",
  "stream-sip",
  "bad-network",
  "bad-disk",
  "crashy",
  "everything",
];

/** Users by extension, callers by number; there is one supervisor. */
export interface SwarmPerson {
  readonly id: string;
  readonly kind: "agent" | "caller" | "supervisor";
}

/** The id of the one who pauses and listens. */
export const SUPERVISOR = "supervisor";

/** Data only, as JSON can hold it. */
export type SwarmValue =
  | number
  | string
  | boolean
  | null
  | readonly SwarmValue[]
  | { readonly [name: string]: SwarmValue };

/** What people do; `with` names the other one: who is called, which park slot, whose recording. */
export type SwarmAct =
  | "calls"
  | "answers"
  | "rejects"
  | "hangs up"
  | "holds"
  | "retrieves"
  | "transfers to"
  | "consults"
  | "completes"
  | "confers"
  | "parks in"
  | "unparks"
  | "picks up from"
  | "is private"
  | "is not private"
  | "consents"
  | "refuses consent"
  | "pauses"
  | "resumes"
  | "listens to"
  | "stops listening";

export interface SwarmStep {
  /** Since the beginning of the story. */
  readonly atMs: number;
  /** The id of one of `people`. */
  readonly who: string;
  readonly what: SwarmAct;
  readonly with?: string;
}

export interface SwarmFault {
  readonly fromMs: number;
  /**
   * The oddity ends then; of one that is over at once (a crash of the link), the same as fromMs.
   */
  readonly toMs: number;
  /** A name of the catalogue in swarm-oddities.ts: "sip.lossRatio", "crash.power". */
  readonly what: string;
  readonly value: SwarmValue;
}

export interface SwarmPlan {
  readonly profile: SwarmProfile;
  readonly seed: string;
  readonly people: readonly SwarmPerson[];
  /** By time. */
  readonly steps: readonly SwarmStep[];
  /** By beginning. */
  readonly faults: readonly SwarmFault[];
}
