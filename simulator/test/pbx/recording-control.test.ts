// Recording by dl3rec/1 against a client made of bytes and a SIP side played by the test: requests
// with all their results, status events, the leg's records, VCM, hold, and `record: always`.
// devlink3.md §13, §10 Q11.
import assert from "node:assert/strict";
import test from "node:test";
import { DEVLINK3_VECTORS } from "../wire/devlink3-vectors.ts";
import type { SiteInput } from "../../src/pbx/site-schema.ts";
import {
  closeOffice,
  frame,
  openOffice,
  textHex,
  tupleHex,
  tuplesAt,
  u32,
  type Office,
  type RawClient,
} from "./raw-client.ts";

const START = 1;
const STOP = 2;
const PAUSE = 3;
const RESUME = 4;
const QUERY = 5;

interface Line {
  readonly office: Office;
  readonly client: RawClient;
  /** End identifiers of trunk and agent. */
  readonly trunkEnd: string;
  readonly agentEnd: string;
}

/** A client that streams, and a call between 02079460000 and 2001. */
async function talkingCall(changes: SiteInput = {}): Promise<Line> {
  const office = await openOffice({ firstCallId: 31, ...changes });
  const client = await office.client();
  await client.logIn();
  await client.subscribe("-SIPTrack");
  office.pbx.placeCall({ from: { number: "02079460000" }, to: "5550100" });
  office.pbx.answer("2001");
  const packets = await client.rest();
  const [trunkEnd = "", agentEnd = ""] =
    /<PartyA>(\w+),.*<PartyB>(\w+),/.exec(delta3(packets).at(-1) ?? "")?.slice(1) ?? [];
  return { office, client, trunkEnd, agentEnd };
}

function textOf(dataHex: string): string {
  return Buffer.from(dataHex, "hex").toString().replace(/\0+$/, "");
}

function delta3(packets: readonly string[]): string[] {
  return packets
    .filter((packet) => packet.startsWith("10300011"))
    .flatMap((packet) => tuplesAt(packet, 12))
    .filter(([code]) => code === "00760001")
    .map(([, data]) => textOf(data));
}

function sipTracks(packets: readonly string[]): string[] {
  return packets
    .filter((packet) => packet.startsWith("10300011"))
    .flatMap((packet) => tuplesAt(packet, 12))
    .filter(([code]) => code === "00760003")
    .map(([, data]) => Buffer.from(data, "hex").swap16().toString("utf16le").replace(/\0$/, ""));
}

const NUMBERS = new Set(["12", "16", "20", "23", "26"]);

/** Private tuples by the last two digits of their code: { 15: "r1", 20: 2 }. */
function fields(packet: string): Record<string, string | number> {
  return Object.fromEntries(
    tuplesAt(packet, 12).map(([code, data]) => {
      const key = code.slice(6).toUpperCase();
      return [key, NUMBERS.has(key) ? Number.parseInt(data, 16) : textOf(data)];
    }),
  );
}

function statuses(packets: readonly string[]): Record<string, string | number>[] {
  return packets.filter((packet) => packet.startsWith("103000f1")).map(fields);
}

function request(operation: number, tuples: Readonly<Record<string, string>>): string {
  const encoded = Object.entries(tuples).map(([key, data]) =>
    tupleHex(0x7fe00000 + Number.parseInt(key, 16), data),
  );
  return frame(`003000f100000051${u32(operation)}${encoded.join("")}`);
}

function start(line: Line, changes: Readonly<Record<string, string>> = {}): string {
  return request(START, {
    "10": "00010000",
    "11": textHex("c0a80a01"),
    "12": u32(31),
    "13": textHex(line.agentEnd),
    "14": textHex("sip:r1@10.0.0.5:5070"),
    "15": textHex("r1"),
    "16": u32(1),
    ...changes,
  });
}

function change(operation: number, streamId = "r1"): string {
  return request(operation, { "10": "00010000", "15": textHex(streamId) });
}

/** Result, and the fields of the response. */
async function answer(client: RawClient): Promise<[string, Record<string, string | number>]> {
  const packet = await client.next();
  assert.equal(packet.slice(0, 16), "803000f100000051");
  return [packet.slice(16, 24), fields(packet)];
}

const OK = "00000000";

