// How a recording came out, in colour and word.
import type { Outcome } from "../api/types.ts";

const WORDS: Readonly<Record<Outcome, string>> = {
  ok: "Recorded",
  degraded: "Degraded",
  failed: "Failed",
  blocked: "Blocked",
  discarded: "Discarded",
};

export function OutcomeBadge({ outcome }: { readonly outcome: Outcome | null }) {
  if (outcome === null) return <span class="badge badge-live">Recording</span>;
  return <span class={`badge badge-${outcome}`}>{WORDS[outcome]}</span>;
}
