// The DevLink3 server against a client made of bytes: test packets, login, events, files, and what
// goes wrong by the client's fault or on purpose. devlink3.md §2–§7, §11.
import assert from "node:assert/strict";
import test from "node:test";
import { DEVLINK3_VECTORS } from "../wire/devlink3-vectors.ts";
import { MAXIMUM_STREAMS } from "../../src/pbx/devlink3-server.ts";
import {
  closeOffice,
  frame,
  openOffice,
  type RawClient,
  textHex,
  tupleHex,
  tuplesAt,
  u32,
} from "./raw-client.ts";

const EVENT = "10300011";
const CALLER = { from: { number: "02079460000" }, to: "5550100" };

function textOf(dataHex: string): string {
  return Buffer.from(dataHex, "hex").toString().replace(/\0+$/, "");
}

/** Delta3 texts of event packets. */
function delta3Of(packets: readonly string[]): string[] {
  return packets
    .filter((packet) => packet.startsWith(EVENT))
    .flatMap((packet) => tuplesAt(packet, 12))
    .filter(([code]) => code === "00760001")
    .map(([, data]) => textOf(data));
}

test("the PBX says nothing first, and answers test packets before any login (T1–T3)", async () => {
  const office = await openOffice();
  const client = await office.client();
  assert.deepEqual(await client.rest(), []);
  client.send(DEVLINK3_VECTORS.T1, DEVLINK3_VECTORS.T2);
  assert.equal(await client.next(), `802a000112345678${u32(0)}${u32(0)}`);
  assert.equal(await client.next(), DEVLINK3_VECTORS.T3.slice(6));
  // RequestID 0 wants no response.
  client.send(frame(`002a0001${u32(0)}${u32(0)}`));
  assert.deepEqual(await client.rest(), []);
  client.close();
  assert.deepEqual(await closeOffice(office), []);
});

test("one byte a write, and five frames a write, make no difference", async () => {
  const office = await openOffice();
  const client = await office.client();
  client.sendBytewise(DEVLINK3_VECTORS.T2);
  assert.equal(await client.next(), DEVLINK3_VECTORS.T3.slice(6));
  client.send(...Array.from({ length: 5 }, () => DEVLINK3_VECTORS.T2));
  assert.equal((await client.rest()).length, 5);
});

test("a test payload of 1000 bytes is echoed, a longer one is PAYLOAD_TOO_LONG", async () => {
  const office = await openOffice();
  const client = await office.client();
  const payload = "ab".repeat(1000);
  client.send(frame(`002a0001${u32(7)}${u32(1000)}${payload}`));
  assert.equal(await client.next(), `802a0001${u32(7)}${u32(0)}${u32(1000)}${payload}`);
  client.send(frame(`002a0001${u32(8)}${u32(1001)}${payload}ab`));
  assert.equal(await client.next(), `802a0001${u32(8)}80000001${u32(0)}`);
});

test("login by SHA1 gives version, variant and the announcement of dl3rec/1", async () => {
  const office = await openOffice();
  const client = await office.client();
  client.send(DEVLINK3_VECTORS.A2);
  const challenge = await client.next();
  assert.match(challenge, /^80300001123456780000000200000010[0-9a-f]{32}$/);
  const digest = client.digest(challenge.slice(32), "Passw0rd!");
  client.send(frame(`0030000112345679${u32(0x50)}${u32(20)}${digest}`));
  const result = await client.next();
  assert.match(result, /^803000011234567900000000/);
  assert.deepEqual(
    tuplesAt(result, 12).map(([code, data]) => [code, textOf(data)]),
    [
      ["007d0001", "IP Office 12.1.0.0 build 23"],
      ["007d0002", "Standard 1.0"],
      ["7fe00001", "dl3rec/1"],
    ],
  );
});

test("the digest is cut at 16 bytes of the password, the plain password is not", async () => {
  const long = "0123456789abcdefX";
  const devlink3 = { password: long, challenge: "plain" } as const;
  const office = await openOffice({ devlink3 });
  const plainTcp = await office.client();
  assert.match(await plainTcp.logIn("0123456789abcdefY"), /^803000010000001200000000/);
  const secure = await office.secureClient();
  assert.match(await secure.logIn("0123456789abcdefY"), /80000041$/);
  const right = await office.secureClient();
  assert.match(await right.logIn(long), /^803000010000001200000000/);
});

