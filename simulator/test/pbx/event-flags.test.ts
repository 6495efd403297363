// What an IP Office grants of the flags that a client asks for (devlink3.md §6.1, §11).
import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeFlags, type FlagRights } from "../../src/pbx/event-flags.ts";
import { RESULT } from "../../src/wire/devlink3-packet.ts";

const RIGHTS: FlagRights = { licences: 2, nodes: 1, unavailable: [] };

for (const [licences, nodes, isGranted] of [
  [1, 1, false],
  [2, 5, true],
  [2, 6, false],
  [3, 20, true],
  [3, 21, false],
  [4, 32, true],
] as const) {
  test(`${licences} licences and ${nodes} nodes: -SCN is ${isGranted ? "granted" : "refused"}`, () => {
    const { result, subscription } = judgeFlags("-SCN -SIPTrack", { ...RIGHTS, licences, nodes });
    assert.equal(result, isGranted ? RESULT.success : RESULT.insufficientLicence);
    assert.equal(subscription?.hasNetwork ?? false, isGranted);
  });
}

test("-CD2 excludes -SCN: partial success, Delta2 of this node", () => {
  const { result, accepted, subscription } = judgeFlags("-SCN -CD2 -TEXT", RIGHTS);
  assert.deepEqual([result, accepted], [RESULT.partialSuccess, "-CD2 -TEXT"]);
  assert.deepEqual(
    [subscription?.hasDelta2, subscription?.isDelta2Text, subscription?.hasNetwork],
    [true, true, false],
  );
});

test("a flag that the release lacks is FEATURE NOT AVAILABLE, with what is left", () => {
  const { result, accepted } = judgeFlags("-SIPTrack -CMExtn", {
    ...RIGHTS,
    unavailable: ["-CMExtn"],
  });
  assert.deepEqual([result, accepted], [RESULT.featureNotAvailable, "-SIPTrack"]);
});
