// The rules as people see and change them: what API, console and command line may ask of them.
// Types only: rules/rule-book.ts keeps them, rules/rule-schema.ts says what a rule is.

/** A rule as it is written; every default stands in it. */
export type RuleDocument = Readonly<Record<string, unknown>> & {
  readonly title: string;
  readonly kind: string;
  readonly record: boolean;
};

/** One state of the list. */
export interface RuleSetView {
  readonly version: 1;
  /** Counts the replacements; 0 = the configuration's `rules`, nothing was saved yet. */
  readonly revision: number;
  readonly source: "configuration" | "state";
  readonly savedAt: string | null;
  readonly savedBy: string | null;
  readonly rules: readonly RuleDocument[];
}

/** What is wrong with one field: "rules[2].match.numbers". */
export interface RuleProblem {
  readonly path: string;
  readonly detail: string;
  readonly remedy: string;
}

export type RuleReplacement =
  | { readonly ok: true; readonly view: RuleSetView }
  | { readonly ok: false; readonly code: "invalid"; readonly problems: readonly RuleProblem[] }
  /** Somebody else saved meanwhile: `expectedRevision` is not the current one. */
  | { readonly ok: false; readonly code: "conflict"; readonly view: RuleSetView };

export interface RulesService {
  current(): RuleSetView;
  /** Past states, newest first, as many as rules.json keeps. */
  history(): readonly RuleSetView[];
  /**
   * Checks, writes rules.json (by part, sync and rename), then puts them in force. Rejects with a
   * RecorderError when the file cannot be written; then the old ones stay in force.
   */
  replace(
    rules: unknown,
    about: { readonly by: string; readonly expectedRevision?: number },
  ): Promise<RuleReplacement>;
  /** Reads rules.json again, as after a change by hand or a reload of the configuration. */
  reload(configured: unknown): Promise<RuleReplacement>;
}
