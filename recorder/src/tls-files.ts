// The PEM files that the configuration names, read through the disk port.
import type { RecorderConfig } from "./config.ts";
import { RecorderError, systemCode } from "./errors.ts";
import type { Disk, TlsOptions } from "./ports/index.ts";

export interface TlsFiles {
  /** null without transport tls. */
  readonly sip: TlsOptions | null;
  /** One for each entry of devlink3; null without tls. */
  readonly links: readonly (TlsOptions | null)[];
}

export async function loadTlsFiles(config: RecorderConfig, disk: Disk): Promise<TlsFiles> {
  const links: (TlsOptions | null)[] = [];
  for (const entry of config.devlink3) links.push(await linkTls(entry, disk));
  return { sip: await sipTls(config, disk), links };
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
