// API keys: a role, a name and a scope of extensions each, stored as hashes in state/keys.json. The
// key itself is shown once, when it is made. The command line writes the same file. A first start
// makes a one-time key: good for one sign-in within a day, gone once an administrator has one that
// lasts.
import { createHash, timingSafeEqual } from "node:crypto";
import { RecorderError, systemCode } from "../errors.ts";
import type { Clock, Disk, Random } from "../ports/index.ts";

/** From the one that may least. */
export const ROLES = ["agent", "supervisor", "manager", "administrator"] as const;
export type Role = (typeof ROLES)[number];

export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** Whose recordings it may see; null = all, also those of nobody. */
  readonly extensions: readonly string[] | null;
  readonly createdAt: string;
  /** Hex SHA-256 of the key. */
  readonly hash: string;
  /** Made by a first start; absent: the key lasts. */
  readonly oneTime?: OneTime;
}

export interface OneTime {
  readonly expiresAt: string;
  /** When somebody signed in with it: then it opens nothing more, but that session goes on. */
  readonly usedAt: string | null;
}

/** What a new key is to be. */
export interface NewKey {
  readonly name: string;
  readonly role: Role;
  readonly extensions: readonly string[] | null;
}

const KEY_BYTES = 24;
const KEY_PREFIX = "tapeline_";
/** The file is read again at most so often. */
const RELOAD_INTERVAL_MS = 1_000;
/** More keys than this are refused. */
export const MAXIMUM_KEYS = 1_000;
/** Extensions in the scope of one key. */
export const MAXIMUM_SCOPE = 1_000;
export const MAXIMUM_NAME_CHARACTERS = 200;
/** A one-time key that nobody used, or that was not replaced, is worth nothing after this. */
export const ONE_TIME_LIMIT_MS = 24 * 3_600_000;
const ONE_TIME_NAME = "first start";

export interface KeyPorts {
  readonly disk: Disk;
  readonly random: Random;
  readonly clock: Clock;
}

export class ApiKeys {
  readonly #path: string;
  readonly #directory: string;
  readonly #ports: KeyPorts;
  #keys: readonly ApiKey[] = [];
  #loadedMs = Number.NEGATIVE_INFINITY;
  /** Changes wait for each other: each reads the file, and writes it. */
  #changing: Promise<unknown> = Promise.resolve();

  constructor(stateDirectory: string, ports: KeyPorts) {
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
    const key = this.#keys.find((one) => timingSafeEqual(Buffer.from(one.hash, "hex"), hash));
    const isGood = key !== undefined && this.#isInTime(key) && !isUsed(key);
    return isGood ? key : null;
  }

  findById(id: string): ApiKey | null {
    return this.#keys.find((key) => key.id === id && this.#isInTime(key)) ?? null;
  }

  /** As `find`; a key that was made, or taken back, while the recorder runs is so within 1 s. */
  async findOrLoad(token: string): Promise<ApiKey | null> {
    await this.#refresh();
    return this.find(token);
  }

  /** As `findById`, likewise. */
  async findByIdOrLoad(id: string): Promise<ApiKey | null> {
    await this.#refresh();
    return this.findById(id);
  }

  list(): readonly ApiKey[] {
    return this.#keys;
  }

  isEmpty(): boolean {
    return this.#keys.length === 0;
  }

  /** Nobody has a key that lasts. */
  isFirstStart(): boolean {
    return this.#keys.every((key) => key.oneTime !== undefined);
  }

