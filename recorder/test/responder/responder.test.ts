// The responder in the virtual world: who gets an answer, what it tells, and that nobody can use it
// against a third party (T3).
import assert from "node:assert/strict";
import { test } from "node:test";
import { World } from "@tapeline/simulator/world";
import type { Address } from "../../src/ports/index.ts";
import { Responder, type ResponderPorts } from "../../src/responder/responder.ts";
import { serializeRtpPacket } from "../../src/rtp/packet.ts";
import { parseRtcp } from "../../src/rtp/rtcp.ts";
import { bodyText, headerValue, type SipResponse } from "../../src/sip/message.ts";
import { parseMessage } from "../../src/sip/parse.ts";

const RESPONDER = "192.0.2.10";
const LAPTOP = "192.0.2.1";
const SIP: Address = { host: RESPONDER, port: 5060 };
const RTP: Address = { host: RESPONDER, port: 5004 };
const SDP = `v=0\r\no=- 1 1 IN IP4 ${LAPTOP}\r\ns=-\r\nc=IN IP4 ${LAPTOP}\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n`;

async function setUp(more: Partial<ResponderPorts> = {}) {
  const world = new World({ seed: "s", trace: "hash" });
  const there = world.host("there", RESPONDER).boot("responder");
  const laptop = world.host("laptop", LAPTOP).boot("validate").ports;
  const options = { bind: RESPONDER, address: RESPONDER, sipPort: 5060, rtpPort: 5004 };
  const responder = new Responder(options, { ...there.ports, ...more });
  const inTime = async <T>(promise: Promise<T>): Promise<T> => {
    let isSettled = false;
    const watched = promise.finally(() => (isSettled = true));
    watched.catch(() => undefined);
    await world.runUntil(() => isSettled, 5_000);
    return watched;
  };
  await inTime(responder.start());
  const heard: { data: Uint8Array; source: Address }[] = [];
  const bind = (port: number) =>
    inTime(
      laptop.udp.bind(
        { local: { host: LAPTOP, port } },
        { onDatagram: (data, source) => heard.push({ data, source }), onError: () => undefined },
      ),
    );
  const sip = await bind(5060);
  const ask = async (text: string): Promise<SipResponse | null> => {
    sip.send(Buffer.from(text), SIP);
    await world.runFor(100);
    const last = heard.splice(0).at(-1);
    if (last === undefined) return null;
    const message = parseMessage(last.data);
    assert.ok(message.ok && message.value.kind === "response");
    return message.value;
  };
  return { world, there, laptop, responder, heard, bind, ask, inTime };
}

const TOKEN = "X-Tapeline-Responder";
let branch = 0;

function request(method: string, { words = "", body = "", padding = 400 } = {}): string {
  branch += 1;
  return [
    `${method} sip:responder@${RESPONDER} SIP/2.0`,
    `Via: SIP/2.0/UDP ${LAPTOP}:5060;rport;branch=z9hG4bK${branch}`,
    `From: <sip:validation@${LAPTOP}>;tag=1`,
    `To: <sip:responder@${RESPONDER}>`,
    `Call-ID: call-1@${LAPTOP}`,
    `CSeq: ${branch} ${method}`,
    `Contact: <sip:IPOffice@${LAPTOP}:5060>`,
    "Max-Forwards: 70",
    ...(words === "" ? [] : [`X-Tapeline-Responder: 1;${words}`]),
    ...(padding === 0 ? [] : [`X-Padding: ${"x".repeat(padding)}`]),
    ...(body === "" ? [] : ["Content-Type: application/sdp"]),
    `Content-Length: ${body.length}`,
    "",
    body,
  ].join("\r\n");
}

function tokenOf(response: SipResponse | null): string {
  assert.ok(response !== null);
  return /token=(\w+)/.exec(headerValue(response, "X-Tapeline-Responder") ?? "")?.[1] ?? "";
}

type Set = Awaited<ReturnType<typeof setUp>>;

async function shakeHands({ ask }: Set): Promise<string> {
  const token = tokenOf(await ask(request("OPTIONS", { words: "want=token" })));
  assert.equal((await ask(request("OPTIONS", { words: `token=${token}` })))?.status, 200);
  return token;
}

test("a stranger gets a token and nothing else, and never more than he sent", async () => {
  const set = await setUp();
  for (const method of ["OPTIONS", "INVITE", "BYE"]) {
    assert.equal(await set.ask(request(method, { body: SDP })), null, method);
  }
  const asked = request("OPTIONS", { words: "want=streams" });
  const answer = await set.ask(asked);
  assert.equal(answer?.body.length, 0);
  const short = request("OPTIONS", { words: "want=token", padding: 0 });
  assert.equal(await set.ask(short.replace(/^(Contact|Max-Forwards): .*\r\n/gm, "")), null);
  assert.equal(tokenOf(answer).length, 32);
  assert.equal(set.responder.counts.ignored, 4);
});

