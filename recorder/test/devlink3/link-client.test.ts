// The link client against a scripted IP Office, over a TCP and a clock without reality.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { plainPassword, sha1Digest } from "../../src/devlink3/auth.ts";
import { ERRORS } from "../../src/errors.ts";
import { LinkClient, MAXIMUM_WAITING_FILES } from "../../src/devlink3/link-client.ts";
import type { Packet } from "../../src/devlink3/packet.ts";
import type { ControlResult } from "../../src/devlink3/recording-control.ts";
import { numberTuple, serializeWideText, textTuple, TUPLE_CODE } from "../../src/devlink3/tuple.ts";
import { serializeControlPacket } from "../../src/devlink3/dl3rec.ts";
import { Metrics } from "../../src/metrics.ts";
import type { TlsOptions } from "../../src/ports/index.ts";
import {
  CHALLENGE,
  failure,
  FakeClock,
  fakeRandom,
  FakeTcp,
  RecordingDelegate,
  RecordingLog,
  servePbx,
  settle,
  type PbxScript,
} from "./fakes.ts";
import { frameOf, hexOf, payloadOf, TEXTS } from "./vectors.ts";

const PASSWORD = "Passw0rd!";

function bench(script: PbxScript = {}, options: { tls?: () => TlsOptions; scn?: boolean } = {}) {
  const clock = new FakeClock();
  const tcp = new FakeTcp();
  const log = new RecordingLog();
  const metrics = new Metrics();
  const delegate = new RecordingDelegate();
  const raw: string[] = [];
  const current = { script };
  tcp.onConnection = (connection) => servePbx(connection, current.script);
  const client = new LinkClient(
    {
      host: "192.168.10.1",
      port: 50_797,
      user: "recorder",
      password: PASSWORD,
      scn: options.scn ?? false,
      applicationName: "OurRec 1.0",
      ...(options.tls === undefined ? {} : { tls: options.tls }),
    },
    {
      clock,
      random: fakeRandom,
      tcp,
      log,
      metrics,
      onBytes: (direction, bytes) => raw.push(`${direction} ${hexOf(bytes)}`),
    },
    delegate,
  );
  return { clock, tcp, log, metrics, delegate, raw, client, current };
}

type Bench = ReturnType<typeof bench>;

/** Up to the end of an empty snapshot. */
async function streaming(script: PbxScript = {}, options = {}): Promise<Bench> {
  const made = bench(script, options);
  made.client.start();
  await settle();
  made.clock.advance(1_000);
  assert.equal(made.client.state().name, "streaming");
  made.delegate.take();
  return made;
}

function event(counter: number, text: string = TEXTS.D3): Packet {
  const tuples = [textTuple(TUPLE_CODE.callDelta3, text)];
  return { type: "event", address: "192.168.10.1", counter, tuples };
}

