// What a reader of the pages relies on, tried in a real browser. Run by browser.test.ts.
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { AxeBuilder } from "@axe-core/playwright";
import { expect, test, type Page } from "@playwright/test";
import { environmentOf } from "./environment.ts";
import { LOW_CONTRAST, OUTSIDE_OF_WIDTH } from "./looks.ts";

const { pages, output } = environmentOf(process.env);
const SUITE = "failing.html";
const REAL_RUN = "real/pause-with-crash-virtual-1/ladder.html";
const LOSSY_RUN = "real/media-loss-and-reorder-virtual-1/ladder.html";
/** Cards of runs beyond the first ones are of the same make. */
const ALIKE = "#runs .run:nth-of-type(n + 5)";
const PAGES = [SUITE, "failed-run.html", REAL_RUN, "real/report.html"];

/** Opens a page; what it asks for and complains of is collected. */
async function open(page: Page, name: string): Promise<{ readonly complaints: string[] }> {
  const complaints: string[] = [];
  const url = pathToFileURL(join(pages, name)).href;
  page.on("request", (request) => {
    if (request.url() !== url) complaints.push(`asked for ${request.url()}`);
  });
  page.on("console", (message) => complaints.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  await page.goto(url);
  return { complaints };
}

for (const name of PAGES) {
  test(`${name} fits the screen, asks for nothing, and can be read in light and dark`, async ({
    page,
  }, info) => {
    const { complaints } = await open(page, name);
    await expect(page.locator("main")).toBeVisible();
    expect(await page.evaluate(OUTSIDE_OF_WIDTH)).toEqual([]);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await page.evaluate(LOW_CONTRAST), colorScheme).toEqual([]);
      const file = `${name.replaceAll("/", "-")}-${info.project.name}-${colorScheme}.png`;
      const path = join(output, file);
      await page.screenshot({ path, fullPage: name !== SUITE });
      expect(statSync(path).size).toBeGreaterThan(10_000);
    }
    expect(complaints).toEqual([]);
  });
}

test("a suite's page says first what failed and why, and leads there", async ({ page }) => {
  await open(page, SUITE);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("6 runs failed");
  await expect(page.getByText("Against the last run:")).toContainText("2 newly failing");
  const failures = page.locator("#failures li");
  await expect(failures).toHaveCount(2);
  await expect(failures.first()).toContainText("0.150 s audio Alice, 2001: frame 812 is missing");
  await expect(failures.first()).toContainText("npx testbed run basics/blind-transfer");
  await expect(failures.nth(1)).toContainText("5 seeds: s+16, s+40");
  await failures.first().getByRole("link").click();
  const card = page.locator("details.run:target");
  await expect(card).toBeInViewport();
  // Up to the first finding, which is about the INVITE.
  await expect(card.locator(".events")).toContainText("IP Office → Recorder: INVITE");
  await expect(card.locator(".events")).not.toContainText("200 OK");
  await expect(card).toContainText("npx testbed run basics/blind-transfer --mode virtual");
});

test("the matrix has every seed, slowest and trend stand below it", async ({ page }) => {
  await open(page, SUITE);
  const strip = page.locator("svg.seeds").nth(1);
  await expect(strip).toHaveAttribute("aria-label", "60 seeds, 5 failed");
  await expect(page.getByRole("heading", { name: "Slowest" })).toBeVisible();
  await expect(page.locator("svg.history")).toHaveAttribute("aria-label", /^The last 12 suites/);
  await expect(page.locator(".changes")).toContainText("Newly failing 2");
});

test("by keyboard: search, next and previous run, open a run and a message", async ({ page }) => {
  await open(page, SUITE);
  const shown = page.locator("#runs .run:not([hidden])");
  await page.keyboard.press("/");
  await page.keyboard.type("blind-transfer");
  await expect(shown).toHaveCount(1);
  await page.keyboard.press("Escape");
  await page.keyboard.press("j");
  const summary = shown.locator("> summary");
  await expect(summary).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(shown).not.toHaveAttribute("open", "");
  await page.keyboard.press("Enter");
  const message = shown.locator(".ladder details").first();
  await message.locator("summary").focus();
  await page.keyboard.press("Enter");
  await expect(message.locator("pre")).toContainText("INVITE sip:rec@192.0.2.10 SIP/2.0");
});

test("what went wrong, where, and how to repeat it are on the first screen of a failed run", async ({
  page,
}) => {
  await open(page, "failed-run.html");
  for (const text of [
    "Alice, 2001: frame 812 is missing",
    "npx testbed run basics/blind-transfer",
  ]) {
    await expect(page.locator("main").getByText(text).first()).toBeInViewport();
  }
  const moment = page.locator(".wrong a.when").first();
  await expect(moment).toHaveText("0.150 s");
  await moment.click();
  const place = page.locator(".ladder .m.odd:target");
  await expect(place).toBeInViewport();
  await expect(place).toContainText("frame 812 is missing");
  await expect(page.locator(".timeline .k-wrong")).toHaveCount(2);
});

