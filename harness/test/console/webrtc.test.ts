// Listening over WebRTC in Debian's Chromium: the page's engine, the recorder's werift, PCMU on the
// way between, host candidates only (R5). What sounds in the page is what the agent's call says.
import assert from "node:assert/strict";
import { test } from "node:test";
import { expect, isSkipped, openPage, signIn } from "./browser.ts";
import { hearsWhatIsSaid } from "./hearing-page.ts";
import { until } from "./office.ts";
import { consolePlace, LIMIT_MS } from "./place.ts";

const TOLERANCE_DB = 1.5;
const SECOND = 8_000;

const place = consolePlace();

test(
  "R5 a page that wants WebRTC hears the talking party; the end is told; it is audited",
  { skip: isSkipped, timeout: LIMIT_MS },
  async (context) => {
    const watched = await openPage(place.browser, place.office.url, { width: "desktop" });
    context.after(() => watched.close());
    const { page } = watched;
    await page.addInitScript(`localStorage.setItem("tapeline.listening", "webrtc");
      const Real = RTCPeerConnection;
      window.peers = [];
      RTCPeerConnection = class extends Real {
        constructor(...given) { super(...given); window.peers.push(this); }
      };`);
    await signIn(page, await place.office.key("supervisor"));
    place.office.pbx.placeCall({ from: { number: "+4930123456" }, to: "2001" });
    place.office.pbx.answer("2001");
    await page.getByRole("button", { name: "Listen to Alice" }).click();
    await expect(page.getByRole("meter", { name: "Level" })).toBeVisible();
    await expect(page.locator("[data-latency]")).toHaveText(/^\d+$/);
    const leg = place.office.pbx.truth.conversations.flatMap(({ legs }) => legs).at(-1);
    assert.ok(leg !== undefined);
    const wanted = { samples: 4 * SECOND, toleranceDb: TOLERANCE_DB };
    context.diagnostic(await hearsWhatIsSaid(page, leg, wanted));
    const came = await page.evaluate<{
      codec: string;
      lost: number;
      hosts: string[];
    }>(`(async () => {
      const stats = [...(await window.peers.at(-1).getStats()).values()];
      const inbound = stats.find(({ type }) => type === "inbound-rtp");
      return {
        codec: stats.find(({ id }) => id === inbound.codecId).mimeType,
        lost: inbound.packetsLost,
        hosts: stats.filter(({ type }) => type === "remote-candidate").map(({ address }) => address),
      };
    })()`);
    assert.equal(came.codec, "audio/PCMU");
    assert.equal(came.lost, 0);
    assert.deepEqual([...new Set(came.hosts)], ["127.0.0.1"]);
    place.office.pbx.hangUp("2001");
    await expect(page.getByText("The call has ended")).toBeVisible();
    const { entries } = await place.office.api<{
      readonly entries: readonly { detail?: string }[];
    }>("/api/v1/audit?action=listen");
    assert.equal(entries[0]?.detail, "webrtc, now");
    await until("the listening's end is audited", async () => {
      const ends = await place.office.api<{ readonly entries: readonly unknown[] }>(
        "/api/v1/audit?action=listen-end",
      );
      return ends.entries.length === 1;
    });
    assert.deepEqual(watched.faults, []);
  },
);
