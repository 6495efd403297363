// Certificates for live TLS runs on loopback: made once, for tests only, the authority's key thrown
// away. See harness/README.md for how to make new ones.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { TlsOptions } from "@tapeline/recorder/ports";

const DIRECTORY = new URL("../../certificates/", import.meta.url);

/** The certificate of the authority that signed the simulated IP Office's. */
export const AUTHORITY_FILE = fileURLToPath(new URL("authority.pem", DIRECTORY));

/** The simulated IP Office's own. */
export const SERVER_FILE = fileURLToPath(new URL("ip-office.pem", DIRECTORY));

/** The private key of SERVER_FILE. */
export const SERVER_KEY_FILE = fileURLToPath(new URL("ip-office.key", DIRECTORY));

export async function serverTls(): Promise<TlsOptions> {
  const [certificate, key] = await Promise.all([
    readFile(new URL("ip-office.pem", DIRECTORY), "utf8"),
    readFile(new URL("ip-office.key", DIRECTORY), "utf8"),
  ]);
  return { certificate, key };
}