async function recording(changes: SiteInput = {}): Promise<Line> {
  const line = await talkingCall(changes);
  line.client.send(start(line));
  assert.deepEqual(await answer(line.client), [OK, { "15": "r1", "20": 1 }]);
  line.office.sip.leg(1).isAnswered();
  await line.client.rest();
  return line;
}

test("START: accepted, then INVITING, the leg's records (Q11), RECORDING; STOP ends it", async () => {
  const line = await talkingCall();
  const { office, client, agentEnd } = line;
  client.send(start(line, { "1A": textHex("case 7") }));
  assert.deepEqual(await answer(client), [OK, { "15": "r1", "20": 1 }]);
  const leg = office.sip.leg(1);
  assert.deepEqual(
    { ...leg.request, audience: leg.request.audience.voices() },
    {
      conversation: 1,
      streamId: "r1",
      recorderUri: "sip:r1@10.0.0.5:5070",
      node: "c0a80a01",
      callId: 31,
      endId: agentEnd,
      extension: "2001",
      correlationData: "case 7",
      audience: [office.pbx.voiceOf("2001"), office.pbx.voiceOf("02079460000")],
    },
  );
  const inviting = await client.rest();
  const [first] = statuses(inviting);
  const legEnd = String(first?.["21"]);
  assert.deepEqual(first, { "15": "r1", "20": 1, "21": legEnd, "22": "leg1@192.168.10.1" });
  const delta2 = `17.${Number.parseInt(legEnd.slice(8), 16)}.0`;
  assert.deepEqual(sipTracks(inviting), [`START,${legEnd},${delta2},TRUNK,OUT,leg1@192.168.10.1`]);
  const q11 = (state: number): string =>
    `<Detail><Call>c0a80a01,32,,,,0,,,,,</Call><PartyA>HANDLER,1,${state},1,0,0,0,0,0,19,0,,,0,0,,,,,,,,100,,,${agentEnd}</PartyA><PartyB>${legEnd},0,${state},1,0,0,0,0,0,5,0,leg1@192.168.10.1,,0,0,,,,r1,,,,100</PartyB></Detail>`;
  const handler = /<PartyA>(\w+),/.exec(delta3(inviting)[0] ?? "")?.[1] ?? "";
  assert.deepEqual(delta3(inviting), [q11(1).replace("HANDLER", handler)]);
  assert.equal(office.pbx.isRecording("2001"), false);
  assert.equal(office.pbx.hasLeg("2001"), true);

  leg.isAnswered();
  const answered = await client.rest();
  assert.deepEqual(statuses(answered), [{ ...first, "20": 2 }]);
  assert.deepEqual(delta3(answered), [q11(2).replace("HANDLER", handler)]);
  assert.equal(office.pbx.isRecording("2001"), true);

  client.send(change(STOP));
  assert.deepEqual(await answer(client), [OK, { "15": "r1", "20": 4 }]);
  const stopped = await client.rest();
  assert.deepEqual(statuses(stopped), [{ "15": "r1", "20": 4, "24": "stop" }]);
  assert.deepEqual(delta3(stopped), [
    `<CallLost>c0a80a01,${legEnd},0,16</CallLost>`,
    `<CallLost>c0a80a01,${handler},0,16</CallLost>`,
  ]);
  assert.match(sipTracks(stopped)[0] ?? "", /^END,/);
  assert.deepEqual(leg.actions, ["hangUp 16"]);
  leg.ends("pbx");
  assert.deepEqual(await client.rest(), []);
  assert.equal(office.pbx.isRecording("2001"), false);
  // STOP again within 60 s is a success, later there is no such recording.
  client.send(change(STOP));
  assert.deepEqual(await answer(client), [OK, { "15": "r1", "20": 4 }]);
  await office.world.runFor(61_000);
  client.send(change(STOP));
  assert.deepEqual(await answer(client), ["800000e7", { "15": "r1" }]);
  assert.equal(office.pbx.truth.conversations[0]?.legs.length, 1);
  assert.deepEqual(await closeOffice(office), []);
});

test("status events have a counter of their own", async () => {
  const line = await talkingCall();
  line.client.send(start(line));
  const packets = await line.client.rest();
  const status = packets.filter((packet) => packet.startsWith("103000f1"));
  assert.deepEqual(
    status.map((packet) => packet.slice(8, 24)),
    [`c0a80a01${u32(1)}`],
  );
  line.office.sip.leg(1).isAnswered();
  const more = (await line.client.rest()).filter((packet) => packet.startsWith("103000f1"));
  assert.deepEqual(
    more.map((packet) => packet.slice(16, 24)),
    [u32(2)],
  );
});

