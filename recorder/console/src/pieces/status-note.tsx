// What was found: good, a warning, a problem or not known, in a word, a sign and a colour; with what
// to do about it.
import { Icon, type IconName } from "./icon.tsx";

export type Finding = "good" | "warning" | "problem" | "unknown";

const SIGNS: Readonly<Record<Finding, { icon: IconName; word: string; tone: string }>> = {
  good: { icon: "check", word: "Good", tone: "good" },
  warning: { icon: "warning", word: "Warning", tone: "warn" },
  problem: { icon: "close", word: "Problem", tone: "bad" },
  unknown: { icon: "more", word: "Not known", tone: "soft" },
};

interface StatusNoteProps {
  readonly status: Finding;
  /** What it is about. */
  readonly title: string;
  readonly detail: string;
  readonly remedy?: string;
}

export function StatusNote({ status, title, detail, remedy = "" }: StatusNoteProps) {
  const { icon, word, tone } = SIGNS[status];
  return (
    <div class="status-note">
      <span class={`status-sign status-${tone}`}>
        <Icon name={icon} />
        <span class="unseen">{word}: </span>
      </span>
      <div>
        <p>
          <strong>{title}</strong> {detail}
        </p>
        {remedy === "" ? null : <p class="soft">{remedy}</p>}
      </div>
    </div>
  );
}