test("PLAIN is asked for over TLS only, and takes vector A13", async () => {
  const office = await openOffice({ devlink3: { challenge: "plain" } });
  const secure = await office.secureClient();
  secure.send(DEVLINK3_VECTORS.A1);
  assert.equal(await secure.next(), `8030000112345678${u32(1)}`);
  secure.send(DEVLINK3_VECTORS.A13);
  assert.match(await secure.next(), /^803000011234567900000000/);
  const plain = await office.client();
  plain.send(DEVLINK3_VECTORS.A1);
  assert.match(await plain.next(), /^803000011234567800000002/);
  // A plain password in answer to a SHA1 challenge is a failure.
  plain.send(DEVLINK3_VECTORS.A13);
  assert.equal(await plain.next(), DEVLINK3_VECTORS.A8.slice(6));
  assert.ok(!office.ladder.join().includes("Passw0rd"));
});

test("a wrong password kills the stream: tests answer STREAM_AUTHENTICATION_FAILED", async () => {
  const office = await openOffice();
  const client = await office.client();
  assert.equal(await client.logIn("wrong"), `8030000100000012${u32(0x80000041)}`);
  client.send(DEVLINK3_VECTORS.T2);
  assert.equal(await client.next(), `802a000100000002${u32(0x80000003)}${u32(0)}`);
  client.send(frame(`0030000100000011${u32(1)}${textHex("recorder")}`));
  assert.match(await client.next(), /80000041$/);
  assert.equal(office.pbx.devlink3Counters.loginsRefused, 1);
  const other = await office.client();
  assert.match(await other.logIn("Passw0rd!", "nobody"), /80000041$/);
});

test("the account locks after failures across connections, and opens again in time", async () => {
  const devlink3 = { lockAfterFailures: 2, lockSeconds: 60 };
  const office = await openOffice({ devlink3 });
  for (let failure = 0; failure < 2; failure += 1) {
    const client = await office.client();
    await client.logIn("wrong");
    client.close();
  }
  const locked = await office.client();
  assert.match(await locked.logIn(), /80000041$/);
  await office.world.runFor(60_000);
  const open = await office.client();
  assert.match(await open.logIn(), /^803000010000001200000000/);
});

test("a proof without a challenge is a failed login", async () => {
  const office = await openOffice();
  const client = await office.client();
  client.send(DEVLINK3_VECTORS.A4);
  assert.equal(await client.next(), DEVLINK3_VECTORS.A8.slice(6));
});

test("the fourth login is LIMITS EXCEEDED, until one of the three has gone (§11)", async () => {
  const office = await openOffice();
  const clients: RawClient[] = [];
  for (let index = 0; index < 3; index += 1) {
    const client = await office.client();
    assert.match(await client.logIn(), /^803000010000001200000000/);
    clients.push(client);
  }
  const fourth = await office.client();
  assert.match(await fourth.logIn(), /80000042$/);
  clients[0]?.close();
  await office.world.runFor(100);
  const fifth = await office.client();
  assert.match(await fifth.logIn(), /^803000010000001200000000/);
});

test("without CTI licences the login is LICENCE MISSING", async () => {
  const office = await openOffice({ devlink3: { licences: 0 } });
  const client = await office.client();
  assert.match(await client.logIn(), /80000044$/);
});

test("requests before the login are answered with 80000041 (I25)", async () => {
  const office = await openOffice();
  const client = await office.client();
  client.send(DEVLINK3_VECTORS.E1, DEVLINK3_VECTORS.R1, DEVLINK3_VECTORS.X10);
  assert.equal(await client.next(), "8030001100000011800000410000");
  assert.equal(await client.next(), "803000410000004180000041");
  assert.equal(await client.next(), "803000f10000005280000041");
});

