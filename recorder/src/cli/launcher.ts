// Under `npm run` and `npx` a shell stands between npm and us, and a signal that stops npm ends at
// that shell: the recorder would go on for nobody, with its ports taken. So under npm, and only
// there, the end of the launching shell is a wish to stop.
import type { Clock, Timer } from "../ports/index.ts";
import type { Environment } from "./cli.ts";

const LOOK_INTERVAL_MS = 500;

/** npm and npx say what they run in `npm_command`. `parentId` is that of the process, now. */
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
  if (environment["npm_command"] === undefined) return { cancel: () => undefined };
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
