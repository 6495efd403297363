// The rules in force: those of state/rules.json, or the configuration's as long as nothing was
// saved. Replaced as a whole, durably, with the states before; who uses them is told. A service.
import { RecorderError, systemCode } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Clock, Disk } from "../ports/index.ts";
import type {
  RuleDocument,
  RuleProblem,
  RuleReplacement,
  RuleSetView,
  RulesService,
} from "../rules-contract.ts";
import type { Rule } from "./rule-schema.ts";

/** States before that rules.json keeps. */
export const HISTORY_KEPT = 50;
/** Largest rules.json that is read, in bytes. */
export const MAXIMUM_FILE_BYTES = 64 * 1024 * 1024;

type Checked =
  | { readonly ok: true; readonly rules: readonly Rule[] }
  | { readonly ok: false; readonly problems: readonly RuleProblem[] };

export interface RuleBookOptions {
  readonly directory: string;
  /** Said once by who knows the words of the configuration: config-rules.ts. */
  readonly check: (value: unknown) => Checked;
  /** The configuration's rules. */
  readonly configured: readonly Rule[];
}

export interface RuleBookPorts {
  readonly clock: Clock;
  readonly disk: Disk;
  readonly log: Logger;
}

interface SavedState {
  readonly view: RuleSetView;
  readonly rules: readonly Rule[];
}

export class RuleBook implements RulesService {
  readonly #options: RuleBookOptions;
  readonly #ports: RuleBookPorts;
  readonly #onChanged: () => void;
  #state: SavedState;
  #history: readonly RuleSetView[] = [];
  /** One replacement after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: RuleBookOptions, ports: RuleBookPorts, onChanged: () => void) {
    this.#options = options;
    this.#ports = ports;
    this.#onChanged = onChanged;
    this.#state = configuredState(options.configured);
  }

  /** Those in force now. */
  rules(): readonly Rule[] {
    return this.#state.rules;
  }

  current(): RuleSetView {
    return this.#state.view;
  }

  history(): readonly RuleSetView[] {
    return this.#history;
  }

  /** Reads rules.json. Rejects with RULES_UNREADABLE: nobody would know which calls to record. */
  async load(): Promise<void> {
    const read = await this.#read();
    if (read === null) return;
    if (!read.ok) {
      const words = read.problems.map(({ path, detail }) => `${path} ${detail}`).join("; ");
      throw new RecorderError("RULES_UNREADABLE", `${this.#path}: ${words}`);
    }
    this.#state = read.state;
    this.#history = read.history;
  }

  replace(
    value: unknown,
    about: { readonly by: string; readonly expectedRevision?: number },
  ): Promise<RuleReplacement> {
    return this.#inTurn(async () => {
      const { expectedRevision, by } = about;
      const { view } = this.#state;
      if (expectedRevision !== undefined && expectedRevision !== view.revision) {
        return { ok: false, code: "conflict", view };
      }
      const checked = this.#options.check(value);
      if (!checked.ok) return { ok: false, code: "invalid", problems: checked.problems };
      const next: RuleSetView = {
        version: 1,
        revision: view.revision + 1,
        source: "state",
        savedAt: new Date(this.#ports.clock.wallTimeMs()).toISOString(),
        savedBy: by,
        rules: documents(checked.rules),
      };
      const history = [view, ...this.#history].slice(0, HISTORY_KEPT);
      await this.#write({ ...next, history });
      this.#history = history;
      this.#putInForce({ view: next, rules: checked.rules });
      return { ok: true, view: next };
    });
  }