describe("LinkClient: login", () => {
  test("SHA-1: the digest is sent, the stream begins, the snapshot is finished after 1 s", async () => {
    const { client, clock, tcp, delegate } = bench();
    assert.equal(client.pbx, "192.168.10.1:50797");
    assert.equal(client.state().name, "closed");
    client.start();
    await settle();
    const digest = tcp.last.received.find((packet) => packet.type === "authSha1");
    assert.deepEqual(digest?.digest, sha1Digest(CHALLENGE, PASSWORD));
    assert.equal(client.state().name, "synchronising");
    tcp.last.sendBytes(frameOf("D1"));
    clock.advance(999);
    tcp.last.sendBytes(frameOf("D2"));
    clock.advance(999);
    assert.equal(client.state().name, "synchronising");
    clock.advance(1);
    assert.deepEqual(delegate.take(), [
      "connecting",
      "authenticating",
      // Again, now with the version.
      "authenticating",
      "synchronising",
      "began 1",
      "Detail 192.168.10.1",
      "Detail 192.168.10.1",
      "snapshot finished",
      "streaming",
    ]);
    assert.deepEqual(client.state(), {
      name: "streaming",
      code: null,
      detail: null,
      version: "IP Office 12.1.0.0 build 23",
      build: 23,
      flags: "-SIPTrack",
      hasRecordingControl: false,
    });
  });

  test("PLAIN over TLS: the padded password is sent, and masked in the raw log", async () => {
    const { client, tcp, raw } = await streaming({ challenge: "plain" }, { tls: () => ({}) });
    const answer = tcp.last.received.find((packet) => packet.type === "authPlain");
    assert.deepEqual(answer?.password, plainPassword(PASSWORD));
    assert.deepEqual(tcp.lastOptions?.tls, {});
    const shown = raw.filter((line) => line.startsWith("out"));
    assert.ok(shown.some((line) => line.endsWith("2a".repeat(32))));
    assert.ok(!raw.join().includes(hexOf(new TextEncoder().encode(PASSWORD))));
    assert.equal(client.state().name, "streaming");
  });

  test("the digest is masked in the raw log, and all the rest is there", async () => {
    const { raw, tcp } = await streaming();
    assert.ok(!raw.join().includes(hexOf(sha1Digest(CHALLENGE, PASSWORD))));
    const shown = raw.filter((line) => line.startsWith("out")).map((line) => line.slice(4));
    assert.equal(shown.join("").length, tcp.last.wire.length * 2);
    assert.equal(shown.filter((line) => line.includes("2a".repeat(20))).length, 1);
    assert.ok(raw.some((line) => line.startsWith("in ")));
  });

  test("PLAIN on plain TCP is refused and closed, and not tried again", async () => {
    const { client, tcp, clock, log } = bench({ challenge: "plain" });
    client.start();
    await settle();
    assert.equal(client.state().name, "refused");
    assert.equal(client.state().code, "DEVLINK3_PLAIN_REFUSED");
    assert.equal(tcp.last.ended, "destroyed");
    assert.ok(!tcp.last.received.some((packet) => packet.type === "authPlain"));
    clock.advance(3_600_000);
    assert.equal(tcp.attempts, 1);
    assert.deepEqual(log.codes(), ["DEVLINK3_PLAIN_REFUSED"]);
  });

  test("a wrong password is refused for good: no further connection, for a whole day", async () => {
    const { client, tcp, clock, delegate } = bench({ result: 0x80000041 });
    client.start();
    await settle();
    assert.deepEqual(delegate.take(), [
      "connecting",
      "authenticating",
      "refused DEVLINK3_AUTHENTICATION_FAILED",
    ]);
    clock.advance(86_400_000);
    assert.equal(await client.readFile("nasystem/user_list"), null);
    assert.equal(tcp.attempts, 1);
    assert.deepEqual(clock.running(), []);
  });

  test("a malformed packet is counted and the link goes on", async () => {
    const { client, tcp, metrics } = await streaming();
    tcp.last.sendBytes(Uint8Array.of(0x49, 0, 8, 0x10, 0x30, 0, 0x11, 1));
    tcp.last.sendBytes(Uint8Array.of(0x49, 0, 7, 0x7f, 0x30, 0, 0x11));
    assert.equal(metrics.get("devlink3_packets_malformed_total"), 1);
    assert.equal(metrics.get("devlink3_packets_unknown_total"), 1);
    assert.equal(client.state().name, "streaming");
  });

  test("-SCN that the licence does not cover is left out, and the state says so", async () => {
    const { client, tcp, clock, current } = bench({ eventResult: 0x80000022 }, { scn: true });
    client.start();
    await settle();
    assert.equal(client.state().code, "DEVLINK3_LICENCE_INSUFFICIENT");
    current.script = {};
    clock.advance(1_000);
    await settle();
    clock.advance(1_000);
    const asked = tcp.last.received.find((packet) => packet.type === "eventRequest");
    assert.deepEqual(asked?.flags, ["-SIPTrack"]);
    assert.equal(client.state().name, "streaming");
    assert.equal(client.state().code, "DEVLINK3_LICENCE_INSUFFICIENT");
  });

  test("an old build warns; a version without build is unknown (R17)", async () => {
    const old = await streaming({ version: "IP Office 11.0 build 22" });
    assert.equal(old.client.state().build, 22);
    assert.equal(old.client.state().code, "DEVLINK3_BUILD_UNSUPPORTED");
    assert.ok(old.log.codes().includes("DEVLINK3_BUILD_UNSUPPORTED"));
    const unreadable = await streaming({ version: "Sim IPO 11.1" });
    assert.equal(unreadable.client.state().build, "unknown");
    assert.equal(unreadable.client.state().code, null);
  });
});

