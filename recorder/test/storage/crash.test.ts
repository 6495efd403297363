// Crash safety of storing: before and after every disk call, of the process and of power. After a
// restart the recording is committed exactly once, whole, and its live pair was there until then.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { linesOfType, parseJournal } from "../../src/audio/journal.ts";
import type { FinishedRecording } from "../../src/storage/storage-service.ts";
import { CrashMedium, type CallHook } from "./crash-disk.ts";
import { ManualClock, runUntil } from "./manual-clock.ts";
import { build, DAY, finishedPair, LIVE, talk } from "./world.ts";

/** Steps the world until it crashes or everything is stored. */
async function runUntilCrashOr(
  world: ReturnType<typeof build>,
  isDone: () => boolean,
): Promise<void> {
  await runUntil(world.clock, () => world.disk.hasCrashed || isDone(), 600_000);
}

function assertExactlyOnce(medium: CrashMedium, seed: number, samples: number): void {
  const recording = finishedPair(new CrashMedium(), seed, samples);
  const key = recording.recordingKey;
  const holders = ["/one", "/two"].filter((drive) =>
    medium.files.has(`${drive}/${DAY}/${key}.vrtx`),
  );
  assert.equal(holders.length, 1, `${key} is committed on ${holders.length} drives`);
  const stem = `${holders[0]}/${DAY}/${key}`;
  const spx = medium.files.get(`${stem}.spx`)?.data;
  const vrtx = medium.files.get(`${stem}.vrtx`)?.data ?? new Uint8Array();
  assert.deepEqual(spx?.subarray(1), talk(samples, seed));
  const stored = linesOfType(parseJournal(vrtx).lines, "stored");
  assert.equal(stored.length, 1);
  assert.equal(stored[0]?.bytes, samples + 1);
  const names = ["/one", "/two"].flatMap((drive) => medium.paths(drive));
  const ofKey = names.filter((name) => name.includes(key));
  assert.deepEqual(ofKey, [`${stem}.spx`, `${stem}.vrtx`]);
}

async function restartAndStore(
  medium: CrashMedium,
  recordings: readonly FinishedRecording[],
): Promise<void> {
  const world = build({ medium });
  await world.storage.start();
  for (const recording of recordings) world.storage.store(recording);
  await runUntil(world.clock, () => world.storage.pending() === 0, 600_000);
  assert.equal(world.catalog.rows.size, recordings.length);
  await world.storage.close();
  assert.deepEqual(world.clock.names(), []);
}

/** A power loss whose choices come from the bits of a number. */
function bitsOf(seed: number): () => boolean {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >= 0x8000_0000;
  };
}

interface CrashPoint {
  readonly call: number;
  readonly side: "before" | "after";
  readonly power: number | null;
}

/** Stores one recording, crashing at the point; false when the run has fewer calls. */
async function crashAt(point: CrashPoint): Promise<boolean> {
  let calls = 0;
  let isOver = false;
  const hook: CallHook = () => {
    calls += 1;
    if (calls !== point.call || isOver) return null;
    return point.side === "before" ? { before: "crash" } : { after: "crash" };
  };
  const medium = new CrashMedium();
  const recording = finishedPair(medium, 1, 800);
  const world = build({ medium, hook });
  const starting = world.storage.start().then(() => world.storage.store(recording));
  await runUntilCrashOr(world, () => world.news.length > 0);
  isOver = true;
  if (!world.disk.hasCrashed) {
    await starting;
    await world.storage.close();
    return false;
  }
  if (point.power !== null) medium.losePower(bitsOf(point.power));
  assert.ok(medium.files.has(`${LIVE}/${recording.recordingKey}.ul`), "the live pair is there");
  await restartAndStore(medium, [recording]);
  assertExactlyOnce(medium, 1, 800);
  return true;
}

for (const side of ["before", "after"] as const) {
  test(`a crash of the process ${side} any disk call loses and doubles nothing`, async () => {
    let call = 1;
    while (await crashAt({ call, side, power: null })) call += 1;
    assert.ok(call > 30, `only ${call} calls were tried`);
  });

  test(`a loss of power ${side} any disk call loses and doubles nothing`, async () => {
    let call = 1;
    for (let isGoing = true; isGoing; call += 1) {
      for (let power = 1; power <= 2 && isGoing; power += 1) {
        isGoing = await crashAt({ call, side, power: call * 100 + power });
      }
    }
    assert.ok(call > 30, `only ${call} calls were tried`);
  });
}

test("failing calls and repeated crashes, then a healed world: everything is stored once", async () => {
  const faults = fc.record({
    failing: fc.array(fc.tuple(fc.nat({ max: 120 }), fc.constantFrom("EIO", "ENOSPC")), {
      maxLength: 6,
    }),
    crashCall: fc.integer({ min: 5, max: 150 }),
    power: fc.option(fc.nat()),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(faults, { minLength: 1, maxLength: 3 }), async (lives) => {
      const medium = new CrashMedium();
      const recordings = [1, 2, 3].map((seed) => finishedPair(medium, seed, 400 * seed));
      for (const { failing, crashCall, power } of lives) {
        let calls = 0;
        let isOver = false;
        const codes = new Map(failing);
        const hook: CallHook = ({ path }) => {
          calls += 1;
          if (isOver) return null;
          if (calls === crashCall) return { before: "crash" };
          const code = path.startsWith(LIVE) ? undefined : codes.get(calls);
          return code === undefined ? null : { before: "fail", code };
        };
        const world = build({ medium, hook, clock: new ManualClock() });
        let isStarted = false;
        const starting = world.storage.start().then(() => {
          for (const recording of recordings) world.storage.store(recording);
          isStarted = true;
        });
        await runUntilCrashOr(world, () => isStarted && world.storage.pending() === 0);
        isOver = true;
        if (!world.disk.hasCrashed) {
          await starting;
          await world.storage.close();
        }
        if (power !== null) medium.losePower(bitsOf(power));
      }
      await restartAndStore(medium, recordings);
      for (const seed of [1, 2, 3]) assertExactlyOnce(medium, seed, 400 * seed);
    }),
    { numRuns: 20, seed: 7 },
  );
});
