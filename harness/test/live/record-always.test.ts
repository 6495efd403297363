// Site option `record: always`: the simulated IP Office dials a recorder by itself at each answer,
// so that recorders without DevLink3 can be tested, and ours without recording control (R2, R3).
import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { findFrameTags, FRAME_SAMPLES } from "@tapeline/simulator/pbx";
import { freePort } from "../../src/live/free-ports.ts";
import {
  HOST,
  journalOf,
  keysWith,
  linesOf,
  LIVE_TEST_LIMIT_MS,
  liveRecorder,
  newFolder,
  removeFolder,
  simulatedIpOffice,
  sipTitles,
  until,
  untilIdle,
  writeYaml,
  type LiveRecorder,
} from "./live-fixture.ts";
import { startTestbed } from "./testbed-process.ts";

const UNREACHABLE = { host: HOST, port: 9, user: "recorder", password: "Passw0rd!" };
const ENOUGH_BYTES = 8_000;

/** Resolves when a live file holds a second of audio. */
function untilAudio(recorder: LiveRecorder): Promise<void> {
  return until("a second of audio", () =>
    keysWith(recorder.live, ".ul").some((key) => {
      const path = join(recorder.live, `${key}.ul`);
      return existsSync(path) && statSync(path).size >= ENOUGH_BYTES;
    }),
  );
}

/** Frames of one leg, from its beginning, without a hole. */
function checkSpeech(audio: Uint8Array): void {
  const found = findFrameTags(audio);
  assert.ok(found.length * FRAME_SAMPLES >= ENOUGH_BYTES);
  for (const [index, { offset, tag }] of found.entries()) {
    assert.equal(offset, index * FRAME_SAMPLES);
    assert.equal(tag.leg, found[0]?.tag.leg);
    assert.equal(tag.frame - (found[0]?.tag.frame ?? 0), index);
  }
}

test(
  "npx testbed pbx --site F with record: always dials a recorder that has no DevLink3 (R2, R3)",
  { timeout: LIVE_TEST_LIMIT_MS },
  async (context) => {
    const recorder = await liveRecorder(context, { devlink3: [UNREACHABLE] });
    await recorder.start();
    const folder = await newFolder();
    context.after(() => removeFolder(folder));
    const site = await writeYaml(join(folder, "site.yaml"), {
      users: [{ extension: "201", name: "Alice" }],
      trunks: [{ name: "ISDN", kind: "isdn", line: 5, channels: 4 }],
      record: "always",
      recorder: `sip:recorder@${HOST}:${recorder.sipPort}`,
    });
    const testbed = await startTestbed(context, ["pbx", "--site", site, "--json"]);
    await untilAudio(recorder);
    await testbed.stop();
    await untilIdle(recorder);

    const keys = keysWith(recorder.pool, ".spx");
    assert.equal(keys.length, 1);
    const journal = journalOf(join(recorder.live, `${keys[0]}.vrtx`));
    const titles = sipTitles(journal);
    assert.match(titles[0] ?? "", /^in INVITE sip:recorder@/);
    assert.match(titles.at(-2) ?? "", /^in BYE /, "the callers hang up when the testbed ends");
    assert.equal(linesOf(journal, "association").at(-1)?.["rung"], "orphan");
    const end = journal.at(-1);
    assert.deepEqual([end?.["reason"], end?.["outcome"]], ["remote-bye", "ok"]);
    checkSpeech(readFileSync(join(recorder.live, `${keys[0]}.ul`)));
  },
);

test(
  "without recording control, a call that the IP Office sends anyway is associated by its SIPTrack (R7)",
  { timeout: LIVE_TEST_LIMIT_MS },
  async (context) => {
    const sipPort = await freePort(HOST);
    const { pbx, devlink3 } = await simulatedIpOffice(context, {
      record: "always",
      recorder: `sip:recorder@${HOST}:${sipPort}`,
      devlink3: { recordingExtension: false },
    });
    const recorder = await liveRecorder(context, { devlink3: [devlink3], sipPort });
    await recorder.start();
    await until("the DevLink3 link", () => pbx.streamingConnections() === 1);
    pbx.placeCall({ from: { number: "+4930123456" }, to: "2001" });
    pbx.answer("2001");
    await untilAudio(recorder);
    pbx.hangUp("2001");
    await untilIdle(recorder);

    const keys = keysWith(recorder.pool, ".spx");
    assert.equal(keys.length, 1);
    const journal = journalOf(join(recorder.live, `${keys[0]}.vrtx`));
    const association = linesOf(journal, "association").at(-1);
    assert.equal(association?.["rung"], 2);
    assert.deepEqual([association["extension"], association["part"]], ["2001", 1]);
    assert.equal(journal.at(-1)?.["outcome"], "ok");
    checkSpeech(readFileSync(join(recorder.live, `${keys[0]}.ul`)));
    let link = await linkOf(recorder);
    // The snapshot ends when the IP Office has been silent for a while.
    while (link["state"] === "synchronising") link = await linkOf(recorder);
    assert.equal(link["state"], "recording-control-unavailable");
    assert.equal(link["code"], "RECORDING_CONTROL_UNAVAILABLE");
    assert.deepEqual(pbx.violations(), [], "no private packet reached the IP Office");
  },
);

async function linkOf(recorder: LiveRecorder): Promise<Readonly<Record<string, unknown>>> {
  const { links } = (await recorder.api("/readyz")) as {
    readonly links: readonly Readonly<Record<string, unknown>>[];
  };
  return links[0] ?? {};
}
