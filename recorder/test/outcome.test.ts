// The closed list of reasons (design.md §5, "Outcome").
import assert from "node:assert/strict";
import { test } from "node:test";
import { explain, isWhy, WHYS } from "../src/outcome.ts";

test("every reason has a sentence and a remedy, and an outcome that needs one", () => {
  for (const [why, { outcome, sentence, remedy }] of Object.entries(WHYS)) {
    assert.match(why, /^[a-z-]+$/);
    assert.ok(["degraded", "failed", "blocked", "discarded"].includes(outcome), why);
    assert.match(sentence, /^[A-Z{].+\.$/, why);
    assert.match(remedy, /^[A-Z].+\.$/, why);
    assert.equal(isWhy(why), true);
  }
});

test("other words are no reasons, not even those that every object has", () => {
  for (const word of ["", "weather", "toString", "__proto__"]) assert.equal(isWhy(word), false);
});

test("design.md §5: no INVITE after an accepted request", () => {
  const facts = { pbx: "192.0.2.1", extension: "201", recorder: "192.0.2.10:5060" };
  const { sentence, remedy } = explain("no-invite", facts);
  assert.equal(
    `${sentence} ${remedy}`,
    "IP Office 192.0.2.1 accepted the request for 201, but no SIP call reached 192.0.2.10:5060. " +
      "Open that port from 192.0.2.1, or correct recorder.address.",
  );
});

test("a fact that is not known stays visible", () => {
  assert.match(explain("packets-lost", { lost: 3 }).sentence, /^3 of \{expected\} RTP packets/);
});
