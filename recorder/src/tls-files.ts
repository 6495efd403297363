// The PEM files that the configuration names, read through the disk port, and kept fresh: when a
// file changes, or at a reload, new connections get the new certificate while calls go on (R10).
// Service owned by recorder.ts; what cannot be used is refused, the certificate before it stays.
import type { RecorderConfig } from "./config.ts";
import { ERRORS, RecorderError, systemCode } from "./errors.ts";
import type { Logger } from "./log.ts";
import type { Clock, Disk, Tcp, Timer, TlsOptions } from "./ports/index.ts";

/** How often the files are looked at. */
export const TLS_LOOK_INTERVAL_MS = 10_000;

export interface TlsFiles {
  /** null without transport tls. */
  readonly sip: TlsOptions | null;
  /** null without http.tls. */
  readonly http: TlsOptions | null;
  /** One for each entry of devlink3; null without tls. */
  readonly links: readonly (TlsOptions | null)[];
}

/** Reads them all. Rejects with a RecorderError that names the file. */
export async function loadTlsFiles(config: RecorderConfig, disk: Disk): Promise<TlsFiles> {
  const links: (TlsOptions | null)[] = [];
  for (const entry of config.devlink3) links.push(await linkTls(entry, disk));
  return { sip: await sipTls(config, disk), http: await httpTls(config, disk), links };
}

async function sipTls(config: RecorderConfig, disk: Disk): Promise<TlsOptions | null> {
  const { tls, transports } = config.sip;
  if (tls === undefined || !transports.includes("tls")) return null;
  return {
    certificate: await read(disk, tls.cert),
    key: await read(disk, tls.key),
    ...(tls.ca === undefined ? {} : { certificateAuthority: await read(disk, tls.ca) }),
    requireClientCertificate: tls.requireClientCertificate,
  };
}

async function httpTls(config: RecorderConfig, disk: Disk): Promise<TlsOptions | null> {
  const { tls } = config.http;
  if (tls === undefined) return null;
  return { certificate: await read(disk, tls.cert), key: await read(disk, tls.key) };
}

async function linkTls(
  entry: RecorderConfig["devlink3"][number],
  disk: Disk,
): Promise<TlsOptions | null> {
  if (entry.tls === false) return null;
  const base = { serverName: entry.host, verify: true };
  if (entry.tls === true) return base;
  const { ca, cert, key, pinSha256 } = entry.tls;
  return {
    ...base,
    ...(ca === undefined ? {} : { certificateAuthority: await read(disk, ca) }),
    ...(cert === undefined ? {} : { certificate: await read(disk, cert) }),
    ...(key === undefined ? {} : { key: await read(disk, key) }),
    ...(pinSha256 === undefined ? {} : { pinSha256 }),
  };
}

async function read(disk: Disk, path: string): Promise<string> {
  try {
    return new TextDecoder().decode(await disk.readFile(path));
  } catch (error) {
    const detail = `${path}: ${systemCode(error) ?? String(error)}`;
    throw new RecorderError("CONFIG_UNREADABLE", detail, { cause: error });
  }
}

// -- Renewal -------------------------------------------------------------------------------------

/** What a look at the files led to, by configuration path ("sip.tls", "devlink3[0].tls"). */
export interface TlsRenewal {
  readonly renewed: readonly string[];
  /** With why; the certificate before it stays. */
  readonly refused: readonly { readonly path: string; readonly detail: string }[];
}

export interface TlsStorePorts {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly tcp: Pick<Tcp, "checkTls">;
  readonly log: Logger;
}

/** Takes a new certificate for listeners. Throws when it cannot be used. */
export type ApplyTls = (tls: TlsOptions) => void;

export class TlsStore {
  readonly #config: RecorderConfig;
  readonly #ports: TlsStorePorts;
  #files: TlsFiles = { sip: null, http: null, links: [] };
  readonly #listeners: { sip?: ApplyTls; http?: ApplyTls } = {};
  /** What was refused last, by path: told once, and only when it is so at a second look. */
  #refused = new Map<string, { readonly key: string; readonly isTold: boolean }>();
  #timer: Timer | null = null;
  #look: Promise<TlsRenewal> | null = null;
  #isClosed = false;