test("vectors X2, X3 and X10 as they stand", async () => {
  const office = await openOffice({ firstCallId: 23 });
  const client = await office.client();
  await client.logIn();
  office.pbx.placeCall({ from: { number: "1" }, to: "5550100" });
  office.pbx.answer("2001");
  // The vector's end is …03f4; here the third phone end is that of a second call.
  office.pbx.placeCall({ from: { number: "2" }, to: "5550102" });
  client.send(DEVLINK3_VECTORS.X2);
  assert.equal((await client.next()).slice(16, 24), "800000e4");
  const [, agent] = office.pbx.activeCalls();
  assert.equal(agent?.state, "ringing");
  client.send(DEVLINK3_VECTORS.X2.replace("33663400", "33663300"));
  assert.equal(await client.next(), DEVLINK3_VECTORS.X3.slice(6));
  client.send(DEVLINK3_VECTORS.X10);
  const packets = await client.rest();
  assert.ok(
    packets.includes("803000f100000052000000007fe0001500067237516b32007fe00020000400000004"),
  );
});

const REFUSALS: readonly (readonly [string, Readonly<Record<string, string>>, string, unknown])[] =
  [
    ["another major version", { "10": "00020000" }, "800000e1", "\0\x01"],
    ["another minor version is fine", { "10": "00010007" }, OK, undefined],
    ["a version of two bytes", { "10": "0001" }, "800000e2", "7FE00010"],
    ["a stream id with a blank", { "15": textHex("r 1") }, "800000e2", "7FE00015"],
    ["a URI of another user", { "14": textHex("sip:x@10.0.0.5:5070") }, "800000e2", "7FE00014"],
    ["no URI", { "14": textHex("r1") }, "800000e2", "7FE00014"],
    ["an unknown media mode", { "16": u32(2) }, "800000e2", "7FE00016"],
    ["long correlation data", { "1A": textHex("x".repeat(129)) }, "800000e2", "7FE0001A"],
    ["a header in the data", { "1A": textHex("x\r\nY: z") }, "800000e2", "7FE0001A"],
    ["an empty end", { "13": textHex("") }, "800000e2", "7FE00013"],
    ["another node", { "11": textHex("c0a81401") }, "800000e3", undefined],
    ["another call", { "12": u32(99) }, "800000e3", undefined],
    ["another end", { "13": textHex("c0a80a0100000001") }, "800000e4", undefined],
  ];
for (const [what, changes, result, reason] of REFUSALS) {
  test(`START with ${what} is answered ${result}`, async () => {
    const line = await talkingCall();
    line.client.send(start(line, changes));
    const [code, said] = await answer(line.client);
    assert.equal(code, result);
    if (result === "800000e2") assert.equal(said["24"], reason);
    if (result === "800000e1") assert.equal(said["25"], reason);
    const refusals = line.office.pbx.truth.refusals.map((refusal) => u32(refusal.result));
    assert.deepEqual(refusals, result === OK ? [] : [result]);
    assert.equal(line.office.sip.legs.length, result === OK ? 1 : 0);
  });
}

test("missing tuples are named, in START and STOP", async () => {
  const line = await talkingCall();
  const all: Record<string, string> = {
    "10": "00010000",
    "11": textHex("c0a80a01"),
    "12": u32(31),
    "13": textHex(line.agentEnd),
    "14": textHex("sip:r1@10.0.0.5:5070"),
    "15": textHex("r1"),
  };
  for (const missing of Object.keys(all)) {
    const rest = Object.fromEntries(Object.entries(all).filter(([key]) => key !== missing));
    line.client.send(request(START, rest));
    const [code, said] = await answer(line.client);
    assert.deepEqual([code, said["24"]], ["800000e2", `7FE000${missing}`]);
  }
  line.client.send(request(STOP, { "10": "00010000" }), request(9, all));
  assert.equal((await answer(line.client))[1]["24"], "7FE00015");
  assert.equal((await answer(line.client))[1]["24"], "operation");
});

