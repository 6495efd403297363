// The HTML pages in a real browser: scenarios are run, pages are made of them and of runs that
// failed, and Playwright opens all of them at phone and desktop width, light, dark and printed. The
// screenshots are in out/browser, for a person to look at.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { findChromium, VARIABLES } from "./environment.ts";
import { writePages } from "./pages.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const CONFIG = fileURLToPath(new URL("./playwright.config.ts", import.meta.url));
const SPECS = fileURLToPath(new URL("./pages.spec.ts", import.meta.url));
const OUTPUT = join(ROOT, "out/browser");
const SCENARIOS = ["pause/with-crash", "media/loss-and-reorder"];
const LIMIT_MS = 580_000;

const chromium = findChromium();
// In CI a missing judge is a failure: the test runs and says so.
const isSkipped = chromium === null && process.env["CI"] !== "true";

test(
  "suite and run pages in Chromium: offline, phone and desktop, dark, print, keyboard, no script",
  { skip: isSkipped ? "no browser: apt-get install chromium" : false },
  () => {
    assert.ok(chromium, "no browser: apt-get install chromium");
    const pages = mkdtempSync(join(tmpdir(), "tapeline-pages-"));
    try {
      const real = join(pages, "real");
      run(["harness/src/main.ts", "run", ...SCENARIOS, "--out", real], {});
      writePages(pages, real);
      const cli = join(ROOT, "node_modules/@playwright/test/cli.js");
      run([cli, "test", "--config", CONFIG, SPECS], {
        [VARIABLES.chromium]: chromium,
        [VARIABLES.pages]: pages,
        [VARIABLES.output]: OUTPUT,
      });
    } finally {
      rmSync(pages, { recursive: true, force: true, maxRetries: 5 });
    }
  },
);

/** Runs Node on a program; its output is the failure's text. */
function run(given: readonly string[], more: NodeJS.ProcessEnv): void {
  const env = { ...process.env, ...more };
  // Neither the coverage nor the reporter of the test that starts it is its own.
  delete env["NODE_V8_COVERAGE"];
  delete env["NODE_TEST_CONTEXT"];
  const options = { cwd: ROOT, env, encoding: "utf8", timeout: LIMIT_MS } as const;
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [...given], options);
  assert.equal(status, 0, `${given.join(" ")}\n${error?.message ?? ""}\n${stdout}\n${stderr}`);
}