  constructor(config: RecorderConfig, ports: TlsStorePorts) {
    this.#config = config;
    this.#ports = ports;
  }

  get files(): TlsFiles {
    return this.#files;
  }

  /** Rejects with a RecorderError that names the file. */
  async load(): Promise<void> {
    this.#files = await loadTlsFiles(this.#config, this.#ports.disk);
  }

  /** Of the IP Office with that index, as it is now. */
  link(index: number): TlsOptions {
    return this.#files.links[index] ?? { verify: true };
  }

  onRenewed(of: "sip" | "http", apply: ApplyTls): void {
    this.#listeners[of] = apply;
  }

  /** Looks at the files again and again, where there are any. */
  watch(): void {
    const { sip, http, links } = this.#files;
    const hasFiles = [sip, http, ...links].some(
      (tls) => tls?.certificate !== undefined || tls?.certificateAuthority !== undefined,
    );
    if (!hasFiles || this.#isClosed) return;
    this.#timer = this.#ports.clock.setTimer("tls.look", TLS_LOOK_INTERVAL_MS, () => {
      void this.renew().then(() => this.watch());
    });
  }

  /** Reads the files now; also at a reload. Never rejects. */
  renew(): Promise<TlsRenewal> {
    this.#look ??= this.#renew().finally(() => {
      this.#look = null;
    });
    return this.#look;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#look;
    this.#timer?.cancel();
  }

  async #renew(): Promise<TlsRenewal> {
    const renewed: string[] = [];
    const refused: { path: string; detail: string }[] = [];
    const { disk } = this.#ports;
    const look = async (
      path: string,
      present: TlsOptions | null,
      options: { readonly read: () => Promise<TlsOptions | null>; readonly use: ApplyTls },
    ): Promise<void> => {
      const result = await this.#lookAt(present, options);
      if (result === null) this.#refused.delete(path);
      else if (result.ok) renewed.push(path);
      else refused.push({ path, detail: result.detail });
      this.#tell(path, result);
    };
    await look("sip.tls", this.#files.sip, {
      read: () => sipTls(this.#config, disk),
      use: (tls) => {
        this.#listeners.sip?.(tls);
        this.#files = { ...this.#files, sip: tls };
      },
    });
    await look("http.tls", this.#files.http, {
      read: () => httpTls(this.#config, disk),
      use: (tls) => {
        this.#listeners.http?.(tls);
        this.#files = { ...this.#files, http: tls };
      },
    });
    for (const [index, entry] of this.#config.devlink3.entries()) {
      await look(`devlink3[${index}].tls`, this.#files.links[index] ?? null, {
        read: () => linkTls(entry, disk),
        use: (tls) => {
          this.#files = { ...this.#files, links: this.#files.links.with(index, tls) };
        },
      });
    }
    return { renewed, refused };
  }

  /** null: as before. */
  async #lookAt(
    present: TlsOptions | null,
    options: { readonly read: () => Promise<TlsOptions | null>; readonly use: ApplyTls },
  ): Promise<Looked | null> {
    if (present === null) return null;
    let key = "";
    try {
      const found = await options.read();
      key = JSON.stringify(found);
      if (found === null || key === JSON.stringify(present)) return null;
      this.#ports.tcp.checkTls(found);
      options.use(found);
      return { ok: true };
    } catch (error) {
      return { ok: false, key, detail: error instanceof Error ? error.message : String(error) };
    }
  }

  #tell(path: string, result: Looked | null): void {
    if (result === null) return;
    const { log } = this.#ports;
    if (result.ok) {
      this.#refused.delete(path);
      log.info("certificate renewed; new connections get it", { path });
      return;
    }
    // The first time it may be half a renewal: the certificate is there, the key comes next.
    const before = this.#refused.get(path);
    const isSame = before?.key === result.key;
    const isTold = before?.isTold ?? false;
    if (isSame && !isTold) {
      const { meaning, remedy } = ERRORS.TLS_FILE_UNUSABLE;
      const code = "TLS_FILE_UNUSABLE";
      log.warn(`${meaning} ${remedy}`, { code, path, detail: result.detail });
    }
    this.#refused.set(path, { key: result.key, isTold: isSame });
  }
}

type Looked =
  { readonly ok: true } | { readonly ok: false; readonly key: string; readonly detail: string };
