// The timeline of a run: parties, recordings with their pauses, what was broken and from when to
// when, VCM channels and bandwidth, all on the axis of the ladder.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Timeline, TimelineSpan } from "@tapeline/reports";
import type { Scenario } from "@tapeline/scenarios";
import { scenario } from "@tapeline/scenarios/language";
import { evidenceOf } from "../../src/record/evidence.ts";
import { play } from "../../src/run-scenario.ts";
import { VirtualEnvironment } from "../../src/virtual/virtual-environment.ts";

const EVENTFUL = scenario({
  name: "basics/eventful",
  title: "A call with a hold, a pause, loss, and a recorder that dies",
  proves: ["T1"],
  async story({ caller, agent, supervisor, world, recorder, talk, oddities }) {
    oddities.sip.lossRatio = 0.01;
    const customer = caller("+49301");
    const alice = agent("2001");
    await customer.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    world.loses({ loss: { enter: 0.1, leave: 0.3, lossInBad: 0.5 } });
    await talk({ seconds: 5 });
    world.heals();
    await supervisor.pauses(alice);
    await talk({ seconds: 4 });
    await supervisor.resumes(alice);
    await recorder.crashes();
    await talk({ seconds: 2 });
    await recorder.restarts();
    await talk({ seconds: 3 });
    await alice.holds();
    await talk({ seconds: 3 });
    await alice.retrieves();
    await talk({ seconds: 3 });
    await customer.hangsUp();
  },
});

async function evidence(played: Scenario) {
  const environment = await VirtualEnvironment.start({
    scenario: played,
    seed: "t",
    trace: "hash",
  });
  return evidenceOf(environment, await play(environment));
}

function spansOf({ lanes }: Timeline, name: string, kind: string): readonly TimelineSpan[] {
  return lanes
    .filter((lane) => lane.name === name)
    .flatMap(({ spans }) => spans.filter((span) => span.kind === kind));
}

function lengthMs(spans: readonly TimelineSpan[]): number {
  return spans.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
}

test("all that happened in a run stands on one axis, from when to when", async () => {
  const { timeline, oddities, title } = await evidence(EVENTFUL);
  assert.ok(timeline);
  const near = (spans: readonly TimelineSpan[], ms: number): void => {
    assert.ok(Math.abs(lengthMs(spans) - ms) < 1_000, JSON.stringify(spans));
  };
  assert.equal(spansOf(timeline, "2001", "ringing").length, 1);
  near(spansOf(timeline, "2001", "held"), 3_000);
  near(spansOf(timeline, "● 2001", "pause"), 4_000);
  near(spansOf(timeline, "Faults", "fault"), 5_000);
  near(spansOf(timeline, "Recorder", "down"), 2_000);
  assert.equal(spansOf(timeline, "● 2001", "recorded").length, 1);
  // Who called hears it ring, and then talks until the end.
  assert.equal(spansOf(timeline, "+49301", "ringing").length, 1);
  assert.equal(spansOf(timeline, "+49301", "talking").length, 1);
  for (const { fromMs, toMs } of timeline.lanes.flatMap(({ spans }) => spans)) {
    assert.ok(fromMs >= 0 && fromMs <= toMs && toMs <= timeline.endMs);
  }
  assert.deepEqual(oddities, ["lossRatio 0.01"]);
  assert.match(title ?? "", /a recorder that dies/);
});

test("bandwidth is that of G.711, less arrives than was sent; VCM channels come and go", async () => {
  const { timeline } = await evidence(EVENTFUL);
  const [vcm, rtp] = timeline?.series ?? [];
  const used = vcm?.lines[0]?.points.map(([, value]) => value) ?? [];
  assert.deepEqual([Math.max(...used), used.at(-1)], [2, 0]);
  const sum = (name: string): number => {
    const points = rtp?.lines.find((line) => line.name === name)?.points ?? [];
    return points.reduce((total, [, value]) => total + value, 0);
  };
  const peak = Math.max(...(rtp?.lines[0]?.points.map(([, value]) => value) ?? []));
  assert.ok(peak >= 78 && peak <= 82, `${peak} kbit/s`);
  assert.ok(sum("arrived") < sum("sent"));
});
