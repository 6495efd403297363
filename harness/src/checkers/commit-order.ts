// A `.vrtx` in a pool means that its `.spx` is whole, whatever happens next (design.md §5,
// "Storage"): when the journal gets its name, bytes and name of the audio are on the medium. Judged
// at every commit from what a loss of power would leave, so that no power need fail for it.
import type { CommitObservation } from "../environment/observations.ts";
import type { RunRecord } from "../record/run-record.ts";

export function checkCommits({ commits }: RunRecord): string[] {
  return commits.flatMap((commit) => {
    const { path, atMs, journal } = commit;
    const what = problemOf(commit);
    const name = path.slice(path.lastIndexOf("/") + 1);
    const key = name.replace(/\.vrtx$/, "");
    const when = `at ${Math.round(atMs)} ms`;
    return [
      ...(what === null ? [] : [`${key}: .vrtx renamed before the .spx ${what}, ${when}`]),
      ...(journal === "unsynced" ? [`${key}: .vrtx renamed before it is synced, ${when}`] : []),
    ];
  });
}

function problemOf({ audio, isAudioUnfinished }: CommitObservation): string | null {
  switch (audio) {
    case "unsynced":
      return "is synced";
    case "unnamed":
      return "has its name on the medium: its directory is not synced";
    case "absent":
      // Without any audio there is none to store.
      return isAudioUnfinished ? "has its name: it is still a .part" : null;
    case "durable":
      return null;
  }
}
