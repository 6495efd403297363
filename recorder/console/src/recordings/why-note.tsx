// Why a recording is not as it should be, in the recorder's own sentence, and what to do about it.
import { isWhy, WHYS } from "../../../src/outcome.ts";
import type { RecordingDetail } from "../api/types.ts";
import { Icon } from "../pieces/icon.tsx";

/** Placeholders of the sentence, which only the log can fill. */
const PLACES: Readonly<Record<string, string>> = {
  pbx: "the IP Office",
  recorder: "the recorder",
  extension: "the extension",
};

export function WhyNote({ recording }: { readonly recording: RecordingDetail }) {
  const { why, outcome, recovered } = recording;
  if (why === null && !recovered) return null;
  const known = why !== null && isWhy(why) ? WHYS[why] : null;
  return (
    <div class={outcome === "failed" ? "note note-bad why-note" : "note note-warn why-note"}>
      <Icon name="warning" />
      <div>
        <p class="note-title">{known === null ? titleOf(why) : plain(known.sentence)}</p>
        {known === null ? null : <p>{plain(known.remedy)}</p>}
        {why === null ? null : <p class="note-code">{why}</p>}
      </div>
    </div>
  );
}

function titleOf(why: string | null): string {
  return why ?? "The recorder was restarted during this call, and went on in the same recording.";
}

function plain(sentence: string): string {
  const filled = sentence.replace(/\{(\w+)\}/g, (_all, name: string) => PLACES[name] ?? "some");
  return filled.charAt(0).toUpperCase() + filled.slice(1);
}
