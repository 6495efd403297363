// Every small change that StrykerJS knows to make of our sources, and the sources with all of them
// inside: one is switched on by an environment variable, so nothing is built per mutant. Taken is
// the instrumenter alone, its public part: StrykerJS itself leaves mutants out by place only, not
// one by one, and links node_modules into its sandbox, which would be the packages unchanged.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Instrumenter } from "@stryker-mutator/instrumenter";
import { filesMatching } from "./files-matching.ts";

/** The variable that switches a mutant on, by its number; read by the instrumented sources. */
export const ACTIVE_MUTANT = "__STRYKER_ACTIVE_MUTANT__";
const CHANGE_CHARACTERS = 120;

export interface Mutant {
  /** Number of this run. */
  readonly id: string;
  /** The same for as long as the code that it changes is the same. */
  readonly key: string;
  readonly area: string;
  /** From the repository's root. */
  readonly file: string;
  readonly line: number;
  readonly mutator: string;
  /** "a < b → a <= b", on one line. */
  readonly change: string;
  /** The line it begins in, trimmed. */
  readonly at: string;
}

export interface Mutated {
  readonly mutants: readonly Mutant[];
  /** Instrumented text of each file, by its path from the root. */
  readonly texts: ReadonlyMap<string, string>;
}

/** All mutants of some folders of recorder/src; `only` restricts it to some files. */
export async function findMutants(
  root: string,
  areas: readonly string[],
  only: readonly string[] | null = null,
): Promise<Mutated> {
  const sources = new Map<string, { readonly area: string; readonly content: string }>();
  for (const area of areas) {
    for (const file of await filesMatching(root, `recorder/src/${area}/**/*.ts`)) {
      if (only !== null && !only.includes(file)) continue;
      sources.set(file, { area, content: await readFile(join(root, file), "utf8") });
    }
  }
  const files = [...sources].map(([name, { content }]) => ({ name, content, mutate: true }));
  const options = { plugins: null, ignorers: [], excludedMutations: [] };
  const instrumented = await new Instrumenter(QUIET).instrument(files, options);
  const seen = new Map<string, number>();
  const mutants = instrumented.mutants.map((raw): Mutant => {
    const { area = "", content = "" } = sources.get(raw.fileName) ?? {};
    const change = `${textAt(content, raw.location)} → ${raw.replacement}`.replace(/\s+/g, " ");
    const same = `${raw.fileName}\n${raw.mutatorName}\n${change}`;
    const nth = seen.get(same) ?? 0;
    seen.set(same, nth + 1);
    return {
      ...{ id: raw.id, area, file: raw.fileName, mutator: raw.mutatorName },
      key: createHash("sha256").update(`${same}\n${nth}`).digest("hex").slice(0, 16),
      line: raw.location.start.line + 1,
      change: shortened(change),
      at: (content.split("\n")[raw.location.start.line] ?? "").trim(),
    };
  });
  return {
    mutants,
    texts: new Map(instrumented.files.map(({ name, content }) => [name, content])),
  };
}

interface Span {
  readonly start: { readonly line: number; readonly column: number };
  readonly end: { readonly line: number; readonly column: number };
}

function textAt(content: string, { start, end }: Span): string {
  const lines = content.split("\n").slice(start.line, end.line + 1);
  const last = lines.length - 1;
  return lines
    .map((line, index) =>
      line.slice(index === 0 ? start.column : 0, index === last ? end.column : undefined),
    )
    .join("\n");
}

function shortened(change: string): string {
  if (change.length <= CHANGE_CHARACTERS) return change;
  const half = CHANGE_CHARACTERS / 2;
  return `${change.slice(0, half)} … ${change.slice(-half)}`;
}

const none = (): boolean => false;
const silent = (): void => undefined;
const QUIET = {
  ...{ isTraceEnabled: none, isDebugEnabled: none, isInfoEnabled: none },
  ...{ isWarnEnabled: none, isErrorEnabled: none, isFatalEnabled: none },
  ...{ trace: silent, debug: silent, info: silent, warn: silent, error: silent, fatal: silent },
};
