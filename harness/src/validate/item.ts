// Rows of the verdict table: made by the judging half of each probe, never by its doing half, so
// that a verdict can be tested with numbers alone. The types are the report's (reports/src).
import type {
  FlowEnds,
  ItemGroup,
  ItemThreshold,
  ItemVerdict,
  ValidationItem,
} from "@tapeline/reports";

/** What every row of a subject has, whatever its verdict. */
export interface ItemHead {
  readonly id: string;
  readonly group: ItemGroup;
  readonly title: string;
  readonly threshold?: ItemThreshold;
  readonly flow?: FlowEnds;
}

/** What was found. */
export interface Finding {
  readonly measured: string;
  readonly value?: number;
  readonly unit?: string;
}

export function passed(head: ItemHead, finding: Finding): ValidationItem {
  return row(head, "pass", { ...finding, remedy: null });
}

export function warned(
  head: ItemHead,
  finding: Finding & { readonly remedy: string },
): ValidationItem {
  return row(head, "warn", finding);
}

export function failed(
  head: ItemHead,
  finding: Finding & { readonly remedy: string },
): ValidationItem {
  return row(head, "fail", finding);
}

/** `why` says what would have to be there to measure it. */
export function notMeasured(head: ItemHead, why: string): ValidationItem {
  return row(head, "not-measured", { measured: why, remedy: null });
}

function row(
  head: ItemHead,
  verdict: ItemVerdict,
  found: Finding & { readonly remedy: string | null },
): ValidationItem {
  return {
    id: head.id,
    group: head.group,
    title: head.title,
    verdict,
    measured: found.measured,
    value: found.value ?? null,
    unit: found.unit ?? null,
    threshold: head.threshold ?? null,
    remedy: found.remedy,
    flow: head.flow ?? null,
  };
}

/** The worst verdict; what was not measured says nothing. */
export function worstVerdict(
  items: readonly { readonly verdict: ItemVerdict }[],
): "pass" | "warn" | "fail" {
  if (items.some(({ verdict }) => verdict === "fail")) return "fail";
  return items.some(({ verdict }) => verdict === "warn") ? "warn" : "pass";
}