  /** An administrator's key for the first start, in place of those before; shown once. */
  async addOneTime(): Promise<string> {
    const { token, key } = this.#make({
      ...{ name: ONE_TIME_NAME, role: "administrator", extensions: null },
    });
    const expiresMs = this.#ports.clock.wallTimeMs() + ONE_TIME_LIMIT_MS;
    const oneTime = { expiresAt: new Date(expiresMs).toISOString(), usedAt: null };
    await this.#change((keys) => [...keys.filter(isLasting), { ...key, oneTime }]);
    return token;
  }

  /** Before a session begins with the key: false when it was for one time, and that was before. */
  async useUp({ id, oneTime }: ApiKey): Promise<boolean> {
    if (oneTime === undefined) return true;
    let isFirst = false;
    await this.#change((keys) => {
      const key = keys.find((one) => one.id === id);
      isFirst = key?.oneTime !== undefined && !isUsed(key);
      if (!isFirst) return null;
      const usedAt = new Date(this.#ports.clock.wallTimeMs()).toISOString();
      return keys.map((one) => (one === key ? { ...one, oneTime: { ...oneTime, usedAt } } : one));
    });
    return isFirst;
  }

  /** Makes a key, writes the file by part and rename, returns the key to show once. */
  async create(
    name: string,
    role: Role,
    extensions: readonly string[] | null = null,
  ): Promise<string> {
    return (await this.add({ name, role, extensions })).token;
  }

  /** As `create`; also tells the key's entry. */
  async add(wanted: NewKey): Promise<{ readonly token: string; readonly key: ApiKey }> {
    const made = this.#make(wanted);
    await this.#change((keys) => {
      // An administrator's own key replaces the one of the first start.
      const kept = wanted.role === "administrator" ? keys.filter(isLasting) : keys;
      if (kept.length < MAXIMUM_KEYS) return [...kept, made.key];
      throw new RecorderError("STATE_WRITE_FAILED", `${this.#path}: ${MAXIMUM_KEYS} keys already`);
    });
    return made;
  }

  /** Takes a key back for good; null when there is none of this id. */
  async revoke(id: string): Promise<ApiKey | null> {
    let revoked: ApiKey | null = null;
    await this.#change((keys) => {
      revoked = keys.find((key) => key.id === id) ?? null;
      return revoked === null ? null : keys.filter((key) => key !== revoked);
    });
    return revoked;
  }

  #make(wanted: NewKey): { readonly token: string; readonly key: ApiKey } {
    const { random, clock } = this.#ports;
    const token = KEY_PREFIX + Buffer.from(random.bytes(KEY_BYTES)).toString("base64url");
    const createdAt = new Date(clock.wallTimeMs()).toISOString();
    return { token, key: { id: random.uuid(), ...wanted, createdAt, hash: hashOf(token) } };
  }

  #isInTime({ oneTime }: ApiKey): boolean {
    return oneTime === undefined || Date.parse(oneTime.expiresAt) > this.#ports.clock.wallTimeMs();
  }

  async #refresh(): Promise<void> {
    const ageMs = this.#ports.clock.nowMs() - this.#loadedMs;
    if (ageMs >= RELOAD_INTERVAL_MS) await this.load();
  }

  /** One after the other, each on the file as it is now; null = leave it. */
  #change(next: (keys: readonly ApiKey[]) => readonly ApiKey[] | null): Promise<void> {
    const change = async (): Promise<void> => {
      await this.load();
      const keys = next(this.#keys);
      if (keys === null) return;
      await this.#write(keys);
      this.#keys = keys;
    };
    const changed = this.#changing.then(change);
    this.#changing = changed.catch(() => undefined);
    return changed;
  }

  async #write(keys: readonly ApiKey[]): Promise<void> {
    const { disk } = this.#ports;
    const text = JSON.stringify({ version: 1, keys }, null, 2);
    await disk.makeDirectory(this.#directory);
    const part = `${this.#path}.part`;
    if ((await disk.status(part)) !== null) await disk.remove(part);
    const file = await disk.open(part, "create");
    await file.write(new TextEncoder().encode(`${text}\n`), 0);
    await file.sync();
    await file.close();
    await disk.rename(part, this.#path);
    await disk.syncDirectory(this.#directory);
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
  return list.map(parseKey).filter((key) => key !== null);
}

/** A scope that cannot be read makes the entry no key: it must not come to mean "all". */
function parseKey(value: unknown): ApiKey | null {
  if (typeof value !== "object" || value === null) return null;
  const {
    id,
    name,
    role,
    hash,
    createdAt,
    extensions = null,
    oneTime,
  } = value as Partial<Record<keyof ApiKey, unknown>>;
  const known = ROLES.find((candidate) => candidate === role);
  if (typeof id !== "string" || typeof name !== "string" || known === undefined) return null;
  if (typeof hash !== "string" || !/^[0-9a-f]{64}$/.test(hash)) return null;
  if (extensions !== null && !isTextList(extensions)) return null;
  const made = typeof createdAt === "string" ? createdAt : "";
  const key = { id, name, role: known, extensions, createdAt: made, hash };
  return oneTime === undefined ? key : { ...key, oneTime: oneTimeOf(oneTime) };
}

/** What cannot be read has expired: it must not come to mean "lasts". */
function oneTimeOf(value: unknown): OneTime {
  const fields = typeof value === "object" && value !== null ? value : {};
  const { expiresAt, usedAt } = fields as Partial<Record<keyof OneTime, unknown>>;
  return {
    expiresAt: typeof expiresAt === "string" ? expiresAt : "",
    usedAt: typeof usedAt === "string" ? usedAt : null,
  };
}

function isLasting({ oneTime }: ApiKey): boolean {
  return oneTime === undefined;
}

function isUsed({ oneTime }: ApiKey): boolean {
  return oneTime !== undefined && oneTime.usedAt !== null;
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