const FLAGS: readonly (readonly [string, string, string])[] = [
  ["-SCN -SIPTrack", "00000000", "-SCN -SIPTrack"],
  ["", "00000000", ""],
  ["-SIPTrack -CallDelta3", "00000009", "-SIPTrack"],
  ["-CMExtn -CONN", "00000000", "-CMExtn -CONN"],
  ["-CD2 -SCN", "00000009", "-CD2"],
  ["-CallDelta3", "80000021", ""],
  ["-CD2 -SIPTrack", "00000000", "-CD2 -SIPTrack"],
];
for (const [flags, result, accepted] of FLAGS) {
  test(`flags "${flags}" are answered ${result} "${accepted}"`, async () => {
    const office = await openOffice();
    const client = await office.client();
    await client.logIn();
    const response = await client.subscribe(flags);
    assert.equal(response.slice(0, 24), `8030001100000013${result}`);
    assert.equal(textOf(response.slice(28)), accepted);
    const lengthBytes = accepted === "" ? 0 : accepted.length + 1;
    assert.equal(Number.parseInt(response.slice(24, 28), 16), lengthBytes);
    assert.equal(office.pbx.streamingConnections(), result.startsWith("8") ? 0 : 1);
  });
}

test("vectors E1, E4 and E3: the byte count, and the sample client's half of it", async () => {
  const office = await openOffice();
  const client = await office.client();
  await client.logIn();
  client.send(DEVLINK3_VECTORS.E1);
  assert.equal(await client.next(), DEVLINK3_VECTORS.E4.slice(6));
  client.send(DEVLINK3_VECTORS.E3);
  assert.equal(await client.next(), `803000110000001300000000000a${textHex("-SIPTrack")}`);
});

test("one licence is not enough for -SCN", async () => {
  const office = await openOffice({ devlink3: { licences: 1 } });
  const client = await office.client();
  await client.logIn();
  assert.match(await client.subscribe("-SCN -SIPTrack"), /^80300011000000138000002[2]000a/);
  assert.equal(office.pbx.streamingConnections(), 0);
});

test("events carry address and a counter of their own from 1; a call in progress comes first", async () => {
  const office = await openOffice();
  office.pbx.placeCall(CALLER);
  const client = await office.client();
  await client.logIn();
  await client.subscribe("-SIPTrack");
  const snapshot = await client.next();
  assert.equal(snapshot.slice(0, 24), `${EVENT}c0a80a01${u32(1)}`);
  assert.match(delta3Of([snapshot])[0] ?? "", /^<Detail><Call>c0a80a01,1,.*<Target>/);
  office.pbx.answer("2001");
  office.pbx.hangUp("2001");
  const rest = await client.rest();
  assert.deepEqual(
    rest.map((packet) => packet.slice(16, 24)),
    [u32(2), u32(3), u32(4)],
  );
  assert.equal(delta3Of(rest).filter((text) => text.startsWith("<CallLost>")).length, 2);
  assert.ok(office.ladder.includes("out Event Detail call 1"));
});

test("the counter wraps modulo 2^32", async () => {
  const office = await openOffice({ devlink3: { firstCounter: 0xffffffff } });
  const client = await office.client();
  await client.logIn();
  await client.subscribe("");
  office.pbx.placeCall(CALLER);
  office.pbx.answer("2001");
  assert.deepEqual(
    (await client.rest()).map((packet) => packet.slice(16, 24)),
    ["ffffffff", "00000000"],
  );
});

test("-CONN leaves out what was before the first connection; SIPTrack only where asked", async () => {
  const office = await openOffice();
  const connected = await office.client();
  await connected.logIn();
  await connected.subscribe("-CONN -SIPTrack");
  const plain = await office.client();
  await plain.logIn();
  await plain.subscribe("");
  office.pbx.placeCall({ from: { number: "1" }, to: "5550201" });
  assert.deepEqual(await connected.rest(), []);
  assert.equal((await plain.rest()).length, 1);
  office.pbx.answer("2001");
  office.pbx.hangUp("1");
  const packets = await connected.rest();
  assert.equal(delta3Of(packets).length, 3);
  const tracks = packets.flatMap((packet) => tuplesAt(packet, 12));
  assert.equal(tracks.filter(([code]) => code === "00760003").length, 1);
  const without = (await plain.rest()).flatMap((packet) => tuplesAt(packet, 12));
  assert.ok(without.every(([code]) => code === "00760001"));
  assert.equal(without.length, 3);
});

