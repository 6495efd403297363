// A supervisor's day in the console, in Debian's Chromium, with a real recorder and a simulated IP
// Office: sign in, a call appears, listen, pause, resume, hang up, find, play, download, verify
// (issue-level acceptance of R5, R7, R21, R23), at desktop and phone width.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test, type TestContext } from "node:test";
import type { Page } from "@playwright/test";
import {
  expect,
  PATIENCE_MS,
  isSkipped,
  openPage,
  scrollsSideways,
  seriousFindings,
  signIn,
  type Watched,
  type Width,
} from "./browser.ts";
import { hearsLevel, hearsWhatIsSaid, untilPlayed } from "./hearing-page.ts";
import { until } from "./office.ts";
import { consolePlace, LIMIT_MS } from "./place.ts";

const CALLER = "+4930123456";
const AGENTS = {
  desktop: { extension: "2001", name: "Alice" },
  phone: { extension: "2002", name: "Bob" },
} as const;
/** A second of audio: long enough for a level. */
const SECOND = 8_000;
/** The tone of 440 Hz at −20 dBm0 in dBFS: 3.17 dB of G.711's head room, 3.01 of a sine. */
const FILL_DB = -20 - 3.17 - 3.01;
const TOLERANCE_DB = 1;

const place = consolePlace();

interface Supervisor extends Watched {
  readonly width: Width;
  readonly agent: (typeof AGENTS)[Width];
}

for (const width of ["desktop", "phone"] as const) {
  test(
    `a call from its beginning to its download, ${width} (R5, R7, R21, R23)`,
    { skip: isSkipped, timeout: LIMIT_MS },
    async (context) => {
      const watched = await openPage(place.browser, place.office.url, { width });
      context.after(() => watched.close());
      const supervisor = { ...watched, width, agent: AGENTS[width] };
      await signIn(watched.page, await place.office.key("manager"));
      await appears(supervisor, context);
      await listens(supervisor, context);
      await pausesAndResumes(supervisor);
      await hangsUp(supervisor);
      await findsAndPlays(supervisor);
      await downloadsAndVerifies(supervisor);
      await holdsAndErases(supervisor);
      assert.deepEqual(watched.faults, [], "no console error, no request to another host");
    },
  );
}

/** Nothing serious for axe, and nothing beyond the screen's edge. */
async function isUsable(page: Page): Promise<void> {
  assert.deepEqual(await seriousFindings(page), []);
  assert.equal(await scrollsSideways(page), false, "it scrolls sideways");
}

async function appears({ page, agent }: Supervisor, context: TestContext): Promise<void> {
  const list = page.getByRole("table", { name: "Recordings in progress" });
  await expect(page.getByText("No call is being recorded")).toBeVisible();
  await isUsable(page);
  // When the page shows it, by its own clock: the same machine's as the recorder's.
  const shown = page.evaluate<number>(`new Promise((resolve) => {
    const look = () => document.querySelector("table")?.textContent.includes("${agent.name}")
      ? resolve(Date.now()) : requestAnimationFrame(look);
    look();
  })`);
  const { pbx } = place.office;
  pbx.placeCall({ from: { number: CALLER }, to: agent.extension });
  pbx.answer(agent.extension);
  await expect(list.getByRole("row", { name: agent.name })).toBeVisible();
  const { recordings } = await place.office.api<{
    readonly recordings: readonly { readonly beganTimeMs: number }[];
  }>("/api/v1/active-recordings");
  const appearedMs = (await shown) - (recordings.at(-1)?.beganTimeMs ?? 0);
  // A figure, and no verdict: it is the machine's as much as the page's.
  context.diagnostic(`the call was on the page ${Math.round(appearedMs)} ms after its 200`);
  await isUsable(page);
}

function legOf({ agent }: Supervisor) {
  const legs = place.office.pbx.truth.conversations.flatMap((conversation) => conversation.legs);
  const leg = legs.findLast(({ extension }) => extension === agent.extension);
  assert.ok(leg);
  return leg;
}

async function listens(supervisor: Supervisor, context: TestContext): Promise<void> {
  const { page, agent } = supervisor;
  await page.getByRole("button", { name: `Listen to ${agent.name}` }).click();
  await expect(page.getByRole("meter", { name: "Level" })).toBeVisible();
  const wanted = { samples: 3 * SECOND, toleranceDb: TOLERANCE_DB };
  context.diagnostic(await hearsWhatIsSaid(page, legOf(supervisor), wanted));
  const latency = page.locator("[data-latency]");
  await expect(latency).toHaveText(/^\d+$/);
  context.diagnostic(`latency, packet to loudspeaker: ${await latency.textContent()} ms`);
  assert.ok(Number(await latency.textContent()) > 0);
  await isUsable(page);
}

/** What is played in one report may lie on both sides of an edge. */
const REPORT_SAMPLES = 1_600;

