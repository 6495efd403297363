// What happened in a recording, as a list of moments to go to.
import { EmptyState } from "../pieces/empty-state.tsx";
import { duration } from "../pieces/time.ts";
import { momentsOf, type Lane } from "./call-timeline.ts";

interface MomentsProps {
  readonly lane: Lane;
  readonly onSeek: (recordingKey: string, second: number) => void;
}

export function Moments({ lane, onSeek }: MomentsProps) {
  const moments = momentsOf(lane);
  if (moments.length === 0) {
    return (
      <EmptyState icon="calls" title="Nothing is known of this call">
        <p>
          No event of the IP Office could be tied to it: the DevLink3 link was perhaps down. It can
          be associated by hand in <a href="/calls">Calls</a>.
        </p>
      </EmptyState>
    );
  }
  return (
    <ol class="moments">
      {moments.map(({ kind, text, atMs, lengthMs, parties }) => (
        <li key={`${kind} ${atMs} ${text}`}>
          <button
            type="button"
            class="moment-jump figures"
            aria-label={`Go to ${duration(atMs)}: ${text}`}
            onClick={() => onSeek(lane.recordingKey, atMs / 1_000)}
          >
            {duration(atMs)}
          </button>
          <span class="moment-text">
            <span class={`legend-${kind}`}>{text}</span>
            <span class="soft">{parties.join(" · ")}</span>
          </span>
          <span class="soft figures">{lengthMs < 1_000 ? "" : duration(lengthMs)}</span>
        </li>
      ))}
    </ol>
  );
}