test("strangers are answered at most twenty times a second", async () => {
  const { laptop, world, heard, inTime } = await setUp();
  const socket = await inTime(
    laptop.udp.bind(
      { local: { host: LAPTOP, port: 9_999 } },
      { onDatagram: (data, source) => heard.push({ data, source }), onError: () => undefined },
    ),
  );
  for (let count = 0; count < 500; count += 1) {
    socket.send(Buffer.from(request("OPTIONS", { words: "want=token" })), SIP);
    await world.runFor(2);
  }
  await world.runFor(100);
  assert.ok(heard.length >= 15 && heard.length <= 21, `${heard.length} answers`);
});

test("a known host is answered as by a recorder: OPTIONS, INVITE with SDP, BYE", async () => {
  const set = await setUp();
  await shakeHands(set);
  assert.equal((await set.ask(request("OPTIONS")))?.status, 200);
  const answer = await set.ask(request("INVITE", { body: SDP }));
  assert.equal(answer?.status, 200);
  assert.match(bodyText(answer), /m=audio 5004 RTP\/AVP 0/);
  assert.match(headerValue(answer, "Via") ?? "", /rport=5060;received=192\.0\.2\.1/);
  assert.equal(set.responder.counts.calls, 1);
  assert.equal((await set.ask(request("BYE")))?.status, 200);
  assert.equal(set.responder.counts.calls, 0);
});

test("it tells what it saw of a request and of an INVITE: source, Via, Contact, SDP", async () => {
  const set = await setUp();
  const token = await shakeHands(set);
  await set.ask(request("INVITE", { body: SDP }));
  const words = `token=${token};want=call;id=call-1@${LAPTOP}`;
  const answer = await set.ask(request("OPTIONS", { words }));
  assert.ok(answer !== null);
  const { seen } = JSON.parse(bodyText(answer)) as { seen: Record<string, unknown> };
  assert.equal(seen["source"], `${LAPTOP}:5060`);
  assert.equal(seen["sdp"], SDP);
  assert.match(String(seen["contact"]), /IPOffice@192\.0\.2\.1/);
});

test("four time stamps come back, for the offset of the clocks", async () => {
  const set = await setUp();
  const token = await shakeHands(set);
  set.world.host("there", RESPONDER).stepClock(0);
  const answer = await set.ask(request("OPTIONS", { words: `token=${token};t1=123.456` }));
  assert.ok(answer !== null);
  const value = headerValue(answer, "X-Tapeline-Responder") ?? "";
  const [, t1 = "", t2 = "", t3 = ""] = /t1=([\d.]+);t2=([\d.]+);t3=([\d.]+)/.exec(value) ?? [];
  assert.equal(t1, "123.456");
  const wallMs = set.world.host("there", RESPONDER).wallTimeMs();
  assert.ok(Math.abs(Number(t2) - wallMs) < 200 && Number(t3) >= Number(t2));
});

test("RTP of a known host is counted and reported, that of a stranger is not", async () => {
  const set = await setUp();
  const rtp = await set.bind(4_000);
  const send = async (from: number, to: number): Promise<void> => {
    for (let index = from; index < to; index += 1) {
      const data = serializeRtpPacket({
        ...{ marker: false, payloadType: 0, sequence: index, timestamp: index * 160, ssrc: 5 },
        ...{ csrcs: [], extension: null, payload: new Uint8Array(160), paddingBytes: 0 },
      });
      if (index % 10 !== 3) rtp.send(data, RTP);
      await set.world.runFor(20);
    }
  };
  await send(0, 5);
  assert.equal(set.responder.counts.rtpPackets, 0);
  const token = await shakeHands(set);
  await send(0, 100);
  const answer = await set.ask(request("OPTIONS", { words: `token=${token};want=streams` }));
  assert.ok(answer !== null);
  const told = JSON.parse(bodyText(answer)) as { count: number; streams: { lost: number }[] };
  assert.equal(told.count, 1);
  assert.equal(told.streams[0]?.lost, 10);
});

