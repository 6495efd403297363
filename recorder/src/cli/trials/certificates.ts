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

export async function tryCertificates(config: RecorderConfig): Promise<Trial[]> {
  let files;
  try {
    files = await loadTlsFiles(config, nodeDisk());
  } catch (error) {
    if (!(error instanceof RecorderError)) throw error;
    return [problem("tls", error)];
  }
  const nowMs = nodeClock().wallTimeMs();
  const named: [path: string, tls: TlsOptions | null][] = [
    ["sip.tls", files.sip],
    ...files.links.map((tls, index): [string, TlsOptions | null] => [
      `devlink3[${index}].tls`,
      tls,
    ]),
  ];
  return named.flatMap(([path, tls]) => (tls === null ? [] : judgeCertificate(path, tls, nowMs)));
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
