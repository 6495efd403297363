// Why a TLS connection to an IP Office failed, in words that lead to the remedy: whom it is signed
// by, until when, for which name, by which pin, with which certificate of ours.  devlink3.md §1.
// Pure: the codes of the system (OpenSSL, Node) become codes of errors.ts.
import { systemCode, type ErrorCode } from "../errors.ts";
import type { Trouble } from "./link-policy.ts";

/** Failures of the network below TLS. */
const NETWORK_CODES: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EHOSTDOWN",
  "ENETDOWN",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EADDRNOTAVAIL",
  "EACCES",
]);

/** First hit decides; the last resort is DEVLINK3_TLS_FAILED. */
const TABLE: readonly (readonly [pattern: RegExp, code: ErrorCode])[] = [
  [/^TLS_PIN_MISMATCH$/, "DEVLINK3_PIN_MISMATCH"],
  // Alerts concern the certificate that we show, or the lack of one.
  [
    /ALERT_(CERTIFICATE|BAD_CERTIFICATE|UNKNOWN_CA|UNSUPPORTED_CERT|ACCESS_DENIED)/,
    "DEVLINK3_CLIENT_CERTIFICATE_REFUSED",
  ],
  [/ALERT_NO_CERTIFICATE/, "DEVLINK3_CLIENT_CERTIFICATE_REFUSED"],
  [/^(CERT_HAS_EXPIRED|CERT_NOT_YET_VALID|CRL_HAS_EXPIRED)$/, "DEVLINK3_CERTIFICATE_EXPIRED"],
  [/^ERR_TLS_CERT_ALTNAME/, "DEVLINK3_CERTIFICATE_HOSTNAME"],
  [/UNSUPPORTED_PROTOCOL|PROTOCOL_VERSION|VERSION_TOO_LOW/, "DEVLINK3_TLS_VERSION"],
  [
    /^(UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|CERT_|INVALID_CA|PATH_LENGTH)/,
    "DEVLINK3_CERTIFICATE_UNTRUSTED",
  ],
  [/^ERR_(OSSL|CRYPTO)_|NO_START_LINE|KEY_VALUES_MISMATCH/, "TLS_FILE_UNUSABLE"],
];

/** For a connection that could not be opened. */
export function connectTrouble(error: unknown, isTls: boolean): Trouble {
  const code = systemCode(error);
  const detail = describe(error);
  if (!isTls || (code !== null && NETWORK_CODES.has(code))) {
    return { code: "DEVLINK3_UNREACHABLE", detail };
  }
  return { code: tlsCode(code) ?? "DEVLINK3_TLS_FAILED", detail };
}

/**
 * For a connection that broke: with TLS 1.3 the client learns only after its handshake that its
 * certificate was refused. null: nothing to do with TLS.
 */
export function alertTrouble(error: Error | null): Trouble | null {
  const code = tlsCode(systemCode(error));
  return code === null ? null : { code, detail: describe(error) };
}

function tlsCode(code: string | null): ErrorCode | null {
  if (code === null) return null;
  return TABLE.find(([pattern]) => pattern.test(code))?.[1] ?? null;
}

/** The system's words with its code, once. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = systemCode(error);
  return code === null || error.message.includes(code) ? error.message : `${code} ${error.message}`;
}
