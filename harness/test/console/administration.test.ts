// What managers, administrators and agents do in the console, in Debian's Chromium, with a real
// recorder and a simulated IP Office: rules tried before they are saved, a day reconciled, the
// audit, the system at a glance, an agent's pause; at desktop and phone width.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "@playwright/test";
import {
  expect,
  isSkipped,
  openPage,
  scrollsSideways,
  seriousFindings,
  signIn,
  type Watched,
  type Width,
} from "./browser.ts";
import { until, type Office } from "./office.ts";
import { consolePlace, LIMIT_MS } from "./place.ts";

const WIDTHS = ["desktop", "phone"] as const;
const SECOND_PACKETS = 50;
const SALES = { title: "Sales", kind: "group", match: { groups: ["Sales"] } };
const ALICE = { title: "Alice", kind: "agent", match: { agents: ["2001"] } };

const place = consolePlace({ changes: { rules: [SALES, ALICE] } }, async (office) => {
  await makeCall(office, "2001", "+4930123456");
  await makeCall(office, "2004", "+4930999999");
});

/** A call that is over, and known to the recorder as such. */
async function makeCall(office: Office, extension: string, number: string): Promise<void> {
  const { pbx, api } = office;
  const known = async () => (await api<{ calls: unknown[] }>("/api/v1/calls")).calls.length;
  const before = await known();
  pbx.placeCall({ from: { number }, to: extension });
  await until("ringing", () => pbx.isRinging(extension));
  pbx.answer(extension);
  await until("talking", () => pbx.isTalking(extension));
  // Recorded from its beginning, whatever becomes of it by the rules.
  const sent = pbx.packetsSent();
  await until("a second of the recording", () => pbx.packetsSent() > sent + SECOND_PACKETS);
  pbx.hangUp(extension);
  await until("the call's row", async () => (await known()) > before);
}

async function isUsable(page: Page): Promise<void> {
  assert.deepEqual(await seriousFindings(page), []);
  assert.equal(await scrollsSideways(page), false, "it scrolls sideways");
}

/** One test at each width, with a page that somebody of this role has open. */
function atBothWidths(
  name: string,
  role: Parameters<Office["key"]>[0],
  steps: (watched: Watched, width: Width) => Promise<void>,
): void {
  for (const width of WIDTHS) {
    test(`${name}, ${width}`, { skip: isSkipped, timeout: LIMIT_MS }, async (context) => {
      const watched = await openPage(place.browser, place.office.url, { width });
      context.after(() => watched.close());
      const scope = role === "agent" ? ["--extensions", "2002"] : [];
      await signIn(watched.page, await place.office.key(role, ...scope));
      await steps(watched, width);
      await isUsable(watched.page);
      assert.deepEqual(watched.faults, [], "no console error, no request to another host");
    });
  }
}

