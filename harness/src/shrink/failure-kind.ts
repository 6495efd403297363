// When do two runs fail alike? When the same checker complains of the same kind of thing: the words
// are compared, with names, numbers and keys taken out. So a smaller run that fails of something
// else is no reduction of the first one.
import type { RunResult } from "@tapeline/reports";

type Judged = Pick<RunResult, "verdict" | "why" | "checks">;

/** `checker: kind of complaint`, each once, of the first checker that failed. */
export function failureKinds(run: Judged): string[] {
  if (run.verdict !== "fail") return [];
  const failed = run.checks.find(({ verdict }) => verdict === "fail");
  if (failed === undefined) return [`run: ${kindOf((run.why ?? "").split("\n")[0] ?? "")}`];
  const complaints = (failed.detail ?? "").split("; ");
  return [...new Set(complaints.map((complaint) => `${failed.name}: ${kindOf(complaint)}`))];
}

/** The first complaint of the first checker that failed is what a failure is known by. */
export function failsAlike(run: Judged, original: Judged): boolean {
  const [wanted] = failureKinds(original);
  const checker = original.checks.find(({ verdict }) => verdict === "fail")?.name;
  if (checker === undefined) return wanted !== undefined && failureKinds(run).includes(wanted);
  const checks = run.checks.filter(({ name }) => name === checker);
  const isFailed = checks.some(({ verdict }) => verdict === "fail");
  return isFailed && failureKinds({ ...run, checks }).includes(wanted ?? "");
}

/** A complaint without what differs from run to run. */
export function kindOf(complaint: string): string {
  return complaint
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(-\d+)?/g, "KEY")
    .replace(/\b[\w.-]{8,}@[\w.:[\]-]+/g, "CALL-ID")
    .replace(/"[^"]*"/g, "NAME")
    .replace(/\b(?=[\w-]*\d)[\w.-]*[A-Za-z][\w.-]*\d[\w.-]*\b/g, "ID")
    .replace(/[+-]?\d+(?:[.,:]\d+)*/g, "#")
    .replace(/#(, #)+/g, "#")
    .trim();
}