test("the user list is CSV; other names are NOT FOUND; a big one comes in the long form", async () => {
  const office = await openOffice();
  const client = await office.client();
  await client.logIn();
  client.send(DEVLINK3_VECTORS.R1);
  const small = await client.next();
  assert.equal(small.slice(0, 24), `80300041${u32(0x41)}${u32(0)}`);
  const lines = Buffer.from(small.slice(24), "hex").toString().split("\r\n");
  assert.equal(lines[0], "Alice,2001,Alice Archer");
  assert.equal(lines.length, 11);
  client.send(frame(`0030004100000042000a${textHex("hunt_list")}`));
  assert.match(Buffer.from((await client.next()).slice(24), "hex").toString(), /^Sales,300,2001,/);
  client.send(frame(`00300041000000430002${textHex("x")}`));
  assert.equal(await client.next(), `80300041${u32(0x43)}80000061`);

  const users = Array.from({ length: 2000 }, (_, index) => ({
    extension: String(10_000 + index),
    name: `"User", ${index}`,
  }));
  const big = await openOffice({ users, trunks: [], groups: [] });
  const reader = await big.client();
  await reader.logIn();
  reader.send(DEVLINK3_VECTORS.R1);
  const file = Buffer.from((await reader.next()).slice(24), "hex").toString();
  assert.ok(file.length > 40_000);
  assert.ok(file.startsWith('"""User"", 0",10000,"""User"", 0"\r\n'));
});

test("a bad discriminator closes the stream; what came before it is answered", async () => {
  const office = await openOffice();
  const client = await office.client();
  client.send(DEVLINK3_VECTORS.T2, "50", DEVLINK3_VECTORS.T2);
  assert.deepEqual(await client.rest(), [DEVLINK3_VECTORS.T3.slice(6)]);
  assert.ok(client.isClosed);
  assert.match(office.pbx.violations()[0] ?? "", /stream-integrity-lost/);
  assert.equal(office.pbx.devlink3Counters.violations, 1);
});

test("unknown and malformed packets are counted, and the stream stays", async () => {
  const office = await openOffice();
  const client = await office.client();
  client.send(
    frame(`00300099${u32(1)}`),
    frame(`00300001${u32(1)}${u32(1)}7265`),
    frame(`8030004100000041${u32(0)}`),
    frame(`003000f100000052${u32(2)}7fe0`),
    DEVLINK3_VECTORS.T2,
  );
  assert.deepEqual(await client.rest(), [DEVLINK3_VECTORS.T3.slice(6)]);
  const codes = office.pbx.violations().map((text) => text.split(" ")[1]);
  assert.deepEqual(codes, [
    "unknown-packet:",
    "malformed-packet:",
    "unexpected-packet:",
    "malformed-packet:",
  ]);
});

test("without the extension nothing is announced, and its codes are a violation", async () => {
  const office = await openOffice({ devlink3: { recordingExtension: false } });
  const client = await office.client();
  const result = await client.logIn();
  assert.deepEqual(
    tuplesAt(result, 12).map(([code]) => code),
    ["007d0001", "007d0002"],
  );
  client.send(DEVLINK3_VECTORS.X10);
  assert.deepEqual(await client.rest(), []);
  assert.match(office.pbx.violations()[0] ?? "", /private-code/);
});

test("a client for which more waits than the limit is cut off", async () => {
  const users = Array.from({ length: 5000 }, (_, index) => ({
    extension: String(10_000 + index),
    fullName: "x".repeat(80),
  }));
  const office = await openOffice({ users, trunks: [], groups: [] });
  const client = await office.client();
  await client.logIn();
  client.send(...Array.from({ length: 40 }, () => DEVLINK3_VECTORS.R1));
  await office.world.runFor(1000);
  assert.match(office.pbx.violations()[0] ?? "", /client-too-slow/);
  assert.ok(client.isClosed);
  assert.ok(client.packets.length < 20);
});

test("streams beyond the limit are closed at once", async () => {
  const office = await openOffice();
  const clients: RawClient[] = [];
  for (let index = 0; index <= MAXIMUM_STREAMS; index += 1) clients.push(await office.client());
  await office.world.runFor(100);
  assert.equal(clients.filter(({ isClosed }) => isClosed).length, 1);
  assert.equal(office.pbx.devlink3Counters.streamsRefused, 1);
});

