// What is wrong with a configuration, in words: zod's issues become problems with path, detail and
// remedy. Pure.
import type { z } from "zod";
import { because, SEPARATOR } from "./schema-words.ts";

/** One thing wrong (or, as a warning, unwise) in a configuration. */
export interface ConfigProblem {
  /** Path of the key: "devlink3[0].port". */
  readonly path: string;
  readonly detail: string;
  readonly remedy: string;
  /** What the vendor's guide calls the key, where it has a name for it. */
  readonly label?: string;
}

/** The guide's own labels: administrators know these (R10–R15). */
const LABELS: readonly (readonly [path: RegExp, label: string])[] = [
  [/^devlink3\[\d*\]\.api$/, "API"],
  [/^devlink3\[\d*\]\.tls$/, "DevLink3 Use TLS"],
  [/^recorder\.recordFromBeginning$/, "Record From Beginning"],
  [/^sip\.port$/, "SIP Message Port"],
  [/^rtp(?:\.port|\.range)$/, "Active Recording RTP Port"],
];

/** What the guide calls the key at this path, or null. */
export function labelOf(path: string): string | null {
  return LABELS.find(([pattern]) => pattern.test(path))?.[1] ?? null;
}

/** The problem with the guide's label of its path. */
export function labelled<T extends ConfigProblem>(problem: T): T {
  const label = labelOf(problem.path);
  return label === null ? problem : { ...problem, label };
}

type Path = readonly PropertyKey[];
type Issue = z.core.$ZodIssue;

/** An issue without unions: the branch that was meant has been chosen. */
export interface PlainIssue {
  readonly path: Path;
  readonly issue: Issue;
}

export function pathText(path: Path): string {
  return path
    .map((part, index) =>
      typeof part === "number" ? `[${part}]` : `${index > 0 ? "." : ""}${String(part)}`,
    )
    .join("");
}

/** What is said of a key that must be there. */
export const MISSING = "is missing";

/** Says what the schema does not say itself. */
export const wording: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case "invalid_type":
      if (issue.input === undefined) return because(MISSING, EXAMPLE);
      return because(`is ${kindOf(issue.input)}`, REMEDIES[issue.expected] ?? EXAMPLE);
    case "invalid_value":
      return because("is not a known value", `Use one of ${issue.values.join(", ")}.`);
    case "too_small":
      return because("is too small", `Use at least ${issue.minimum}.`);
    case "too_big":
      return because("is too big", `Use at most ${issue.maximum}.`);
    default:
      return undefined;
  }
};

const EXAMPLE = "recorder.example.yaml shows the form of this key.";

const REMEDIES: Readonly<Record<string, string>> = {
  string: "Give a text; put it in quotes if it looks like a number.",
  number: "Give a number.",
  int: "Give a whole number.",
  boolean: "Write true or false.",
  object: "Write its keys below it, indented.",
  array: "Write a list.",
  record: "Write its keys below it, indented.",
};

function kindOf(value: unknown): string {
  if (value === null) return "empty";
  if (Array.isArray(value)) return "a list";
  switch (typeof value) {
    case "string":
      return "a text";
    case "number":
      return Number.isSafeInteger(value) ? "a whole number" : "not a whole number";
    case "boolean":
      return "true or false";
    default:
      return "a set of keys";
  }
}

/** Of a union the branch that was meant: one that fits on the outside. */
export function plainIssues(issue: Issue, prefix: Path = []): PlainIssue[] {
  const path = [...prefix, ...issue.path];
  if (issue.code !== "invalid_union") return [{ path, issue }];
  const meant = issue.errors.find((branch) => !branch.some(isOutside));
  return meant === undefined
    ? [{ path, issue }]
    : meant.flatMap((inner) => plainIssues(inner, path));
}

function isOutside(issue: Issue): boolean {
  const isOfKind = issue.code === "invalid_type" || issue.code === "invalid_value";
  return isOfKind && issue.path.length === 0;
}

export function problemsOf({ path, issue }: PlainIssue): ConfigProblem[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      path: pathText([...path, key]),
      detail: "is not a known key",
      remedy: "Remove it, or correct its spelling; recorder.example.yaml lists the keys.",
    }));
  }
  const [detail = "cannot be used", remedy = EXAMPLE] = issue.message.split(SEPARATOR);
  return [{ path: path.length === 0 ? "(top level)" : pathText(path), detail, remedy }];
}
