// `tapeline-recorder rules test`: which rule decides of past calls, and why. The rules are those of
// the configuration, or of state/rules.json where rules were saved; nothing is changed.
import { readFile, stat } from "node:fs/promises";
import { readPastCalls } from "../association/past-calls.ts";
import { checkRules } from "../config-rules.ts";
import type { RecorderConfig } from "../config.ts";
import { systemCode } from "../errors.ts";
import { explainCall, type CallExplanation } from "../rules/explain.ts";
import type { Rule } from "../rules/rule-schema.ts";
import type { Environment } from "./cli.ts";
import { EXIT } from "./exit-codes.ts";
import { loadConfig, problemText } from "./load-config.ts";

/** Largest file of calls that is read, in bytes. */
export const MAXIMUM_CALLS_FILE_BYTES = 256 * 1024 * 1024;

export interface RulesTestOptions {
  readonly config: string;
  /** calls.jsonl or a cd3_log; none: that of the state directory. */
  readonly calls: string | null;
  readonly isJson: boolean;
}

export async function rulesTestCommand(
  options: RulesTestOptions,
  environment: Environment,
): Promise<number> {
  const loaded = await loadConfig(options.config, environment);
  if (!loaded.ok) return refuse(loaded.problems.map(problemText));
  const { config } = loaded;
  const rules = await rulesInForce(config);
  if (!rules.ok) return refuse(rules.problems);
  const file = options.calls ?? `${config.state.directory}/calls.jsonl`;
  const text = await readText(file);
  if (!text.ok) return refuse([text.problem]);
  const past = readPastCalls(text.value, config.recorder.agents);
  if (past.calls.length === 0 && past.unreadableLines > 0) {
    return refuse([`${file} is neither a calls.jsonl nor a cd3_log: no line of it is a call.`]);
  }
  const { recordFromBeginning } = config.recorder;
  const calls = past.calls.map((call) =>
    explainCall(call, { rules: rules.value, recordFromBeginning }),
  );
  const report = {
    version: 1,
    rulesFrom: rules.from,
    recordFromBeginning,
    calls,
    summary: {
      calls: calls.length,
      wouldRecord: calls.filter(({ wouldRecord }) => wouldRecord).length,
      unreadableLines: past.unreadableLines,
    },
  };
  print(options.isJson ? JSON.stringify(report, null, 2) : reportText(report));
  return EXIT.ok;
}

interface Report {
  readonly rulesFrom: string;
  readonly calls: readonly CallExplanation[];
  readonly summary: {
    readonly calls: number;
    readonly wouldRecord: number;
    readonly unreadableLines: number;
  };
}

function reportText({ rulesFrom, calls, summary }: Report): string {
  const { unreadableLines } = summary;
  return [
    `rules of ${rulesFrom}`,
    ...calls.map(callText),
    ...(unreadableLines === 0 ? [] : [`${unreadableLines} lines hold no call that can be judged`]),
    `would record ${summary.wouldRecord} of ${summary.calls}`,
  ].join("\n");
}

function callText({ startedAt, parties, wouldRecord, because, callKey, rules }: CallExplanation) {
  const head = `${startedAt}  ${parties.join(" – ")}  ${callKey}`;
  const verdict = `  ${wouldRecord ? "record" : "don't record"}: ${because}`;
  const each = rules.map(
    ({ title, record, because: why }) => `    ${record ? "+" : "-"} ${title}: ${why}`,
  );
  return [head, verdict, ...each].join("\n");
}

type Rules =
  | { readonly ok: true; readonly value: readonly Rule[]; readonly from: string }
  | { readonly ok: false; readonly problems: readonly string[] };

/** As the recorder itself: rules.json, where there is one. */
async function rulesInForce(config: RecorderConfig): Promise<Rules> {
  const file = `${config.state.directory}/rules.json`;
  const text = await readText(file);
  if (!text.ok) {
    if (text.isMissing) return { ok: true, value: config.rules, from: "the configuration" };
    return { ok: false, problems: [text.problem] };
  }
  let saved: unknown;
  try {
    saved = JSON.parse(text.value);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { ok: false, problems: [`${file} is not JSON.`] };
  }
  const value = typeof saved === "object" && saved !== null && "rules" in saved ? saved.rules : [];
  const checked = checkRules(value);
  if (checked.ok) return { ok: true, value: checked.rules, from: file };
  return { ok: false, problems: checked.problems.map(problemText) };
}

type Text =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly problem: string; readonly isMissing: boolean };

async function readText(file: string): Promise<Text> {
  try {
    const { size } = await stat(file);
    if (size > MAXIMUM_CALLS_FILE_BYTES) {
      const limit = `${MAXIMUM_CALLS_FILE_BYTES} bytes`;
      return { ok: false, problem: `${file} is larger than ${limit}.`, isMissing: false };
    }
    return { ok: true, value: await readFile(file, "utf8") };
  } catch (error) {
    const code = systemCode(error);
    if (code === null) throw error;
    const problem = `${file} cannot be read (${code}).`;
    return { ok: false, problem, isMissing: code === "ENOENT" };
  }
}

function refuse(problems: readonly string[]): number {
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  return EXIT.usage;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