test("resetConnections loses the link; listeners stay, and a new client sees the calls", async () => {
  const office = await openOffice();
  const client = await office.client();
  await client.logIn();
  await client.subscribe("");
  office.pbx.placeCall(CALLER);
  office.pbx.resetConnections();
  await office.world.runFor(100);
  assert.ok(client.isClosed);
  assert.equal(office.pbx.streamingConnections(), 0);
  const again = await office.client();
  await again.logIn();
  await again.subscribe("");
  assert.equal(delta3Of([await again.next()]).length, 1);
});

async function streaming(prepare: (office: Awaited<ReturnType<typeof openOffice>>) => void) {
  const office = await openOffice();
  prepare(office);
  const client = await office.client();
  await client.logIn();
  await client.subscribe("-SIPTrack");
  client.chunks.length = 0;
  return { office, client };
}

test("oddity splitFrames: so many bytes a write", async () => {
  const { office, client } = await streaming(({ pbx }) => {
    pbx.oddities.devlink3.splitFrames = 7;
  });
  office.pbx.placeCall(CALLER);
  const packets = await client.rest();
  assert.equal(packets.length, 1);
  assert.ok(client.chunks.every((size) => size <= 7));
  assert.ok(client.chunks.length > 30);
});

test("oddity joinFrames: several frames a write, and none is kept back", async () => {
  const { office, client } = await streaming(({ pbx }) => {
    pbx.oddities.devlink3.joinFrames = 3;
  });
  office.pbx.placeCall(CALLER);
  office.pbx.answer("2001");
  office.pbx.hangUp("2001");
  assert.equal((await client.rest()).length, 4);
  assert.equal(client.chunks.length, 2);
});

test("oddity silentTest: no answer to test packets", async () => {
  const { office, client } = await streaming(() => undefined);
  office.pbx.oddities.devlink3.silentTest = true;
  client.send(DEVLINK3_VECTORS.T2);
  assert.deepEqual(await client.rest(), []);
});

test("oddities dropEvents and doubleRecords: gaps in the counter, and records twice", async () => {
  const { office, client } = await streaming(({ pbx }) => {
    pbx.oddities.devlink3.dropEvents = 2;
  });
  office.pbx.placeCall(CALLER);
  office.pbx.answer("2001");
  office.pbx.hangUp("2001");
  const counters = (await client.rest()).map((packet) => packet.slice(16, 24));
  assert.deepEqual(counters, [u32(1), u32(3)]);
  Object.assign(office.pbx.oddities.devlink3, { dropEvents: 0, doubleRecords: true });
  office.pbx.placeCall(CALLER);
  const twice = await client.rest();
  assert.equal(twice.length, 2);
  assert.equal(twice[0]?.slice(24), twice[1]?.slice(24));
  assert.notEqual(twice[0]?.slice(16, 24), twice[1]?.slice(16, 24));
});

test("oddities delaySipTrackMs and wrongSipTrackCallId", async () => {
  const { office, client } = await streaming(({ pbx }) => {
    Object.assign(pbx.oddities.devlink3, { delaySipTrackMs: 5000, wrongSipTrackCallId: true });
  });
  office.pbx.placeCall({ from: { number: "1" }, to: "5550201" });
  assert.equal((await client.rest()).length, 1);
  await office.world.runFor(4500);
  const [late] = await client.rest();
  const [tuple] = tuplesAt(late ?? "", 12);
  assert.equal(tuple?.[0], "00760003");
  assert.match(Buffer.from(tuple[1], "hex").swap16().toString("utf16le"), /IN,wrong-[0-9a-f]{16}@/);
  // A delayed record does not outlive its stream.
  office.pbx.hangUp("1");
  client.close();
  await office.world.runFor(100);
  assert.deepEqual(await closeOffice(office), []);
});

test("the login's tuples of a client are read and ignored", async () => {
  const office = await openOffice();
  const client = await office.client();
  const tuples = tupleHex(0x007e0001, textHex("Tester")) + tupleHex(0x12345678, "00");
  client.send(frame(`0030000100000011${u32(1)}${textHex("recorder")}${tuples}`));
  assert.match(await client.next(), /^803000010000001100000002/);
});
