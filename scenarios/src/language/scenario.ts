// How a scenario is written: one module, one default export made by scenario(). See README.md for
// an example to copy.
import { isFieldFault, type FieldFault } from "./field-faults.ts";
import { cellName, cellsOf, ofCell, type Cell, type Matrix, type PerCell } from "./matrix.ts";
import { isRequirementId } from "./requirements.ts";
import type { SwarmPlan, SwarmProfile } from "@tapeline/simulator/people";
import type { SiteInput } from "@tapeline/simulator/pbx";
import type { Mode, Story } from "./story.ts";

/** What must be true at the end, beyond what the checkers always check. */
export interface ExpectedRecording {
  readonly outcome?: "ok" | "degraded" | "failed" | "blocked" | "discarded";
  readonly why?: string | null;
  readonly part?: number;
  readonly extension?: string;
  readonly rung?: number | "orphan";
  readonly recovered?: boolean;
  /** Title of the rule that decided; null: none did. */
  readonly rule?: string | null;
  /** Whose voices stand in its samples, each for at least a second: recognised from the bytes. */
  readonly voices?: readonly string[];
  /** It follows a part of its conversation, and nothing was recorded between them for at most … */
  readonly gapAtMostMs?: number;
  /** Index of an earlier one with the same callKey, from 1; 0 = a conversation of its own. */
  readonly linkedTo?: number;
  readonly pool?: string;
  /** Index of the drive within its pool. */
  readonly drive?: number;
}

/** What a row of calls.jsonl says of the rules. */
export interface ExpectedCall {
  readonly wanted?: boolean;
  readonly rule?: string | null;
  readonly ruleDecision?: "positive" | "negative" | "none" | "no-rules" | "unproven";
}

export interface Expectations {
  /** Each recording, in order of beginning; the count must agree. */
  readonly recordings?: readonly ExpectedRecording[];
  /** Failures of wanted parts in calls.jsonl (`why` words), in order. */
  /** "any": whatever the story brings. */
  readonly failedParts?: readonly string[] | "any";
  /** Each call of people, in order of ending; the count must agree. */
  readonly calls?: readonly ExpectedCall[];
  /** Discarded recordings, in order: titles of the rules that decided, null where none did. */
  readonly discards?: readonly (string | null)[];
  /** Violations of RFC 3261 by the recorder, or losses, that the scenario provokes on purpose. */
  readonly allowsLoss?: boolean;
}

/** How DevLink3 over TLS is set up; what is left out is as it should be. */
export interface TlsSetting {
  /** What the IP Office shows; default good. Others than good: virtual only. */
  readonly certificate?: "good" | "expired" | "other-host" | "other-authority";
  /** What the recorder goes by; default the authority. */
  readonly trust?: "authority" | "other-authority" | "pin" | "wrong-pin";
  /** The IP Office demands a certificate of the recorder; which it shows. Virtual only. */
  readonly mutual?: "none" | "good" | "other-authority";
}

export interface ScenarioOptions {
  /** Path without extension below scenarios/src: "basics/one-call". */
  readonly name: string;
  /** One sentence for `testbed list`. */
  readonly title: string;
  /** Requirement ids (R1…, T1…); may be empty where a field fault is named. */
  readonly proves: readonly string[];
  /** What goes wrong in the field, of which it shows that it is survived or told. */
  readonly fieldFault?: FieldFault;
  /** Default: both. */
  readonly modes?: readonly Mode[];
  /** Why not in the other mode; needed when `modes` is given. */
  readonly notElsewhere?: string;
  /** Its live run is part of `npm start`. */
  readonly smoke?: boolean;
  /** Changes to the built-in site. */
  readonly site?: SiteInput;
  /**
   * Changes to the recorder's configuration, merged into the testbed's (objects deep, lists whole).
   */
  readonly recorder?: Readonly<Record<string, unknown>>;
  /** DevLink3 over TLS. */
  readonly tls?: boolean | TlsSetting;
  /** The recorder is called by SIP over TLS, and by nothing else; its certificate is trusted. */
  readonly sipTls?: boolean;
  /** Sites of further IP Offices that the recorder logs in to; calls are made at the first only. */
  readonly offices?: readonly SiteInput[];
  /** false: the first link does not come up, and the story says what is told of it. */
  readonly linkComesUp?: boolean;
  /** The recorder asks for the events of all nodes (`scn`). */
  readonly network?: boolean;
  /** Number of drives of the pool; default 1. */
  readonly drives?: number;
  /** Live, IP Office and recorder meet over the seeded relay, so that the network can be bad. */
  readonly relay?: boolean;
  /**
   * Live, the live directory and each drive are file systems of their own, which can be frozen;
   * needs root, and is skipped elsewhere.
   */
  readonly ownFileSystems?: boolean;
  /** Of a pinned failure: its seed, used unless another one is asked for. */
  readonly seed?: string;
  /** Its story is a swarm's: made of the seed. */
  readonly swarm?: SwarmProfile;
  /** Of a pinned failure of a swarm: what is played in place of the plan of the seed. */
  readonly plan?: SwarmPlan;
  readonly story: (story: Story) => Promise<void>;
  readonly expects?: Expectations;
}

