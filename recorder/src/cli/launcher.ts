// Under `npm run` and `npx` a shell stands between npm and us, and a signal that stops npm ends at
// that shell: the recorder would go on for nobody, with its ports taken. So under npm, and where
// bin/tapeline-recorder.js handed over from an older Node, the launcher's end is a wish to stop.
import type { Clock, Timer } from "../ports/index.ts";
import type { Environment } from "./cli.ts";

const LOOK_INTERVAL_MS = 500;

/**
 * npm and npx say what they run in `npm_command`, our own bin says TAPELINE_LAUNCHER. `parentId` is
 * that of the process, now.
 */
export interface Launcher {
  readonly environment: Environment;
  readonly parentId: () => number;
}

/** Calls `onGone` once when npm has gone. The result ends the watch. */
export function watchLauncher(
  { environment, parentId }: Launcher,
  clock: Clock,
  onGone: () => void,
): { readonly cancel: () => void } {
  const isLaunched = environment["npm_command"] ?? environment["TAPELINE_LAUNCHER"];
  if (isLaunched === undefined) return { cancel: () => undefined };
  const launchedBy = parentId();
  let timer: Timer;
  const look = (): void => {
    timer = clock.setTimer("launcher", LOOK_INTERVAL_MS, () => {
      if (parentId() === launchedBy) look();
      else onGone();
    });
  };
  look();
  return { cancel: () => timer.cancel() };
}
