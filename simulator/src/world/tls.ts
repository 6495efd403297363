// TLS in the virtual world is a matter of facts, not of cryptography (design.md §4): a certificate
// is a small JSON text in the `certificate` field, and a handshake is the comparison of such facts,
// with the error codes that Node gives. Real TLS is tested in live mode.
import { createHash } from "node:crypto";
import { isIP } from "node:net";
import type { TlsOptions } from "@tapeline/recorder/ports";
import { SystemError } from "./system-error.ts";

/** What a virtual certificate says. */
export interface VirtualCertificate {
  readonly subject: string;
  /** Equal to `subject` where it signed itself. */
  readonly issuer: string;
  /** Further names and addresses that it is good for. */
  readonly altNames: readonly string[];
  /** Epoch ms. */
  readonly notAfter: number;
  /** Lower-case hex, of the facts above. */
  readonly sha256: string;
}

/** Far after every scenario: 2036-01-01. */
const DEFAULT_NOT_AFTER_MS = Date.UTC(2036, 0, 1);

/** The text for the `certificate` or `certificateAuthority` of TlsOptions. */
export function makeVirtualCertificate(facts: {
  readonly subject: string;
  /** Missing: self-signed. */
  readonly issuer?: string;
  readonly altNames?: readonly string[];
  readonly notAfter?: number;
}): string {
  const { subject, issuer = subject, altNames = [], notAfter = DEFAULT_NOT_AFTER_MS } = facts;
  const said = { subject, issuer, altNames, notAfter };
  const sha256 = createHash("sha256").update(JSON.stringify(said)).digest("hex");
  return JSON.stringify({ ...said, sha256 } satisfies VirtualCertificate);
}

/** null when the text is no virtual certificate. */
export function parseVirtualCertificate(text: string): VirtualCertificate | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  return isCertificate(value) ? value : null;
}

function isCertificate(value: unknown): value is VirtualCertificate {
  if (typeof value !== "object" || value === null) return false;
  const facts = value as Partial<Record<keyof VirtualCertificate, unknown>>;
  return (
    typeof facts.subject === "string" &&
    typeof facts.issuer === "string" &&
    typeof facts.notAfter === "number" &&
    typeof facts.sha256 === "string" &&
    Array.isArray(facts.altNames)
  );
}

/** Throws what Node throws for TLS options that cannot be used. */
export function checkTlsOptions(tls: TlsOptions, role: "client" | "listener"): void {
  for (const text of [tls.certificate, tls.certificateAuthority]) {
    if (text !== undefined && parseVirtualCertificate(text) === null) {
      throw new SystemError("ERR_OSSL_PEM_NO_START_LINE", "tls", "no virtual certificate");
    }
  }
  if (role === "listener" && tls.certificate === undefined) {
    throw new SystemError("ERR_SSL_NO_CERTIFICATE_ASSIGNED", "tls", "a listener needs one");
  }
}

export interface HandshakeSide {
  readonly tls: TlsOptions;
  /** Wall clock of its host. */
  readonly wallTimeMs: number;
}

/** The code with which a handshake fails at the client, or null when it succeeds. */
export function handshakeProblem(options: {
  readonly client: HandshakeSide;
  readonly server: HandshakeSide;
  /** What the client connected to. */
  readonly remoteHost: string;
}): string | null {
  const { client, server, remoteHost } = options;
  const certificate = parseVirtualCertificate(server.tls.certificate ?? "");
  if (certificate === null) return "ERR_SSL_NO_CERTIFICATE_ASSIGNED";
  return serverProblem(client, certificate, remoteHost) ?? clientProblem(client.tls, server);
}

function serverProblem(
  client: HandshakeSide,
  certificate: VirtualCertificate,
  remoteHost: string,
): string | null {
  const { pinSha256, verify, certificateAuthority, serverName } = client.tls;
  if (pinSha256 !== undefined) {
    const pin = pinSha256.replaceAll(":", "").toLowerCase();
    return pin === certificate.sha256 ? null : "TLS_PIN_MISMATCH";
  }
  if (verify === false) return null;
  if (!isSignedBy(certificate, certificateAuthority)) return "UNABLE_TO_VERIFY_LEAF_SIGNATURE";
  if (certificate.notAfter < client.wallTimeMs) return "CERT_HAS_EXPIRED";
  return isGoodFor(certificate, serverName ?? remoteHost) ? null : "ERR_TLS_CERT_ALTNAME_INVALID";
}

function clientProblem(client: TlsOptions, server: HandshakeSide): string | null {
  if (server.tls.requireClientCertificate !== true) return null;
  const certificate = parseVirtualCertificate(client.certificate ?? "");
  if (certificate === null) return "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED";
  if (!isSignedBy(certificate, server.tls.certificateAuthority)) {
    return "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA";
  }
  const hasExpired = certificate.notAfter < server.wallTimeMs;
  return hasExpired ? "ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED" : null;
}

/** Without an authority the system's are asked, and none of them knows a virtual certificate. */
function isSignedBy(certificate: VirtualCertificate, authorityText: string | undefined): boolean {
  const authority = parseVirtualCertificate(authorityText ?? "");
  return authority !== null && authority.subject === certificate.issuer;
}

function isGoodFor(certificate: VirtualCertificate, name: string): boolean {
  if (certificate.altNames.includes(name)) return true;
  // As in Node: an address must stand among the further names, the subject is for host names.
  return isIP(name) === 0 && certificate.subject === name;
}
