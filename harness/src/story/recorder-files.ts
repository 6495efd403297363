// What a story looks for in the recorder's own files: log lines and journals, in both modes.
import type { JournalFacts, RecorderControl } from "@tapeline/scenarios";
import { StepFailure, type Environment } from "../environment/environment.ts";

/** Files are written a little after what they tell. */
const WAIT_LIMIT_MS = 30_000;
const LOOK_MS = 500;
/** Of a log, in the message of a failure. */
const SHOWN_LINES = 20;

export function recorderFiles(
  environment: Environment,
): Pick<RecorderControl, "logs" | "journals" | "bundles"> {
  return {
    async logs(file, what, isShown) {
      environment.note(`somebody looks in ${file}: ${what}`);
      const read = () => environment.logLines(file);
      const lines = await untilShown(environment, read, isShown);
      if (lines === null) return;
      throw new StepFailure(`${file}: not that ${what}; ${lines.slice(-SHOWN_LINES).join("\n")}`);
    },
    async journals(what, isShown) {
      environment.note(`somebody looks in the journals: ${what}`);
      const journals = await untilShown(environment, () => readJournals(environment), isShown);
      if (journals === null) return;
      const types = journals.map((lines) => lines.map(({ type }) => type).join(" "));
      throw new StepFailure(`the journals: not that ${what}; they have ${types.join("; ")}`);
    },
    bundles: () => environment.bundle(),
  };
}

/** null once it is shown; else what was seen last. */
async function untilShown<T>(
  environment: Environment,
  read: () => Promise<T>,
  isShown: (value: T) => boolean,
): Promise<T | null> {
  const endMs = environment.deadlineMs(WAIT_LIMIT_MS);
  for (;;) {
    const value = await read();
    if (isShown(value)) return null;
    if (environment.nowMs() >= endMs) return value;
    await environment.sleep(LOOK_MS);
  }
}

/** Of each recording the live journal; lines that are not whole yet are left out. */
async function readJournals(environment: Environment): Promise<readonly JournalFacts[]> {
  const paths = await environment.files.list(environment.directories.live);
  const journals = paths.filter((path) => /\.(?:tmp)?vrtx$/.test(path));
  return Promise.all(
    journals.map(async (path) => {
      const text = Buffer.from(await environment.files.read(path)).toString("utf8");
      const whole = text.slice(0, text.lastIndexOf("\n") + 1).split("\n");
      return whole
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
    }),
  );
}
