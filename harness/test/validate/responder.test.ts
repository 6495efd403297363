// validate --responder in the virtual world, against the real command's responder behind the relay:
// what only a far end of ours can tell. T3, R15, R23
import assert from "node:assert/strict";
import { test } from "node:test";
import { clockOffset } from "../../src/validate/clock-offset.ts";
import type { RelayFaults } from "../../src/relay/relay-options.ts";
import { itemOf, responderSite } from "./relayed-site.ts";

async function told(faults: RelayFaults = {}, clockStepMs = 0) {
  const site = await responderSite({ seed: "s", faults, clockStepMs });
  const result = await site.validate({ calls: 1, responder: true });
  await site.close();
  return result;
}

test("a clean way gives no trouble, and the responder says so", async () => {
  const { items } = await told();
  const own = items.filter(({ group }) => group === "responder");
  assert.ok(own.length >= 8);
  assert.deepEqual([...new Set(own.map(({ verdict }) => verdict))], ["pass"]);
});

test("loss in bursts on the way there is told with its longest run", async () => {
  const loss = { enter: 0.01, leave: 0.2, lossInBad: 1 };
  const item = itemOf(await told({ datagrams: { loss }, only: "to-recorder" }), "responder.loss");
  assert.equal(item.verdict, "fail");
  assert.match(item.measured, /longest run \d+ packets/);
  assert.match(item.remedy ?? "", /UDP port 5004 \(RTP\) from 10\.0\.0\.1 to 10\.0\.0\.2/);
});

test("reordering is told as what it is", async () => {
  const item = itemOf(await told({ datagrams: { reorderRatio: 0.1 } }), "responder.order");
  assert.equal(item.verdict, "warn");
  assert.ok(Math.abs((item.value ?? 0) - 0.1) < 0.02, item.measured);
});

test("the delay of each way is told, within a tenth of the truth", async () => {
  const result = await told({ datagrams: { delayMs: [200, 200] } });
  for (const id of ["responder.delay-there", "responder.delay-back"]) {
    const { verdict, value } = itemOf(result, id);
    assert.equal(verdict, "fail");
    assert.ok(Math.abs((value ?? 0) - 200) < 20, `${id} ${value}`);
  }
});

test("clocks 5 minutes apart are told, and spoil no delay", async () => {
  const result = await told({}, 300_000);
  const clock = itemOf(result, "responder.clock-offset");
  assert.equal(clock.verdict, "fail");
  assert.ok(Math.abs((clock.value ?? 0) - 300_000) < 5);
  assert.match(clock.remedy ?? "", /NTP, UDP port 123/);
  assert.equal(itemOf(result, "responder.delay-there").verdict, "pass");
});

test("an ALG that rewrites SDP, Contact or Via is told by what it rewrites", async () => {
  for (const [rewrites, word] of [
    ["sdp", "SDP"],
    ["via", "Via"],
  ] as const) {
    const alg = { rewrites: [rewrites], to: "203.0.113.9" };
    const item = itemOf(await told({ alg }), "responder.untouched");
    assert.equal(item.verdict, "fail", `${rewrites}: ${item.measured}`);
    assert.match(item.remedy ?? "", new RegExp(`SIP-ALG .* rewrites .*${word}`));
  }
});

test("no responder there is a failure with what to start", async () => {
  const item = itemOf(await told({ datagrams: { maximumBytes: 0 } }), "responder.reached");
  assert.equal(item.verdict, "fail");
  assert.match(item.remedy ?? "", /tapeline-recorder responder/);
});

test("the offset is that of the quickest exchange (RFC 5905 §10)", () => {
  const offset = clockOffset([
    { t1: 0, t2: 1_090, t3: 1_091, t4: 101 },
    { t1: 200, t2: 1_205, t3: 1_206, t4: 211 },
    { t1: 400, t2: 1_300, t3: 1_500, t4: 410 },
  ]);
  assert.deepEqual(offset, { offsetMs: 1_000, roundTripMs: 10 });
  assert.equal(clockOffset([]), null);
});
