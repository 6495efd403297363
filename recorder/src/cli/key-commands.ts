// `tapeline-recorder key create | list | revoke`: API keys in the state directory. A running recorder
// sees the change within a second.
import { InvalidArgumentError, type Command } from "commander";
import { ApiKeys, ROLES, type ApiKey, type Role } from "../http/keys.ts";
import { nodeClock, nodeDisk, nodeRandom } from "../ports/node/index.ts";
import type { Environment } from "./cli.ts";
import { CONFIG_OPTION } from "./command-words.ts";
import { EXIT } from "./exit-codes.ts";
import { loadConfig, problemText } from "./load-config.ts";

interface CreateOptions {
  readonly config: string;
  readonly role: Role;
  readonly name: string;
  readonly extensions?: readonly string[];
}

export function addKeyCommands(
  program: Command,
  environment: Environment,
  exit: (code: number) => void,
): void {
  const key = program.command("key").description("API keys");
  key
    .command("create")
    .description("make an API key; it is shown once")
    .option(...CONFIG_OPTION)
    .requiredOption("--role <role>", ROLES.join(", "), roleOf)
    .requiredOption("--name <name>", "whose key it is; appears in the audit")
    .option("--extensions <list>", "the scope: 201,202; default: all", extensionsOf)
    .action(async ({ config, role, name, extensions }: CreateOptions) =>
      exit(
        await withKeys(config, environment, async (keys) => {
          if (role === "agent" && extensions === undefined) process.stderr.write(UNSCOPED_AGENT);
          process.stdout.write(`${await keys.create(name, role, extensions ?? null)}\n`);
          return EXIT.ok;
        }),
      ),
    );
  key
    .command("list")
    .description("the keys there are, without their secrets")
    .option(...CONFIG_OPTION)
    .option("--json", "print one JSON document")
    .action(async (options: { readonly config: string; readonly json?: boolean }) =>
      exit(
        await withKeys(options.config, environment, (keys) => {
          const isJson = options.json === true;
          process.stdout.write(isJson ? listJson(keys.list()) : listText(keys.list()));
          return Promise.resolve(EXIT.ok);
        }),
      ),
    );
  key
    .command("revoke <id>")
    .description("take a key back for good, by its id")
    .option(...CONFIG_OPTION)
    .action(async (id: string, options: { readonly config: string }) =>
      exit(
        await withKeys(options.config, environment, async (keys) => {
          const revoked = await keys.revoke(id);
          if (revoked !== null) {
            process.stdout.write(`${revoked.name} (${revoked.role}) is revoked.\n`);
            return EXIT.ok;
          }
          process.stderr.write(`There is no key ${id}; \`key list\` shows the ids.\n`);
          return EXIT.usage;
        }),
      ),
    );
  for (const command of key.commands) command.exitOverride().showHelpAfterError();
}

const UNSCOPED_AGENT =
  "warning: this agent's key may pause every agent's recording; --extensions limits it.\n";

async function withKeys(
  file: string,
  environment: Environment,
  work: (keys: ApiKeys) => Promise<number>,
): Promise<number> {
  const loaded = await loadConfig(file, environment);
  if (!loaded.ok) {
    for (const problem of loaded.problems) process.stderr.write(`${problemText(problem)}\n`);
    return EXIT.usage;
  }
  const ports = { disk: nodeDisk(), random: nodeRandom(), clock: nodeClock() };
  const keys = new ApiKeys(loaded.config.state.directory, ports);
  await keys.load();
  return work(keys);
}

function listJson(keys: readonly ApiKey[]): string {
  const shown = keys.map(({ hash: _hash, ...key }) => key);
  return `${JSON.stringify({ version: 1, keys: shown }, null, 2)}\n`;
}

function listText(keys: readonly ApiKey[]): string {
  if (keys.length === 0) return "There is no key yet; `key create` makes one.\n";
  return keys
    .map(({ id, name, role, extensions, createdAt }) => {
      const scope = extensions === null ? "all" : extensions.join(",");
      return `${id}  ${role.padEnd(13)}  ${createdAt}  ${name}  (extensions: ${scope})\n`;
    })
    .join("");
}

function roleOf(text: string): Role {
  const role = ROLES.find((candidate) => candidate === text);
  if (role !== undefined) return role;
  throw new InvalidArgumentError(`"${text}" is no role; use one of ${ROLES.join(", ")}.`);
}

function extensionsOf(text: string): readonly string[] {
  const list = text.split(",").map((extension) => extension.trim());
  if (list.every((extension) => /^\S{1,40}$/.test(extension))) return list;
  throw new InvalidArgumentError("Write extensions with commas between them: 201,202.");
}
