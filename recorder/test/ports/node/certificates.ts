// Certificates for TLS tests, made by the openssl program in a directory of the test's own.
import { execFileSync } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Pair {
  readonly certificate: string;
  readonly key: string;
  /** Hex SHA-256 of the DER form. */
  readonly sha256: string;
}

export interface Certificates {
  readonly authority: string;
  /** For localhost and 127.0.0.1. */
  readonly server: Pair;
  readonly expired: Pair;
  readonly client: Pair;
}

/** Why the tests that need openssl cannot run; false when they can. With CI set it throws. */
export function missingOpenssl(): string | false {
  try {
    execFileSync("openssl", ["version"], { stdio: "ignore" });
    return false;
  } catch (error) {
    if (process.env["CI"] === "true") throw error;
    return "openssl is not installed (Debian package `openssl`)";
  }
}

export function makeCertificates(): Certificates {
  const directory = mkdtempSync(join(tmpdir(), "tapeline-tls-"));
  const run = (...parameters: string[]): void => {
    execFileSync("openssl", parameters, { cwd: directory, stdio: "ignore" });
  };
  const read = (name: string): string => readFileSync(join(directory, name), "utf8");
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  try {
    run(
      "req",
      "-x509",
      ...newKey,
      "-keyout",
      "ca.key",
      "-out",
      "ca.crt",
      "-days",
      "30",
      "-subj",
      "/CN=Test CA",
    );
    writeFileSync(join(directory, "san"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
    const issue = (name: string, lifetime: readonly string[]): Pair => {
      run(
        "req",
        ...newKey,
        "-keyout",
        `${name}.key`,
        "-out",
        `${name}.csr`,
        "-subj",
        `/CN=${name}`,
      );
      run(
        "x509",
        "-req",
        "-in",
        `${name}.csr`,
        "-CA",
        "ca.crt",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-out",
        `${name}.crt`,
        "-extfile",
        "san",
        ...lifetime,
      );
      const certificate = read(`${name}.crt`);
      const sha256 = createHash("sha256")
        .update(new X509Certificate(certificate).raw)
        .digest("hex");
      return { certificate, key: read(`${name}.key`), sha256 };
    };
    return {
      authority: read("ca.crt"),
      server: issue("server", ["-days", "20"]),
      client: issue("client", ["-days", "20"]),
      expired: issue("expired", ["-days", "-1"]),
    };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
