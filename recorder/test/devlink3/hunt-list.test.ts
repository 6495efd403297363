// nasystem/hunt_list: groups by name and number, members as far as the file has them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { userFacts } from "../../src/association/user-facts.ts";
import { MAXIMUM_GROUPS, parseHuntList } from "../../src/devlink3/hunt-list.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test("devlink3.md §7: a line is name, number, and extensions of members", () => {
  assert.deepEqual(parseHuntList(bytes('Sales,300,2001,2002\r\n"Help, desk",301\r\n')), [
    { name: "Sales", number: "300", members: ["2001", "2002"] },
    { name: "Help, desk", number: "301", members: [] },
  ]);
});

test("what is no group is passed over: no number, no name, other columns", () => {
  const text = "Header,Number\n,300\nSales,300,x,2001,-,\n\nalone\n";
  assert.deepEqual(parseHuntList(bytes(text)), [
    { name: "Sales", number: "300", members: ["2001"] },
  ]);
});

test("at most MAXIMUM_GROUPS groups are taken", () => {
  const text = Array.from({ length: MAXIMUM_GROUPS + 5 }, (_, at) => `G${at},${at}`).join("\n");
  assert.equal(parseHuntList(bytes(text)).length, MAXIMUM_GROUPS);
});

test("R1: a user is known by both names, and by name and number of each group", () => {
  const users = [{ extension: "2001", shortName: "Alice", fullName: "Alice Archer" }];
  const groups = [
    { name: "Sales", number: "300", members: ["2001", "2002"] },
    { name: "Support", number: "301", members: ["2001"] },
  ];
  assert.deepEqual(userFacts(users, groups).get("2001"), {
    names: ["Alice", "Alice Archer"],
    groups: ["Sales", "300", "Support", "301"],
  });
});