test("a party that only rings is NOT CONNECTED", async () => {
  const line = await talkingCall();
  line.office.pbx.blindTransfer("2001", "2002");
  line.client.send(start(line, { "13": textHex(line.trunkEnd) }));
  const packets = await line.client.rest();
  assert.ok(packets.some((packet) => packet.startsWith("803000f100000051800000e5")));
});

test("START is idempotent; another stream, end or id meets what is there", async () => {
  const line = await recording();
  const { client, office } = line;
  client.send(start(line));
  assert.deepEqual(await answer(client), [OK, { "15": "r1", "20": 2 }]);
  assert.equal(office.sip.legs.length, 1);
  client.send(start(line, { "13": textHex(line.trunkEnd) }));
  assert.deepEqual(await answer(client), ["800000ee", { "15": "r1" }]);
  const other = { "14": textHex("sip:r2@10.0.0.5:5070"), "15": textHex("r2") };
  client.send(start(line, other));
  assert.deepEqual(await answer(client), ["800000e6", { "15": "r1" }]);
});

test("private calls are NOT PERMITTED, and carry the privacy flag", async () => {
  const users = [{ extension: "2001", privacy: true }];
  const trunks = [
    { name: "T", kind: "isdn" as const, line: 1, channels: 1, ddi: { "5550100": "2001" } },
  ];
  const line = await talkingCall({ users, trunks, groups: [] });
  line.client.send(start(line));
  assert.deepEqual(await answer(line.client), ["800000ed", { "15": "r1" }]);
  const [detail] = (await secondView(line.office)).slice(-1);
  assert.match(detail ?? "", /<PartyB>\w+,0,2,1,0,0,0,1,/);
});

async function secondView(office: Office): Promise<string[]> {
  const client = await office.client();
  await client.logIn();
  await client.subscribe("");
  return delta3(await client.rest());
}

test("R16: VCM EXHAUSTED with the time to wait; the limit is never passed; then it works", async () => {
  const line = await talkingCall({ vcm: { channels: 1 } });
  const { client, office } = line;
  client.send(start(line));
  assert.deepEqual(await answer(client), ["800000e8", { "15": "r1", "26": 5000 }]);
  assert.equal(office.pbx.truth.refusals[0]?.streamId, "r1");
  assert.ok(office.pbx.truth.vcm.every(({ used, available }) => used <= available));

  const second = await talkingCall({ vcm: { channels: 2 } });
  second.client.send(start(second));
  assert.equal((await answer(second.client))[0], OK);
  const refused = second.office.pbx.placeCall({ from: { extension: "2005" }, to: "2006" });
  assert.equal(refused.endCause, 17);
  second.client.send(change(STOP));
  await second.client.rest();
  const placed = second.office.pbx.placeCall({ from: { extension: "2005" }, to: "2006" });
  assert.equal(placed.state, "ringing");
  const used = second.office.pbx.truth.vcm.map((each) => each.used);
  assert.deepEqual(used, [0, 1, 2, 1, 2]);
});

test("oddities: VCM refusal by silence, and START refused with any result", async () => {
  const line = await talkingCall({ vcm: { channels: 1 } });
  const { client, office } = line;
  office.pbx.oddities.devlink3.vcmRefusal = "silence";
  client.send(start(line));
  assert.deepEqual(await client.rest(), []);
  office.pbx.oddities.devlink3.refuseStart = 0x800000ea;
  client.send(start(line));
  assert.deepEqual(await answer(client), ["800000ea", { "15": "r1" }]);
  assert.deepEqual(
    office.pbx.truth.refusals.map(({ result }) => u32(result)),
    ["800000e8", "800000ea"],
  );
});

test("hold pauses the leg with reason `hold`, retrieve goes on; nobody is heard meanwhile", async () => {
  const { office, client } = await recording();
  const leg = office.sip.leg(1);
  office.pbx.hold("2001");
  assert.deepEqual(statuses(await client.rest()), [{ "15": "r1", "20": 3, "24": "hold" }]);
  assert.deepEqual(leg.request.audience.voices(), []);
  // A client's RESUME does not undo the hold.
  client.send(change(RESUME));
  assert.deepEqual(await answer(client), [OK, { "15": "r1", "20": 3 }]);
  office.pbx.retrieve("2001");
  assert.deepEqual(statuses(await client.rest()), [{ "15": "r1", "20": 2 }]);
  assert.deepEqual(leg.actions, ["hold", "retrieve"]);
  assert.equal(leg.request.audience.voices().length, 2);
});

