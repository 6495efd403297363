// What customers get: the recorder's tarball alone, installed in an empty folder, started with the
// example configuration edited in three lines, records a call; and no code of the testbed is in it
// (design.md §2, T4). The package is made of a copy, so that nothing here changes while others run.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";
import { test, type TestContext } from "node:test";
import { pathToFileURL } from "node:url";
import { nodeClock, nodeRandom, nodeTcp, nodeUdp } from "@tapeline/recorder/ports/node";
import { loadSite, prepareVoices, SimulatedIpOffice } from "@tapeline/simulator/pbx";
import { RecorderProcess } from "../../src/live/recorder-process.ts";
import {
  HOST,
  keysWith,
  LIVE_TEST_LIMIT_MS,
  newFolder,
  removeFolder,
  REPOSITORY,
  run,
  until,
} from "./live-fixture.ts";

const EXTENSION = "2001";
const FRAMES = 50;
/** The ports that the example names. */
const EXAMPLE_HTTP_PORT = 8080;
const EXAMPLE_DEVLINK3_PORT = 50_797;

/**
 * On Linux all of 127/8 is this machine: an address that only this test has, so that the example's
 * own ports are free there.
 */
const OWN_HOST =
  process.platform === "linux" ? `127.77.${(process.pid >> 8) & 255}.${process.pid & 255}` : HOST;

/** npm tells its scripts what it runs; an npm below it must not take that for itself. */
function cleanEnvironment(folder: string): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    ([name, value]) => value !== undefined && !/^npm_(?!config_(?!local_prefix))/.test(name),
  ) as [string, string][];
  const path = (process.env["PATH"] ?? "")
    .split(delimiter)
    .filter((entry) => !entry.startsWith(REPOSITORY));
  path.push(join(folder, "node_modules", ".bin"));
  return { ...Object.fromEntries(kept), PATH: path.join(delimiter) };
}

async function npm(
  given: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const child = spawn("npm", [...given], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (data: Buffer) => (stdout += data.toString()));
  child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  assert.equal(code, 0, `npm ${given.join(" ")}: ${stderr}`);
  return stdout;
}

/** The tarball of recorder/, made as `npm pack` makes it; resolves with its path. */
async function pack(folder: string): Promise<string> {
  const copy = join(folder, "repository");
  await mkdir(copy);
  for (const name of ["tsconfig.json", "package.json"]) {
    await cp(join(REPOSITORY, name), join(copy, name));
  }
  await cp(join(REPOSITORY, "recorder"), join(copy, "recorder"), {
    recursive: true,
    filter: (source) => !/[/\\](?:node_modules|test|dist|out)$/.test(source),
  });
  await symlink(join(REPOSITORY, "node_modules"), join(copy, "node_modules"), "junction");
  const manifest = await readFile(join(copy, "recorder", "package.json"), "utf8");
  const env = cleanEnvironment(REPOSITORY);
  const target = ["--pack-destination", folder];
  const printed = await npm(["pack", "--json", ...target], join(copy, "recorder"), env);
  assert.equal(
    await readFile(join(copy, "recorder", "package.json"), "utf8"),
    manifest,
    "npm pack leaves package.json as it was",
  );
  const name = /"filename":\s*"([^"]+)"/.exec(printed)?.[1];
  assert.ok(name !== undefined, printed);
  return join(folder, name);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  server.listen(port, HOST);
  const isOurs = await Promise.race([
    once(server, "listening").then(() => true),
    once(server, "error").then(() => false),
  ]);
  if (isOurs) server.close();
  return isOurs;
}

/** The example with three lines changed; with a fourth where somebody else has its HTTP port. */
async function editExample(example: string): Promise<string> {
  const lines = example.split("\n");
  const edit = (from: RegExp, to: string): void => {
    const index = lines.findIndex((line) => from.test(line));
    assert.ok(index >= 0, `the example has no line ${from}`);
    lines[index] = (lines[index] ?? "").replace(from, to);
  };
  edit(/^ {2}address: 192\.0\.2\.10\b/, `  address: ${OWN_HOST}`);
  edit(/^ {2}- host: 192\.0\.2\.1\b/, `  - host: ${OWN_HOST}`);
  edit(/^ {2}allowLoopback: false\b/, "  allowLoopback: true");
  const changed = example.split("\n").filter((line, index) => line !== lines[index]).length;
  assert.equal(changed, 3);
  if (!(await isFree(EXAMPLE_HTTP_PORT))) edit(/^ {2}port: 8080\b/, "  port: 0");
  return lines.join("\n");
}

