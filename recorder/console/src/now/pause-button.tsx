// Pause and resume of a recording: answered when the edge is fixed, so that what is said after the
// button shows "Resume" is not in the recording (design.md §5, "Pause").
import { useEffect, useState } from "preact/hooks";
import { api } from "../api/client.ts";
import { problemOf } from "../api/resource.ts";
import { Icon } from "../pieces/icon.tsx";
import { showToast } from "../pieces/toast.tsx";

interface PauseButtonProps {
  readonly recordingKey: string;
  readonly isPaused: boolean;
  /** Whose recording it is. */
  readonly title: string;
}

export function PauseButton({ recordingKey, isPaused, title }: PauseButtonProps) {
  const [told, setTold] = useState<boolean | null>(null);
  const [isBusy, setBusy] = useState(false);
  // The answer to our own request counts until the list has seen it too.
  useEffect(() => setTold(null), [isPaused]);
  const isNowPaused = told ?? isPaused;
  const toggle = async (): Promise<void> => {
    setBusy(true);
    try {
      const action = isNowPaused ? "resume" : "pause";
      await api.post(`/api/v1/recordings/${encodeURIComponent(recordingKey)}/${action}`);
      setTold(!isNowPaused);
      showToast(isNowPaused ? `${title}: the recording goes on.` : `${title}: paused.`);
    } catch (error) {
      showToast(problemOf(error).remedy, "bad");
    } finally {
      setBusy(false);
    }
  };
  return (
    <button
      type="button"
      class="button"
      disabled={isBusy}
      aria-label={`${isNowPaused ? "Resume" : "Pause"} the recording of ${title}`}
      onClick={() => void toggle()}
    >
      <Icon name={isNowPaused ? "play" : "pause"} /> {isNowPaused ? "Resume" : "Pause"}
    </button>
  );
}
