// The table of oddities in the README is the catalogue's.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readmeText, readmeWithTable } from "./oddities-table.ts";

test("the README documents each oddity as the catalogue does; `npm run oddities` writes it", () => {
  const readme = readmeText();
  assert.equal(readmeWithTable(readme), readme);
});
