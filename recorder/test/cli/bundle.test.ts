// `bundle`: one zip with every file of R24, without secrets; what is not there is told.
import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { readZip } from "../bundle/read-zip.ts";
import { ASSOCIATION, END, HEADER, INVITE, journalText, MEDIA } from "../recording/journals.ts";
import { configuration, run } from "./run.ts";

const PASSWORD = "S3cret-of-the-PBX";
const WEBHOOK_SECRET = "hush-hush-4711";
const LIVE_KEY = "00000000-0000-4000-8000-000000000001-1795366801000";
const STORED_KEY = "00000000-0000-4000-8000-000000000002-1795366900000";
const DAY = new Date(1_795_366_900_000).toISOString().slice(0, 10).replaceAll("-", "/");

/** A recorder's files as a run leaves them: one call in the live directory, one released. */
async function site(context: TestContext) {
  const { file, directory } = await configuration(context, {
    devlink3: [{ host: "192.0.2.1", user: "recorder", password: PASSWORD }],
    webhooks: [{ url: "https://u:p4ssw0rd@crm.example.com/x", secret: WEBHOOK_SECRET }],
  });
  const put = async (path: string, content: string | Uint8Array): Promise<void> => {
    const full = join(directory, "data", path);
    await mkdir(dirname(full), { recursive: true });
    await writeFile(full, content);
  };
  const header = (recordingKey: string, sipCallId: string) => ({
    ...{ ...HEADER, recordingKey, sipCallId, files: [`${recordingKey}.ul`] },
  });
  const lines = [header(LIVE_KEY, "live@192.0.2.1"), INVITE, MEDIA, ASSOCIATION];
  await put(`live/${LIVE_KEY}.tmpvrtx`, journalText(lines));
  await put(`live/${LIVE_KEY}.ul`, new Uint8Array(16_000).fill(0x55));
  const stored = [header(STORED_KEY, "stored@192.0.2.1"), INVITE, MEDIA, END];
  await put(`pool/${DAY}/${STORED_KEY}.vrtx`, journalText(stored));
  await put(`pool/${DAY}/${STORED_KEY}.spx`, new Uint8Array(400).fill(7));
  const at = "2026-11-22T17:10:00.000Z";
  await put(
    "state/released.jsonl",
    `${JSON.stringify({ version: 1, at, recordingKey: STORED_KEY })}\n`,
  );
  await put("state/links.jsonl", `${JSON.stringify({ type: "link", at })}\n`);
  await put("state/calls.jsonl", `${JSON.stringify({ type: "call", startedAt: at })}\n`);
  await put("state/audit.jsonl", "");
  await put("state/keys.json", '{"keys":[{"hash":"aabbccddeeff"}]}');
  await put("log/library.log.1", `{"at":"${at}","msg":"older"}\n`);
  await put("log/library.log", `{"at":"${at}","msg":"login with ${PASSWORD}"}\n`);
  await put("log/server.log", `{"at":"${at}","msg":"start recording requested"}\n`);
  await put("log/cd3_log", `${at} 192.0.2.1 out ${Buffer.from(PASSWORD).toString("hex")}\n`);
  await put("log/server_edition/events.log", `${at} 192.0.2.1 {"kind":"Detail"}\n`);
  return { file, directory, out: join(directory, "fault.zip") };
}

interface Told {
  readonly files: readonly { readonly file: string }[];
  readonly released: readonly {
    readonly file: string;
    readonly releasedAt: string | null;
    readonly standsFor: { readonly file: string } | null;
  }[];
  readonly missing: readonly { readonly file: string }[];
}

test("R24 the bundle holds every file of a fault report, and no secret", async (context) => {
  const { file, directory, out } = await site(context);
  const { code, stdout, stderr } = await run("bundle", "--config", file, "--out", out, "--json");
  assert.equal(code, 0, stderr);
  assert.match(stderr, /KiB bundled \d+ of \d+/);
  const files = await readZip(await readFile(out));
  for (const name of [
    "log/cd3_log",
    "log/server_edition/events.log",
    "log/server.log",
    "log/library.log",
    "log/library.log.1",
    `live/${LIVE_KEY}.tmpvrtx`,
    `live/${LIVE_KEY}.ul`,
    `pool/${DAY}/${STORED_KEY}.vrtx`,
    `pool/${DAY}/${STORED_KEY}.spx`,
    ...["configuration.yaml", "check-config.txt", "versions.json", "rules.json"],
    ...["state/calls.jsonl", "state/links.jsonl", "state/audit.jsonl", "manifest.json"],
  ]) {
    assert.ok(files.has(name), name);
  }
  const told = JSON.parse(stdout) as Told;
  const manifest = JSON.parse(String(files.get("manifest.json"))) as Told;
  assert.deepEqual(told.files, manifest.files);
  assert.deepEqual(
    manifest.missing.map((one) => one.file),
    ["log/server_edition/call_center.log"],
  );
  const [released] = manifest.released;
  assert.equal(released?.file, `${STORED_KEY}.ul`);
  assert.equal(released?.releasedAt, "2026-11-22T17:10:00.000Z");
  assert.equal(released?.standsFor?.file, `pool/${DAY}/${STORED_KEY}.spx`);
  for (const [name, content] of files) {
    for (const secret of [PASSWORD, WEBHOOK_SECRET, "p4ssw0rd", "aabbccddeeff"]) {
      assert.ok(!content.includes(secret), `${secret} in ${name}`);
      assert.ok(!content.includes(Buffer.from(secret).toString("hex")), `${secret} in ${name}`);
    }
  }
  assert.deepEqual((await readdir(directory)).sort(), ["data", "fault.zip", "recorder.yaml"]);
});

test("R24 the bundle of one recording, by its SIP Call-ID, has only that one's files", async (context) => {
  const { file, out } = await site(context);
  const by = ["--recording", "stored@192.0.2.1"];
  const { code, stderr, stdout } = await run("bundle", "--config", file, "--out", out, ...by);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /without .*\.ul: the live pair was released at 2026.*the \.spx holds/);
  const names = [...(await readZip(await readFile(out))).keys()];
  assert.ok(names.includes(`pool/${DAY}/${STORED_KEY}.spx`));
  assert.ok(!names.some((name) => name.includes(LIVE_KEY)), names.join(" "));
});

test("an unknown recording, a wrong time and too small a limit are refused with the way out", async (context) => {
  const { file, out } = await site(context);
  const base = ["bundle", "--config", file, "--out", out];
  const unknown = await run(...base, "--recording", "nobody");
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /No recording is named nobody/);
  const small = await run(...base, "--limit", "1k");
  assert.equal(small.code, 2);
  assert.match(small.stderr, /BUNDLE_TOO_LARGE.*--from and --to/);
  const time = await run(...base, "--from", "yesterday");
  assert.equal(time.code, 2);
  assert.match(time.stderr, /Write it like 2026-11-23T10:00:00Z/);
});
