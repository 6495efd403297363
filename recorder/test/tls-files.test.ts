// The PEM files that the configuration names.
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkConfig } from "../src/config.ts";
import { RecorderError } from "../src/errors.ts";
import type { TlsOptions } from "../src/ports/index.ts";
import { loadTlsFiles, TLS_LOOK_INTERVAL_MS, TlsStore } from "../src/tls-files.ts";
import { MemoryDisk } from "./memory-disk.ts";
import { TestClock, TestLogger } from "./sip/fake-ports.ts";

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
  assert.deepEqual(files, { sip: null, http: null, links: [null] });
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

function bench() {
  const files = disk();
  const clock = new TestClock();
  const log = new TestLogger();
  const unusable = new Set<string>();
  const sip = { transports: ["tls"], tls: { cert: "cert.pem", key: "key.pem" } };
  const config = configOf(sip, { tls: { ca: "ca.pem" } });
  const checkTls = (tls: TlsOptions): void => {
    if (unusable.has(tls.certificate ?? "")) throw new Error("key values mismatch");
  };
  const store = new TlsStore(config, { disk: files, clock, log, tcp: { checkTls } });
  const applied: TlsOptions[] = [];
  store.onRenewed("sip", (tls) => applied.push(tls));
  return { files, clock, log, unusable, store, applied };
}

/** Lets the reads of a memory disk settle. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 60; turn++) await Promise.resolve();
}

test("R10 a changed file is seen within 10 s, and new connections get it", async () => {
  const { files, clock, store, applied } = bench();
  await store.load();
  store.watch();
  clock.advance(TLS_LOOK_INTERVAL_MS);
  await settle();
  assert.deepEqual(applied, [], "nothing has changed");
  files.put("/etc/cert.pem", "new cert");
  files.put("/etc/ca.pem", "new ca");
  clock.advance(TLS_LOOK_INTERVAL_MS);
  await settle();
  assert.deepEqual(
    applied.map(({ certificate }) => certificate),
    ["new cert"],
  );
  assert.equal(store.files.sip?.certificate, "new cert");
  assert.equal(store.link(0).certificateAuthority, "new ca");
  await store.close();
  assert.deepEqual(clock.names(), []);
});

test("R10 a reload reads the files at once, and says what was renewed", async () => {
  const { files, store } = bench();
  await store.load();
  files.put("/etc/key.pem", "new key");
  assert.deepEqual(await store.renew(), { renewed: ["sip.tls"], refused: [] });
  assert.deepEqual(await store.renew(), { renewed: [], refused: [] });
});

test("TLS_FILE_UNUSABLE: what cannot be used is refused, told once, and mended later", async () => {
  const { files, store, applied, unusable, log } = bench();
  await store.load();
  unusable.add("half");
  files.put("/etc/cert.pem", "half");
  const refusal = { path: "sip.tls", detail: "key values mismatch" };
  assert.deepEqual((await store.renew()).refused, [refusal]);
  const warnings = (): number => log.lines.filter(({ level }) => level === "warn").length;
  assert.equal(warnings(), 0, "it may be half a renewal: the key comes next");
  await store.renew();
  await store.renew();
  assert.equal(warnings(), 1);
  assert.equal(store.files.sip?.certificate, "PEM of cert", "the one before it stays");
  unusable.clear();
  assert.deepEqual((await store.renew()).renewed, ["sip.tls"]);
  assert.equal(applied.length, 1);
});

test("a file that is gone for a while changes nothing", async () => {
  const { files, store } = bench();
  await store.load();
  files.files.delete("/etc/ca.pem");
  const { refused } = await store.renew();
  assert.deepEqual(
    refused.map(({ path }) => path),
    ["devlink3[0].tls"],
  );
  assert.equal(store.link(0).certificateAuthority, "PEM of ca");
});

test("a listener that refuses the new certificate keeps the old one", async () => {
  const { files, store } = bench();
  await store.load();
  store.onRenewed("sip", () => {
    throw new Error("no");
  });
  files.put("/etc/cert.pem", "new cert");
  assert.equal((await store.renew()).refused[0]?.detail, "no");
  assert.equal(store.files.sip?.certificate, "PEM of cert");
});

test("without files nothing is looked at", async () => {
  const clock = new TestClock();
  const ports = { disk: disk(), clock, log: new TestLogger(), tcp: { checkTls: () => undefined } };
  const store = new TlsStore(configOf({}, { tls: true }), ports);
  await store.load();
  store.watch();
  assert.deepEqual(clock.names(), []);
  assert.deepEqual(store.link(0), { serverName: "pbx", verify: true });
});
