// Ten thousand recordings in the catalog: the page scrolls through all of them with some dozens of
// rows in it, finds by any part of a text, and is worked by keys alone (R7). How long the searches
// took is printed; what is asserted counts no clock.
import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { nodeCatalog } from "@tapeline/recorder/ports/node";
import { expect, isSkipped, openPage, seriousFindings, signIn } from "./browser.ts";
import { consolePlace, LIMIT_MS } from "./place.ts";

const COUNT = 10_000;
const START_MS = Date.UTC(2026, 0, 5, 8);
/** Rows that a screen and its surroundings may hold. */
const MOST_ROWS = 70;
const SEARCHES = ["", "&text=4711", "&text=agent 17", "&agent=Agent 7", "&outcome=degraded"];
const ROUNDS = 40;

const place = consolePlace({ prepare: fillCatalog });

/** Rows as the catalog keeps them, without files: the first by its port, the others by copying. */
async function fillCatalog(directory: string): Promise<void> {
  const file = join(directory, "catalog.sqlite");
  const catalog = nodeCatalog({ file, onProblem: (code, detail) => assert.fail(code + detail) });
  await catalog.put({
    recordingKey: `template-${START_MS}`,
    callKey: null,
    part: 1,
    startTimeMs: START_MS,
    samples: 480_000,
    outcome: "ok",
    why: null,
    endReason: "remote-bye",
    recovered: false,
    agent: "",
    extension: "",
    parties: [],
    liveStreamId: null,
    sipCallId: "x@192.0.2.1",
    pool: "main",
    drive: "/nowhere",
    path: "/nowhere/x.spx",
    bytes: 51_000,
    loss: 0,
    mos: 4.4,
    rule: "Sales",
  });
  await catalog.close();
  const database = new DatabaseSync(file);
  database.exec(`
    CREATE TEMP TABLE numbers AS
      WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${COUNT - 1})
      SELECT i FROM n;
    CREATE TEMP TABLE copies AS SELECT r.*, i FROM recordings r, numbers;
    DELETE FROM recordings;
    UPDATE copies SET id = i + 1, startTimeMs = startTimeMs + i * 60000,
      recordingKey = printf('018f0000-0000-7000-8000-%012d-%d', i, startTimeMs + i * 60000),
      callKey = printf('c0a80a01-%d-%d', i, startTimeMs), agent = 'Agent ' || (i % 40),
      extension = 2000 + i % 40, outcome = CASE i % 17 WHEN 0 THEN 'degraded' ELSE 'ok' END,
      parties = json_array(printf('+49301%05d', i), CAST(2000 + i % 40 AS TEXT));
    ALTER TABLE copies DROP COLUMN i;
    INSERT INTO recordings SELECT * FROM copies;
  `);
  database.close();
}

test(
  "10,000 recordings scroll with some dozens of rows, by wheel and by keys, and are searched",
  { skip: isSkipped, timeout: LIMIT_MS },
  async (context) => {
    const { page, faults, close } = await openPage(place.browser, place.office.url, {
      width: "desktop",
    });
    context.after(close);
    await signIn(page, await place.office.key("supervisor"), "/recordings");
    await expect(page.getByText("10,000 recordings")).toBeVisible();
    const rows = page.locator("[data-row]");
    const row = (index: number) => page.locator(`[data-row="${index}"]`);
    await expect(row(0)).toContainText("Agent 39");
    for (const share of [0.2, 0.5, 0.9, 1]) {
      await page.evaluate(`scrollTo(0, document.body.scrollHeight * ${share})`);
      await expect(rows.locator("nth=-1").getByRole("link")).toBeVisible();
      assert.ok((await rows.count()) <= MOST_ROWS, `${await rows.count()} rows in the page`);
    }
    await expect(row(COUNT - 1)).toContainText("+4930100000");
    assert.deepEqual(await seriousFindings(page), []);

    await page.evaluate("scrollTo(0, 0)");
    await row(0).getByRole("link").focus();
    await page.keyboard.press("ArrowDown");
    await expect(row(1).getByRole("link")).toBeFocused();
    await page.keyboard.press("End");
    await expect(row(COUNT - 1).getByRole("link")).toBeFocused();
    await page.keyboard.press("Home");
    await expect(row(0).getByRole("link")).toBeFocused();

    await page.getByLabel("Search").fill("4930104711");
    await expect(page.getByText("1 recording", { exact: true })).toBeVisible();
    await page.getByLabel("Search").fill("");
    await page.getByLabel("Outcome").selectOption("degraded");
    await expect(page.getByText("589 recordings")).toBeVisible();
    await page.getByRole("button", { name: "Clear all" }).click();
    await expect(page.getByText("10,000 recordings")).toBeVisible();
    assert.deepEqual(faults, []);
  },
);

test(
  "searches among 10,000: how long they take, for whoever reads it",
  { skip: isSkipped, timeout: LIMIT_MS },
  async (context) => {
    for (const search of SEARCHES) {
      const tookMs: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        const beganMs = performance.now();
        const address = `/api/v1/recordings?limit=100&offset=${round * 10}${search}`;
        const { recordings } = await place.office.api<{ readonly recordings: unknown[] }>(address);
        tookMs.push(performance.now() - beganMs);
        assert.ok(recordings.length > 0 || round > 0, search);
      }
      tookMs.sort((a, b) => a - b);
      const at = (share: number): string => (tookMs[Math.floor(ROUNDS * share)] ?? 0).toFixed(1);
      context.diagnostic(`search "${search}": p50 ${at(0.5)} ms, p95 ${at(0.95)} ms`);
    }
  },
);
