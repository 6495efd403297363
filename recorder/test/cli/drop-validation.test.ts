// `tapeline-recorder drop-validation` against an API that answers as the recorder does: exit codes,
// and what a person reads.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { dropValidation } from "../../src/cli/drop-validation.ts";

interface Told {
  readonly code: number;
  readonly text: string;
}

async function run(
  options: { readonly url?: string; readonly keyFile?: string; readonly json?: boolean },
  key: string,
): Promise<Told> {
  const pieces: string[] = [];
  const keep = (text: string): void => void pieces.push(text);
  const asked = { url: "http://127.0.0.1:9", ...options };
  const code = await dropValidation(asked, { TAPELINE_KEY: key }, { print: keep, tell: keep });
  return { code, text: pieces.join("") };
}

async function api(context: TestContext, status: number, body: object): Promise<string> {
  const server = createServer((request, answer) => {
    const isAsked = request.method === "DELETE" && request.url === "/api/v1/validation-recordings";
    answer.writeHead(isAsked ? status : 404, { "content-type": "application/json" });
    answer.end(JSON.stringify(body));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  context.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("all dropped: 0 and the number; some left: 1 and which, why", async (context) => {
  const all = await api(context, 200, { dropped: 7, left: [] });
  assert.deepEqual(await run({ url: all }, "key"), {
    code: 0,
    text: "7 recordings of validation dropped.\n",
  });
  const some = await api(context, 200, { dropped: 1, left: [{ recordingKey: "k", why: "held" }] });
  const left = await run({ url: some }, "key");
  assert.equal(left.code, 1);
  assert.match(left.text, /k {2}left: held\n1 recording of validation dropped/);
  const json = await run({ url: all, json: true }, "key");
  assert.deepEqual(JSON.parse(json.text), { version: 1, dropped: 7, left: [] });
});

test("no key, no URL: 2; refused, foreign or nobody there: 1, each with its remedy", async (context) => {
  assert.equal((await run({}, "")).code, 2);
  assert.equal((await run({ url: "x" }, "key")).code, 2);
  assert.equal((await run({ keyFile: "/nowhere" }, "key")).code, 2);
  const refusing = await api(context, 403, {});
  assert.match((await run({ url: refusing }, "key")).text, /role manager/);
  const foreign = await api(context, 200, { other: true });
  assert.match((await run({ url: foreign }, "key")).text, /of this version/);
  const folder = await mkdtemp(join(tmpdir(), "tapeline-drop-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "key"), "abc\n");
  const told = await run({ keyFile: join(folder, "key") }, "");
  assert.deepEqual([told.code, /does not answer/.test(told.text)], [1, true]);
});
