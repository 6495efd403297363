// What follows each refusal, and the waits: the policy table of devlink3.md §5, R17.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  buildTrouble,
  eventRefusal,
  loginRefusal,
  parseBuild,
  reconnectDelayMs,
  retryLaterDelayMs,
} from "../../src/devlink3/link-policy.ts";

describe("Link policy, devlink3.md §5", () => {
  test("the reconnection delay doubles from 1 s to 30 s", () => {
    const delays = Array.from({ length: 8 }, (_, failures) => reconnectDelayMs(failures, 1));
    assert.deepEqual(delays, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    assert.equal(reconnectDelayMs(1_000_000, 1), 30_000);
  });

  test("chance takes up to a fifth off", () => {
    assert.deepEqual(
      [0, 0.5].map((chance) => reconnectDelayMs(0, chance)),
      [800, 900],
    );
  });

  test("RETRY LATER waits 60 s, doubled up to 15 min", () => {
    const delays = Array.from({ length: 6 }, (_, count) => retryLaterDelayMs(count));
    assert.deepEqual(delays, [60_000, 120_000, 240_000, 480_000, 900_000, 900_000]);
  });

  const login: [number, string, number | null][] = [
    [0x80000041, "DEVLINK3_AUTHENTICATION_FAILED", null],
    [0x80000042, "DEVLINK3_LIMITS_EXCEEDED", 60_000],
    [0x80000043, "DEVLINK3_RETRY_LATER", 240_000],
    [0x80000044, "DEVLINK3_LICENCE_MISSING", 900_000],
    [0x80000099, "DEVLINK3_REFUSED", null],
  ];
  for (const [result, code, delayMs] of login) {
    test(`login result ${result.toString(16)}: ${code}, retry ${delayMs ?? "never"}`, () => {
      const refusal = loginRefusal(result, 2);
      assert.equal(refusal.trouble.code, code);
      assert.ok(refusal.trouble.detail.includes(result.toString(16)));
      assert.equal(refusal.action === "retry" ? refusal.delayMs : null, delayMs);
    });
  }

  const both = ["-SCN", "-SIPTrack"];
  test("too few licences: ask again without -SCN", () => {
    const refusal = eventRefusal(0x80000022, { asked: both, granted: [] });
    assert.ok(refusal.action === "ask-less");
    assert.deepEqual(refusal.flags, ["-SIPTrack"]);
    assert.equal(refusal.trouble.code, "DEVLINK3_LICENCE_INSUFFICIENT");
  });

  test("too few licences even without -SCN: every 15 min", () => {
    const refusal = eventRefusal(0x80000022, { asked: ["-SIPTrack"], granted: [] });
    assert.ok(refusal.action === "retry" && refusal.delayMs === 900_000);
  });

  test("an unknown flag: ask for what was granted, at last for none", () => {
    const some = eventRefusal(0x80000021, { asked: both, granted: ["-SCN"] });
    assert.deepEqual(some.action === "ask-less" && some.flags, ["-SCN"]);
    const all = eventRefusal(0x80000021, { asked: both, granted: both });
    assert.deepEqual(all.action === "ask-less" && all.flags, []);
    assert.equal(eventRefusal(0x80000021, { asked: [], granted: [] }).action, "stop");
  });

  test("any other refusal of events stops", () => {
    const refusal = eventRefusal(0x80000023, { asked: both, granted: [] });
    assert.equal(refusal.action, "stop");
    assert.equal(refusal.trouble.code, "DEVLINK3_REFUSED");
  });

  test("the build is read from the version; below 23 is trouble (R17)", () => {
    assert.equal(parseBuild("IP Office 12.1.0.0 build 23"), 23);
    assert.equal(parseBuild("12.0 Build 7 (x)"), 7);
    assert.equal(parseBuild("Sim IPO 11.1"), "unknown");
    assert.equal(parseBuild(null), "unknown");
    assert.equal(buildTrouble(23), null);
    assert.equal(buildTrouble("unknown"), null);
    assert.equal(buildTrouble(22)?.code, "DEVLINK3_BUILD_UNSUPPORTED");
  });
});
