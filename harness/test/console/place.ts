// One place for all tests of a file: the console built, an office, a browser, made before the first
// test and taken down after the last. Where there is no browser nothing is made.
import type { Browser } from "@playwright/test";
import { after, before } from "node:test";
import { isSkipped, launch } from "./browser.ts";
import { buildConsole, startOffice, type Office, type OfficeOptions } from "./office.ts";

/** How long a console test, or the making of its place, may take at most. */
export const LIMIT_MS = 580_000;

interface Place {
  readonly office: Office;
  readonly browser: Browser;
}

/** `begin` is what happens in the office before the browser is there. */
export function consolePlace(
  options: OfficeOptions = {},
  begin: (office: Office) => Promise<void> = async () => undefined,
): Place {
  const browser = consoleBrowser();
  let office: Office | undefined;
  if (isSkipped === false) {
    before(
      async () => {
        office = await startOffice(options);
        await begin(office);
      },
      { timeout: LIMIT_MS },
    );
    after(() => office?.close());
  }
  return {
    get browser() {
      return browser();
    },
    get office() {
      return made(office);
    },
  };
}

/** The built console and a browser alone, for tests that start recorders of their own. */
export function consoleBrowser(): () => Browser {
  let browser: Browser | undefined;
  if (isSkipped === false) {
    before(
      async () => {
        buildConsole();
        browser = await launch();
      },
      { timeout: LIMIT_MS },
    );
    after(() => browser?.close());
  }
  return () => made(browser);
}

function made<T>(thing: T | undefined): T {
  if (thing === undefined) throw new Error("before the first test there is nothing here yet");
  return thing;
}
