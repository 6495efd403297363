// The virtual log: the lines of all processes of a host, kept over crashes, for harness and people.
// They are no part of the trace: stack traces name paths of the machine that runs the world.
import type { LogFile, LogSink } from "@tapeline/recorder/ports";
import type { ProcessScope } from "./process-scope.ts";

export class HostLog {
  readonly #entries: { readonly file: LogFile; readonly line: string }[] = [];

  portFor(scope: ProcessScope): LogSink {
    return {
      write: (file, line) => {
        if (scope.isAlive) this.#entries.push({ file, line });
      },
      close: () => scope.call("log.close", 0, () => undefined),
    };
  }

  /** All lines without `file`, in the order of writing. */
  lines(file?: LogFile): readonly string[] {
    const entries = this.#entries.filter((entry) => file === undefined || entry.file === file);
    return entries.map((entry) => entry.line);
  }
}