test("hold: keep leaves the leg alone", async () => {
  const { office, client } = await recording({ hold: "keep" });
  office.pbx.hold("2001");
  office.pbx.retrieve("2001");
  assert.deepEqual(statuses(await client.rest()), []);
  assert.deepEqual(office.sip.leg(1).actions, []);
});

test("a call held while the leg is being dialled pauses it at the answer", async () => {
  const line = await talkingCall();
  line.client.send(start(line));
  await line.client.rest();
  line.office.pbx.hold("2001");
  line.office.sip.leg(1).isAnswered();
  const states = statuses(await line.client.rest()).map((status) => status["20"]);
  assert.deepEqual(states, [2, 3]);
});

test("PAUSE and RESUME are idempotent; unknown streams are NO SUCH RECORDING", async () => {
  const { client, office } = await recording();
  client.send(change(PAUSE));
  assert.deepEqual(await answer(client), [OK, { "15": "r1", "20": 3 }]);
  assert.deepEqual(statuses(await client.rest()), [{ "15": "r1", "20": 3 }]);
  client.send(change(PAUSE));
  assert.deepEqual(await answer(client), [OK, { "15": "r1", "20": 3 }]);
  client.send(change(RESUME));
  assert.deepEqual(await answer(client), [OK, { "15": "r1", "20": 2 }]);
  client.send(change(RESUME));
  await client.rest();
  assert.deepEqual(office.sip.leg(1).actions, ["hold", "retrieve"]);
  for (const operation of [STOP, PAUSE, RESUME, QUERY]) {
    client.send(change(operation, "other"));
    assert.deepEqual(await answer(client), ["800000e7", { "15": "other" }]);
  }
});

test("QUERY: a status event for each recording, then the response; also on a new link", async () => {
  const { client, office } = await recording();
  client.send(request(QUERY, { "10": "00010000" }));
  const [status, response] = [await client.next(), await client.next()];
  assert.equal(fields(status)["20"], 2);
  assert.equal(fields(status)["12"], 31);
  assert.equal(response.slice(16, 24), OK);
  office.pbx.resetConnections();
  await office.world.runFor(100);
  assert.equal(office.pbx.isRecording("2001"), true);
  const again = await office.client();
  await again.logIn();
  again.send(change(QUERY));
  assert.equal(fields(await again.next())["15"], "r1");
  assert.deepEqual(await answer(again), [OK, { "15": "r1", "20": 2 }]);
});

const ENDS: readonly (readonly [string, string, (line: Line) => void])[] = [
  ["party left", "the agent transfers", ({ office }) => office.pbx.blindTransfer("2001", "2002")],
  ["call ended", "the caller hangs up", ({ office }) => office.pbx.hangUp("02079460000")],
  ["call ended", "the agent hangs up", ({ office }) => office.pbx.hangUp("2001")],
  ["recorder bye", "the recorder sends BYE", ({ office }) => office.sip.leg(1).ends("recorder")],
  ["resources", "the PBX's SIP side gives up", ({ office }) => office.sip.leg(1).ends("pbx")],
];
for (const [reason, what, act] of ENDS) {
  test(`${what}: STOPPED with reason "${reason}"`, async () => {
    const line = await recording();
    act(line);
    const stopped = statuses(await line.client.rest());
    assert.deepEqual(stopped, [{ "15": "r1", "20": 4, "24": reason }]);
    const isByPbx = reason === "party left" || reason === "call ended";
    assert.deepEqual(line.office.sip.leg(1).actions, isByPbx ? ["hangUp 16"] : []);
    assert.equal(line.office.pbx.isRecording("2001"), false);
  });
}

test("the maximum time ends a recording", async () => {
  const line = await talkingCall();
  line.client.send(start(line, { "19": u32(5) }));
  await line.client.rest();
  line.office.sip.leg(1).isAnswered();
  await line.office.world.runFor(5001);
  const [, last] = statuses(await line.client.rest());
  assert.deepEqual(last, { "15": "r1", "20": 4, "24": "max time" });
});

