// RFC 4475 and RFC 5118: every torture message has its answer, or silence, and a call beside them
// goes on. Here over real UDP and TCP sockets to the endpoint; harness/test/live/torture.test.ts
// sends them to the recorder's process.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { wireHeader } from "../endpoint-fixture.ts";
import { TortureLine } from "./torture-line.ts";
import { tortureMessage, withTrueLength } from "./torture-message.ts";
import { RFC_4475, RFC_5118, type TortureCase } from "./torture-table.ts";

const CASES: readonly (readonly [rfc: string, cases: readonly TortureCase[]])[] = [
  ["RFC 4475", RFC_4475],
  ["RFC 5118", RFC_5118],
];

function bytesOf(torture: TortureCase): Uint8Array {
  const message = tortureMessage(torture.name);
  return torture.withTrueLength === true ? withTrueLength(message) : message;
}

test("RFC 4475 has 49 messages, RFC 5118 has 12; each has its row and its bytes", () => {
  const files = readdirSync(new URL("messages/", import.meta.url)).map((file) =>
    file.replace(".txt", ""),
  );
  const rows = new Set([...RFC_4475, ...RFC_5118].map(({ name }) => name));
  assert.equal(RFC_4475.length, 49);
  assert.equal(new Set(RFC_5118.map(({ name }) => name)).size, 12);
  assert.deepEqual(files.sort(), [...rows].sort());
  const digest = createHash("sha256");
  for (const name of files.sort()) digest.update(tortureMessage(name));
  // Changes when a byte of any message does, for instance by an editor that trims lines.
  assert.equal(
    digest.digest("hex"),
    "2247854b15d7b6384c89a51cbf3078cdb9f00e50ffaa64e70759ef1aaa1aa3cd",
  );
});

for (const [rfc, cases] of CASES) {
  for (const torture of cases) {
    const { section, name, status, why } = torture;
    const length = torture.withTrueLength === true ? ", true Content-Length" : "";
    const outcome = status === null ? "dropped" : String(status);
    test(`${rfc} §${section} ${name}${length}: ${outcome} (${why})`, async () => {
      const line = await TortureLine.open();
      try {
        const answer = await line.ask(bytesOf(torture));
        assert.equal(answer?.status ?? null, status, answer?.text);
        for (const header of torture.headers ?? []) {
          assert.notEqual(wireHeader(answer?.text ?? "", header), null, header);
        }
        assert.ok(await line.callIsUndisturbed(), "the call beside it goes on");
      } finally {
        await line.close();
      }
    });
  }
}

test("RFC 4475 §3.1.1.8: on a stream both requests of dblreq are answered", async () => {
  const line = await TortureLine.open();
  try {
    // The second is an INVITE whose SDP has a line "m =video".
    assert.deepEqual(await line.askOnStream(tortureMessage("dblreq"), 2), [405, 400]);
  } finally {
    await line.close();
  }
});
