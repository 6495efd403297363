// The recording extension: its vectors, the mapping of results and states, requests and time-outs.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  controlResult,
  CONTROL_TIMEOUT_MS,
  Dl3rec,
  MAXIMUM_OUTSTANDING_REQUESTS,
  offersRecordingControl,
  parseControlPacket,
  queryPacket,
  recordingControlNone,
  recordingStatus,
  serializeControlPacket,
  startPacket,
  stopPacket,
  type ControlPacket,
} from "../../src/devlink3/dl3rec.ts";
import { parsePacket } from "../../src/devlink3/packet.ts";
import type { ControlResult, RecordingStatus } from "../../src/devlink3/recording-control.ts";
import { numberTuple, textTuple, type Tuple } from "../../src/devlink3/tuple.ts";
import { Metrics } from "../../src/metrics.ts";
import { FakeClock, RecordingLog } from "./fakes.ts";
import { hexOf, payloadOf, VECTORS, type VectorName } from "./vectors.ts";

const START = {
  node: "c0a80a01",
  callId: 23,
  endId: "c0a80a01000003f4",
  recorderUri: "sip:r7Qk2@10.0.0.5:5070",
  streamId: "r7Qk2",
};

const STREAM = textTuple(0x7fe00015, "r7Qk2");

function packetOf(name: VectorName): ControlPacket {
  const packet = parseControlPacket(payloadOf(name));
  assert.ok(packet?.ok === true);
  return packet.value;
}

function response(requestId: number, result: number, ...tuples: Tuple[]): Uint8Array {
  return serializeControlPacket({ kind: "response", first: requestId, second: result, tuples });
}

function status(counter: number, state: number, ...tuples: Tuple[]): Uint8Array {
  const all = [STREAM, numberTuple(0x7fe00020, state), ...tuples];
  return serializeControlPacket({ kind: "status", first: 1, second: counter, tuples: all });
}

/** A service with what it sent, answered and told. */
function bench() {
  const clock = new FakeClock();
  const log = new RecordingLog();
  const metrics = new Metrics();
  const sent: ControlPacket[] = [];
  const statuses: RecordingStatus[] = [];
  const results: ControlResult[] = [];
  const control = new Dl3rec({
    clock,
    log,
    metrics,
    send: (payload) => {
      const packet = parseControlPacket(payload);
      assert.ok(packet?.ok === true);
      sent.push(packet.value);
    },
    onStatus: (told) => statuses.push(told),
  });
  const onResult = (result: ControlResult): void => void results.push(result);
  return { clock, log, metrics, sent, statuses, results, control, onResult };
}

describe("dl3rec/1 packets, devlink3.md §13", () => {
  test("vectors X2 to X10 survive a round trip", () => {
    for (const name of ["X2", "X3", "X4", "X9", "X10"] as const) {
      assert.equal(hexOf(serializeControlPacket(packetOf(name))), VECTORS[name].slice(6));
    }
  });

  test("START is vector X2, STOP is vector X10", () => {
    assert.deepEqual(startPacket(0x51, START), packetOf("X2"));
    assert.deepEqual(stopPacket(0x52, "r7Qk2"), packetOf("X10"));
  });

  test("QUERY asks for one recording or for all", () => {
    const version = numberTuple(0x7fe00010, 0x10000);
    assert.deepEqual(queryPacket(1, "r7Qk2").tuples, [version, STREAM]);
    const all = { kind: "request", first: 1, second: 5, tuples: [version] };
    assert.deepEqual(queryPacket(1, null), all);
  });

  test("X3 is accepted, inviting; X4 wants channels of a VCM, in 5 s", () => {
    assert.deepEqual(controlResult(packetOf("X3")), { ok: true, state: "inviting" });
    assert.deepEqual(controlResult(packetOf("X4")), {
      ok: false,
      failure: "vcm",
      detail: "800000e8",
      retryAfterMs: 5_000,
      sipStatus: null,
      activeStreamId: null,
    });
  });

  test("X9 is a recording that runs", () => {
    assert.deepEqual(recordingStatus(packetOf("X9")), {
      ok: true,
      value: {
        streamId: "r7Qk2",
        state: "recording",
        legEndId: "c0a80a010000232b",
        sipCallId: "77aa@192.168.10.1",
        sipStatus: null,
        reason: null,
        callId: null,
      },
    });
  });

  const failures = [
    ...["version", "malformed", "no-call", "no-party", "not-connected", "already", "no-recording"],
    ...["vcm", "conference", "licence", "sip", "unreachable", "not-permitted", "duplicate"],
    "internal",
  ];
  for (const [index, failure] of failures.entries()) {
    const code = 0x800000e1 + index;
    test(`result ${code.toString(16)} is "${failure}"`, () => {
      const result = controlResult({ kind: "response", first: 1, second: code, tuples: [STREAM] });
      assert.ok(!result.ok);
      assert.equal(result.failure, failure);
      assert.equal(result.activeStreamId, failure === "already" ? "r7Qk2" : null);
    });
  }

  test("an unknown error is internal; informational results are good", () => {
    const of = (second: number) =>
      controlResult({ kind: "response", first: 1, second, tuples: [] });
    const unknown = of(0x80000001);
    assert.ok(!unknown.ok && unknown.failure === "internal");
    assert.deepEqual(of(7), { ok: true, state: null });
  });

  test("a SIP failure has status and reason", () => {
    const tuples = [numberTuple(0x7fe00023, 486), textTuple(0x7fe00024, "Busy Here")];
    const result = controlResult({ kind: "response", first: 1, second: 0x800000eb, tuples });
    assert.ok(!result.ok);
    assert.equal(result.sipStatus, 486);
    assert.equal(result.detail, "800000eb 486 Busy Here");
  });

  test("the gate opens for vector X1 only", () => {
    const tuplesOf = (name: VectorName): readonly Tuple[] => {
      const packet = parsePacket(payloadOf(name));
      assert.ok(packet.ok && packet.value.type === "authResult");
      return packet.value.tuples;
    };
    assert.equal(offersRecordingControl(tuplesOf("X1")), true);
    assert.equal(offersRecordingControl(tuplesOf("A7")), false);
    assert.equal(offersRecordingControl([textTuple(0x7fe00001, "dl3rec/2")]), false);
  });

  test("packets of others are not ours; cut-off ones are refused", () => {
    assert.equal(parseControlPacket(payloadOf("T1")), null);
    assert.equal(parseControlPacket(Uint8Array.of(0, 0x30)), null);
    const whole = payloadOf("X9");
    for (let cut = 4; cut < whole.length; cut += 1) {
      const packet = parseControlPacket(whole.slice(0, cut));
      assert.ok(packet !== null);
      if (packet.ok) assert.ok(packet.value.tuples.length < 4);
    }
  });

  test("any bytes give a value, never an exception", () => {
    const { control } = bench();
    const type = fc.constantFrom("003000f1", "803000f1", "103000f1");
    fc.assert(
      fc.property(type, fc.uint8Array({ maxLength: 80 }), (code, body) => {
        assert.equal(
          control.receive(Uint8Array.from([...Buffer.from(code, "hex"), ...body])),
          true,
        );
      }),
    );
  });
});

