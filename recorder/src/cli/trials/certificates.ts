// The PEM files that the configuration names: can they be read, does the key belong to the
// certificate, and until when is it valid.
import { X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import type { RecorderConfig } from "../../config.ts";
import { RecorderError } from "../../errors.ts";
import type { TlsOptions } from "../../ports/index.ts";
import { nodeClock, nodeDisk } from "../../ports/node/index.ts";
import { loadTlsFiles } from "../../tls-files.ts";
import { good, problem, warning, type Trial } from "./trial.ts";

/** A certificate that ends sooner is worth a word. */
const SOON_DAYS = 14;
const DAY_MS = 86_400_000;

/** Each set by itself: a file that cannot be read hides no other. */
export async function tryCertificates(config: RecorderConfig): Promise<Trial[]> {
  const nothing = { ...config, sip: withoutTls(config.sip), http: withoutTls(config.http) };
  const sets: [path: string, only: RecorderConfig][] = [
    ["sip.tls", { ...nothing, devlink3: [], sip: config.sip }],
    ["http.tls", { ...nothing, devlink3: [], http: config.http }],
    ...config.devlink3.map((entry, index): [string, RecorderConfig] => [
      `devlink3[${index}].tls`,
      { ...nothing, devlink3: [entry] },
    ]),
  ];
  return (await Promise.all(sets.map(([path, only]) => trySet(path, only)))).flat();
}

function withoutTls<T extends { readonly tls?: unknown }>(section: T): Omit<T, "tls"> {
  const { tls: _, ...rest } = section;
  return rest;
}

async function trySet(path: string, only: RecorderConfig): Promise<Trial[]> {
  try {
    const { sip, http, links } = await loadTlsFiles(only, nodeDisk());
    const [found = null] = [sip, http, ...links].filter((tls) => tls !== null);
    return found === null ? [] : judgeCertificate(path, found, nodeClock().wallTimeMs());
  } catch (error) {
    if (!(error instanceof RecorderError)) throw error;
    return [problem(path, error)];
  }
}

/** What is to be said of one set of files. Pure but for the cryptography. */
export function judgeCertificate(path: string, tls: TlsOptions, nowMs: number): Trial[] {
  try {
    createSecureContext({
      ...(tls.certificate === undefined ? {} : { cert: tls.certificate }),
      ...(tls.key === undefined ? {} : { key: tls.key }),
      ...(tls.certificateAuthority === undefined ? {} : { ca: tls.certificateAuthority }),
    });
    return tls.certificate === undefined ? [] : [judgeDates(path, tls.certificate, nowMs)];
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    return [problem(path, new RecorderError("CONFIG_INVALID", `its files do not fit: ${words}`))];
  }
}

function judgeDates(path: string, pem: string, nowMs: number): Trial {
  const { subject, validFrom, validTo } = new X509Certificate(pem);
  const endMs = Date.parse(validTo);
  const name = subject.replaceAll("\n", ", ");
  const remedy = "Renew it, and reload the recorder.";
  if (endMs < nowMs) return warning(path, `the certificate ${name} expired on ${validTo}`, remedy);
  if (Date.parse(validFrom) > nowMs) {
    const detail = `the certificate ${name} is valid only from ${validFrom}`;
    return warning(path, detail, "Check the clock, or wait.");
  }
  const days = Math.floor((endMs - nowMs) / DAY_MS);
  const detail = `the certificate ${name} is valid for ${days} more days`;
  return days < SOON_DAYS ? warning(path, detail, remedy) : good(path, detail);
}
