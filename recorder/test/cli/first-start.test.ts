// A first start as a customer sees it: the one-time key in the terminal, a bundle as a download, a
// restart in the same process with the file as it is then; and `setup`.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { CommandLine, configuration, run, temporaryDirectory } from "./run.ts";

const LIMIT_MS = 120_000;

test(
  "R24: with the one-time key of the terminal a bundle is downloaded; a restart reads the file anew",
  { timeout: LIMIT_MS },
  async (context) => {
    const { file, directory } = await configuration(context);
    const recorder = new CommandLine(["start", "--config", file]);
    const text = await recorder.output(/good for one sign-in/);
    const key = /One-time administrator key: (tapeline_\S+)/.exec(text)?.[1] ?? "";
    assert.ok(!(await readFile(join(directory, "data/state/keys.json"), "utf8")).includes(key));
    const url = /set the recorder up at (http:\S+)\//.exec(text)?.[1] ?? "";
    const headers = { authorization: `Bearer ${key}` };
    const bundles = ["", "?startTime=0"].map((query) =>
      fetch(`${url}/api/v1/bundle${query}`, { headers }),
    );
    const answers = await Promise.all(bundles);
    assert.deepEqual(
      answers.map(({ status }) => status).toSorted((one, other) => one - other),
      [200, 409],
    );
    const zip = answers.find(({ status }) => status === 200);
    const bytes = new Uint8Array((await zip?.arrayBuffer()) ?? new ArrayBuffer(0));
    assert.equal(new TextDecoder().decode(bytes.subarray(0, 2)), "PK");
    const config = JSON.parse(await readFile(file, "utf8")) as { recorder: object };
    const renamed = { ...config, recorder: { ...config.recorder, name: "second" } };
    await writeFile(file, JSON.stringify(renamed));
    assert.equal((await fetch(`${url}/api/v1/restart`, { method: "POST", headers })).status, 202);
    const after = await recorder.output(/Tapeline recorder "second" is ready\.[^]*one sign-in/);
    assert.ok(after.includes("Restarting."));
    recorder.signal("SIGTERM");
    const { code, stderr } = await recorder.ended;
    assert.equal(code, 0, stderr);
  },
);

test("setup makes no file where it cannot, and starts with the one that is there", async (context) => {
  const directory = await temporaryDirectory(context);
  await writeFile(join(directory, "plain"), "");
  const refused = await run("setup", "--config", join(directory, "plain", "recorder.yaml"));
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /recorder\.yaml (?:cannot be (?:made|written)|is )/);
  const bad = join(directory, "bad.yaml");
  await writeFile(bad, "recorder: {}");
  const { code, stderr } = await run("setup", "--config", bad);
  assert.equal(code, 2);
  assert.match(stderr, /^recorder\.address /m);
});
