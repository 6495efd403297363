// The table of coded errors, and errors.md, which is generated from it (style.md, "Error model").
// `UPDATE=1 node --test recorder/test/errors.test.ts` writes the document anew.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { ERRORS, RecorderError, systemCode } from "../src/errors.ts";
import { WHYS } from "../src/outcome.ts";

const DOCUMENT = new URL("../errors.md", import.meta.url);

const HEAD = `# Coded errors and outcomes

Generated from \`src/errors.ts\` and \`src/outcome.ts\` by \`test/errors.test.ts\`; do not edit. A code is
never reused or renamed.
`;

function render(): string {
  const cell = (text: string): string => text.replaceAll("|", "\\|");
  const rows = (lines: readonly (readonly string[])[]): string =>
    lines.map((cells) => `| ${cells.map(cell).join(" | ")} |`).join("\n");
  const errors = Object.entries(ERRORS).map(([code, { meaning, remedy }]) => {
    return [`\`${code}\``, meaning, remedy];
  });
  const whys = Object.entries(WHYS).map(([why, { outcome, sentence, remedy }]) => {
    return [`\`${why}\``, outcome, sentence, remedy];
  });
  return [
    HEAD,
    "## Errors\n",
    "| code | what it means | what to do |\n|---|---|---|",
    rows(errors),
    "\n## Why a recording is not simply ok\n",
    "Words in braces are filled in with the facts of the case.\n",
    "| why | outcome | what happened | what to do |\n|---|---|---|---|",
    rows(whys),
    "",
  ].join("\n");
}

test("errors.md is what the tables say", () => {
  if (process.env["UPDATE"] === "1") writeFileSync(DOCUMENT, render());
  assert.equal(readFileSync(DOCUMENT, "utf8"), render(), "run this test with UPDATE=1");
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
