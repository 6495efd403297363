// `testbed bench`: many live calls at once, figures as ratios of one run.
import { bench } from "../bench/bench.ts";
import { listenBench } from "../bench/listen-bench.ts";
import { EXIT } from "./exit-codes.ts";

/** Calls at the same time, unless said otherwise. */
const CALLS = 500;
const LISTEN_CALLS = 100;

export async function benchCommand(options: {
  readonly calls?: number;
  readonly seconds: number;
  /** Of live listening in place of the load. */
  readonly listen?: boolean;
  readonly listeners: number;
  readonly json?: boolean;
}): Promise<number> {
  const { seconds, listeners } = options;
  const { figures, problems } =
    options.listen === true
      ? await listenBench({ calls: options.calls ?? LISTEN_CALLS, listeners, seconds })
      : await bench({ calls: options.calls ?? CALLS, seconds });
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
  } else {
    for (const [name, value] of Object.entries(figures)) {
      process.stdout.write(`${name.padEnd(24)} ${JSON.stringify(value)}\n`);
    }
  }
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  return problems.length === 0 ? EXIT.ok : EXIT.failed;
}
