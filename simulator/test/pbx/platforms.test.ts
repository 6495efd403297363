// The limits of platforms (domain.md), as functions of counts.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  allowsCall,
  allowsConference,
  allowsRecording,
  PLATFORMS,
  type Load,
  type PlatformName,
} from "../../src/pbx/platforms.ts";
import { parseSite } from "../../src/pbx/site-schema.ts";

const IDLE: Load = { calls: 0, recordings: 0, nodeRecordings: 0, conferenceMembers: 0 };

function recording(count: number): Load {
  return { ...IDLE, recordings: count, nodeRecordings: count };
}

for (const [name, limit] of [
  ["ip500v2", 40],
  ["r260", 75],
  ["r660", 150],
  ["virtual", 150],
  ["select", 250],
] as const satisfies readonly (readonly [PlatformName, number])[]) {
  test(`${name} records ${limit} calls at once on a node, and no more`, () => {
    assert.ok(allowsRecording(PLATFORMS[name], recording(limit - 1), false));
    assert.ok(!allowsRecording(PLATFORMS[name], recording(limit), false));
  });
}

test("a Select solution records 500 calls, however many nodes it has", () => {
  const load = { ...IDLE, recordings: 499, nodeRecordings: 200 };
  assert.ok(allowsRecording(PLATFORMS.select, load, false));
  assert.ok(!allowsRecording(PLATFORMS.select, { ...load, recordings: 500 }, false));
});

test("R260: 750 calls with direct media; SRTP counts double on its 128 of indirect media", () => {
  assert.ok(allowsCall(PLATFORMS.r260, { ...IDLE, calls: 749 }));
  assert.ok(!allowsCall(PLATFORMS.r260, { ...IDLE, calls: 750 }));
  assert.ok(allowsRecording(PLATFORMS.r260, recording(63), true));
  assert.ok(!allowsRecording(PLATFORMS.r260, recording(64), true));
  assert.ok(allowsRecording(PLATFORMS.r260, recording(64), false));
});

test("IP500 V2: 64 members in a conference, 128 conference channels, of which a recording takes 3", () => {
  const { ip500v2 } = PLATFORMS;
  assert.ok(allowsConference(ip500v2, IDLE, { members: 64, more: 1 }));
  assert.ok(!allowsConference(ip500v2, IDLE, { members: 65, more: 1 }));
  const load = { ...recording(40), conferenceMembers: 7 };
  assert.ok(allowsConference(ip500v2, load, { members: 8, more: 1 }));
  assert.ok(!allowsConference(ip500v2, load, { members: 9, more: 2 }));
  assert.ok(!allowsRecording(ip500v2, { ...recording(39), conferenceMembers: 9 }, false));
});

test("without a platform nothing is limited", () => {
  const load = { ...recording(10_000), calls: 10_000, conferenceMembers: 10_000 };
  assert.ok(allowsCall(null, load) && allowsRecording(null, load, true));
  assert.ok(allowsConference(null, load, { members: 1000, more: 1000 }));
});

test("a site beyond its platform is refused: 385 extensions, 149 VCM channels", () => {
  const users = Array.from({ length: 385 }, (_, at) => `{ extension: "${3000 + at}" }`).join(", ");
  const loaded = parseSite(`platform: ip500v2\nusers: [${users}]\nvcm: { channels: 149 }`);
  assert.ok(!loaded.ok);
  assert.deepEqual(
    loaded.problems.map(({ path }) => path),
    ["users", "vcm.channels"],
  );
});