atBothWidths(
  "a rule is edited, tried on past calls, saved; the history knows",
  "manager",
  async ({ page }, width) => {
    const title = `Support at ${width}`;
    await page.goto("/rules");
    await page.getByRole("button", { name: "New rule" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Title").fill(title);
    await dialog
      .getByLabel("Agents: extensions or names")
      .fill(width === "desktop" ? "2004" : "2009");
    await isUsable(page);
    await dialog.getByRole("button", { name: "Put into the list" }).click();
    await expect(page.getByText("Not saved yet.")).toBeVisible();
    await page.getByRole("button", { name: "Test and save…" }).click();
    await expect(dialog.getByText("This would have recorded 2 of 2 calls.")).toBeVisible();
    if (width === "desktop") {
      await expect(dialog.getByText("The rules in force: 1 of 2.")).toBeVisible();
      await expect(dialog.getByRole("cell", { name: "+4930999999 – 2004" })).toBeVisible();
    }
    await isUsable(page);
    await dialog.getByRole("button", { name: "Save and put in force" }).click();
    await expect(page.getByText("is in force.", { exact: false })).toBeVisible();
    const { rules } = await place.office.api<{ rules: { title: string }[] }>("/api/v1/rules");
    assert.ok(rules.some((rule) => rule.title === title));
    await page.getByRole("link", { name: "History" }).click();
    await expect(page.getByText(`added "${title}"`)).toBeVisible();
  },
);

atBothWidths(
  "rules change places by keyboard, and a mouse can drag them",
  "manager",
  async ({ page }, width) => {
    await page.goto("/rules");
    const titles = page.locator(".rule-title");
    await expect(titles.nth(0)).toContainText("Sales");
    await page.getByRole("button", { name: "Move Sales down" }).focus();
    await page.keyboard.press("Enter");
    await expect(titles.nth(0)).toContainText("Alice");
    await expect(page.getByText("Sales is now number 2", { exact: false })).toBeAttached();
    await expect(page.getByRole("button", { name: "Move Sales down" })).toBeFocused();
    await page.keyboard.press("Alt+ArrowUp");
    await expect(titles.nth(0)).toContainText("Sales");
    if (width === "desktop") {
      await page.locator(".rule").nth(1).dragTo(page.locator(".rule").nth(0));
      await expect(titles.nth(0)).toContainText("Alice");
    }
    page.on("dialog", (dialog) => void dialog.accept());
  },
);

atBothWidths(
  "the calls of the day: recorded and not wanted, with reason and recording",
  "manager",
  async ({ page }) => {
    await page.goto("/calls");
    const calls = page.getByRole("region", { name: /^Calls of/ });
    await expect(calls.getByText("+4930123456 – 2001")).toBeVisible();
    await expect(calls.getByText("No rule matched.").first()).toBeVisible();
    await isUsable(page);
    await page.getByRole("link", { name: /^Not wanted/ }).click();
    await expect(calls.getByText("+4930123456 – 2001")).toBeHidden();
    await page.getByRole("link", { name: /^All/ }).click();
    await calls.getByRole("link", { name: "Part 1" }).first().click();
    await expect(page).toHaveURL(/\/recordings\//);
    await page.goto("/calls?day=2020-01-01");
    await expect(page.getByText("No call of this day is known")).toBeVisible();
  },
);

atBothWidths("the audit is filtered, and says who did what", "administrator", async ({ page }) => {
  await page.goto("/audit");
  const entries = page.getByRole("region", { name: "Entries" });
  await expect(entries.getByText("administrator of the test").first()).toBeVisible();
  await page.getByLabel("Action").selectOption("session-begin");
  await expect(page).toHaveURL(/action=session-begin/);
  await expect(entries.getByRole("cell", { name: "Signed in" }).first()).toBeVisible();
  await page.getByLabel("Search").fill("nobody at all");
  await expect(page.getByText("No entry fits")).toBeVisible();
});

atBothWidths(
  "the system: link, load against its limit, drives, sizing (R16)",
  "administrator",
  async ({ page }) => {
    await page.goto("/system");
    await expect(page.getByText("Connected", { exact: true })).toBeVisible();
    await expect(page.getByText("recording control dl3rec/1", { exact: false })).toBeVisible();
    await expect(page.locator(".plot canvas")).toHaveCount(3);
    await isUsable(page);
    await page.getByRole("link", { name: "Storage" }).click();
    await expect(page.getByRole("heading", { name: "Pool main" })).toBeVisible();
    await page.getByRole("link", { name: "Logs and support" }).click();
    await page.getByLabel("Recording Library > SIP").selectOption("debug");
    await expect(page.getByText("Recording Library > SIP: debug")).toBeVisible();
    await page.goto("/system?view=sizing&calls=100&recordings=60&queued=0");
    await expect(page.getByText("VCM channels are 12 more", { exact: false })).toBeVisible();
  },
);

atBothWidths(
  "R21: an agent sees the own recording alone, pauses and resumes it",
  "agent",
  async ({ page }) => {
    const { pbx } = place.office;
    await expect(page.getByText("Not recorded", { exact: true })).toBeVisible();
    assert.equal(await page.getByRole("link", { name: "Recordings" }).count(), 0);
    // Only a call that a rule wants is recorded from its beginning; Bob is of Sales.
    pbx.placeCall({ from: { number: "+4930777777" }, to: "2002" });
    await until("ringing", () => pbx.isRinging("2002"));
    pbx.answer("2002");
    await expect(page.getByText("Recording", { exact: true })).toBeVisible();
    await page.getByRole("button", { name: "Pause the recording" }).click();
    await expect(page.getByText("Paused", { exact: true })).toBeVisible();
    const state = () => place.office.api<{ state: string }>("/api/v1/agents/2002/active-recording");
    assert.deepEqual(await state(), { state: "PAUSED" });
    await page.getByRole("button", { name: "Resume the recording" }).click();
    await expect(page.getByText("Recording", { exact: true })).toBeVisible();
    assert.deepEqual(await state(), { state: "RECORDING" });
    pbx.hangUp("2002");
    await expect(page.getByText("Not recorded", { exact: true })).toBeVisible();
  },
);