test("a sender report is answered by a receiver report, to where it came from (RFC 3550 §6.4)", async () => {
  const set = await setUp();
  await shakeHands(set);
  const rtp = await set.bind(4_000);
  const rtcp = await set.bind(4_001);
  const report = new Uint8Array(28);
  const view = new DataView(report.buffer);
  view.setUint16(0, 0x80c8);
  view.setUint16(2, 6);
  view.setUint32(4, 5);
  view.setUint32(8, 3_900_000_000);
  for (let index = 0; index < 400; index += 1) {
    const data = serializeRtpPacket({
      ...{ marker: false, payloadType: 0, sequence: index, timestamp: index * 160, ssrc: 5 },
      ...{ csrcs: [], extension: null, payload: new Uint8Array(160), paddingBytes: 0 },
    });
    rtp.send(data, RTP);
    if (index % 50 === 0) rtcp.send(report, { host: RESPONDER, port: RTP.port + 1 });
    await set.world.runFor(20);
  }
  const reports = set.heard.flatMap(({ data }) => {
    const packets = parseRtcp(data);
    return packets.ok ? packets.value : [];
  });
  const first = reports.find(({ type }) => type === "receiverReport");
  assert.ok(first?.type === "receiverReport");
  assert.equal(first.blocks[0]?.ssrc, 5);
  assert.notEqual(first.blocks[0]?.lastSenderReport, 0);
});

test("a call that is never acknowledged is hung up after 32 s, one that is, is not", async () => {
  for (const isAcknowledged of [true, false]) {
    const set = await setUp();
    await shakeHands(set);
    await set.ask(request("INVITE", { body: SDP }));
    if (isAcknowledged) await set.ask(request("ACK"));
    await set.world.runFor(31_000);
    assert.equal(set.heard.length, 0);
    await set.world.runFor(10_000);
    const [bye] = set.heard.map(({ data }) => Buffer.from(data).toString());
    if (isAcknowledged) assert.equal(bye, undefined);
    else assert.match(bye ?? "", /^BYE sip:IPOffice@192\.0\.2\.1:5060 SIP\/2\.0/);
    assert.equal(set.heard.length, isAcknowledged ? 0 : 3);
  }
});

test("TCP is answered as UDP is; broken bytes end the connection", async () => {
  const set = await setUp();
  let text = "";
  let isClosed = false;
  const stream = await set.inTime(
    set.laptop.tcp.connect(
      { remote: SIP, timeoutMs: 1_000 },
      {
        onData: (data) => (text += Buffer.from(data).toString()),
        onClose: () => (isClosed = true),
      },
    ),
  );
  stream.write(Buffer.from(request("OPTIONS", { words: "want=token" })));
  await set.world.runFor(100);
  assert.match(text, /^SIP\/2\.0 200 OK/);
  stream.write(Buffer.from("INVITE x SIP/2.0\r\nContent-Length: -5\r\n\r\n"));
  await set.world.runFor(100);
  assert.equal(isClosed, true);
});

test("a port that is taken is told with its remedy, and all is let go at the end", async () => {
  const set = await setUp();
  const options = { bind: RESPONDER, address: RESPONDER, sipPort: 5060, rtpPort: 6000 };
  const second = new Responder(options, set.there.ports);
  await assert.rejects(set.inTime(second.start()), /PORT_IN_USE.*192\.0\.2\.10:5060/);
  await set.inTime(set.responder.close());
  assert.deepEqual(set.there.leftovers(), []);
});

test("marks of RTP are told where they are counted, and the counters go at the end", async () => {
  let isCounting = false;
  const counter = {
    read: () => Promise.resolve({ "46": 3 }),
    close: () => Promise.resolve(void (isCounting = false)),
  };
  const countDscp = (rtpPort: number) => {
    isCounting = rtpPort === RTP.port;
    return Promise.resolve(counter);
  };
  const { ask, responder, world, bind, inTime } = await setUp({ countDscp });
  assert.ok(isCounting);
  const token = headerValue((await ask(request("OPTIONS", { words: "want=token" })))!, TOKEN);
  const known = /token=([^;]+)/.exec(token ?? "")?.[1];
  const dscp = async () => {
    const answer = await ask(request("OPTIONS", { words: `token=${known};want=dscp` }));
    return JSON.parse(bodyText(answer!)) as unknown;
  };
  assert.deepEqual(await dscp(), { counts: {} });
  const rtp = await bind(4000);
  const data = serializeRtpPacket({
    ...{ marker: false, payloadType: 0, sequence: 1, timestamp: 0, ssrc: 7 },
    ...{ csrcs: [], extension: null, payload: new Uint8Array(160), paddingBytes: 0 },
  });
  rtp.send(data, RTP);
  await world.runFor(2_000);
  assert.deepEqual(await dscp(), { counts: { "46": 3 } });
  await inTime(responder.close());
  assert.ok(!isCounting);
});