for (const name of PAGES) {
  // Colours are judged in light and dark by LOW_CONTRAST, which takes a tenth of the time.
  test(`${name} has nothing that axe finds`, async ({ page }) => {
    await open(page, name);
    const { violations } = await new AxeBuilder({ page }).exclude(ALIKE).setLegacyMode().analyze();
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.target.join(" ") ?? ""}`);
    expect(found).toEqual([]);
  });
}

test("by Tab alone: all that can be used is reached in the page's order, and is seen there", async ({
  page,
}) => {
  await open(page, "failed-run.html");
  const wanted = await page
    .locator("a[href], button, summary, input")
    .filter({ visible: true })
    .count();
  const tops: number[] = [];
  for (let at = 0; at < wanted; at += 1) {
    await page.keyboard.press("Tab");
    const focus = page.locator(":focus");
    await expect(focus).toBeInViewport();
    await expect(focus).toHaveCSS("outline-style", "solid");
    tops.push(
      await focus.evaluate(
        (element) =>
          element.getBoundingClientRect().top + element.ownerDocument.documentElement.scrollTop,
      ),
    );
  }
  expect(tops).toEqual(tops.toSorted((one, other) => one - other));
  const message = page.locator(".ladder details").first();
  await message.locator("summary").focus();
  await page.keyboard.press("Enter");
  await expect(message.locator("pre")).toBeVisible();
});

test("every SIP and DevLink3 message of a run opens without a script, too", async ({ browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(pathToFileURL(join(pages, REAL_RUN)).href);
  const messages = page.locator(".ladder details.sip, .ladder details.devlink3");
  const count = await messages.count();
  expect(count).toBeGreaterThan(10);
  await page.locator(".ladder details.sip summary").first().click();
  await expect(page.locator(".ladder details.sip pre").first()).toContainText("INVITE sip:");
  await expect(page.locator(".timeline")).toBeVisible();
  await context.close();
});

test("a run's timeline has parties, pauses, faults, VCM and bandwidth; its recordings waveform, loss and MOS", async ({
  page,
}) => {
  await open(page, REAL_RUN);
  const timeline = page.locator(".timeline");
  for (const text of ["+4930123456", "2001", "VCM channels", "RTP bandwidth"]) {
    await expect(timeline).toContainText(text);
  }
  await expect(timeline.locator("rect.k-pause")).toHaveCount(1);
  await expect(timeline.locator("rect.k-down")).toHaveCount(1);
  await open(page, LOSSY_RUN);
  const recording = page.locator(".recording").first();
  await expect(recording.locator("path.pcm")).toHaveAttribute("d", /^m/);
  await expect(recording.locator("path.loss")).toHaveAttribute("d", /^M/);
  await expect(recording).toContainText(/MOS\s*[1-4]\.\d\d/);
});

test("log, trace and capture can be downloaded from where the page lies", async ({ page }) => {
  await open(page, REAL_RUN);
  const links = page.locator(".files a[download]");
  await expect(links).toHaveCount(3);
  for (const link of await links.all()) {
    const href = (await link.getAttribute("href")) ?? "";
    expect(href).toMatch(/^\.\//);
    expect(existsSync(fileURLToPath(new URL(href, page.url()))), href).toBe(true);
  }
});

test("printed, everything is open, dark ink on white, without buttons", async ({ page }) => {
  await page.emulateMedia({ colorScheme: "dark", media: "print" });
  await open(page, SUITE);
  await expect(page.locator(".filters")).toBeHidden();
  expect(await page.evaluate(LOW_CONTRAST)).toEqual([]);
  await expect(page.locator("body")).toHaveCSS("background-color", "rgb(255, 255, 255)");
  const run = await page.context().newPage();
  await open(run, LOSSY_RUN);
  expect((await run.pdf()).length).toBeGreaterThan(20_000);
});

test("6,000 runs are a page that opens, filters and searches", async ({ page }) => {
  expect(statSync(join(pages, "big.html")).size).toBeLessThan(3_000_000);
  await open(page, "big.html");
  await expect(page.getByRole("heading", { level: 1 })).toContainText("runs failed");
  await page.locator("[data-filter=pass]").click();
  await expect(page.locator("#runs .run.fail").first()).toBeHidden();
  await page.locator("#search").fill("nowhere");
  await expect(page.getByText("No run matches.")).toBeVisible();
  expect(await page.evaluate(OUTSIDE_OF_WIDTH)).toEqual([]);
});

test("hostile text in any place stays text", async ({ page }) => {
  const { complaints } = await open(page, "hostile.html");
  await expect(page).toHaveTitle(/^1 run failed/);
  expect(complaints).toEqual([]);
});
