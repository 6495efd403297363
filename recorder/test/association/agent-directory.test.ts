// Who the agents are, from the user lists of the IP Offices.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AgentDirectory, DIRECTORY_KEPT_MS } from "../../src/association/agent-directory.ts";

function link(...lines: readonly string[]) {
  const made = {
    reads: 0,
    isUp: true,
    readFile: () => {
      made.reads += 1;
      return Promise.resolve(made.isUp ? new TextEncoder().encode(lines.join("\r\n")) : null);
    },
  };
  return made;
}

test("users of all lists by extension; the first list that names one counts", async () => {
  const one = link("Ann,201,Ann Agent", "Bob,202,");
  const two = link("Eve,203,Eve", "Other,201,Other");
  const directory = new AgentDirectory("all");
  assert.deepEqual(await directory.list([one, two], 0), [
    { extension: "201", name: "Ann Agent" },
    { extension: "202", name: "Bob" },
    { extension: "203", name: "Eve" },
  ]);
});

test("only configured agents, by extension or name", async () => {
  const one = link("Ann,201,Ann Agent", "Bob,202,", "Eve,203,Eve");
  const directory = new AgentDirectory(["ann agent", "203"]);
  const list = await directory.list([one], 0);
  assert.deepEqual(
    list.map(({ extension }) => extension),
    ["201", "203"],
  );
});

test("a list is kept for a while; of a link that is down the last one counts", async () => {
  const one = link("Ann,201,Ann Agent");
  const directory = new AgentDirectory("all");
  await directory.list([one], 0);
  await directory.list([one], DIRECTORY_KEPT_MS - 1);
  assert.equal(one.reads, 1);
  one.isUp = false;
  assert.equal((await directory.list([one], DIRECTORY_KEPT_MS)).length, 1);
  await directory.list([one], DIRECTORY_KEPT_MS + 1);
  assert.equal(one.reads, 3, "what was not to be had is asked for again");
});
