// Certificates for TLS tests on loopback, made by the openssl program in a folder of the test's
// own: good, expired, for another host, of another authority, and one for a client.
import { createHash, X509Certificate } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./live-fixture.ts";

export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

export interface TestCertificates {
  readonly authority: string;
  readonly otherAuthority: string;
  readonly server: CertificateFiles;
  /** As `server`, issued anew. */
  readonly renewed: CertificateFiles;
  readonly expired: CertificateFiles;
  readonly otherHost: CertificateFiles;
  readonly client: CertificateFiles;
}

const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

export async function makeTestCertificates(folder: string): Promise<TestCertificates> {
  const openssl = async (...given: readonly string[]): Promise<void> => {
    const { code, stderr } = await run("openssl", given, { cwd: folder });
    if (code !== 0) throw new Error(`openssl ${given.join(" ")}: ${stderr}`);
  };
  const authority = async (name: string): Promise<string> => {
    const files = ["-keyout", `${name}.key`, "-out", `${name}.pem`];
    await openssl("req", "-x509", ...NEW_KEY, ...files, "-days", "30", "-subj", `/CN=${name}`);
    return join(folder, `${name}.pem`);
  };
  const issue = async (name: string, names: string, days: string): Promise<CertificateFiles> => {
    const files = ["-keyout", `${name}.key`, "-out", `${name}.csr`];
    await openssl("req", ...NEW_KEY, ...files, "-subj", `/CN=${name}`);
    await writeFile(join(folder, `${name}.san`), `subjectAltName=${names}\n`);
    await openssl(
      ...["x509", "-req", "-in", `${name}.csr`, "-out", `${name}.pem`, "-days", days],
      ...["-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial"],
      ...["-extfile", `${name}.san`],
    );
    return { cert: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) };
  };
  const here = "IP:127.0.0.1,DNS:localhost";
  return {
    authority: await authority("authority"),
    otherAuthority: await authority("other-authority"),
    server: await issue("server", here, "20"),
    renewed: await issue("renewed", here, "20"),
    expired: await issue("expired", here, "-1"),
    otherHost: await issue("other-host", "DNS:pbx.example.com", "20"),
    client: await issue("client", here, "20"),
  };
}

/** Hex SHA-256 of the certificate in a PEM file. */
export async function fingerprintOf(path: string): Promise<string> {
  const { raw } = new X509Certificate(await readFile(path));
  return createHash("sha256").update(raw).digest("hex");
}
