// A support bundle becomes a scenario that repeats its records, INVITEs, gaps and pauses: the
// bundle of a run that failed for a planted bug fails alike, and passes on the mended code.
import assert from "node:assert/strict";
import { access, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { crc32 } from "node:zlib";
import type { SuiteResult } from "@tapeline/reports";
import { importCommand } from "../../src/cli/import.ts";
import { failsAlike } from "../../src/shrink/failure-kind.ts";
import { factsOfJournals, linkLosses } from "../../src/import/journal-facts.ts";
import { PLANTED_BUGS } from "../../src/planted/bugs.ts";
import { CopiedRepository, runNode, testbed } from "../../src/planted/copied-repository.ts";

const folder = await mkdtemp(join(tmpdir(), "tapeline-import-"));
after(() => rm(folder, { recursive: true, force: true }));

async function results(root: string, given: readonly string[]): Promise<SuiteResult["runs"]> {
  const out = join(folder, `out-${given.join("-").replaceAll(/\W/g, "_")}`);
  const { stdout, stderr } = await testbed(["run", ...given, "--json", "--out", out], { root });
  assert.notEqual(stdout, "", stderr);
  return (JSON.parse(stdout) as SuiteResult).runs;
}

test("the bundle of a run that failed for a planted bug fails alike, and passes on the mended code", async () => {
  const copy = await CopiedRepository.make();
  after(() => copy.remove());
  const bug = PLANTED_BUGS.find(({ name }) => name === "swapped-parts");
  assert.ok(bug);
  for (const { file, from, to } of bug.changes) await copy.plant(file, from, to);
  const [failed] = await results(copy.root, ["basics/blind-transfer", "--mode", "live"]);
  assert.ok(failed?.verdict === "fail" && failed.artifacts.live !== null, failed?.why ?? "");

  const bundle = join(folder, "case.zip");
  const config = join(failed.artifacts.live, "../recorder.yaml");
  const main = join(copy.root, "recorder/src/main.ts");
  const made = await runNode([main, "bundle", "--config", config, "--out", bundle]);
  assert.equal(made.code, 0, made.stderr);
  const told = await testbed(["import", bundle, "customers/case"], { root: copy.root });
  assert.equal(told.code, 0, told.stderr);
  assert.match(told.stdout, /records and 2 journals\nbecame \d+ steps of 3 people/);

  // What a scenario expects of itself is not in its bundle.
  const original = {
    ...failed,
    checks: failed.checks.filter(({ name }) => name !== "expectations"),
  };
  const [alike] = await results(copy.root, ["customers/case", "--no-shrink"]);
  assert.ok(alike !== undefined && failsAlike(alike, original), `${alike?.why}\n${failed.why}`);
  const path = join(copy.root, bug.changes[0]?.file ?? "");
  const { from = "", to = "" } = bug.changes[0] ?? {};
  await writeFile(path, (await readFile(path, "utf8")).replace(to, from));
  const [mended] = await results(copy.root, ["customers/case", "--seed", "mended"]);
  assert.equal(mended?.verdict, "pass", mended?.why ?? "");
});

test("what is no bundle is refused with the command that makes one", async () => {
  const path = join(folder, "no.zip");
  await writeFile(path, "hello");
  const refused = /^UsageError: BUNDLE_UNREADABLE: .* cannot be read as a bundle.*made/s;
  await assert.rejects(importCommand(path, "a/b", folder), refused);
  await assert.rejects(importCommand(join(folder, "nowhere"), "a/b", folder), /ENOENT/);
});

const [LOCAL_BYTES, CENTRAL_BYTES, END_BYTES] = [30, 46, 22];

/** A zip of these files, uncompressed; unlike a zip writer it takes any name. */
async function zipped(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const [bodies, central]: [Buffer[], Buffer[]] = [[], []];
  let offset = 0;
  for (const [path, text] of Object.entries(files)) {
    const sizes = Buffer.alloc(16);
    sizes.writeUInt32LE(crc32(text), 0);
    sizes.writeUInt32LE(text.length, 4);
    sizes.writeUInt32LE(text.length, 8);
    sizes.writeUInt16LE(path.length, 12);
    const local = Buffer.alloc(LOCAL_BYTES);
    local.writeUInt32LE(0x04034b50, 0);
    sizes.copy(local, 14);
    const entry = Buffer.alloc(CENTRAL_BYTES);
    entry.writeUInt32LE(0x02014b50, 0);
    sizes.copy(entry, 16);
    entry.writeUInt32LE(offset, 42);
    bodies.push(local, Buffer.from(path + text));
    central.push(entry, Buffer.from(path));
    offset += LOCAL_BYTES + path.length + text.length;
  }
  const end = Buffer.alloc(END_BYTES);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(bodies.length / 2, 8);
  end.writeUInt16LE(bodies.length / 2, 10);
  end.writeUInt32LE(Buffer.concat(central).length, 12);
  end.writeUInt32LE(offset, 16);
  const path = join(folder, name);
  await writeFile(path, Buffer.concat([...bodies, ...central, end]));
  return path;
}

test("hostile bundles are refused with a code, and write nothing", async () => {
  const whole = await readFile(await zipped("whole.zip", { "log/cd3_log": "x\n", ab: "y" }));
  const cut = join(folder, "cut.zip");
  await writeFile(cut, whole.subarray(0, whole.length - 30));
  const slip = await zipped("slip.zip", { "../../cd3_log": "x\n" });
  const cases: readonly (readonly [string, RegExp])[] = [
    [cut, /BUNDLE_UNREADABLE: /],
    [slip, /BUNDLE_UNSAFE_PATH: invalid relative path: \.\.\/\.\.\/cd3_log\. .*do not unpack it/],
    [await zipped("none.zip", { "versions.json": "{}" }), /BUNDLE_INCOMPLETE: .*neither a cd3_log/],
    [await zipped("no-log.zip", { [`live/${KEY}.vrtx`]: "{}" }), /BUNDLE_INCOMPLETE: .*no cd3_log/],
    [await zipped("no-call.zip", { "log/cd3_log": "damaged\n" }), /BUNDLE_WITHOUT_CALLS: /],
  ];
  for (const [path, code] of cases) {
    await assert.rejects(importCommand(path, "a/hostile", folder), code, path);
  }
  await assert.rejects(access(join(folder, "a/hostile.ts")), /ENOENT/);
});

const KEY = "8f6e0de1-a997-4ee9-a54e-e01a2ad63c56-1767600003030";

const AT = "2026-01-05T08:00:0";
const LINES = [
  {
    at: `${AT}1.000Z`,
    type: "sip",
    transport: "tcp",
    text: "INVITE sip:a SIP/2.0\r\nx: 90\r\n\r\n",
  },
  { at: `${AT}1.100Z`, type: "association", extension: "2001" },
  { at: `${AT}1.200Z`, type: "media", ssrc: 1, payloadType: 8, sample: 0 },
  { at: `${AT}2.200Z`, type: "media", ssrc: 2, payloadType: 8, sample: 8000 },
  { at: `${AT}3.000Z`, type: "pause", via: "api" },
  { at: `${AT}4.000Z`, type: "resume", via: "api" },
  { at: `${AT}4.100Z`, type: "pause", via: "rule" },
  { at: `${AT}5.000Z`, type: "gap", fromSample: 1600, samples: 320, cause: "loss" },
  { at: `${AT}6.000Z`, type: "gap", fromSample: 16000, samples: 12000, cause: "restart" },
];

test("a journal tells of INVITE, audio, losses, restarts, and pauses that people made", () => {
  const text = [...LINES.map((line) => JSON.stringify(line)), "damaged {", "null"].join("\n");
  const facts = factsOfJournals([text], Date.parse(`${AT}0.000Z`));
  assert.equal(facts.transport, "tcp");
  assert.deepEqual(facts.steps, [
    { atMs: 3_000, who: "supervisor", what: "pauses", with: "2001" },
    { atMs: 4_000, who: "supervisor", what: "resumes", with: "2001" },
  ]);
  assert.deepEqual(
    facts.faults.map(({ fromMs, toMs, what }) => [what, fromMs, toMs]),
    [
      ["sip.sessionExpires", 950, 1_100],
      ["sip.offerless", 950, 1_100],
      ["sip.codec", 950, 1_100],
      ["sip.changeSsrcEveryFrames", 950, 1_100],
      ["network.datagrams", 1_400, 1_440],
      ["crash.process", 3_200, 4_700],
    ],
  );
  assert.deepEqual(facts.faults[3]?.value, 50);
});

test("losses of the link are faults, its first state and its end are not", () => {
  const rows = [
    { type: "link", at: `${AT}0.000Z`, state: "down", reason: "start" },
    { type: "link", at: `${AT}1.000Z`, state: "up" },
    { type: "link", at: `${AT}2.000Z`, state: "down", reason: "reset" },
    { type: "link", at: `${AT}9.000Z`, state: "down", reason: "stop" },
  ];
  const text = rows.map((row) => JSON.stringify(row)).join("\n");
  const span = [Date.parse(`${AT}0.000Z`), Date.parse(`${AT}5.000Z`)] as const;
  assert.deepEqual(linkLosses(text, span), [
    { fromMs: 2_000, toMs: 2_000, what: "network.reset", value: true },
  ]);
});
