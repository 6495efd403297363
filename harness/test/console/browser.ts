// Debian's Chromium for the console's tests: a page at desktop or phone width, light or dark, that
// keeps what must not be: console errors, and requests to another host.
import { AxeBuilder } from "@axe-core/playwright";
import { chromium, expect as eager, type Browser, type Page } from "@playwright/test";
import assert from "node:assert/strict";
import { CHROMIUM_FLAGS, findChromium } from "../browser/environment.ts";

/** Why the browser's tests cannot run here; false: they can. With CI=true they must. */
export const isSkipped: string | false =
  findChromium() === null && process.env["CI"] !== "true"
    ? "no browser: apt-get install chromium"
    : false;

/** For each thing that a page is to do or to show: it catches what hangs, not what is slow. */
export const PATIENCE_MS = 180_000;

/** Playwright's own, with that patience. */
export const expect = eager.configure({ timeout: PATIENCE_MS });

export const WIDTHS = {
  desktop: { width: 1_280, height: 860 },
  phone: { width: 390, height: 844 },
} as const;

export type Width = keyof typeof WIDTHS;

export async function launch(): Promise<Browser> {
  const executablePath = findChromium();
  assert.ok(executablePath, "no browser: apt-get install chromium");
  const sound = ["--autoplay-policy=no-user-gesture-required"];
  const args = [...CHROMIUM_FLAGS, ...sound];
  return chromium.launch({ executablePath, args, timeout: PATIENCE_MS });
}

export interface Watched {
  readonly page: Page;
  /** Errors in the page's console, and requests to other hosts, until now. */
  readonly faults: readonly string[];
  readonly close: () => Promise<void>;
}

interface PageOptions {
  readonly width: Width;
  readonly colorScheme?: "light" | "dark";
  /** Refusals that the test provokes are no faults. */
  readonly isExpected?: (text: string) => boolean;
}

/** A page of its own, without cookies. */
export async function openPage(
  browser: Browser,
  url: string,
  { width, colorScheme = "light", isExpected = () => false }: PageOptions,
): Promise<Watched> {
  const context = await browser.newContext({
    baseURL: url,
    viewport: WIDTHS[width],
    hasTouch: width === "phone",
    colorScheme,
    acceptDownloads: true,
    timezoneId: "Europe/Berlin",
    locale: "en-GB",
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const faults: string[] = [];
  const fault = (text: string): void => {
    if (!isExpected(text)) faults.push(text);
  };
  page.on("console", (message) => {
    if (message.type() === "error") fault(`console: ${message.text()} ${message.location().url}`);
  });
  page.on("pageerror", (error) => fault(`error: ${error.message}`));
  const { host } = new URL(url);
  page.on("request", (request) => {
    const asked = new URL(request.url());
    if (/^(?:http|ws)s?:$/.test(asked.protocol) && asked.host !== host) {
      fault(`request to ${asked.host}`);
    }
  });
  return { page, faults, close: () => context.close() };
}

/** Signs in on the first page, whichever address was asked for. */
export async function signIn(page: Page, key: string, address = "/"): Promise<void> {
  await page.goto(address);
  await page.getByLabel("API key").fill(key);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("navigation", { name: "Pages" }).waitFor();
}

/** What axe finds that is serious or worse, by rule and place; WCAG 2.2 AA. */
export async function seriousFindings(page: Page): Promise<readonly string[]> {
  const { violations } = await new AxeBuilder({ page })
    // Preloading copies the styles of the waveform's shadow tree into the page: the policy refuses.
    .options({ preload: false })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"])
    .analyze();
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(" ")}`));
}

/** Whether the page reaches beyond the width of the screen. */
export async function scrollsSideways(page: Page): Promise<boolean> {
  const root = "document.documentElement";
  return page.evaluate<boolean>(`${root}.scrollWidth > ${root}.clientWidth`);
}