describe("LinkClient: stream", () => {
  test("records and SIP tracks are told in the IP Office's order", async () => {
    const { tcp, delegate, metrics } = await streaming();
    for (const name of ["D1", "D2", "D3"] as const) tcp.last.sendBytes(frameOf(name));
    assert.equal(metrics.get("devlink3_frames_received_total") >= 3, true);
    assert.deepEqual(delegate.take(), [
      "Detail 192.168.10.1",
      "Detail 192.168.10.1",
      "CallLost 192.168.10.1",
    ]);
    tcp.last.send(event(4), event(5), event(6));
    delegate.take();
    const both = tcp.last;
    for (const counter of [7, 8]) both.send(event(counter));
    delegate.take();
    both.sendBytes(frameOf("S1"));
    for (const counter of [10, 11]) both.send(event(counter));
    both.sendBytes(frameOf("S4"));
    assert.deepEqual(delegate.take(), [
      "START a1b2c3@10.0.0.9",
      "CallLost 192.168.10.1",
      "CallLost 192.168.10.1",
      "CallLost 192.168.10.1",
      "END a1b2c3@10.0.0.9",
    ]);
  });

  test("damaged records and tracks are counted; what can be read is told", async () => {
    const { tcp, delegate, metrics } = await streaming();
    tcp.last.send(event(1, `<Detail>${TEXTS.D3}`), event(2, "rubbish"));
    const tuples = [textTuple(TUPLE_CODE.sipTrack, "no track"), textTuple(0x99, "skipped")];
    tcp.last.send({ type: "event", address: "192.168.10.1", counter: 3, tuples });
    assert.deepEqual(delegate.take(), [
      "unknown 192.168.10.1",
      "CallLost 192.168.10.1",
      "unknown 192.168.10.1",
    ]);
    assert.equal(metrics.get("devlink3_records_damaged_total"), 3);
  });

  test("a gap reconnects, and a new stream with a new epoch begins", async () => {
    const { tcp, delegate, metrics, clock, log } = await streaming();
    tcp.last.send(event(1));
    delegate.take();
    tcp.last.send(event(3), event(4));
    assert.deepEqual(delegate.take(), [
      "CallLost 192.168.10.1",
      "ended",
      "waiting DEVLINK3_EVENTS_LOST",
    ]);
    assert.equal(tcp.last.ended, "destroyed");
    assert.equal(metrics.get("devlink3_events_lost_total"), 1);
    assert.ok(log.codes().includes("DEVLINK3_EVENTS_LOST"));
    clock.advance(1_000);
    await settle();
    clock.advance(1_000);
    assert.deepEqual(delegate.take(), [
      "connecting DEVLINK3_EVENTS_LOST",
      "authenticating DEVLINK3_EVENTS_LOST",
      "synchronising",
      "began 2",
      "snapshot finished",
      "streaming",
    ]);
    assert.equal(metrics.get("devlink3_reconnects_total"), 1);
  });

  test("keep-alive: a test packet each 30 s without traffic, and life as long as it is answered", async () => {
    const { client, clock, tcp } = await streaming();
    clock.advance(28_000);
    tcp.last.send(event(1));
    clock.advance(29_999);
    const tests = (): number =>
      tcp.last.received.filter(({ type }) => type === "testRequest").length;
    assert.equal(tests(), 0);
    clock.advance(1);
    assert.equal(tests(), 1);
    clock.advance(300_000);
    assert.equal(tests(), 11);
    assert.equal(client.state().name, "streaming");
  });

  test("keep-alive: no answer in 10 s ends the stream", async () => {
    const { client, clock, tcp, delegate } = await streaming({ answersTests: false });
    clock.advance(29_000 + 9_999);
    assert.equal(client.state().name, "streaming");
    clock.advance(1);
    assert.deepEqual(delegate.take(), ["ended", "waiting DEVLINK3_SILENT"]);
    assert.equal(tcp.last.ended, "destroyed");
  });

  test("a damaged stream reconnects; nothing of it is told after the damage", async () => {
    const { client, tcp, delegate } = await streaming();
    tcp.last.sendBytes(Buffer.concat([Uint8Array.of(0x48), frameOf("D1")]));
    assert.deepEqual(delegate.take(), ["ended", "waiting DEVLINK3_INTEGRITY_LOST"]);
    tcp.last.sendBytes(frameOf("D1"));
    assert.deepEqual(delegate.take(), []);
    assert.match(client.state().detail ?? "", /^bad-mark at byte [1-9]\d*$/);
  });

  test("a delegate that closes the link from a record is told nothing further", async () => {
    const { client, tcp, delegate } = await streaming();
    delegate.onTold = () => void client.close();
    tcp.last.sendBytes(Buffer.concat([frameOf("D1"), frameOf("D2")]));
    assert.deepEqual(delegate.take(), ["Detail 192.168.10.1", "ended", "closed"]);
  });
});

