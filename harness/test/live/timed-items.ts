// What a validation on a busy machine may say without anything being wrong: some of its items are
// figures of time, and those are of the machine that measures, too. All others must not fail.
import type { ValidationResult } from "@tapeline/reports";

const TIMED: ReadonlySet<string> = new Set([
  ...["sip.answer-time", "path.clock-offset", "media.own-pacing", "media.jitter", "media.loss"],
  ...["media.round-trip", "media.one-way-delay", "media.mos-listening", "media.mos-conversation"],
]);

/** Failed items that no machine's speed explains, in words. */
export function brokenItems({ items }: ValidationResult): string[] {
  return items
    .filter(({ id, verdict }) => verdict === "fail" && !TIMED.has(id))
    .map(({ id, measured }) => `${id}: ${measured}`);
}

/** The exit code that goes with the items. */
export function codeOf({ items }: ValidationResult): number {
  return items.some(({ verdict }) => verdict === "fail") ? 1 : 0;
}
