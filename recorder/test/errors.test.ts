// The table of coded errors, and errors.md, which is generated from it (style.md, "Error model").
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ERRORS, RecorderError, systemCode, wordsOf } from "../src/errors.ts";
import { ERRORS_PAGE, errorsPage } from "./errors-page.ts";

test("errors.md is what the tables say", () => {
  assert.equal(readFileSync(ERRORS_PAGE, "utf8"), errorsPage(), "run `npm run errors`");
});

test("every error has a meaning and a remedy, as sentences", () => {
  for (const [code, { meaning, remedy }] of Object.entries(ERRORS)) {
    assert.match(code, /^[A-Z][A-Z0-9_]+$/);
    assert.match(meaning, /^[A-Z].+\.$/, code);
    assert.match(remedy, /^[A-Z].+\.$/, code);
  }
});

test("a coded error says code, meaning, what was concerned and remedy, and keeps its cause", () => {
  const cause = new Error("EADDRINUSE");
  const error = new RecorderError("PORT_IN_USE", "udp 192.0.2.10:5060", { cause });
  assert.equal(
    error.message,
    "PORT_IN_USE: Another program already uses the port. (udp 192.0.2.10:5060) " +
      "Stop that program (`ss -lunpt`) or configure another port.",
  );
  assert.equal(error.name, "RecorderError");
  assert.equal(error.code, "PORT_IN_USE");
  assert.equal(error.detail, "udp 192.0.2.10:5060");
  assert.equal(error.remedy, ERRORS.PORT_IN_USE.remedy);
  assert.equal(error.cause, cause);
});

test("the system's code of an error, or null", () => {
  assert.equal(systemCode(Object.assign(new Error("x"), { code: "ENOSPC" })), "ENOSPC");
  for (const other of [new Error("x"), { code: 5 }, null, "ENOSPC", undefined]) {
    assert.equal(systemCode(other), null);
  }
});

test("the words of a failure, after the system's code where there is one", () => {
  assert.equal(wordsOf(Object.assign(new Error("full"), { code: "ENOSPC" })), "ENOSPC: full");
  assert.equal(wordsOf(new Error("full")), "full");
  assert.equal(wordsOf("full"), "full");
});