describe("LinkClient: connections", () => {
  test("an IP Office that cannot be reached is tried again after 1, 2, 4 … 30 s, less chance", async () => {
    const { client, tcp, clock, metrics } = bench();
    tcp.failures = Array.from({ length: 8 }, () => failure("ECONNREFUSED"));
    client.start();
    await settle();
    assert.equal(client.state().code, "DEVLINK3_UNREACHABLE");
    assert.match(client.state().detail ?? "", /ECONNREFUSED/);
    // The fake chance is one half: a tenth less.
    for (const delayMs of [900, 1_800, 3_600, 7_200, 14_400, 27_000, 27_000]) {
      assert.deepEqual(clock.running(), [`devlink3.retry ${delayMs}`]);
      clock.advance(delayMs);
      await settle();
    }
    assert.equal(tcp.attempts, 8);
    assert.equal(metrics.get("devlink3_reconnects_total"), 7);
  });

  test("a TLS failure is told as one; a network failure under TLS is not", async () => {
    for (const [code, told] of [
      ["TLS_PIN_MISMATCH", "DEVLINK3_PIN_MISMATCH"],
      ["CERT_HAS_EXPIRED", "DEVLINK3_CERTIFICATE_EXPIRED"],
      ["ERR_SSL_WRONG_VERSION_NUMBER", "DEVLINK3_TLS_FAILED"],
      ["ECONNREFUSED", "DEVLINK3_UNREACHABLE"],
    ] as const) {
      const { client, tcp } = bench({}, { tls: () => ({}) });
      tcp.failures = [failure(code)];
      client.start();
      await settle();
      assert.equal(client.state().code, told);
      assert.ok(client.state().detail?.includes(code));
    }
  });

  test("R10 TLS 1.3: our certificate is refused after the handshake, and that is what is told", async () => {
    const { client, tcp } = bench({}, { tls: () => ({}) });
    client.start();
    await settle();
    tcp.last.end(failure("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED"));
    assert.equal(client.state().code, "DEVLINK3_CLIENT_CERTIFICATE_REFUSED");
    assert.equal(client.state().name, "waiting");
  });

  test("R10 each connection asks for the certificate of now", async () => {
    let certificate = "old";
    const { client, tcp, clock } = bench({}, { tls: () => ({ certificate }) });
    client.start();
    await settle();
    assert.equal(tcp.lastOptions?.tls?.certificate, "old");
    certificate = "new";
    tcp.last.end(null);
    clock.advance(60_000);
    await settle();
    assert.equal(tcp.lastOptions?.tls?.certificate, "new");
  });

  test("a failure that is no Error is told too", async () => {
    const { client, tcp } = bench();
    tcp.failures = ["strange" as unknown as Error];
    client.start();
    await settle();
    assert.equal(client.state().detail, "strange");
  });

  test("a connection that the IP Office ends is made anew", async () => {
    const { client, tcp, clock } = await streaming();
    tcp.last.end(failure("ECONNRESET"));
    assert.equal(client.state().code, "DEVLINK3_CONNECTION_LOST");
    assert.match(client.state().detail ?? "", /ECONNRESET/);
    clock.advance(1_000);
    await settle();
    tcp.last.end();
    assert.equal(client.state().detail, "closed by the IP Office");
    assert.equal(tcp.attempts, 2);
  });

  test("close ends the stream in order; nothing runs on", async () => {
    const { client, tcp, clock, delegate } = await streaming();
    const closing = client.close();
    assert.equal(client.close(), closing);
    await closing;
    assert.equal(tcp.last.ended, "closed");
    assert.deepEqual(delegate.take(), ["ended", "closed"]);
    assert.deepEqual(clock.running(), []);
    clock.advance(3_600_000);
    assert.equal(tcp.attempts, 1);
    assert.equal(await client.readFile("x"), null);
  });

  test("close before the connection is complete drops it when it comes", async () => {
    const { client, tcp, delegate } = bench();
    client.start();
    await client.close();
    await settle();
    assert.equal(tcp.last.ended, "destroyed");
    assert.deepEqual(tcp.last.received, []);
    assert.deepEqual(delegate.take(), ["connecting", "closed"]);
  });

  test("close before the start, and while waiting", async () => {
    const idle = bench();
    await idle.client.close();
    idle.client.start();
    assert.equal(idle.tcp.attempts, 0);
    const waiting = bench();
    waiting.tcp.failures = [failure("ECONNREFUSED"), failure("ECONNREFUSED")];
    waiting.client.start();
    await settle();
    await waiting.client.close();
    assert.deepEqual(waiting.clock.running(), []);
  });

  test("close while the connection fails is quiet", async () => {
    const { client, tcp, delegate } = bench();
    tcp.failures = [failure("ECONNREFUSED")];
    client.start();
    await client.close();
    await settle();
    assert.deepEqual(delegate.take(), ["connecting", "closed"]);
  });
});

