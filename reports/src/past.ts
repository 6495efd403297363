// Reads what an earlier suite left: its result document and the history of suites. The files may
// be of another version, cut off or not ours: what cannot be read is left out, never an error.
import type { RunResult, SuiteResult, Verdict } from "./result.ts";
import type { SuiteDigest } from "./trend.ts";

const VERDICTS: ReadonlySet<unknown> = new Set<Verdict>(["pass", "fail", "skip"]);

/** The result document; null when the text is none. */
export function parseSuite(text: string): SuiteResult | null {
  const document = parseJson(text);
  if (!isRecord(document) || document["version"] !== 1) return null;
  const { commit, startedAt, summary, runs } = document;
  if (typeof commit !== "string" || typeof startedAt !== "string") return null;
  if (!isRecord(summary) || !Array.isArray(runs) || !runs.every(isRun)) return null;
  if (![summary["passed"], summary["failed"], summary["skipped"]].every(isCount)) return null;
  return document as unknown as SuiteResult;
}

/** The suites of history.jsonl that can be read, in their order. */
export function parseDigests(text: string): readonly SuiteDigest[] {
  return text.split("\n").flatMap((line) => {
    const digest = parseJson(line);
    if (!isRecord(digest) || digest["version"] !== 1) return [];
    const { commit, startedAt, passed, failed, skipped, wallMs } = digest;
    const isWhole = typeof commit === "string" && typeof startedAt === "string";
    if (!isWhole || ![passed, failed, skipped, wallMs].every(isCount)) return [];
    return [digest as unknown as SuiteDigest];
  });
}

/** What a comparison needs of a run; its other members are not looked at. */
function isRun(run: unknown): run is RunResult {
  if (!isRecord(run)) return false;
  const { scenario, mode, seed, verdict, wallMs } = run;
  const isNamed = [scenario, mode, seed].every((one) => typeof one === "string");
  return isNamed && VERDICTS.has(verdict) && isCount(wallMs);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
