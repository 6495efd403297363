// TLS of a scenario on real sockets: the testbed's own certificates, as far as they go. Expired
// ones, other names and demanded certificates are tested with certificates made for the test
// (harness/test/live/devlink3-tls.test.ts); their scenarios are virtual.
import { createHash, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { TlsOptions } from "@tapeline/recorder/ports";
import type { TlsSetting } from "@tapeline/scenarios";
import { AUTHORITY_FILE, SERVER_FILE, SERVER_KEY_FILE, serverTls } from "./test-certificates.ts";

export interface LiveTls {
  /** What the IP Office listens with. */
  readonly server: TlsOptions;
  /** The value of devlink3[0].tls. */
  readonly configuration: Readonly<Record<string, string>>;
}

export async function liveTls(setting: TlsSetting): Promise<LiveTls> {
  const server = await serverTls();
  const { certificate = "good", mutual } = setting;
  if (certificate !== "good" || mutual !== undefined) {
    throw new Error("this TLS setting has no certificate of the testbed's; it is virtual only");
  }
  return { server, configuration: trustOf(setting, server.certificate ?? "") };
}

/** SIP over TLS: what the recorder shows, and whom the IP Office trusts. */
export interface LiveSipTls {
  /** Of the SIP side of the IP Office. */
  readonly client: TlsOptions;
  /** The value of sip.tls. */
  readonly configuration: Readonly<Record<"cert" | "key", string>>;
}

/** The one certificate is good for the loopback address, whoever shows it. */
export async function liveSipTls(): Promise<LiveSipTls> {
  return {
    client: { certificateAuthority: await readFile(AUTHORITY_FILE, "utf8") },
    configuration: { cert: SERVER_FILE, key: SERVER_KEY_FILE },
  };
}

function trustOf(
  { trust = "authority" }: TlsSetting,
  certificate: string,
): Readonly<Record<string, string>> {
  if (trust === "authority") return { ca: AUTHORITY_FILE };
  // A certificate that signed nothing.
  if (trust === "other-authority") return { ca: SERVER_FILE };
  const der = new X509Certificate(certificate).raw;
  const sha256 = createHash("sha256").update(der).digest("hex");
  return { pinSha256: trust === "pin" ? sha256 : sha256.replace(/./g, "0") };
}