describe("LinkClient: recording control", () => {
  const START = {
    node: "c0a80a01",
    callId: 23,
    endId: "c0a80a01000003f4",
    recorderUri: "sip:r7Qk2@10.0.0.5:5070",
    streamId: "r7Qk2",
  };

  test("without the announcement nothing private is ever sent", async () => {
    const { client, tcp, log } = await streaming();
    const results: ControlResult[] = [];
    client.control.start(START, (result) => results.push(result));
    assert.ok(results[0]?.ok === false && results[0].failure === "unavailable");
    assert.ok(!tcp.last.received.some(({ type }) => type === "unknown"));
    assert.ok(log.codes().includes("RECORDING_CONTROL_UNAVAILABLE"));
    assert.equal(client.state().hasRecordingControl, false);
  });

  test("with it, requests, answers and status events pass", async () => {
    const { client, tcp, delegate, metrics } = await streaming({ hasExtension: true });
    assert.equal(client.state().hasRecordingControl, true);
    const results: ControlResult[] = [];
    client.control.start(START, (result) => results.push(result));
    const sent = tcp.last.received.at(-1);
    assert.ok(sent?.type === "unknown" && sent.code === 0x003000f1);
    const state = numberTuple(0x7fe00020, 1);
    const answer = { kind: "response", first: 1, second: 0, tuples: [state] } as const;
    const payload = serializeControlPacket(answer);
    tcp.last.send({ type: "unknown", code: 0x803000f1, payload });
    assert.deepEqual(results, [{ ok: true, state: "inviting" }]);
    tcp.last.send({ type: "unknown", code: 0x103000f1, payload: payloadOf("X9") });
    assert.deepEqual(delegate.take(), ["r7Qk2 recording"]);
    assert.equal(metrics.get("devlink3_packets_unknown_total"), 0);
  });

  test("a request outstanding when the link is lost is answered internal", async () => {
    const { client, tcp, delegate } = await streaming({ hasExtension: true });
    const failures: string[] = [];
    client.control.start(START, (first) => {
      failures.push(first.ok ? "ok" : first.failure);
      // What the answer leads to finds no control any more.
      client.control.start(START, (next) => failures.push(next.ok ? "ok" : next.failure));
    });
    tcp.last.end();
    assert.deepEqual(failures, ["internal", "unavailable"]);
    assert.equal(client.state().hasRecordingControl, false);
    assert.deepEqual(delegate.take(), ["ended", "waiting DEVLINK3_CONNECTION_LOST"]);
  });
});

