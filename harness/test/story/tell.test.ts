// Stories in the virtual world: steps that come about, and failures that say which did not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { lastEvents, type RunResult } from "@tapeline/reports";
import type { Story } from "@tapeline/scenarios";
import { scenario } from "@tapeline/scenarios/language";
import { runScenario } from "../../src/run-scenario.ts";

async function tell(story: (story: Story) => Promise<void>): Promise<RunResult> {
  const subject = scenario({ name: "test/story", title: "A story", proves: ["T1"], story });
  const given = { scenario: subject, mode: "virtual", seed: "1" } as const;
  return (await runScenario({ ...given, directory: null, workDirectory: "" })).result;
}

test("a step that does not come about fails the run: what, how long, and the last events", async () => {
  const story = ({ agent }: Story): Promise<void> => agent("2001").answers();
  const subject = scenario({ name: "test/story", title: "A story", proves: ["T1"], story });
  const given = { scenario: subject, mode: "virtual", seed: "1" } as const;
  const { result, evidence } = await runScenario({ ...given, directory: null, workDirectory: "" });
  assert.equal(result.verdict, "fail");
  assert.match(String(result.why), /^2001 rings: not within 30000 ms/);
  assert.ok(evidence !== null && lastEvents(evidence).length > 3);
});

test("a condition of the story's own is named by its words and its time", async () => {
  const { why } = await tell(({ until }) => until("pigs fly", () => false, 5));
  assert.match(String(why), /^pigs fly: not within 5000 ms/);
});

test("what a story throws is the run's failure, not the testbed's", async () => {
  const { verdict, why, virtualMs } = await tell(() => Promise.reject(new Error("a wrong story")));
  assert.equal(verdict, "fail");
  assert.match(String(why), /Error: a wrong story\n\s+at /);
  assert.ok(virtualMs > 0);
});

test("talk of no number of seconds is refused with the way to say it", async () => {
  for (const seconds of [NaN, Infinity, -1]) {
    const { why } = await tell(({ talk }) => talk({ seconds }));
    assert.match(
      String(why),
      /^talk\(.*\): how long\? Say it in seconds, as talk\(\{ seconds: 90 \}\)$/,
    );
  }
});

test("a call that is left up when the story ends keeps the world from settling", async () => {
  const { why } = await tell(async ({ caller, agent }) => {
    await caller().calls("2001");
    await agent("2001").answers();
  });
  assert.match(String(why), /^no call is left on the IP Office: not within 120000 ms/);
});

test("talk takes the virtual time that it says; live seconds are for live runs", async () => {
  let [beforeMs, afterMs] = [0, 0];
  const { verdict } = await tell(async ({ talk, pbx, caller }) => {
    const outside = caller("+4989");
    await outside.calls("2001");
    const events = (): number => pbx.truth.conversations[0]?.events.at(-1)?.atMs ?? 0;
    beforeMs = events();
    await talk({ seconds: 7, liveSeconds: 1 });
    await outside.hangsUp();
    afterMs = events();
  });
  assert.equal(verdict, "pass");
  assert.ok(afterMs - beforeMs >= 7_000 && afterMs - beforeMs < 13_000, `${afterMs - beforeMs} ms`);
});

test("a pause without a recording is told with its HTTP status (R21)", async () => {
  const { why } = await tell(async ({ supervisor, agent }) => {
    await supervisor.pauses(agent("2001"));
  });
  assert.match(String(why), /^pause of 2001: HTTP 404/);
});

test("pausing twice is told as what it is, and what the listener heard can be asked (R5, R21)", async () => {
  const told: string[] = [];
  const { verdict, why } = await tell(async ({ caller, agent, supervisor, talk }) => {
    const alice = agent("2001");
    await caller().calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    const ear = await supervisor.listensTo(alice);
    await talk({ seconds: 1 });
    told.push(await supervisor.pauses(alice), await supervisor.pauses(alice));
    told.push(await supervisor.resumes(alice));
    await talk({ seconds: 1 });
    assert.ok(ear.heard().audio.length > 8_000 && !ear.hasEnded());
    await ear.leaves();
    await alice.hangsUp();
    await alice.isNoLongerRecorded();
  });
  assert.equal(verdict, "pass", String(why));
  assert.deepEqual(told, ["applied", "already", "applied"]);
});

test("a scenario of the other mode is skipped, with its reason", async () => {
  const subject = scenario({
    ...{ name: "test/live-only", title: "Only live", proves: ["T1"], modes: ["live"] },
    notElsewhere: "it needs real sockets",
    story: () => Promise.resolve(),
  });
  const given = { scenario: subject, mode: "virtual", seed: "1" } as const;
  const { result } = await runScenario({ ...given, directory: null, workDirectory: "" });
  assert.equal(result.verdict, "skip");
  assert.equal(result.why, "it needs real sockets");
});