/** Presses the button; resolves when the page plays what lies beyond the edge. */
async function presses({ page, agent }: Supervisor, action: "Pause" | "Resume"): Promise<void> {
  const answered = page.waitForResponse(/\/(?:pause|resume)$/);
  await page.getByRole("button", { name: `${action} the recording of ${agent.name}` }).click();
  const { sample } = (await (await answered).json()) as { readonly sample: number };
  await untilPlayed(page, sample + REPORT_SAMPLES);
}

async function pausesAndResumes(supervisor: Supervisor): Promise<void> {
  const { page } = supervisor;
  await presses(supervisor, "Pause");
  const wanted = { samples: 2 * SECOND, toleranceDb: TOLERANCE_DB };
  await hearsLevel(page, FILL_DB, wanted);
  await expect(page.getByText("Paused", { exact: true })).toBeVisible();
  await presses(supervisor, "Resume");
  await hearsWhatIsSaid(page, legOf(supervisor), wanted);
}

async function hangsUp({ page, agent }: Supervisor): Promise<void> {
  place.office.pbx.hangUp(agent.extension);
  await expect(page.getByText("The call has ended")).toBeVisible();
  await expect(page.getByText("No call is being recorded")).toBeVisible();
  await page.getByRole("button", { name: "Close" }).click();
}

async function findsAndPlays({ page, agent }: Supervisor): Promise<void> {
  await until("the recording is stored", async () => {
    const { recordings } = await place.office.api<{
      readonly recordings: readonly { readonly agent: string; readonly status: string }[];
    }>("/api/v1/recordings");
    return recordings.some((one) => one.agent === agent.name && one.status === "SAVED");
  });
  await page.getByRole("link", { name: "Recordings", exact: true }).first().click();
  await page.getByLabel("Search").fill("nobody of this name");
  await expect(page.getByText("No recording matches")).toBeVisible();
  await isUsable(page);
  await page.getByLabel("Search").fill(agent.name.toLowerCase());
  await expect(page.getByText("1 recording", { exact: true })).toBeVisible();
  assert.match(page.url(), /[?&]q=/, "the search stands in the address");
  await isUsable(page);
  const found = page.getByRole("row", { name: new RegExp(agent.name) });
  await found.getByRole("link").focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("slider", { name: "Position in the recording" })).toBeVisible();
  await isUsable(page);
  await page.getByRole("slider").focus();
  await page.keyboard.press("Space");
  await expect(page.getByRole("button", { name: "Pause", exact: true })).toBeVisible();
  await expect
    .poll(() => page.getByRole("slider").getAttribute("aria-valuenow").then(Number), {
      timeout: PATIENCE_MS,
    })
    .toBeGreaterThan(1);
  await page.keyboard.press("Space");
  await expect(page.getByRole("button", { name: "Play", exact: true })).toBeVisible();
  await page.goto(`${page.url().replace(/#.*/, "")}#t=2`);
  await expect(page.getByRole("slider")).toHaveAttribute("aria-valuenow", "2");
}

async function downloadsAndVerifies({ page, agent }: Supervisor): Promise<void> {
  const leg = place.office.pbx.truth.conversations
    .flatMap(({ legs }) => legs)
    .findLast(({ extension }) => extension === agent.extension);
  const samples = (leg?.frames.length ?? 0) * 160;
  const wav = await download(page, "WAV");
  assert.equal(wav.toString("latin1", 0, 4), "RIFF");
  // A BYE that a busy machine takes late ends a longer recording.
  assert.ok((wav.length - 44) / 2 > samples - SECOND / 2, "all of the call");
  const spx = await download(page, "Speex");
  assert.equal(spx.toString("latin1", 0, 4), "OggS");
  await page.getByRole("button", { name: "Verify" }).click();
  await expect(page.getByText("The stored copy is whole")).toBeVisible();
  await expect(page.getByText(/^Paused by/)).toBeVisible();
}

async function download(page: Page, name: string): Promise<Buffer> {
  const [given] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name }).click(),
  ]);
  return readFile(await given.path());
}

async function holdsAndErases({ page }: Supervisor): Promise<void> {
  await page.getByRole("button", { name: "Legal hold" }).click();
  await page.getByLabel("Reason").fill("Case 17");
  await isUsable(page);
  await page.getByRole("button", { name: "Put on hold" }).click();
  const release = page.getByRole("button", { name: "Release legal hold" });
  await expect(release).toBeVisible();
  await expect(page.getByRole("button", { name: "Delete" })).toBeDisabled();
  await release.click();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByLabel("Reason").fill("Wrong number");
  await page.getByRole("button", { name: "Delete for good" }).click();
  await expect(page.getByText("The recording is erased.")).toBeVisible();
  const { entries } = await place.office.api<{ readonly entries: readonly { action: string }[] }>(
    "/api/v1/audit?limit=100",
  );
  const deeds = new Set(entries.map(({ action }) => action));
  for (const deed of ["listen", "pause", "resume", "play", "export", "hold", "delete"]) {
    assert.ok(deeds.has(deed), `${deed} stands in the audit`);
  }
}