describe("LinkClient: files, devlink3.md §7", () => {
  const text = (data: Uint8Array | null): string | null =>
    data === null ? null : new TextDecoder().decode(data);

  test("a file is read on a connection of its own until 2 s of silence", async () => {
    const { client, clock, tcp } = await streaming({ file: ["Anna,2001", ",Anna Müller\n"] });
    const reading = client.readFile("nasystem/user_list");
    await settle();
    assert.equal(tcp.attempts, 2);
    clock.advance(1_999);
    assert.equal(tcp.last.ended, null);
    clock.advance(1);
    assert.equal(text(await reading), "Anna,2001,Anna Müller\n");
    assert.equal(tcp.last.ended, "destroyed");
    assert.equal(client.state().name, "streaming");
    assert.equal(tcp.connections[0]?.ended, null);
  });

  test("the end of the connection ends the file, too", async () => {
    const { client, tcp } = await streaming({ file: ["all"] });
    const reading = client.readFile("x");
    await settle();
    tcp.last.end();
    assert.equal(text(await reading), "all");
  });

  const failures: [string, PbxScript, (made: Bench) => void][] = [
    ["NOT FOUND", { file: null }, () => undefined],
    ["no answer in 10 s", {}, ({ clock }) => clock.advance(10_000)],
    ["a login that is refused", { result: 0x80000042 }, () => undefined],
    ["PLAIN without TLS", { challenge: "plain" }, () => undefined],
    ["the end before any piece", {}, ({ tcp }) => tcp.last.end()],
    ["a damaged stream", {}, ({ tcp }) => tcp.last.sendBytes(Uint8Array.of(0))],
    [
      "an informational result",
      {},
      ({ tcp }) => {
        const data = new Uint8Array(0);
        tcp.last.send({ type: "fileResponse", requestId: 3, result: 9, data });
      },
    ],
  ];
  for (const [title, script, happen] of failures) {
    test(`${title}: no file, and the stream is not touched`, async () => {
      const made = await streaming();
      made.current.script = script;
      const reading = made.client.readFile("x");
      await settle();
      happen(made);
      assert.equal(await reading, null);
      assert.equal(made.tcp.last.ended === null, false);
      assert.equal(made.client.state().name, "streaming");
      assert.equal(made.tcp.connections[0]?.ended, null);
    });
  }

  test("an IP Office that cannot be reached has no file", async () => {
    const { client, tcp } = await streaming();
    tcp.failures = [failure("ECONNREFUSED")];
    assert.equal(await client.readFile("x"), null);
  });

  test("a file that never ends is given up after 2 min", async () => {
    const { client, tcp, clock } = await streaming({ file: ["begin"] });
    const reading = client.readFile("x");
    await settle();
    for (let second = 0; second < 120; second += 1) {
      clock.advance(1_000);
      if (tcp.last.ended !== null) break;
      const data = Uint8Array.of(65);
      tcp.last.send({ type: "fileResponse", requestId: 3, result: 0, data });
    }
    assert.equal(await reading, null);
  });

  test("a file beyond its limit is given up", async () => {
    const { client, tcp } = await streaming({ file: [] });
    const reading = client.readFile("x");
    await settle();
    const data = new Uint8Array(4_000_000);
    for (let piece = 0; piece < 5; piece += 1) {
      tcp.last.send({ type: "fileResponse", requestId: 3, result: 0, data });
    }
    assert.equal(await reading, null);
  });

  test("a password refused while reading a file is not tried again for files", async () => {
    const { client, tcp, current } = await streaming();
    current.script = { result: 0x80000041 };
    assert.equal(await client.readFile("x"), null);
    assert.equal(await client.readFile("x"), null);
    assert.equal(tcp.attempts, 2);
  });

  test("files are read one after the other, and not more than the limit wait", async () => {
    const { client, tcp, clock } = await streaming({ file: ["data"] });
    const readings = Array.from({ length: MAXIMUM_WAITING_FILES + 2 }, () => client.readFile("x"));
    assert.equal(await readings.at(-1), null);
    await settle();
    assert.equal(tcp.attempts, 2);
    clock.advance(2_000);
    assert.equal(text((await readings[0]) ?? null), "data");
    await settle();
    assert.equal(tcp.attempts, 3);
    // Closing answers the others.
    const closing = client.close();
    const rest = await Promise.all(readings.slice(1));
    assert.ok(rest.every((data) => data === null));
    await closing;
    assert.deepEqual(clock.running(), []);
  });
});

