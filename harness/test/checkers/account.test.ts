// crossing, reconciliation, metrics, resources and the timers of sip: spoiled on purpose, one at a
// time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { serializeStandInSpeex } from "@tapeline/simulator/world";
import { checkTimers } from "../../src/checkers/sip-timers.ts";
import { wireMessages } from "../../src/checkers/sip-wire.ts";
import type { OwnAccount } from "../../src/environment/environment.ts";
import type { RunRecord } from "../../src/record/run-record.ts";
import { crossingChecker } from "../../src/checkers/crossing.ts";
import { audioAt, BUSY, complains, passes, recordingAt, recordOf } from "./spoiled-run.ts";

const record = await recordOf(BUSY);
const account = record.account ?? assert.fail("the run has no account");

function withAccount(change: Partial<OwnAccount>): RunRecord {
  return { ...record, account: { ...account, ...change } };
}

function withMetric(name: string, value: number): RunRecord {
  return withAccount({ metrics: { ...account.metrics, [name]: value } });
}

function withCalls(
  change: (calls: OwnAccount["reconciliation"]["calls"]) => OwnAccount["reconciliation"]["calls"],
): RunRecord {
  const { reconciliation } = account;
  return withAccount({
    reconciliation: { ...reconciliation, calls: change(reconciliation.calls) },
  });
}

test("an unspoiled run passes", () => passes(record));

// -- crossing ----------------------------------------------------------------------------------

test("crossing: stored audio of another call is named", () => {
  const recording = recordingAt(record, 0);
  const [copy] = recording.stored;
  assert.ok(copy !== undefined);
  const spx = serializeStandInSpeex(audioAt(record, 1), 8);
  const crossed = { ...recording, stored: [{ ...copy, spx }] };
  const spoiled = { ...record, recordings: record.recordings.with(0, crossed) };
  assert.match(
    crossingChecker.check(spoiled).join(),
    /holds a frame of leg 2 at \d+; it is of leg 1/,
  );
});

test("crossing: a listener who hears another call is named", () => {
  const listeners = record.listeners.map((heard) => ({
    ...heard,
    pieces: [{ sample: 0, bytes: audioAt(record, 0).slice(0, 1_600) }],
  }));
  const found = crossingChecker.check({ ...record, listeners }).join();
  assert.match(found, /what listener 0 heard holds a frame of leg 1 at 0; it is of leg 2/);
});

// -- reconciliation ----------------------------------------------------------------------------

test("reconciliation: a recording that the report leaves out is named (R18)", () => {
  const spoiled = withCalls((calls) => calls.map((call) => ({ ...call, parts: [] })));
  complains(spoiled, "reconciliation", /stands 0 times in the report/);
});

test("reconciliation: a recording that stands twice is named (R18)", () => {
  const spoiled = withCalls((calls) => calls.concat(calls));
  complains(spoiled, "reconciliation", /stands 2 times in the report/);
});

test("reconciliation: a recording with another call is named (R7)", () => {
  const spoiled = withCalls((calls) => {
    const parts = calls.map((call) => call.parts);
    return calls.map((call, index) => ({ ...call, parts: parts.at(index - 1) ?? [] }));
  });
  complains(spoiled, "reconciliation", /stands with \S+, and is of the call \d+/);
});

test("reconciliation: a call told missing whose audio is kept is named (R18)", () => {
  const spoiled = withCalls((calls) => calls.map((call) => ({ ...call, status: "missing" })));
  complains(spoiled, "reconciliation", /is missing although \S+ is kept/);
});

test("reconciliation: a call told recorded that never was is named (R18)", () => {
  const made = { callKey: "c0a80a01-99-1767600000018", deviceCallIds: ["c0a80a01-99"] };
  const spoiled = withCalls((calls) => [...calls, { ...made, status: "recorded", parts: [] }]);
  complains(spoiled, "reconciliation", /c0a80a01-99-\d+ is recorded although nothing of it was/);
});

// -- metrics -----------------------------------------------------------------------------------

for (const [name, pattern] of [
  ["recordings_total", /recordings_total is 7, the files show 2/],
  ["storage_stored_total", /storage_stored_total is 7, the files show 2/],
  ["sip_calls_accepted_total", /sip_calls_accepted_total is 7, the files show 2/],
  ["rtp_packets_received_total", /rtp_packets_received_total is 7, the journals name \d+/],
] as const) {
  test(`metrics: ${name} that the files do not bear out is named`, () => {
    complains(withMetric(name, 7), "metrics", pattern);
  });
}

// -- resources ---------------------------------------------------------------------------------

for (const name of ["recordings_open", "listeners", "calls_tracked", "storage_queue"]) {
  test(`resources: ${name} above zero when all is over is named`, () => {
    complains(
      withMetric(name, 1),
      "resources",
      new RegExp(`${name} is 1 although nothing goes on`),
    );
  });
}

// -- timers of RFC 3261 ------------------------------------------------------------------------

const wire = wireMessages(record);

test("timers: an INVITE without any answer for 200 ms is named (RFC 3261 §17.2.1)", () => {
  assert.deepEqual(checkTimers(record, wire), []);
  const late = wire.map((one) =>
    one.status !== null && one.cseq.method === "INVITE"
      ? { ...one, sentMs: one.sentMs + 300 }
      : one,
  );
  assert.match(checkTimers(record, late).join(), /INVITE \(CSeq \d+\) had no answer, not even 100/);
});

test("timers: a 200 that nobody acknowledges ends in BYE (RFC 3261 §13.3.1.4)", () => {
  const last = wire.at(-1) ?? assert.fail("no SIP");
  const alone = wire.filter(({ method }) => method !== "ACK" && method !== "BYE");
  const later = [...alone, { ...last, callId: "another", sentMs: last.sentMs + 60_000 }];
  const found = checkTimers(record, later).join();
  assert.match(found, /200 to INVITE \(CSeq \d+\) was never acknowledged, and no BYE followed/);
  // Bytes that the network has changed leave an ACK what it is, or not.
  const isAck = ({ data }: { data: Uint8Array }): boolean =>
    Buffer.from(data.subarray(0, 4)).toString("latin1") === "ACK ";
  const fates = record.fates.map((fate) => (isAck(fate) ? { ...fate, corrupted: true } : fate));
  assert.deepEqual(checkTimers({ ...record, fates }, later), []);
});
