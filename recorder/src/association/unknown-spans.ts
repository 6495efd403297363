// When the events of a PBX did not come: link down, recorder stopped or killed. Calls of that time
// are known to nobody, so the report says from when to when. Pure.
import type { LinkChange } from "./reconciliation-input.ts";

export interface UnknownSpan {
  readonly pbx: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** stopped: nobody said that the recorder would stop; not-connected: never heard yet. */
  readonly why: "link-down" | "stopped" | "not-connected";
}

/** Clipped to the span of the report, by PBX and time. */
export function unknownSpans(
  links: readonly LinkChange[],
  about: {
    readonly seenMs: readonly number[];
    readonly fromMs: number;
    /** The report's end, or now if that is earlier. */
    readonly toMs: number;
  },
): UnknownSpan[] {
  const { fromMs, toMs } = about;
  return [...new Set(links.map(({ pbx }) => pbx))]
    .sort()
    .flatMap((pbx) =>
      spansOf(
        links.filter((link) => link.pbx === pbx),
        about.seenMs,
      ),
    )
    .map((span) => ({
      ...span,
      fromMs: Math.max(span.fromMs, fromMs),
      toMs: Math.min(span.toMs, toMs),
    }))
    .filter((span) => span.fromMs < span.toMs);
}

function spansOf(changes: readonly LinkChange[], seenMs: readonly number[]): UnknownSpan[] {
  const [first] = changes;
  if (first === undefined) return [];
  const { pbx } = first;
  const spans: UnknownSpan[] = [];
  // What was before the first change is the opposite of it; before a first start nobody was there.
  let down: Omit<UnknownSpan, "pbx" | "toMs"> | null =
    first.isUp || first.isStart ? { fromMs: -Infinity, why: "not-connected" } : null;
  for (const { isUp, isStart, atMs } of changes) {
    if (isUp) {
      if (down !== null) spans.push({ pbx, ...down, toMs: atMs });
      down = null;
    } else if (isStart) {
      // It was killed: when, only what it wrote before can tell.
      down ??= { fromMs: lastBefore(seenMs, atMs), why: "stopped" };
    } else {
      down ??= { fromMs: atMs, why: "link-down" };
    }
  }
  if (down !== null) spans.push({ pbx, ...down, toMs: Infinity });
  return spans;
}

function lastBefore(seenMs: readonly number[], atMs: number): number {
  return seenMs.reduce((last, ms) => (ms <= atMs && ms > last ? ms : last), -Infinity);
}
