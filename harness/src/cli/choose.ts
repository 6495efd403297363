// Which scenarios a command line means. `*` stands for any characters; a matrix is chosen as a
// whole by its name, and by cell with any of its axes: 'transfers/each-kind[transfer=blind]'.
import { runnable, type Scenario } from "@tapeline/scenarios";
import { UsageError } from "./exit-codes.ts";

/**
 * What can be run and is meant by one of the patterns. Without patterns all but the swarms: they
 * look for what nobody knows yet, and are asked for by name.
 */
export function choose(all: readonly Scenario[], patterns: readonly string[]): readonly Scenario[] {
  const candidates = runnable(all);
  if (patterns.length === 0) return candidates.filter(({ swarm }) => swarm === undefined);
  const matchers = patterns.map(matcherOf);
  for (const [index, matches] of matchers.entries()) {
    if (!candidates.some(matches)) {
      throw new UsageError(`No scenario matches "${patterns[index]}"; see \`npx testbed list\`.`);
    }
  }
  return candidates.filter((candidate) => matchers.some((matches) => matches(candidate)));
}

/** A pattern with axes asks only for those that it names, in any order. */
function matcherOf(pattern: string): (candidate: Scenario) => boolean {
  const [, path = pattern, axes] = /^([^[]*)\[(.*)\]$/.exec(pattern) ?? [];
  const isPath = expressionOf(path);
  const wanted = (axes ?? "").split(",").filter((word) => word !== "");
  const conditions = wanted.map((word) => expressionOf(word.trim()));
  return ({ name, cell }) => {
    const [, base = name] = /^([^[]*)\[/.exec(name) ?? [];
    if (!isPath.test(base)) return false;
    if (axes === undefined) return true;
    const words = Object.entries(cell ?? {}).map(([axis, value]) => `${axis}=${value}`);
    return cell !== null && conditions.every((condition) => words.some((w) => condition.test(w)));
  };
}

function expressionOf(pattern: string): RegExp {
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`);
}
