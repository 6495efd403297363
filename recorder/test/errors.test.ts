// The tables of error codes and outcome words, and the page that is made of them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ERRORS, RecorderError, systemCode } from "../src/errors.ts";
import { explain, isWhy, WHYS } from "../src/outcome.ts";
import { ERRORS_PAGE, errorsPage } from "./errors-page.ts";

test("errors.md is what the tables say; `npm run errors` writes it anew", () => {
  assert.equal(readFileSync(ERRORS_PAGE, "utf8"), errorsPage());
});

test("every code has a meaning and a remedy, each a sentence", () => {
  for (const [code, { meaning, remedy }] of Object.entries(ERRORS)) {
    assert.match(code, /^[A-Z][A-Z0-9_]+$/);
    assert.match(meaning, /^[A-Z].*\.$/, code);
    assert.match(remedy, /^[A-Z].*\.$/, code);
  }
});

test("every outcome word but ok's has a sentence and a remedy", () => {
  for (const [why, { sentence, remedy }] of Object.entries(WHYS)) {
    assert.match(why, /^[a-z-]+$/);
    assert.match(sentence, /^[A-Z{].*\.$/, why);
    assert.match(remedy, /^[A-Z].*\.$/, why);
  }
});

test("an error's message holds code, meaning, detail and remedy", () => {
  const error = new RecorderError("PORT_IN_USE", "udp 192.0.2.10:5060", { cause: "EADDRINUSE" });
  const { meaning, remedy } = ERRORS.PORT_IN_USE;
  assert.equal(error.message, `PORT_IN_USE: ${meaning} (udp 192.0.2.10:5060) ${remedy}`);
  assert.equal(error.remedy, remedy);
  assert.equal(error.cause, "EADDRINUSE");
});

test("the code of a system error is its word, and nothing else is one", () => {
  assert.equal(systemCode(Object.assign(new Error("full"), { code: "ENOSPC" })), "ENOSPC");
  for (const other of [null, "ENOSPC", new Error("no code"), { code: 28 }]) {
    assert.equal(systemCode(other), null);
  }
});

test("an explanation fills in what is known and keeps the rest visible", () => {
  const { sentence, remedy } = explain("no-invite", { pbx: "192.0.2.1", extension: 201 });
  assert.equal(
    sentence,
    "IP Office 192.0.2.1 accepted the request for 201, but no SIP call reached {recorder}.",
  );
  assert.equal(remedy, "Open that port from 192.0.2.1, or correct recorder.address.");
  assert.ok(isWhy("no-invite"));
  assert.ok(!isWhy("toString"));
});
