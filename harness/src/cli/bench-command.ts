// `testbed bench`: many live calls at once, figures as ratios of one run.
import { bench } from "../bench/bench.ts";
import { EXIT } from "./exit-codes.ts";

export async function benchCommand(options: {
  readonly calls: number;
  readonly seconds: number;
  readonly json?: boolean;
}): Promise<number> {
  const { figures, problems } = await bench(options);
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
