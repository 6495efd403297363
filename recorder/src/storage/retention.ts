// Which recordings retention takes: older than their pool's deleteAfterDays (and than its
// keepAtLeastDays), without a legal hold. Pure; storage erases them like a person would.
import { beganTimeMs } from "./pool-files.ts";

const MS_PER_DAY = 86_400_000;

export interface RetentionRule {
  /** 0 = never. */
  readonly deleteAfterDays: number;
  readonly keepAtLeastDays: number;
}

export interface RetentionEntry {
  readonly recordingKey: string;
  readonly pool: string;
  readonly isHeld: boolean;
}

/** Keys of the recordings whose time is over, oldest first. */
export function expired(
  entries: Iterable<RetentionEntry>,
  rules: ReadonlyMap<string, RetentionRule>,
  wallTimeMs: number,
): string[] {
  const found: { readonly key: string; readonly beganMs: number }[] = [];
  for (const { recordingKey, pool, isHeld } of entries) {
    const rule = rules.get(pool);
    const beganMs = beganTimeMs(recordingKey);
    if (rule === undefined || rule.deleteAfterDays === 0 || isHeld || beganMs === null) continue;
    const days = Math.max(rule.deleteAfterDays, rule.keepAtLeastDays);
    if (beganMs + days * MS_PER_DAY <= wallTimeMs) found.push({ key: recordingKey, beganMs });
  }
  return found
    .sort((a, b) => a.beganMs - b.beganMs || (a.key < b.key ? -1 : 1))
    .map(({ key }) => key);
}
