// `tapeline-recorder log-filter [NAME LEVEL]`: switches a log filter of the running recorder, or
// shows them all (R18, R19). It asks through the state directory (log-filter-request.ts).
import type { LogFilter } from "../http/api.ts";
import { filterNamed, LOG_FILTER_NAMES, LOG_LEVELS } from "../log-filters.ts";
import { nodeClock, nodeDisk, nodeRandom } from "../ports/node/index.ts";
import { systemCode } from "../errors.ts";
import type { Environment } from "./cli.ts";
import { EXIT } from "./exit-codes.ts";
import {
  answerPath,
  readMessage,
  requestPath,
  writeMessage,
  type FilterAnswer,
  type FilterRequest,
} from "./log-filter-request.ts";
import { offlineConfig } from "./offline-storage.ts";

/** A recorder that runs answers within a second. */
const ANSWER_LIMIT_MS = 10_000;
const LOOK_MS = 50;

export interface LogFilterOptions {
  readonly config: string;
  /** null: show them all. */
  readonly name: string | null;
  readonly level: string | null;
  readonly isJson: boolean;
}

export async function logFilterCommand(
  options: LogFilterOptions,
  environment: Environment,
): Promise<number> {
  const { name, level: wanted, isJson } = options;
  const level = LOG_LEVELS.find((known) => known === wanted?.toLowerCase()) ?? null;
  if (name !== null && filterNamed(name) === null) {
    return refuse(`There is no log filter "${name}". The filters:`, LOG_FILTER_NAMES);
  }
  if (name !== null && level === null) {
    const given = wanted === null ? "No level is given" : `"${wanted}" is no level`;
    return refuse(`${given}. The levels:`, LOG_LEVELS);
  }
  const config = await offlineConfig(options.config, environment);
  if (config === null) return EXIT.usage;
  const request: FilterRequest = { version: 1, id: nodeRandom().uuid(), name, level };
  const filters = await ask(config.state.directory, request);
  if (filters === null) {
    process.stderr.write(
      `No recorder with this configuration answers; nothing was switched. For its next start set ` +
        `log.filters in ${options.config}.\n`,
    );
    return EXIT.failed;
  }
  if (isJson) process.stdout.write(`${JSON.stringify({ version: 1, filters }, null, 2)}\n`);
  else process.stdout.write(filters.map((one) => `${one.level.padEnd(5)}  ${one.name}\n`).join(""));
  return EXIT.ok;
}

function refuse(sentence: string, choices: readonly string[]): number {
  process.stderr.write([sentence, ...choices.map((choice) => `  ${choice}`), ""].join("\n"));
  return EXIT.usage;
}

/** All filters as they are then; null when nobody has answered. */
async function ask(
  stateDirectory: string,
  request: FilterRequest,
): Promise<readonly LogFilter[] | null> {
  const [disk, clock] = [nodeDisk(), nodeClock()];
  const path = requestPath(stateDirectory);
  try {
    await writeMessage(disk, path, request);
  } catch (error) {
    // No state directory: no recorder has ever run.
    if (systemCode(error) === "ENOENT") return null;
    throw error;
  }
  const endMs = clock.nowMs() + ANSWER_LIMIT_MS;
  while (clock.nowMs() < endMs) {
    const answer = await readMessage(disk, answerPath(stateDirectory));
    if (answer?.["id"] === request.id) return (answer as unknown as FilterAnswer).filters;
    await new Promise<void>((resolve) => {
      clock.setTimer("log-filter.look", LOOK_MS, resolve);
    });
  }
  await disk.remove(path).catch(() => undefined);
  return null;
}
