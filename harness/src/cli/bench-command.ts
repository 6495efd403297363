// `testbed bench`: many calls at once, live, listened to or virtual; figures as ratios of one run.
import { bench } from "../bench/bench.ts";
import { listenBench } from "../bench/listen-bench.ts";
import { virtualBench } from "../bench/virtual-bench.ts";
import { EXIT } from "./exit-codes.ts";

/** What is measured, with its calls and seconds of talk unless said otherwise. */
const KINDS = {
  load: { calls: 500, seconds: 20, run: bench },
  listening: { calls: 100, seconds: 20, run: listenBench },
  virtual: { calls: 10, seconds: 60, run: virtualBench },
} as const;

export interface BenchCommandOptions {
  readonly calls?: number;
  readonly seconds?: number;
  /** Of live listening in place of the load. */
  readonly listen?: boolean;
  /** In the virtual world. */
  readonly virtual?: boolean;
  readonly listeners: number;
  readonly json?: boolean;
}

export async function benchCommand(options: BenchCommandOptions): Promise<number> {
  const kind = kindOf(options);
  const { calls = kind.calls, seconds = kind.seconds, listeners } = options;
  const { figures, problems } = await kind.run({ calls, listeners, seconds });
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

function kindOf({ listen, virtual }: BenchCommandOptions): (typeof KINDS)[keyof typeof KINDS] {
  if (virtual === true) return KINDS.virtual;
  return listen === true ? KINDS.listening : KINDS.load;
}
