// The transaction layer behind an endpoint (RFC 3261 §17, §18.2.2): which requests belong together,
// where answers go, and that nothing is left of a transaction that is over.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SIP_ENDPOINT_LIMITS } from "../../src/sip/endpoint.ts";
import type { SipSession } from "../../src/sip/session.ts";
import { SIP_TIMERS } from "../../src/sip/sip-timers.ts";
import {
  answerTo,
  CALLER,
  establish,
  firstLine,
  type Fixture,
  invite,
  lines,
  makeFixture,
  OUR_SDP,
  request,
  tagOf,
  wireHeader,
} from "./endpoint-fixture.ts";

async function started(options: Parameters<typeof makeFixture>[0] = {}): Promise<Fixture> {
  const fixture = makeFixture(options);
  await fixture.endpoint.start();
  return fixture;
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

const OK = "SIP/2.0 200 OK";
const TCP_VIA = "SIP/2.0/TCP 192.0.2.1:5070;branch=";

test("transactions are counted, those of ours too, and none is left when its last timer has fired", async () => {
  const fixture = await started();
  const count = (): number => fixture.metrics.get("sip_transactions");
  fixture.send(request("OPTIONS"));
  assert.equal(count(), 1);
  fixture.clock.advance(31_999);
  assert.equal(count(), 1, "timer J: 64·T1");
  fixture.clock.advance(1);
  assert.equal(count(), 0);
  establish(fixture);
  fixture.clock.advance(40_000);
  assert.equal(count(), 0);
  fixture.first().session.bye();
  assert.equal(count(), 1);
  fixture.send(answerTo(fixture.udp.take()[0]?.text ?? "", "200 OK"));
  fixture.clock.advance(5_000);
  assert.equal(count(), 0, "timer K: T4");
  await fixture.endpoint.close();
});

test("RFC 3261 §17.2.2: over TCP an answered request is over at once", async () => {
  const fixture = await started({ transports: ["tcp"] });
  const peer = fixture.tcp.dial({ host: "192.0.2.10", port: 5060 }, CALLER);
  peer.send(request("OPTIONS", { via: `${TCP_VIA}z9hG4bKt` }));
  assert.equal(firstLine(peer.take()), OK);
  assert.equal(fixture.metrics.get("sip_transactions"), 0);
  await fixture.endpoint.close();
});

test("RFC 3261 §17.2.3: sent-by is compared without regard to case, the branch with it", async () => {
  const fixture = await started();
  const ask = (via: string): string[] =>
    lines(fixture.send(invite({ via: `SIP/2.0/UDP ${via};rport` })));
  assert.deepEqual(ask("PBX.example:5070;branch=z9hG4bKa"), [OK]);
  assert.deepEqual(ask("pbx.EXAMPLE:5070;branch=z9hG4bKa"), [], "a repetition is absorbed");
  assert.deepEqual(ask("pbx.example:5071;branch=z9hG4bKa"), ["SIP/2.0 482 Loop Detected"]);
  assert.equal(fixture.sessions.length, 1);
});

test("RFC 3261 §8.2.2.2: only requests outside of dialogs are merged", async () => {
  const fixture = await started();
  const toTag = establish(fixture);
  const info = (): string[] => lines(fixture.send(request("INFO", { toTag, cseq: 7 })));
  assert.deepEqual([info(), info()], [[OK], [OK]]);
  const options = (callId: string): string[] => lines(fixture.send(request("OPTIONS", { callId })));
  assert.deepEqual(options("one"), [OK]);
  assert.deepEqual(options("one"), ["SIP/2.0 482 Loop Detected"]);
  assert.deepEqual(options("two"), [OK]);
  fixture.clock.advance(32_000);
  assert.deepEqual(options("one"), [OK], "the first one is forgotten");
});

test("RFC 3261 §8.2.2.2: a merged request is refused as long as the first one goes on", async () => {
  const fixture = await started();
  establish(fixture);
  const again = (branch: string): string[] => lines(fixture.send(invite({ branch })));
  const refused = ["SIP/2.0 482 Loop Detected"];
  assert.deepEqual(again("z9hG4bKsecond"), refused);
  fixture.send(request("ACK", { branch: "z9hG4bKsecond" }));
  fixture.clock.advance(SIP_TIMERS.t4Ms);
  assert.equal(fixture.metrics.get("sip_transactions"), 1, "the refused one is over");
  assert.deepEqual(again("z9hG4bKthird"), refused);
  assert.equal(fixture.sessions.length, 1);
});

test("RFC 3261 §8.2.7: answers without a transaction have one tag for one request", async () => {
  const fixture = await started();
  const tag = (parts: Parameters<typeof request>[1], method = "OPTIONS"): string => {
    fixture.clock.advance(40_000);
    const [answer] = fixture.send(request(method, { callId: "a", ...parts }));
    return tagOf(answer?.text ?? "");
  };
  const same = tag({});
  assert.match(same, /^[0-9a-f]{16,}$/);
  assert.equal(tag({ headers: ["Subject: x"], branch: "z9hG4bKother" }), same);
  assert.equal(tag({}, "UPDATE"), same, "CSeq's number counts, not its method");
  for (const other of [{ callId: "b" }, { fromTag: "other" }, { cseq: 2 }]) {
    assert.notEqual(tag(other), same, JSON.stringify(other));
  }
});

test("RFC 3261 §8.2.6.1: 100 Trying has no tag of ours", async () => {
  const fixture = await started({ onInvite: () => {} });
  fixture.send(invite());
  fixture.clock.advance(200);
  const [trying] = fixture.udp.take();
  assert.equal(firstLine(trying?.text ?? ""), "SIP/2.0 100 Trying");
  assert.equal(wireHeader(trying?.text ?? "", "To"), "<sip:stream1@192.0.2.10>");
});

test("RFC 3261 §18.2.2: with rport to the source's port, else to that of sent-by, else to 5060", async () => {
  const fixture = await started();
  const source = { host: CALLER.host, port: 33_333 };
  const portOf = (via: string): number | undefined =>
    fixture.send(request("OPTIONS", { via, callId: via }), source)[0]?.target.port;
  assert.equal(portOf("SIP/2.0/UDP 192.0.2.1:5070;rport;branch=z9hG4bK1"), 33_333);
  assert.equal(portOf("SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bK2"), 5070);
  assert.equal(portOf("SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK3"), 5060);
});

test("a refusal of a request whose Via cannot be read goes to where it came from", async () => {
  const fixture = await started();
  const source = { host: CALLER.host, port: 33_333 };
  const [answer] = fixture.send(request("OPTIONS", { via: "SIP/2.0/UDP" }), source);
  assert.match(firstLine(answer?.text ?? ""), /^SIP\/2\.0 400 Bad Request \(/);
  assert.deepEqual(answer?.target, source);
});

test("RFC 3261 §18.2.2: with its stream gone an answer goes over a new one, to sent-by's port", async () => {
  const held: SipSession[] = [];
  const onInvite = (session: SipSession): void => void held.push(session);
  const fixture = await started({ transports: ["tcp"], onInvite });
  fixture.tcp.connectFailure = null;
  const local = { host: "192.0.2.10", port: 5060 };
  const peer = fixture.tcp.dial(local, { host: CALLER.host, port: 40_001 });
  peer.send(invite({ via: `${TCP_VIA}z9hG4bKgone` }));
  peer.end(null);
  held[0]?.accept(OUR_SDP);
  await turns();
  const [dialled] = fixture.tcp.dialled;
  assert.deepEqual(dialled?.stream.remote, { host: CALLER.host, port: 5070 });
  assert.equal(firstLine(dialled?.text ?? ""), OK);
  await fixture.endpoint.close();
});

test("RFC 3261 §17.1.1.3: the ACK of a refusal repeats Via, route, target and From of our INVITE", async () => {
  const fixture = await started();
  establish(fixture, {
    headers: ["Session-Expires: 200;refresher=uas", "Record-Route: <sip:192.0.2.1;lr>"],
  });
  fixture.clock.advance(100_000);
  const text = fixture.udp.take().at(-1)?.text ?? "";
  assert.match(text, /^INVITE /);
  const refusal = answerTo(text, "488 Not Acceptable Here").replace(
    /To: .*/,
    "To: <sip:x@y>;tag=z",
  );
  const [ack] = fixture.send(refusal);
  const header = (name: string): string | null => wireHeader(ack?.text ?? "", name);
  assert.equal(firstLine(ack?.text ?? ""), firstLine(text).replace("INVITE", "ACK"));
  for (const name of ["Via", "Max-Forwards", "Route", "From", "Call-ID"]) {
    assert.notEqual(header(name), null, name);
    assert.equal(header(name), wireHeader(text, name), name);
  }
  assert.equal(header("To"), "<sip:x@y>;tag=z");
  assert.equal(header("CSeq"), wireHeader(text, "CSeq")?.replace("INVITE", "ACK"));
  assert.deepEqual([header("Contact"), header("Content-Type")], [null, null]);
  assert.ok(ack?.text.endsWith("Content-Length: 0\r\n\r\n"));
});

test("a stranger's noise and answers get no answer, and do no harm", async () => {
  const fixture = await started();
  const stranger = { host: "203.0.113.9", port: 5060 };
  for (const text of ["noise", answerTo(request("OPTIONS"), "200 OK"), request("ACK")]) {
    fixture.clock.advance(1_000);
    assert.deepEqual(fixture.send(text, stranger), []);
  }
  assert.equal(fixture.strangers.length, 3);
  assert.deepEqual(lines(fixture.send(request("OPTIONS"))), [OK]);
});

test("a message is told before what we answer it with", async () => {
  const fixture = await started();
  fixture.log.lines.length = 0;
  fixture.send(request("OPTIONS"));
  fixture.send(invite({ headers: ["Require: what-nobody-knows"] }));
  assert.deepEqual(
    fixture.log.lines.map(({ message }) => message),
    ["SIP in", "SIP out", "SIP in", "SIP out"],
  );
});

test("a call beyond the limit is told before its 503", async () => {
  const limits = { ...SIP_ENDPOINT_LIMITS, maximumDialogs: 0 };
  const fixture = await started({ limits });
  fixture.log.lines.length = 0;
  fixture.send(invite());
  assert.deepEqual(
    fixture.log.lines.map(({ message }) => message),
    ["SIP limit reached", "SIP in", "SIP out"],
  );
});

test("dialogs are counted from INVITE to the end, and none is left when the endpoint closes", async () => {
  const fixture = await started();
  const count = (): number => fixture.metrics.get("sip_dialogs");
  const toTag = establish(fixture);
  establish(fixture, { callId: "call-2", branch: "z9hG4bK2" });
  assert.equal(count(), 2);
  fixture.send(request("BYE", { toTag, cseq: 2 }));
  assert.equal(count(), 1);
  await fixture.endpoint.close();
  assert.deepEqual([count(), fixture.metrics.get("sip_transactions")], [0, 0]);
});
