// What came of the mutants, as a score for each folder and as text. Pure. Detected are those that a
// test or scenario failed on, and those that ran out of time or memory; equivalent ones are not
// counted.
import type { Mutant } from "./mutants.ts";

/** Of every folder, in per cent. */
export const SCORE_MIN_PERCENT = 80;

export type Fate = "killed" | "timeout" | "survived" | "uncovered" | "equivalent";

export interface Tried {
  readonly mutant: Mutant;
  readonly fate: Fate;
  /** What failed first. */
  readonly by: string | null;
}

export interface AreaScore {
  readonly area: string;
  readonly mutants: number;
  readonly killed: number;
  readonly timeout: number;
  readonly survived: number;
  readonly uncovered: number;
  readonly equivalent: number;
  readonly scorePercent: number;
}

/** A row for each area, in the order they come, and one for all. */
export function scores(tried: readonly Tried[]): readonly AreaScore[] {
  const areas = [...new Set(tried.map(({ mutant }) => mutant.area))];
  const rows = areas.map((area) =>
    scoreOf(
      area,
      tried.filter(({ mutant }) => mutant.area === area),
    ),
  );
  return [...rows, scoreOf("all", tried)];
}

function scoreOf(area: string, tried: readonly Tried[]): AreaScore {
  const countOf = (wanted: Fate): number => tried.filter(({ fate }) => fate === wanted).length;
  const [killed, timeout] = [countOf("killed"), countOf("timeout")];
  const [equivalent, survived] = [countOf("equivalent"), countOf("survived")];
  const counted = tried.length - equivalent;
  const scorePercent = counted === 0 ? 100 : (100 * (killed + timeout)) / counted;
  const counts = { killed, timeout, survived, uncovered: countOf("uncovered"), equivalent };
  return {
    area,
    mutants: tried.length,
    ...counts,
    scorePercent: Math.round(scorePercent * 10) / 10,
  };
}

export function scoreTable(rows: readonly AreaScore[]): string {
  const head = [
    "folder",
    "mutants",
    "killed",
    "timeout",
    "survived",
    "uncovered",
    "equal",
    "score",
  ];
  const lines = rows.map((row) => [
    ...[row.area, row.mutants, row.killed, row.timeout, row.survived, row.uncovered],
    ...[row.equivalent, `${row.scorePercent.toFixed(1)} %`],
  ]);
  return [head, ...lines]
    .map((cells) => cells.map((cell, i) => pad(String(cell), i === 0 ? -12 : 10)).join(""))
    .join("\n");
}

export function survivorLine({ mutant, fate }: Tried): string {
  const { file, line, mutator, change } = mutant;
  return `${fate} ${file}:${line} ${mutator}: ${change}`;
}

function pad(text: string, width: number): string {
  return width < 0 ? text.padEnd(-width) : text.padStart(width);
}
