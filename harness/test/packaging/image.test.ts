// What ships around the testbed: the container image and the workflow for GitHub Actions, read as
// text (no engine is needed), and the README's recipe for a recorder that is not ours, tried with
// SIPp as that recorder.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { parseSite } from "@tapeline/simulator/pbx";
import { freePort } from "../../src/live/free-ports.ts";
import {
  HOST,
  LIVE_TEST_LIMIT_MS,
  newFolder,
  removeFolder,
  REPOSITORY,
  skipWithout,
  until,
  writeYaml,
} from "../live/live-fixture.ts";
import { startTestbed } from "../live/testbed-process.ts";

const read = (path: string): string => readFileSync(join(REPOSITORY, path), "utf8");
const DOCKERFILE = read("harness/packaging/Dockerfile");
const MANIFEST = JSON.parse(read("package.json")) as { readonly workspaces: readonly string[] };

interface Workflow {
  readonly jobs: Readonly<
    Record<
      string,
      { readonly container: unknown; readonly steps: readonly { readonly run?: string }[] }
    >
  >;
}

test("the image has every package's manifest before npm ci, and its sources after", () => {
  const [before = "", after = ""] = DOCKERFILE.split(/^RUN npm ci.*$/m);
  for (const name of MANIFEST.workspaces) {
    assert.match(before, new RegExp(`^COPY ${name}/package\\.json ${name}/$`, "m"));
    const [folder = ""] = name.split("/");
    assert.match(after, new RegExp(`^COPY ${folder} ${folder}$`, "m"));
  }
  const sources = [...DOCKERFILE.matchAll(/^COPY (?!--from)(.+) \S+$/gm)];
  for (const path of sources.flatMap(([, names = ""]) => names.split(" "))) {
    assert.ok(existsSync(join(REPOSITORY, path)), path);
  }
  assert.match(read(".dockerignore"), /^\*\*\/node_modules$/m, "the image installs its own");
});

test("the image runs the testbed as its command line, without root, on a Node that can", () => {
  const entry = /^ENTRYPOINT \["node", "\/opt\/tapeline\/(.+)"\]$/m.exec(DOCKERFILE)?.[1] ?? "";
  assert.equal(entry, "harness/bin/testbed.js");
  assert.match(DOCKERFILE, /^USER [1-9]\d*:\d+$/m);
  assert.match(DOCKERFILE, /^ARG BASE=node:24-/m);
  assert.ok(!/^(?:ADD|COPY) \S*\.git\b/m.test(DOCKERFILE));
});

test("the workflow calls the very script that CI runs everywhere, and keeps the reports", () => {
  const { jobs } = parse(read(".github/workflows/ci.yml")) as Workflow;
  const commands = Object.values(jobs).flatMap(({ steps }) => steps.map(({ run = "" }) => run));
  assert.ok(commands.includes(".ci/run"));
  assert.ok(commands.includes("npm ci && npm start"));
  assert.ok((statSync(join(REPOSITORY, ".ci/run")).mode & 0o100) !== 0, "it can be executed");
  assert.match(read(".github/workflows/ci.yml"), /GITHUB_STEP_SUMMARY/);
  assert.match(read(".github/workflows/ci.yml"), /path: out\/suite$/m);
});

/** The README's site for other recorders, whose recorder is at `address`. */
function foreignSite(address: string): string {
  const [, site = ""] =
    /<!-- example: foreign -->\n\n```yaml\n([\s\S]*?)^```$/m.exec(read("README.md")) ?? [];
  assert.match(site, /^recorder: sip:/m, "the README has the recipe");
  return site.replace(/192\.0\.2\.20:5060/, address);
}

test("the README's site for a recorder that is not ours sends it every call, unasked", () => {
  const loaded = parseSite(foreignSite("192.0.2.20:5060"));
  assert.deepEqual(loaded.ok ? [] : loaded.problems, []);
  assert.ok(loaded.ok);
  assert.equal(loaded.site.record, "always");
});

test(
  "the recipe: a recorder of another make (SIPp) is called, and each call ends as it should",
  { timeout: LIVE_TEST_LIMIT_MS, skip: skipWithout("sipp") },
  async (context) => {
    const folder = await newFolder();
    context.after(() => removeFolder(folder));
    const port = await freePort(HOST);
    const messages = join(folder, "messages.log");
    const traced = ["-trace_msg", "-message_file", messages];
    const given = ["-sn", "uas", "-i", HOST, "-p", String(port), "-m", "1", "-nostdin", ...traced];
    const foreign = spawn("sipp", given, { cwd: folder, stdio: "ignore" });
    const ended = once(foreign, "exit") as Promise<[number | null]>;
    context.after(() => void foreign.kill());
    const site = await writeYaml(
      join(folder, "foreign.yaml"),
      parse(foreignSite(`${HOST}:${port}`)),
    );
    const testbed = await startTestbed(context, ["pbx", "--site", site, "--json"]);
    await until("the call is up", () => {
      return existsSync(messages) && /^ACK sip:/m.test(readFileSync(messages, "utf8"));
    });
    await testbed.stop();
    // INVITE, ACK and, with the end of the testbed, BYE: SIPp ends by itself, content.
    const [code] = await ended;
    assert.equal(code, 0);
  },
);
