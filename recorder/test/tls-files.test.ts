// The PEM files that the configuration names.
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkConfig } from "../src/config.ts";
import { RecorderError } from "../src/errors.ts";
import { loadTlsFiles } from "../src/tls-files.ts";
import { MemoryDisk } from "./memory-disk.ts";

function configOf(sip: object, ...links: readonly object[]) {
  const devlink3 = links.map((link) => ({ host: "pbx", user: "u", password: "p", ...link }));
  const result = checkConfig(
    { recorder: { address: "192.0.2.10" }, sip: { allow: ["192.0.2.1"], ...sip }, devlink3 },
    { environment: {}, baseDirectory: "/etc" },
  );
  assert.ok(result.ok, JSON.stringify(result));
  return result.config;
}

function disk(): MemoryDisk {
  const files = new MemoryDisk();
  for (const name of ["cert", "key", "ca"]) files.put(`/etc/${name}.pem`, `PEM of ${name}`);
  return files;
}

test("without TLS nothing is read", async () => {
  const sip = { tls: { cert: "none", key: "none" } };
  const files = await loadTlsFiles(configOf(sip, { tls: false }), disk());
  assert.deepEqual(files, { sip: null, links: [null] });
});

test("SIP over TLS: certificate, key, and who may connect", async () => {
  const sip = { transports: ["tls"], tls: { cert: "cert.pem", key: "key.pem" } };
  const plain = await loadTlsFiles(configOf(sip), disk());
  assert.deepEqual(plain.sip, {
    certificate: "PEM of cert",
    key: "PEM of key",
    requireClientCertificate: false,
  });
  const strict = { ...sip, tls: { ...sip.tls, ca: "ca.pem", requireClientCertificate: true } };
  assert.deepEqual((await loadTlsFiles(configOf(strict), disk())).sip, {
    certificate: "PEM of cert",
    key: "PEM of key",
    certificateAuthority: "PEM of ca",
    requireClientCertificate: true,
  });
});

test("R10 DevLink3 Use TLS: true verifies by the system, files by their own", async () => {
  const pinSha256 = "ab".repeat(32);
  const tls = { ca: "ca.pem", cert: "cert.pem", key: "key.pem", pinSha256 };
  const { links } = await loadTlsFiles(configOf({}, { tls: true }, { tls }), disk());
  assert.deepEqual(links, [
    { serverName: "pbx", verify: true },
    {
      serverName: "pbx",
      verify: true,
      certificateAuthority: "PEM of ca",
      certificate: "PEM of cert",
      key: "PEM of key",
      pinSha256,
    },
  ]);
});

test("a file that cannot be read is a coded error with its path", async () => {
  await assert.rejects(
    loadTlsFiles(configOf({}, { tls: { ca: "none.pem" } }), disk()),
    (error) =>
      error instanceof RecorderError &&
      error.code === "CONFIG_UNREADABLE" &&
      error.detail === "/etc/none.pem: ENOENT",
  );
});