describe("dl3rec/1 requests", () => {
  test("answers come to the request with their RequestID, once", () => {
    const { control, sent, results, onResult, clock, log } = bench();
    assert.equal(control.isAvailable, true);
    control.start(START, onResult);
    control.stop("other", (result) => assert.ok(!result.ok && result.failure === "no-recording"));
    assert.deepEqual(
      sent.map(({ first, second }) => [first, second]),
      [
        [1, 1],
        [2, 2],
      ],
    );
    control.receive(response(2, 0x800000e7));
    control.receive(response(1, 0, numberTuple(0x7fe00020, 1)));
    control.receive(response(1, 0x800000ef));
    assert.deepEqual(results, [{ ok: true, state: "inviting" }]);
    assert.deepEqual(clock.running(), []);
    assert.ok(log.lines[0]?.message.includes("too late"));
  });

  test("no answer in 2.5 s is internal, and a late one is not told", () => {
    const { control, results, onResult, clock } = bench();
    control.start(START, onResult);
    clock.advance(CONTROL_TIMEOUT_MS - 1);
    assert.equal(results.length, 0);
    clock.advance(1);
    control.receive(response(1, 0));
    assert.equal(results.length, 1);
    assert.ok(results[0]?.ok === false && results[0].failure === "internal");
  });

  test("at the loss of the link all requests are answered internal, later ones unavailable", () => {
    const { control, results, onResult, clock } = bench();
    control.start(START, onResult);
    control.query(null, onResult);
    control.end();
    control.stop("r7Qk2", onResult);
    assert.deepEqual(
      results.map((result) => !result.ok && result.failure),
      ["internal", "internal", "unavailable"],
    );
    assert.deepEqual(clock.running(), []);
  });

  test("requests beyond the limit are answered internal at once", () => {
    const { control, results, onResult, sent } = bench();
    for (let count = 0; count <= MAXIMUM_OUTSTANDING_REQUESTS; count += 1) {
      control.query(null, onResult);
    }
    assert.equal(sent.length, MAXIMUM_OUTSTANDING_REQUESTS);
    assert.equal(results.length, 1);
    control.end();
  });

  test("a CallID beyond 32 bits is no call; a bad stream id is a programmer's mistake", () => {
    const { control, results, onResult, sent } = bench();
    control.start({ ...START, callId: 2 ** 32 }, onResult);
    assert.ok(results[0]?.ok === false && results[0].failure === "no-call");
    assert.throws(() => control.start({ ...START, streamId: "a b" }, onResult), /stream id/);
    assert.equal(sent.length, 0);
  });

  test("status events are told in order, with the new CallID", () => {
    const { control, statuses } = bench();
    control.receive(status(1, 2));
    control.receive(status(2, 4, textTuple(0x7fe00024, "party left"), numberTuple(0x7fe00012, 9)));
    assert.deepEqual(
      statuses.map(({ state, reason, callId }) => [state, reason, callId]),
      [
        ["recording", null, null],
        ["stopped", "party left", 9],
      ],
    );
  });

  test("a gap of status events asks for all recordings; an old counter does not", () => {
    const { control, sent, metrics, statuses } = bench();
    for (const counter of [5, 6, 6, 4]) control.receive(status(counter, 2));
    assert.equal(sent.length, 0);
    control.receive(status(9, 2));
    assert.deepEqual(sent, [queryPacket(1, null)]);
    assert.equal(statuses.length, 5);
    assert.equal(metrics.get("devlink3_events_lost_total"), 1);
    control.end();
  });

  test("status events without stream or state, and requests to us, are dropped and counted", () => {
    const { control, statuses, metrics } = bench();
    const nothing = { kind: "status", first: 1, second: 1, tuples: [] } as const;
    control.receive(serializeControlPacket(nothing));
    control.receive(status(2, 77));
    control.receive(payloadOf("X2"));
    control.receive(payloadOf("X9").slice(0, 15));
    assert.equal(control.receive(payloadOf("T1")), false);
    assert.deepEqual(statuses, []);
    assert.equal(metrics.get("devlink3_packets_malformed_total"), 4);
  });

  test("no recording control answers unavailable, at once", () => {
    const failures: string[] = [];
    const onResult = (result: ControlResult): void =>
      void failures.push(result.ok ? "" : result.failure);
    recordingControlNone.start(START, onResult);
    recordingControlNone.stop("a", onResult);
    recordingControlNone.query(null, onResult);
    assert.equal(recordingControlNone.isAvailable, false);
    assert.deepEqual(failures, ["unavailable", "unavailable", "unavailable"]);
  });

  test("who asks in vain is told why, in words", () => {
    const { control, results, onResult, clock } = bench();
    const detailsOf = (told: readonly ControlResult[]): string[] =>
      told.map((result) => (result.ok ? "ok" : result.detail));
    control.start({ ...START, callId: -1 }, onResult);
    control.query(null, onResult);
    clock.advance(CONTROL_TIMEOUT_MS);
    control.query(null, onResult);
    control.end();
    control.query(null, onResult);
    assert.deepEqual(detailsOf(results), [
      "CallID -1 has not 32 bits",
      "no answer in 2500 ms",
      "the link was lost",
      "the IP Office offers no recording control",
    ]);
    const full = bench();
    for (let count = 0; count <= MAXIMUM_OUTSTANDING_REQUESTS; count += 1) {
      full.control.query(null, full.onResult);
    }
    assert.deepEqual(full.results, [
      {
        ...{ ok: false, failure: "internal", detail: "too many requests are outstanding" },
        ...{ retryAfterMs: null, sipStatus: null, activeStreamId: null },
      },
    ]);
    full.control.end();
  });

  test("after a time-out another request takes the place of the one that was given up", () => {
    const { control, onResult, clock, results } = bench();
    for (let count = 0; count < MAXIMUM_OUTSTANDING_REQUESTS; count += 1) {
      control.query(null, onResult);
    }
    clock.advance(CONTROL_TIMEOUT_MS);
    results.length = 0;
    control.query(null, onResult);
    control.receive(response(MAXIMUM_OUTSTANDING_REQUESTS + 1, 0));
    assert.deepEqual(results, [{ ok: true, state: null }]);
  });

  test("the log says what came too late, what was lost and what was dropped", () => {
    const { control, log } = bench();
    control.receive(response(9, 0x800000e8));
    control.receive(status(1, 2));
    control.receive(status(4, 2));
    control.receive(status(5, 77));
    control.receive(payloadOf("X2"));
    const lines = log.lines.map(({ level, message, fields }) => [level, message, fields]);
    assert.deepEqual(lines, [
      [
        "warn",
        "A recording answer came too late, or was never asked for.",
        { requestId: 9, result: controlResult({ ...packetOf("X4"), tuples: [] }) },
      ],
      ["warn", "Recording status events were lost; all are asked for.", { lost: 2 }],
      ["warn", "A recording packet was dropped.", { detail: "The state is missing or unknown." }],
      ["warn", "A recording packet was dropped.", { detail: "A request came from the IP Office." }],
    ]);
    control.end();
  });

  test("counters of status events wrap, and each IP Office has its own", () => {
    const { control, sent } = bench();
    const from = (first: number, second: number): void => {
      const tuples = [STREAM, numberTuple(0x7fe00020, 2)];
      control.receive(serializeControlPacket({ kind: "status", first, second, tuples }));
    };
    from(1, 0xffff_ffff);
    from(1, 0);
    from(2, 700);
    from(1, 1);
    assert.equal(sent.length, 0);
    from(1, 3);
    assert.equal(sent.length, 1);
    control.end();
  });
});
