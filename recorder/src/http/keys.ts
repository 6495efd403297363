// API keys: a role and a name each, stored as hashes in state/keys.json. The key itself is shown
// once, when it is made.
import { createHash, timingSafeEqual } from "node:crypto";
import { RecorderError, systemCode } from "../errors.ts";
import type { Clock, Disk, Random } from "../ports/index.ts";

export const ROLES = ["agent", "supervisor", "manager", "administrator"] as const;
export type Role = (typeof ROLES)[number];

export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly createdAt: string;
  /** Hex SHA-256 of the key. */
  readonly hash: string;
}

const KEY_BYTES = 24;
const KEY_PREFIX = "tapeline_";
/** An unknown key is looked for in the file again, at most so often. */
const RELOAD_INTERVAL_MS = 1_000;
/** More keys than this are refused. */
export const MAXIMUM_KEYS = 1_000;

export class ApiKeys {
  readonly #path: string;
  readonly #directory: string;
  readonly #ports: { readonly disk: Disk; readonly random: Random; readonly clock: Clock };
  #keys: readonly ApiKey[] = [];
  #loadedMs = Number.NEGATIVE_INFINITY;

  constructor(
    stateDirectory: string,
    ports: { readonly disk: Disk; readonly random: Random; readonly clock: Clock },
  ) {
    this.#directory = stateDirectory;
    this.#path = `${stateDirectory}/keys.json`;
    this.#ports = ports;
  }

  /** Reads the file again; a missing one means that there are no keys. */
  async load(): Promise<void> {
    this.#loadedMs = this.#ports.clock.nowMs();
    let bytes: Uint8Array;
    try {
      bytes = await this.#ports.disk.readFile(this.#path);
    } catch (error) {
      if (systemCode(error) !== "ENOENT") throw error;
      this.#keys = [];
      return;
    }
    this.#keys = parseKeys(new TextDecoder().decode(bytes));
  }

  /** The key of a bearer token, or null. */
  find(token: string): ApiKey | null {
    const hash = Buffer.from(hashOf(token), "hex");
    return this.#keys.find((key) => timingSafeEqual(Buffer.from(key.hash, "hex"), hash)) ?? null;
  }

  /** As `find`; a key that was made while the recorder runs is found as well. */
  async findOrLoad(token: string): Promise<ApiKey | null> {
    const known = this.find(token);
    const isRecent = this.#ports.clock.nowMs() - this.#loadedMs < RELOAD_INTERVAL_MS;
    if (known !== null || isRecent) return known;
    await this.load();
    return this.find(token);
  }

  isEmpty(): boolean {
    return this.#keys.length === 0;
  }

  /** Makes a key, writes the file by part and rename, returns the key to show once. */
  async create(name: string, role: Role): Promise<string> {
    const { random, clock, disk } = this.#ports;
    if (this.#keys.length >= MAXIMUM_KEYS) {
      throw new RecorderError("STATE_WRITE_FAILED", `${this.#path}: ${MAXIMUM_KEYS} keys already`);
    }
    const token = KEY_PREFIX + Buffer.from(random.bytes(KEY_BYTES)).toString("base64url");
    const key: ApiKey = {
      id: random.uuid(),
      name,
      role,
      createdAt: new Date(clock.wallTimeMs()).toISOString(),
      hash: hashOf(token),
    };
    const text = JSON.stringify({ version: 1, keys: [...this.#keys, key] }, null, 2);
    await disk.makeDirectory(this.#directory);
    const part = `${this.#path}.part`;
    if ((await disk.status(part)) !== null) await disk.remove(part);
    const file = await disk.open(part, "create");
    await file.write(new TextEncoder().encode(`${text}\n`), 0);
    await file.sync();
    await file.close();
    await disk.rename(part, this.#path);
    await disk.syncDirectory(this.#directory);
    this.#keys = [...this.#keys, key];
    return token;
  }
}

function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

function parseKeys(text: string): ApiKey[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new RecorderError("CONFIG_UNREADABLE", "keys.json is not JSON", { cause: error });
  }
  const list = typeof value === "object" && value !== null && "keys" in value ? value.keys : null;
  if (!Array.isArray(list)) throw new RecorderError("CONFIG_UNREADABLE", "keys.json has no keys");
  return list.filter(isApiKey);
}

function isApiKey(value: unknown): value is ApiKey {
  if (typeof value !== "object" || value === null) return false;
  const key = value as Partial<Record<keyof ApiKey, unknown>>;
  return (
    typeof key.id === "string" &&
    typeof key.name === "string" &&
    typeof key.hash === "string" &&
    /^[0-9a-f]{64}$/.test(key.hash) &&
    ROLES.some((role) => role === key.role)
  );
}
