// Under npm the end of the launching shell is a wish to stop; without npm nobody is watched.
import assert from "node:assert/strict";
import { test } from "node:test";
import { watchLauncher } from "../../src/cli/launcher.ts";
import type { Clock } from "../../src/ports/index.ts";

/** One timer at a time, fired by hand. */
class HandClock implements Clock {
  waiting: (() => void) | null = null;

  nowMs(): number {
    return 0;
  }

  wallTimeMs(): number {
    return 0;
  }

  setTimer(_name: string, _delayMs: number, callback: () => void) {
    this.waiting = callback;
    return {
      cancel: () => {
        this.waiting = null;
      },
    };
  }

  fire(): void {
    const { waiting } = this;
    this.waiting = null;
    waiting?.();
  }
}

test("under npm, another parent means that the launching shell has gone: told once", () => {
  const clock = new HandClock();
  let [parent, gone] = [100, 0];
  const launcher = { environment: { npm_command: "exec" }, parentId: () => parent };
  watchLauncher(launcher, clock, () => {
    gone += 1;
  });
  clock.fire();
  clock.fire();
  assert.equal(gone, 0);
  parent = 1;
  clock.fire();
  assert.equal(gone, 1);
  assert.equal(clock.waiting, null, "nothing is watched any more");
});

test("where an older Node handed over to ours, its end is the launcher's", () => {
  const clock = new HandClock();
  let [parent, gone] = [100, 0];
  const launcher = { environment: { TAPELINE_LAUNCHER: "1" }, parentId: () => parent };
  watchLauncher(launcher, clock, () => {
    gone += 1;
  });
  parent = 1;
  clock.fire();
  assert.equal(gone, 1);
});

test("the watch ends with the recorder", () => {
  const clock = new HandClock();
  const launcher = { environment: { npm_command: "run-script" }, parentId: () => 100 };
  watchLauncher(launcher, clock, () => assert.fail()).cancel();
  assert.equal(clock.waiting, null);
});

test("a recorder that a service manager or a shell started is not watched", () => {
  const clock = new HandClock();
  watchLauncher({ environment: {}, parentId: () => 1 }, clock, () => assert.fail()).cancel();
  assert.equal(clock.waiting, null);
});
