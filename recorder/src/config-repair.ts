// "Every problem at once": what the schema refused is put aside, so that the checks across keys can
// still look at the rest. The repaired value is never used for anything else. Pure.
import { pathText, plainIssues, type PlainIssue } from "./config-problems.ts";
import { configSchema, type RawConfig } from "./config-schema.ts";

/** Rounds of repair; each removes all that the schema names then. */
const MAXIMUM_ROUNDS = 8;

export interface Repaired {
  readonly config: RawConfig;
  /** Nothing can be said of these paths, nor of what is below or above them. */
  readonly unknown: readonly string[];
}

type Container = Record<PropertyKey, unknown>;

/** null when even a repaired configuration makes no sense. `value` is changed. */
export function repair(value: unknown): Repaired | null {
  let root = isContainer(value) && !Array.isArray(value) ? value : {};
  const unknown: string[] = [];
  for (let round = 0; round < MAXIMUM_ROUNDS; round += 1) {
    const result = configSchema.safeParse(root);
    if (result.success) return { config: result.data, unknown };
    for (const plain of result.error.issues.flatMap((issue) => plainIssues(issue))) {
      root = mend(root, plain);
      if (plain.issue.code !== "unrecognized_keys") unknown.push(pathText(plain.path));
    }
  }
  return null;
}

function mend(root: Container, { path, issue }: PlainIssue): Container {
  if (issue.code === "unrecognized_keys") {
    const owner = path.reduce(childOf, root);
    if (isContainer(owner)) for (const key of issue.keys) delete owner[key];
    return root;
  }
  // A rule without its kind is none: they go as a whole, and no other key needs them.
  if (path[0] === "rules") {
    delete root["rules"];
    return root;
  }
  const depth = path.findLastIndex((part) => typeof part === "string");
  const key = path[depth];
  if (key === undefined) return {};
  const owner = path.slice(0, depth).reduce(childOf, root);
  if (!isContainer(owner)) return root;
  const standIn = STAND_INS[String(key)];
  // A list has no default for one item of it: the list goes, unless it must be there.
  if (standIn === undefined) delete owner[key];
  else owner[key] = standIn(pathText(path));
  return root;
}

/** For keys without default; different at each path, so that nothing seems to stand there twice. */
const STAND_INS: Readonly<Record<string, (path: string) => unknown>> = {
  recorder: () => ({ address: "192.0.2.10" }),
  address: () => "192.0.2.10",
  host: () => "192.0.2.1",
  user: (path) => path,
  password: (path) => path,
  name: (path) => path,
  path: (path) => path,
  cert: (path) => path,
  key: (path) => path,
  drives: (path) => [{ path }],
};

function childOf(owner: unknown, key: PropertyKey): unknown {
  return isContainer(owner) ? owner[key] : undefined;
}

function isContainer(value: unknown): value is Container {
  return typeof value === "object" && value !== null;
}

/** Whether nothing was put aside on the way to the path, nor below it. */
export function isKnown(repaired: Repaired, path: string): boolean {
  return !repaired.unknown.some((aside) => isWithin(path, aside) || isWithin(aside, path));
}

function isWithin(path: string, outer: string): boolean {
  return path === outer || path.startsWith(`${outer}.`) || path.startsWith(`${outer}[`);
}