describe("LinkClient: what the log says", () => {
  const linesOf = ({ log }: Bench, level: string): [string, unknown][] =>
    log.lines
      .filter((line) => line.level === level)
      .map(({ message, fields }) => [message, fields]);

  test("each state of the link is a line, each packet one for debugging", async () => {
    const made = await streaming();
    const states = linesOf(made, "info");
    assert.deepEqual(
      states.map(([message]) => message),
      // Authenticating twice: its version is known before the events are asked for.
      ["connecting", "authenticating", "authenticating", "synchronising", "streaming"].map(
        (name) => `DevLink3 link: ${name}`,
      ),
    );
    assert.deepEqual(states.at(-1)?.[1], made.client.state());
    made.log.lines.length = 0;
    const payload = Uint8Array.of(0x7f, 0x30, 0, 0x11);
    made.tcp.last.send({ type: "unknown", code: 0x7f300011, payload }, event(1));
    assert.deepEqual(linesOf(made, "debug"), [
      ["DevLink3 packet in", { type: "unknown" }],
      ["A DevLink3 packet of unknown type was ignored.", { type: 0x7f300011 }],
      ["DevLink3 packet in", { type: "event" }],
    ]);
    made.log.lines.length = 0;
    made.clock.advance(30_000);
    assert.deepEqual(linesOf(made, "debug")[0], ["DevLink3 packet out", { type: "testRequest" }]);
  });

  test("a trouble is its meaning and its remedy, with code and detail", async () => {
    const made = await streaming({ hasExtension: true });
    made.tcp.last.end();
    const { meaning, remedy } = ERRORS.DEVLINK3_CONNECTION_LOST;
    assert.deepEqual(linesOf(made, "warn"), [
      [
        `${meaning} ${remedy}`,
        { code: "DEVLINK3_CONNECTION_LOST", detail: "closed by the IP Office" },
      ],
    ]);
  });

  test("without recording control the log says what is not announced", async () => {
    const made = await streaming();
    assert.deepEqual(
      linesOf(made, "warn").map(([, fields]) => fields),
      [{ code: "RECORDING_CONTROL_UNAVAILABLE", detail: "dl3rec/1 is not announced" }],
    );
  });

  test("damage is shown with its node and the first 1,000 characters", async () => {
    const made = await streaming({ hasExtension: true });
    const long = `${"x".repeat(999)}yz`;
    const tuples = [{ code: TUPLE_CODE.sipTrack, data: serializeWideText(long) }];
    made.tcp.last.send(
      { ...event(1, long), address: "10.0.0.7" } as Packet,
      event(2, "<CallLost>n,e,one,16</CallLost>"),
      { type: "event", address: "10.0.0.7", counter: 2, tuples },
    );
    const shown = long.slice(0, 1000);
    const problems = [
      { code: "not-an-integer", at: "CallLost 3", detail: "The field should be an integer." },
    ];
    const text = "<CallLost>n,e,one,16</CallLost>";
    assert.deepEqual(linesOf(made, "warn"), [
      ["A Delta3 record is damaged.", { node: "10.0.0.7", problems: [], text: shown }],
      ["A Delta3 record is damaged.", { node: "192.168.10.1", problems, text }],
      [
        "A SIPTrack cannot be read.",
        { code: "truncated", at: 1, detail: "A SIPTrack has six fields.", text: shown },
      ],
    ]);
    assert.equal(made.metrics.get("devlink3_records_damaged_total"), 3);
  });

  test("a malformed packet is shown with its flaw", async () => {
    const made = await streaming({ hasExtension: true });
    made.tcp.last.sendBytes(Uint8Array.of(0x49, 0, 8, 0x10, 0x30, 0, 0x11, 1));
    const detail = "The packet ends before the end of the RequestID.";
    assert.deepEqual(linesOf(made, "warn"), [
      ["A malformed DevLink3 packet was dropped.", { code: "truncated", at: 5, detail }],
    ]);
  });

  test("a damaged stream tells at which byte", async () => {
    const { tcp, client } = await streaming();
    tcp.last.sendBytes(frameOf("T1"));
    tcp.last.sendBytes(Uint8Array.of(0));
    assert.match(client.state().detail ?? "", /^bad-mark at byte [1-9]\d*$/);
  });

  test("§7: a file that cannot be had is a line with its name and the reason", async () => {
    const detailAfter = async (
      script: PbxScript,
      happen: (made: Bench) => void = () => undefined,
    ) => {
      const made = await streaming({ hasExtension: true });
      made.current.script = script;
      const reading = made.client.readFile("nasystem/user_list");
      await settle();
      happen(made);
      assert.equal(await reading, null);
      const [[message, fields] = ["", {}]] = linesOf(made, "warn");
      assert.equal(message, "A file of the IP Office cannot be read.");
      const { name, detail } = fields as { name: string; detail: string };
      assert.equal(name, "nasystem/user_list");
      return detail;
    };
    const data = new Uint8Array(0);
    const piece = (result: number) => (made: Bench) =>
      made.tcp.last.send({ type: "fileResponse", requestId: 3, result, data });
    assert.equal(await detailAfter({ file: null }), "refused: 80000061");
    assert.equal(await detailAfter({}, piece(9)), "not given: 00000009");
    assert.equal(await detailAfter({}, ({ clock }) => clock.advance(10_000)), "no answer");
    assert.equal(await detailAfter({ result: 0x80000042 }), "login refused: 80000042");
    assert.equal(await detailAfter({ challenge: "plain" }), "plainRefused");
    assert.equal(await detailAfter({}, ({ tcp }) => tcp.last.end()), "closed by the IP Office");
    assert.equal(
      await detailAfter({}, ({ tcp }) => tcp.last.sendBytes(Uint8Array.of(0))),
      "bad-mark at byte 84",
    );
  });
});
