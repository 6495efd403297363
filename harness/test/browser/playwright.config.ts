// How the pages are opened: Debian's Chromium at phone and desktop width, offline. Started by
// browser.test.ts; screenshots go to the folder that it names.
import { defineConfig } from "@playwright/test";
import { CHROMIUM_FLAGS, environmentOf } from "./environment.ts";

const { chromium, output } = environmentOf(process.env);

export default defineConfig({
  testDir: ".",
  testMatch: "*.spec.ts",
  outputDir: output,
  reporter: "line",
  workers: 2,
  fullyParallel: true,
  // On a machine that does ten other things, a page of thousands of runs takes its time.
  timeout: 400_000,
  expect: { timeout: 120_000 },
  use: {
    browserName: "chromium",
    offline: true,
    launchOptions: { executablePath: chromium, args: [...CHROMIUM_FLAGS] },
  },
  projects: [
    { name: "desktop", use: { viewport: { width: 1_280, height: 900 } } },
    // What a page does is the same at any width; how it looks is not.
    {
      name: "phone",
      grep: /fits the screen/,
      use: { viewport: { width: 390, height: 844 }, hasTouch: true },
    },
  ],
});
