// A first start: the recorder shows its address and a one-time key, the console leads from there to
// a recorder that is connected to its IP Office, testing each step; at desktop and phone width.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { loadSite, SimulatedIpOffice } from "@tapeline/simulator/pbx";
import type { Page } from "@playwright/test";
import { stringify } from "yaml";
import { freePort } from "../../src/live/free-ports.ts";
import { realPorts } from "../../src/live/real-ports.ts";
import { RecorderProcess } from "../../src/live/recorder-process.ts";
import { expect, isSkipped, openPage, scrollsSideways, seriousFindings } from "./browser.ts";
import { until } from "./office.ts";
import { consoleBrowser, LIMIT_MS } from "./place.ts";

const HOST = "127.0.0.1";

const browser = consoleBrowser();

/** An IP Office, and a recorder that nobody has set up. */
async function start(context: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), "tapeline-first-"));
  const listen = { host: HOST, devlink3Port: 0, sipPort: 0, rtpPortBase: 0 };
  const about = { site: loadSite({}), listen, keepPayloads: false };
  const pbx = new SimulatedIpOffice(about, realPorts(), {
    onSip: () => undefined,
    onDevLink3: () => undefined,
  });
  const { devlink3 } = await pbx.start();
  const file = join(directory, "recorder.yaml");
  const config = {
    recorder: { address: HOST },
    sip: { port: await freePort(HOST), allow: [HOST] },
    rtp: { port: await freePort(HOST, true) },
    http: { port: await freePort(HOST) },
    simulation: { allowLoopback: true },
  };
  await writeFile(file, `# written by hand\n${stringify(config)}`);
  const recorder = new RecorderProcess(file);
  context.after(async () => {
    await recorder.stop();
    await pbx.close();
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  });
  const { url, oneTimeKey } = await recorder.ready();
  assert.ok(oneTimeKey !== undefined, "the ready line tells the key");
  return { directory, pbx, devlink3, file, url, oneTimeKey };
}

for (const width of ["desktop", "phone"] as const) {
  test(
    `from the one-time key to a connected IP Office, ${width} (R10, R12, R15)`,
    { skip: isSkipped, timeout: LIMIT_MS },
    async (context) => {
      const { directory, pbx, devlink3, file, url, oneTimeKey } = await start(context);
      const { page, faults, close } = await openPage(browser(), url, { width });
      context.after(close);
      await page.goto("/");
      await page.getByLabel("One-time key").fill(oneTimeKey);
      await isUsable(page);
      await page.getByRole("button", { name: "Sign in" }).click();
      await expect(page.getByRole("heading", { name: "Set-up", exact: true })).toBeVisible();
      const key = await makeKey(page);
      await connectOffice(page, devlink3);
      for (const heading of ["Say where this recorder is", "Choose the ports"]) {
        await expect(page.getByRole("heading", { name: heading })).toBeVisible();
        await passTest(page);
      }
      await page.getByLabel("Pool directory").fill("recordings");
      await passTest(page);
      await page.getByRole("button", { name: "Save the configuration" }).click();
      await expect(page.getByText("A restart is needed for some of it.")).toBeVisible();
      await isUsable(page);
      const text = await readFile(file, "utf8");
      assert.ok(text.startsWith("# written by hand"), "comments stay");
      assert.ok(text.includes("path: recordings"));
      assert.ok((await readFile(`${file}.before`, "utf8")).includes("simulation"));
      await page.getByRole("button", { name: "Restart now" }).click();
      await expect(page.getByText("The recorder starts anew.")).toBeVisible();
      await until("the DevLink3 link", () => pbx.streamingConnections() > 0);
      await until("the new recorder", () => answers(url));
      const again = await fetch(`${url}/api/v1/system`, {
        headers: { authorization: `Bearer ${key}` },
      });
      assert.equal(again.status, 200, "the key that was made lasts");
      const used = JSON.stringify({ key: oneTimeKey });
      const headers = { "content-type": "application/json" };
      const late = await fetch(`${url}/api/v1/session`, { method: "POST", headers, body: used });
      assert.equal(late.status, 401, "the one-time key does not");
      assert.ok(!(await readFile(join(directory, "data/state/keys.json"), "utf8")).includes(key));
      assert.deepEqual(faults, [], "no console error, no request to another host");
    },
  );
}

async function makeKey(page: Page): Promise<string> {
  await page.getByLabel("Your name").fill("Ann Administrator");
  await page.getByRole("button", { name: "Make my key" }).click();
  const shown = page.locator("[data-key]");
  await expect(shown).toBeVisible();
  const key = (await shown.textContent())?.trim() ?? "";
  assert.match(key, /^tapeline_/);
  await isUsable(page);
  await page.getByRole("button", { name: "Next" }).click();
  return key;
}

/** First with a wrong password: the remedy is shown; then with the right one. */
async function connectOffice(
  page: Page,
  { host, port, user, password }: { host: string; port: number; user: string; password: string },
): Promise<void> {
  await expect(page.getByRole("heading", { name: "Connect the IP Office" })).toBeVisible();
  await page.getByLabel("Address or name").fill(host);
  await page.getByLabel("DevLink3 port").fill(String(port));
  await page.getByLabel("User", { exact: true }).fill(user);
  await page.getByLabel("Password").fill("a wrong one");
  await page.getByRole("button", { name: "Test this step" }).click();
  await expect(page.getByText("DEVLINK3_AUTHENTICATION_FAILED", { exact: false })).toBeVisible();
  await isUsable(page);
  await page.getByLabel("Password").fill(password);
  await passTest(page);
}

async function passTest(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Test this step" }).click();
  await expect(page.getByText(/^(?:All good\.|It works; see the warnings\.)$/)).toBeVisible();
  await page.getByRole("button", { name: "Next", exact: true }).click();
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/healthz`)).ok;
  } catch {
    return false;
  }
}

async function isUsable(page: Page): Promise<void> {
  assert.deepEqual(await seriousFindings(page), []);
  assert.equal(await scrollsSideways(page), false, "it scrolls sideways");
}
