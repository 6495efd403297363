// What a verification found: the stored copy against its journal.
import type { Verification } from "../api/types.ts";
import { Icon } from "../pieces/icon.tsx";

const STATES: Readonly<Record<Verification["state"], string>> = {
  ok: "The stored copy is whole: it agrees with its journal and its checksums.",
  damaged: "The stored copy is damaged",
  "not-stored": "It is not in a pool yet: verify it again when it is.",
  missing: "The stored copy is missing",
  unreadable: "The stored copy cannot be read: check its drive.",
};

export function VerifyNote({ verification }: { readonly verification: Verification | null }) {
  if (verification === null) return null;
  const { state, problems } = verification;
  const kind = state === "ok" ? "note-good" : state === "not-stored" ? "note-warn" : "note-bad";
  return (
    <div class={`note ${kind}`} role="status">
      <Icon name={state === "ok" ? "check" : "warning"} />
      <div>
        <p class="note-title">{STATES[state]}</p>
        {problems.map((problem) => (
          <p key={problem}>{problem}</p>
        ))}
      </div>
    </div>
  );
}
