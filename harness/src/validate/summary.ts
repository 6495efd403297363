// The one sentence of the verdict, for the owner of the network: is it good, and if not, how much
// has to be changed. Pure.
import type { ValidationItem } from "@tapeline/reports";
import { worstVerdict } from "./item.ts";

export function summaryOf(items: readonly ValidationItem[]): string {
  const failed = remediesOf(items, "fail");
  const warned = remediesOf(items, "warn").filter((remedy) => !failed.includes(remedy));
  const measured = items.filter(({ verdict }) => verdict !== "not-measured").length;
  if (measured === 0) return "Nothing could be measured.";
  switch (worstVerdict(items)) {
    case "pass":
      return `This network carries the recording: ${measured} of ${measured} measured items are good, nothing has to be changed.`;
    case "warn":
      return `This network carries the recording, but ${things(warned.length)} should be changed.`;
    case "fail":
      return (
        `This network does not carry the recording yet: ${things(failed.length)} must be changed` +
        (warned.length === 0 ? "." : `, and ${things(warned.length)} should be.`)
      );
  }
}

function things(count: number): string {
  return count === 1 ? "one thing" : `${count} things`;
}

/** One change often heals several items: it counts once. */
function remediesOf(items: readonly ValidationItem[], verdict: "warn" | "fail"): string[] {
  const remedies = items
    .filter((item) => item.verdict === verdict)
    .map(({ remedy }) => remedy ?? "");
  return [...new Set(remedies)];
}