async function ipOffice(context: TestContext): Promise<SimulatedIpOffice> {
  const listen = {
    host: OWN_HOST,
    devlink3Port: EXAMPLE_DEVLINK3_PORT,
    sipPort: 0,
    rtpPortBase: 0,
  };
  const site = loadSite({ devlink3: { user: "recorder", password: "Passw0rd!" } });
  const ports = { clock: nodeClock(), random: nodeRandom(), udp: nodeUdp(), tcp: nodeTcp() };
  const deaf = { onSip: () => undefined, onDevLink3: () => undefined };
  const pbx = new SimulatedIpOffice({ site, listen, keepPayloads: true }, ports, deaf);
  prepareVoices();
  await pbx.start();
  context.after(() => pbx.close());
  return pbx;
}

test(
  "npm pack, npm install in an empty folder, three lines edited, and a call is recorded (T4)",
  { timeout: LIVE_TEST_LIMIT_MS },
  async (context) => {
    const folder = await newFolder();
    context.after(() => removeFolder(folder));
    const tarball = await pack(folder);

    const listed = await run("tar", ["-tzf", tarball]);
    const entries = listed.stdout.toString().trim().split("\n");
    for (const entry of entries) {
      assert.match(entry, /^package\/(?:bin|dist|console\/dist|packaging)\/|^package\/[\w.-]+$/);
      assert.doesNotMatch(entry, /(?<!\.d)\.ts$|\/test\//, "built code only");
    }
    const texts = ["recorder.example.yaml", "configuration.md", "errors.md", "LICENSE"];
    for (const name of [...texts, "console/dist/index.html"]) {
      assert.ok(entries.includes(`package/${name}`), name);
    }

    const place = join(folder, "empty");
    await mkdir(place);
    const env = cleanEnvironment(place);
    await npm(["install", "--prefer-offline", "--no-audit", "--no-fund", tarball], place, env);
    const installed = join(place, "node_modules", "@tapeline", "recorder");
    const scope = await run("ls", [join(place, "node_modules", "@tapeline")]);
    assert.equal(scope.stdout.toString().trim(), "recorder", "nothing else of the repository");
    const code = await run("grep", ["-rlE", "@tapeline/(simulator|scenarios|harness)", installed]);
    assert.equal(code.stdout.toString(), "", "no code asks for the testbed");
    await libraryLoads(place);

    const pbx = await ipOffice(context);
    const example = await readFile(join(installed, "recorder.example.yaml"), "utf8");
    await writeFile(join(place, "recorder.yaml"), await editExample(example));
    const bin = join(place, "node_modules", ".bin", "tapeline-recorder");
    const recorder = new RecorderProcess(
      join(place, "recorder.yaml"),
      { ...env, DEVLINK3_PASSWORD: "Passw0rd!" },
      [bin],
    );
    context.after(() => recorder.kill());
    const { url } = await recorder.ready();
    const page = await fetch(url, { headers: { accept: "text/html" } });
    assert.equal(page.status, 200, "the console came with the package");
    assert.match(await page.text(), /<title>Tapeline<\/title>/);
    await oneCall(pbx);
    const pool = join(place, "data", "pool");
    await until("the recording is in the pool", () => keysWith(pool, ".vrtx").length === 1);
    assert.equal(keysWith(pool, ".spx").length, 1);
    assert.equal(await recorder.stop(), 0, recorder.stderr);
  },
);

/** The package's edge as other programs import it. */
async function libraryLoads(place: string): Promise<void> {
  const script = join(place, "edge.mjs");
  const entries = ["", "/ports", "/ports/node"].map((entry) => `@tapeline/recorder${entry}`);
  const loads = entries.map((entry) => `await import("${entry}");`);
  await writeFile(script, `${loads.join("\n")}\nconsole.log("loaded");\n`);
  const ended = await run(process.execPath, [pathToFileURL(script).pathname], { cwd: place });
  assert.equal(ended.stdout.toString().trim(), "loaded", ended.stderr);
}

async function oneCall(pbx: SimulatedIpOffice): Promise<void> {
  await until("the DevLink3 link", () => pbx.streamingConnections() === 1);
  pbx.placeCall({ from: { number: "+4930123456" }, to: EXTENSION });
  pbx.answer(EXTENSION);
  const legs = () => pbx.truth.conversations.flatMap((conversation) => conversation.legs);
  await until("some speech", () => {
    const [leg] = legs();
    return pbx.isRecording(EXTENSION) && leg !== undefined && leg.frames.length >= FRAMES;
  });
  pbx.hangUp(EXTENSION);
}