test("an INVITE that is refused is FAILED with its status; nobody there: without one", async () => {
  const line = await talkingCall();
  line.client.send(start(line));
  await line.client.rest();
  line.office.sip.leg(1).fails(486, "Busy Here");
  assert.deepEqual(statuses(await line.client.rest()), [
    { "15": "r1", "20": 5, "23": 486, "24": "Busy Here" },
  ]);
  line.client.send(start(line));
  await line.client.rest();
  line.office.sip.leg(2).fails(null, "no answer");
  assert.deepEqual(statuses(await line.client.rest()), [
    { "15": "r1", "20": 5, "24": "no answer" },
  ]);
});

test("FAILED within 10 s when the SIP side says nothing; a forgotten INVITE says nothing", async () => {
  const line = await talkingCall();
  line.client.send(start(line));
  await line.client.rest();
  await line.office.world.runFor(10_000);
  assert.deepEqual(
    statuses(await line.client.rest()).map((status) => status["20"]),
    [5],
  );
  assert.deepEqual(line.office.sip.leg(1).actions, ["hangUp 102"]);
  line.office.pbx.oddities.sip.inviteNever = true;
  line.client.send(start(line));
  await line.client.rest();
  await line.office.world.runFor(12_000);
  assert.deepEqual(statuses(await line.client.rest()), []);
  assert.equal(line.office.pbx.hasLeg("2001"), false);
});

test("a supervised transfer: the recorded end moves, and the status names the new call", async () => {
  const line = await talkingCall();
  const { client, office } = line;
  office.pbx.supervisedTransfer("2001", "2002");
  office.pbx.answer("2002");
  const details = delta3(await client.rest());
  const bob = /<PartyB>(\w+),/.exec(details.at(-1) ?? "")?.[1] ?? "";
  client.send(start(line, { "12": u32(32), "13": textHex(bob) }));
  await client.rest();
  office.sip.leg(1).isAnswered();
  await client.rest();
  office.pbx.completeTransfer("2001");
  assert.deepEqual(statuses(await client.rest()), [{ "12": 31, "15": "r1", "20": 2 }]);
  const voices = [office.pbx.voiceOf("2002"), office.pbx.voiceOf("02079460000")];
  assert.deepEqual(office.sip.leg(1).request.audience.voices(), voices);
});

test("record: always dials at each answer by itself, without dl3rec/1 and without status", async () => {
  const recorder = "sip:recorder@10.0.0.5:5070";
  const line = await talkingCall({ record: "always", recorder });
  const { office, client } = line;
  const { request: asked } = office.sip.leg(1);
  assert.deepEqual([asked.streamId, asked.recorderUri, asked.extension], [null, recorder, "2001"]);
  office.sip.leg(1).isAnswered();
  office.pbx.blindTransfer("2001", "2002");
  office.pbx.answer("2002");
  assert.equal(office.sip.leg(2).request.extension, "2002");
  assert.deepEqual(office.sip.leg(1).actions, ["hangUp 16"]);
  office.pbx.placeCall({ from: { extension: "2003" }, to: "902079460009" });
  office.pbx.answer("02079460009");
  assert.equal(office.sip.leg(3).request.extension, "2003");
  const packets = await client.rest();
  assert.deepEqual(statuses(packets), []);
  assert.ok(delta3(packets).some((text) => text.includes("leg2@192.168.10.1,,0,0,,,,,,,,100")));
  assert.equal(office.pbx.legsOf({ ...call(1), conversation: 1 }).length, 2);
});

function call(callId: number) {
  return { callId, conversation: 1, state: "ended", endCause: null } as const;
}

test("record: always without a free VCM channel does not dial, and the truth says so", async () => {
  const recorder = "sip:recorder@10.0.0.5:5070";
  const line = await talkingCall({ record: "always", recorder, vcm: { channels: 1 } });
  assert.equal(line.office.sip.legs.length, 0);
  assert.deepEqual(
    line.office.pbx.truth.refusals.map(({ streamId, result }) => [streamId, u32(result)]),
    [["", "800000e8"]],
  );
});

test("a SIP side that answers at once does not confuse the order of events", async () => {
  const line = await talkingCall();
  line.office.sip.isHasty = true;
  line.client.send(start(line));
  assert.equal((await answer(line.client))[0], OK);
  const states = statuses(await line.client.rest()).map((status) => status["20"]);
  assert.deepEqual(states, [1, 2]);
});

test("the snapshot of a new stream shows calls and recording legs", async () => {
  const { office } = await recording();
  const view = await secondView(office);
  assert.equal(view.length, 2);
  assert.match(view[1] ?? "", /,19,0,,,0,0,/);
});
