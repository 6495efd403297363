// A story's people go by number or by name; who is not there is named, with those who are.
import assert from "node:assert/strict";
import { test } from "node:test";
import { loadSite } from "@tapeline/simulator/pbx";
import { extensionOf, numberOf } from "../../src/story/who.ts";

const site = loadSite();

test("agents are meant by extension, short name or full name", () => {
  assert.equal(extensionOf(site, "2001"), "2001");
  assert.equal(extensionOf(site, "Alice"), "2001");
  assert.equal(extensionOf(site, "Bob Baker"), "2002");
});

test("an agent who is not there fails the step, with those who are", () => {
  assert.throws(
    () => extensionOf(site, "Mallory"),
    /no user Mallory; there are Alice \(2001\), Bob \(2002\)/,
  );
});

test("a group is dialled by its name, any other text as it stands", () => {
  assert.equal(numberOf(site, "Sales"), "300");
  assert.equal(numberOf(site, "Bob"), "2002");
  assert.equal(numberOf(site, "9030123456"), "9030123456");
});
