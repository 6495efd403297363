// `tapeline-recorder setup`: where there is no configuration, one for this machine that lets nobody
// in yet; then `start`, whose console leads through the rest.
import type { Environment } from "./cli.ts";
import { EXIT } from "./exit-codes.ts";
import { problemText } from "./load-config.ts";
import { makeFirstFile } from "./setup.ts";
import { startCommand } from "./start.ts";

export async function setupCommand(file: string, environment: Environment): Promise<number> {
  const problem = await makeFirstFile(file);
  if (problem === null) return startCommand(file, environment, false);
  process.stderr.write(`${problemText(problem)}\n`);
  return EXIT.usage;
}
