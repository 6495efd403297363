// `tapeline-recorder key create`: makes an API key and shows it once.
import { ApiKeys, type Role } from "../http/keys.ts";
import { nodeClock, nodeDisk, nodeRandom } from "../ports/node/index.ts";
import type { Environment } from "./cli.ts";
import { EXIT } from "./exit-codes.ts";
import { loadConfig, problemText } from "./load-config.ts";

export async function keyCreateCommand(
  file: string,
  environment: Environment,
  key: { readonly role: Role; readonly name: string },
): Promise<number> {
  const loaded = await loadConfig(file, environment);
  if (!loaded.ok) {
    for (const problem of loaded.problems) process.stderr.write(`${problemText(problem)}\n`);
    return EXIT.usage;
  }
  const keys = new ApiKeys(loaded.config.state.directory, {
    disk: nodeDisk(),
    random: nodeRandom(),
    clock: nodeClock(),
  });
  await keys.load();
  process.stdout.write(`${await keys.create(key.name, key.role)}\n`);
  return EXIT.ok;
}
