// Changes between configurations are told as paths, and only as paths.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { changedPaths } from "../src/config-diff.ts";

test("each value that differs, by its path; a list of another length as a whole", () => {
  const before = {
    log: { level: "info", directory: "log" },
    pools: [{ name: "main", drives: [{ path: "a" }] }],
    agents: "all",
    rules: [],
  };
  const after = {
    log: { level: "debug", directory: "log" },
    pools: [{ name: "main", drives: [{ path: "b" }] }],
    agents: ["201"],
    rules: [{ title: "Sales" }],
  };
  assert.deepEqual(changedPaths(before, after), [
    "agents",
    "log.level",
    "pools[0].drives[0].path",
    "rules",
  ]);
});

test("a key that comes or goes is a change of its path", () => {
  assert.deepEqual(changedPaths({ rtp: { port: 1 } }, { rtp: { range: [2, 3] } }), [
    "rtp.port",
    "rtp.range",
  ]);
});

test("no difference, no path; a difference is seen from both sides", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
      assert.deepEqual(changedPaths(one, structuredClone(one)), []);
      assert.deepEqual(changedPaths(one, other), changedPaths(other, one));
    }),
  );
});