/** What may differ from cell to cell of a matrix. */
type CellOption =
  | "title"
  | "modes"
  | "notElsewhere"
  | "site"
  | "recorder"
  | "tls"
  | "sipTls"
  | "offices"
  | "linkComesUp"
  | "network"
  | "drives"
  | "ownFileSystems"
  | "relay"
  | "expects";

/** A scenario told once a cell: what differs is a function of the cell. */
export type MatrixOptions<M extends Matrix> = Omit<ScenarioOptions, CellOption | "story"> & {
  readonly [Option in Exclude<CellOption, "title">]?: PerCell<
    | Exclude<ScenarioOptions[Option], undefined>
    | (undefined extends ScenarioOptions[Option] ? undefined : never),
    M
  >;
} & {
  /** Of all cells; they show what differs in their names. */
  readonly title: string;
  readonly matrix: M;
  readonly story: (story: Story, cell: Cell<M>) => Promise<void>;
};

export type Scenario = Omit<ScenarioOptions, "tls"> & {
  readonly modes: readonly Mode[];
  readonly smoke: boolean;
  readonly drives: number;
  readonly tls: TlsSetting | null;
  readonly sipTls: boolean;
  readonly offices: readonly SiteInput[];
  readonly linkComesUp: boolean;
  readonly network: boolean;
  /** Of a matrix: its cells, each a scenario that can be run; else empty. */
  readonly cells: readonly Scenario[];
  /** Of a cell: its place in the matrix; else null. */
  readonly cell: Cell | null;
};

/**
 * Checks and completes a scenario. Throws when it is written wrong: that is its author's mistake.
 */
export function scenario<const M extends Matrix>(options: MatrixOptions<M>): Scenario;
export function scenario(options: ScenarioOptions): Scenario;
export function scenario(options: ScenarioOptions | MatrixOptions<Matrix>): Scenario {
  checkOptions(options);
  return "matrix" in options ? matrixScenario(options) : complete(options);
}

/** What can be run: of a matrix its cells, of anything else itself. */
export function runnable(scenarios: readonly Scenario[]): readonly Scenario[] {
  return scenarios.flatMap((each) => (each.cells.length === 0 ? [each] : each.cells));
}

function matrixScenario(options: MatrixOptions<Matrix>): Scenario {
  const { matrix, story, ...rest } = options;
  const cells = cellsOf(options.name, matrix).map((cell) => {
    const own = Object.entries(rest).map(([field, value]) => [field, ofCell(value, cell)]);
    const plain = Object.fromEntries(own.filter(([, value]) => value !== undefined)) as Omit<
      ScenarioOptions,
      "story"
    >;
    checkModes(plain);
    const name = cellName(options.name, cell);
    return complete({ ...plain, name, story: (told) => story(told, cell) }, cell);
  });
  const { name, title, proves, fieldFault, smoke = false } = options;
  const modes = (["virtual", "live"] as const).filter((mode) =>
    cells.some((cell) => cell.modes.includes(mode)),
  );
  const notElsewhere = cells.find((cell) => cell.notElsewhere !== undefined)?.notElsewhere;
  const whole = complete({
    ...{ name, title, proves, smoke, modes },
    ...(notElsewhere === undefined ? {} : { notElsewhere }),
    ...(fieldFault === undefined ? {} : { fieldFault }),
    story: () => Promise.reject(new Error(`${name} is a matrix: run its cells`)),
  });
  return Object.freeze({ ...whole, cells });
}

function checkOptions(options: ScenarioOptions | MatrixOptions<Matrix>): void {
  if (!/^[a-z0-9-]+(\/[a-z0-9-]+)+$/.test(options.name)) {
    throw new Error(`scenario name "${options.name}" is not like "group/short-name"`);
  }
  const { fieldFault } = options;
  if (options.proves.length === 0 && fieldFault === undefined) {
    throw new Error(`${options.name} proves nothing`);
  }
  const fault: string | undefined = fieldFault;
  if (fault !== undefined && !isFieldFault(fault)) {
    throw new Error(`${options.name}: "${fault}" is no fault of the field`);
  }
  for (const id of options.proves) {
    if (!isRequirementId(id)) throw new Error(`${options.name}: "${id}" is no requirement id`);
  }
  if (options.relay === true && options.sipTls === true) {
    throw new Error(`${options.name}: the relay does not pass SIP over TLS on`);
  }
  if (!("matrix" in options)) checkModes(options);
}

function checkModes(options: Omit<ScenarioOptions, "story">): void {
  if (options.modes === undefined || options.modes.length > 1) return;
  if (options.notElsewhere === undefined) {
    throw new Error(`${options.name} names its modes but not why (notElsewhere)`);
  }
}

function complete(options: ScenarioOptions, cell: Cell | null = null): Scenario {
  const { modes = ["virtual", "live"], smoke = false, drives = 1 } = options;
  const { tls = false, offices = [], linkComesUp = true, network = false } = options;
  const { sipTls = false } = options;
  const whole: Scenario = {
    ...options,
    ...{ modes, smoke, drives, offices, linkComesUp, network, sipTls, cell },
    tls: typeof tls === "boolean" ? (tls ? {} : null) : tls,
    cells: [],
  };
  return Object.freeze(whole);
}
