// What the lists of users and of hunt groups say of one user.
import assert from "node:assert/strict";
import { test } from "node:test";
import { userFacts } from "../../src/association/user-facts.ts";

test("a user has the names that are set, and each group by name and number", () => {
  const facts = userFacts(
    [
      { extension: "2001", shortName: "Ann", fullName: "Ann Agent" },
      { extension: "2002", shortName: "Bob", fullName: "" },
      { extension: "2003", shortName: "", fullName: "" },
    ] as Parameters<typeof userFacts>[0],
    [
      { name: "Sales", number: "300", members: ["2001", "2002"] },
      { name: "Service", number: "301", members: ["2001", "2999"] },
    ] as Parameters<typeof userFacts>[1],
  );
  assert.deepEqual(
    [...facts],
    [
      ["2001", { names: ["Ann", "Ann Agent"], groups: ["Sales", "300", "Service", "301"] }],
      ["2002", { names: ["Bob"], groups: ["Sales", "300"] }],
      ["2003", { names: [], groups: [] }],
    ],
  );
});
