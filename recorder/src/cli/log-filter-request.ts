// How `log-filter` reaches the recorder that runs with the same configuration: a request as a file
// in the state directory, which the recorder looks for twice a second and answers with another.
// Who may write there may also make keys, so it needs none; and it works while HTTP is not to be
// had. A request from a time when no recorder ran is dropped at the start.
import type { LogFilter, LogFilters } from "../http/api.ts";
import { LOG_LEVELS } from "../log-filters.ts";
import { systemCode } from "../errors.ts";
import type { Clock, Disk, Timer } from "../ports/index.ts";

/** How often the recorder looks. */
export const LOOK_PERIOD_MS = 500;
/** A request is a line; what is longer is none. */
const LIMIT_BYTES = 4096;

export interface FilterRequest {
  readonly version: 1;
  readonly id: string;
  /** null: nothing is switched, the levels are asked for. */
  readonly name: string | null;
  readonly level: LogFilter["level"] | null;
}

export interface FilterAnswer {
  readonly version: 1;
  /** Of the request. */
  readonly id: string;
  readonly result: "ok" | "not-found";
  readonly filters: readonly LogFilter[];
}

export function requestPath(stateDirectory: string): string {
  return `${stateDirectory}/log-filter-request.json`;
}

export function answerPath(stateDirectory: string): string {
  return `${stateDirectory}/log-filters.json`;
}

/** The whole file, or null: there is none, or it is no object of ours. */
export async function readMessage(
  disk: Disk,
  path: string,
): Promise<Readonly<Record<string, unknown>> | null> {
  try {
    const status = await disk.status(path);
    if (status === null || status.sizeBytes > LIMIT_BYTES) return null;
    const value: unknown = JSON.parse(new TextDecoder().decode(await disk.readFile(path)));
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Readonly<Record<string, unknown>>) : null;
  } catch (error) {
    if (error instanceof SyntaxError || systemCode(error) !== null) return null;
    throw error;
  }
}

/** By part and rename, so that nobody reads half of it. */
export async function writeMessage(disk: Disk, path: string, message: object): Promise<void> {
  const part = `${path}.part`;
  const file = await disk.open(part, "append");
  try {
    const bytes = new TextEncoder().encode(`${JSON.stringify(message)}\n`);
    await file.truncate(0);
    await file.write(bytes, 0);
  } finally {
    await file.close();
  }
  await disk.rename(part, path);
}

export interface RequestSide {
  readonly stateDirectory: string;
  readonly filters: LogFilters;
  /** Told of each request that was carried out, or named no filter. */
  readonly onSwitched: (request: FilterRequest, result: FilterAnswer["result"]) => void;
}

/** Answers requests until it is cancelled. */
export function answerFilterRequests(
  side: RequestSide,
  ports: { readonly clock: Clock; readonly disk: Disk },
): { cancel(): void } {
  const { clock, disk } = ports;
  const path = requestPath(side.stateDirectory);
  let timer: Timer | null = null;
  let isOver = false;
  const again = (): void => {
    if (!isOver) timer = clock.setTimer("log.filterRequest", LOOK_PERIOD_MS, () => void look());
  };
  const look = async (): Promise<void> => {
    const request = requestOf(await readMessage(disk, path));
    try {
      if (request !== null && !isOver) {
        await disk.remove(path);
        await answer(side, disk, request);
      }
    } catch (error) {
      // The disk refuses: who asked is told so by the answer that does not come.
      if (systemCode(error) === null) throw error;
    }
    again();
  };
  void disk.remove(path).then(again, again);
  return {
    cancel: () => {
      isOver = true;
      timer?.cancel();
    },
  };
}

async function answer(side: RequestSide, disk: Disk, request: FilterRequest): Promise<void> {
  const { filters, stateDirectory } = side;
  const { id, name, level } = request;
  const isKnown = name === null || level === null || filters.set(name, level);
  const result = isKnown ? "ok" : "not-found";
  if (name !== null) side.onSwitched(request, result);
  const told: FilterAnswer = { version: 1, id, result, filters: filters.list() };
  await writeMessage(disk, answerPath(stateDirectory), told);
}

function requestOf(message: Readonly<Record<string, unknown>> | null): FilterRequest | null {
  if (message === null || typeof message["id"] !== "string") return null;
  const { id, name = null } = message;
  const level = LOG_LEVELS.find((known) => known === message["level"]) ?? null;
  if (name !== null && (typeof name !== "string" || level === null)) return null;
  return { version: 1, id, name, level };
}
