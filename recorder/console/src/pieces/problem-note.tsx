// What went wrong and what to do about it. Said to screen readers when it appears.
import type { ApiProblem } from "../api/client.ts";
import { Icon } from "./icon.tsx";

interface ProblemNoteProps {
  readonly problem: ApiProblem | null;
  /** In a few words: "The recordings could not be loaded". */
  readonly title: string;
  readonly onRetry?: () => void;
}

export function ProblemNote({ problem, title, onRetry }: ProblemNoteProps) {
  if (problem === null) return null;
  return (
    <div class="note note-bad" role="alert">
      <Icon name="warning" />
      <div>
        <p class="note-title">{title}</p>
        <p>{problem.remedy}</p>
        <p class="note-code">{problem.code}</p>
      </div>
      {onRetry === undefined ? null : (
        <button type="button" class="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}