  reload(configured: unknown): Promise<RuleReplacement> {
    return this.#inTurn(async () => {
      const read = await this.#read();
      if (read !== null && !read.ok) {
        return { ok: false, code: "invalid", problems: read.problems };
      }
      if (read !== null) {
        this.#history = read.history;
        return this.#putInForce(read.state);
      }
      const checked = this.#options.check(configured);
      if (!checked.ok) return { ok: false, code: "invalid", problems: checked.problems };
      this.#history = [];
      return this.#putInForce(configuredState(checked.rules));
    });
  }

  get #path(): string {
    return `${this.#options.directory}/rules.json`;
  }

  #putInForce(state: SavedState): RuleReplacement {
    this.#state = state;
    const { revision, source, savedBy } = state.view;
    const titles = state.rules.map(({ title }) => title);
    this.#ports.log.info("rules in force", { revision, source, savedBy, titles });
    this.#onChanged();
    return { ok: true, view: state.view };
  }

  #inTurn(work: () => Promise<RuleReplacement>): Promise<RuleReplacement> {
    const done = this.#turn.then(work);
    // Whose turn is next does not care how this one ends; who asked does.
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #write(content: unknown): Promise<void> {
    const { disk } = this.#ports;
    const part = `${this.#path}.part`;
    try {
      await disk.makeDirectory(this.#options.directory);
      if ((await disk.status(part)) !== null) await disk.remove(part);
      const file = await disk.open(part, "create");
      try {
        await file.write(new TextEncoder().encode(`${JSON.stringify(content, null, 2)}\n`), 0);
        await file.sync();
      } finally {
        await file.close();
      }
      await disk.rename(part, this.#path);
      await disk.syncDirectory(this.#options.directory);
    } catch (error) {
      const code = systemCode(error);
      if (code === null) throw error;
      throw new RecorderError("STATE_WRITE_FAILED", `${this.#path}: ${code}`, { cause: error });
    }
  }

  /** null = there is no rules.json. */
  async #read(): Promise<
    | { readonly ok: true; readonly state: SavedState; readonly history: readonly RuleSetView[] }
    | { readonly ok: false; readonly problems: readonly RuleProblem[] }
    | null
  > {
    const bytes = await this.#readBytes();
    if (bytes === null) return null;
    const saved = typeof bytes === "string" ? null : jsonObject(bytes);
    if (saved === null) {
      const detail = typeof bytes === "string" ? bytes : "is not a JSON object";
      return { ok: false, problems: [{ path: "(rules.json)", detail, remedy: REMEDY }] };
    }
    const checked = this.#options.check(saved["rules"]);
    if (!checked.ok) return checked;
    const view = viewOf(saved, checked.rules);
    const list = Array.isArray(saved["history"]) ? saved["history"] : [];
    const history = list.filter(isView).slice(0, HISTORY_KEPT);
    return { ok: true, state: { view, rules: checked.rules }, history };
  }

  /** A text says why it cannot be read. */
  async #readBytes(): Promise<Uint8Array | string | null> {
    const { disk } = this.#ports;
    try {
      const status = await disk.status(this.#path);
      if (status === null) return null;
      if (status.sizeBytes > MAXIMUM_FILE_BYTES) {
        return `is larger than ${MAXIMUM_FILE_BYTES} bytes`;
      }
      return await disk.readFile(this.#path);
    } catch (error) {
      const code = systemCode(error);
      if (code === null) throw error;
      return `cannot be read (${code})`;
    }
  }
}

const REMEDY = "Correct the file, or remove it: then the configuration's rules count again.";

function configuredState(rules: readonly Rule[]): SavedState {
  const view: RuleSetView = {
    version: 1,
    revision: 0,
    source: "configuration",
    savedAt: null,
    savedBy: null,
    rules: documents(rules),
  };
  return { view, rules };
}

function viewOf(saved: Readonly<Record<string, unknown>>, rules: readonly Rule[]): RuleSetView {
  const { revision, savedAt, savedBy } = saved;
  return {
    version: 1,
    revision: typeof revision === "number" && Number.isSafeInteger(revision) ? revision : 1,
    source: "state",
    savedAt: typeof savedAt === "string" ? savedAt : null,
    savedBy: typeof savedBy === "string" ? savedBy : null,
    rules: documents(rules),
  };
}

function documents(rules: readonly Rule[]): readonly RuleDocument[] {
  return rules.map((rule) => ({ ...rule }));
}

function isView(value: unknown): value is RuleSetView {
  if (typeof value !== "object" || value === null) return false;
  const view = value as Partial<Record<keyof RuleSetView, unknown>>;
  return typeof view.revision === "number" && Array.isArray(view.rules);
}

function jsonObject(bytes: Uint8Array): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Readonly<Record<string, unknown>>) : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
