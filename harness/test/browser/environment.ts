// What browser.test.ts hands to the browser's tests: where the browser is, where the pages lie, and
// where screenshots go.
import { existsSync } from "node:fs";

/** Debian's Chromium, without a network and as root. */
export const CHROMIUM_FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
] as const;

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** The browser of this machine; null where there is none. */
export function findChromium(): string | null {
  return PLACES.find((path) => existsSync(path)) ?? null;
}

/** The names of the variables, by what they hold. */
export const VARIABLES = {
  chromium: "TAPELINE_CHROMIUM",
  pages: "TAPELINE_PAGES",
  output: "TAPELINE_BROWSER_OUTPUT",
} as const;

/** Paths of browser, pages and output. */
export function environmentOf(variables: NodeJS.ProcessEnv): {
  readonly chromium: string;
  readonly pages: string;
  readonly output: string;
} {
  const read = (name: string): string => {
    const value = variables[name];
    if (value === undefined) throw new Error(`${name} is not set: run browser.test.ts`);
    return value;
  };
  return {
    chromium: read(VARIABLES.chromium),
    pages: read(VARIABLES.pages),
    output: read(VARIABLES.output),
  };
}
