// What a session writes into its answers and requests, header by header, and what each ACK, refresh
// and re-offer changes (RFC 3261 §12, §13, §14; RFC 4028).
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  answerTo,
  establish,
  firstLine,
  type Fixture,
  invite,
  lines,
  makeFixture,
  OUR_SDP,
  request,
  SDP,
  tagOf,
} from "./endpoint-fixture.ts";

const OK = "SIP/2.0 200 OK";
const WE_REFRESH = "Session-Expires: 200;refresher=uas";

async function started(options: Parameters<typeof makeFixture>[0] = {}): Promise<Fixture> {
  const fixture = makeFixture(options);
  await fixture.endpoint.start();
  return fixture;
}

/** Lines of the head without those that each message has. */
function ownHeaders(text: string): string[] {
  const [head = ""] = text.split("\r\n\r\n");
  const [, ...headers] = head.split("\r\n");
  return headers.filter(
    (line) => !/^(Via|From|To|Call-ID|CSeq|Max-Forwards|Server|User-Agent):/.test(line),
  );
}

/** What we sent last. */
function newest(fixture: Fixture): string {
  return fixture.udp.take().at(-1)?.text ?? "";
}

const CAPABILITIES = [
  "Contact: <sip:192.0.2.10:5060;transport=udp>",
  "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO",
  "Supported: timer",
];

test("§12.1.1: the 2xx has Contact, Allow, Supported, the Record-Routes as they came, and SDP", async () => {
  const fixture = await started();
  const routes = ["Record-Route: <sip:p1;lr>", "Record-Route: <sip:p2>, <sip:p3;lr>"];
  const headers = [...routes, "Session-Expires: 200", "Supported: timer"];
  const [ok] = fixture.send(invite({ headers }));
  assert.deepEqual(ownHeaders(ok?.text ?? ""), [
    ...CAPABILITIES,
    ...routes,
    "Require: timer",
    "Session-Expires: 200;refresher=uac",
    "Content-Type: application/sdp",
    `Content-Length: ${OUR_SDP.length}`,
  ]);
});

test("a refusal has the headers that were asked for, and none else; OPTIONS within a call none", async () => {
  const plain = await started({ onInvite: (session) => session.reject(486, "Busy Here") });
  const [busy] = plain.send(invite());
  assert.deepEqual(ownHeaders(busy?.text ?? ""), ["Content-Length: 0"]);
  const headers = [["Warning", '399 tapeline "no"']] as const;
  const warned = await started({
    onInvite: (session) => session.reject(488, "Not Acceptable Here", headers),
  });
  const [refused] = warned.send(invite());
  assert.deepEqual(ownHeaders(refused?.text ?? ""), [
    'Warning: 399 tapeline "no"',
    "Content-Length: 0",
  ]);
  const fixture = await started();
  const toTag = establish(fixture);
  const [options] = fixture.send(request("OPTIONS", { toTag, cseq: 2 }));
  assert.deepEqual(ownHeaders(options?.text ?? ""), ["Content-Length: 0"]);
});

test("§12.2.2: a request out of order gets 500 with Retry-After, and changes nothing", async () => {
  const fixture = await started();
  const toTag = establish(fixture, { cseq: 10 });
  const [late] = fixture.send(request("BYE", { toTag, cseq: 9 }));
  assert.equal(firstLine(late?.text ?? ""), "SIP/2.0 500 Server Internal Error");
  assert.deepEqual(ownHeaders(late?.text ?? ""), ["Retry-After: 1", "Content-Length: 0"]);
  assert.deepEqual(fixture.first().log.ends, []);
});

test("§13.3.1.4: only the ACK with the INVITE's number confirms, and once", async () => {
  const fixture = await started();
  const [ok] = fixture.send(invite());
  const toTag = tagOf(ok?.text ?? "");
  const { log } = fixture.first();
  fixture.send(request("ACK", { toTag, cseq: 2 }));
  assert.ok(!log.events.includes("confirmed"));
  fixture.send(request("ACK", { toTag, cseq: 1 }));
  fixture.send(request("ACK", { toTag, cseq: 1 }));
  assert.equal(log.events.filter((event) => event === "confirmed").length, 1);
  assert.equal(log.messages.filter(({ text }) => text.startsWith("ACK")).length, 1);
});

test("the ACK of a re-INVITE confirms nothing anew", async () => {
  const fixture = await started();
  const toTag = establish(fixture);
  fixture.send(invite({ toTag, cseq: 2, branch: "z9hG4bKre" }));
  fixture.send(request("ACK", { toTag, cseq: 2 }));
  const { log } = fixture.first();
  assert.equal(log.events.filter((event) => event === "confirmed").length, 1);
});

test("RFC 4028 §7.4: our UPDATE has no body; our re-INVITE repeats our SDP, with its type", async () => {
  for (const [allow, method, body] of [
    ["Allow: INVITE, UPDATE", "UPDATE", ""],
    ["Allow: INVITE, BYE", "INVITE", OUR_SDP],
  ] as const) {
    const fixture = await started();
    establish(fixture, { headers: [WE_REFRESH, "Supported: timer", allow] });
    fixture.clock.advance(100_000);
    const text = newest(fixture);
    assert.ok(text.startsWith(`${method} `));
    assert.deepEqual(ownHeaders(text), [
      ...CAPABILITIES,
      ...["Session-Expires: 200;refresher=uac", "Min-SE: 90"],
      ...(body === "" ? [] : ["Content-Type: application/sdp"]),
      `Content-Length: ${body.length}`,
    ]);
    assert.equal(text.split("\r\n\r\n")[1], body);
    assert.match(text, /\r\nUser-Agent: Tapeline\r\n/);
    await fixture.endpoint.close();
  }
});

test("a re-INVITE with Allow says anew whether UPDATE may be used; one without says nothing", async () => {
  const methodAfter = async (headers: readonly string[]): Promise<string | undefined> => {
    const fixture = await started();
    const own = [WE_REFRESH, "Supported: timer"];
    const toTag = establish(fixture, { headers: [...own, "Allow: INVITE, UPDATE"] });
    const again = { toTag, cseq: 2, branch: "z9hG4bKre", headers: [...own, ...headers] };
    fixture.send(invite(again));
    fixture.send(request("ACK", { toTag, cseq: 2 }));
    fixture.clock.advance(100_000);
    const [method] = newest(fixture).split(" ");
    await fixture.endpoint.close();
    return method;
  };
  assert.equal(await methodAfter([]), "UPDATE");
  assert.equal(await methodAfter(["Allow: INVITE, BYE"]), "INVITE");
});

test("RFC 3311: an UPDATE without an offer is answered without SDP, and offers nothing up", async () => {
  const fixture = await started();
  const toTag = establish(fixture);
  const [ok] = fixture.send(request("UPDATE", { toTag, cseq: 2 }));
  assert.equal(firstLine(ok?.text ?? ""), OK);
  assert.deepEqual(ownHeaders(ok?.text ?? ""), [...CAPABILITIES, "Content-Length: 0"]);
  assert.deepEqual(fixture.first().log.offers, []);
});

test("RFC 4028 §10: an UPDATE of the peer moves the end of the session; without the header none is left", async () => {
  const headers = ["Supported: timer", "Session-Expires: 200;refresher=uac"];
  const endsAfter = async (refresh: readonly string[] | null): Promise<number> => {
    const fixture = await started();
    const toTag = establish(fixture, { headers });
    fixture.clock.advance(100_000);
    if (refresh !== null) fixture.send(request("UPDATE", { toTag, cseq: 2, headers: refresh }));
    fixture.clock.advance(100_000);
    const { length } = lines(fixture.udp.take()).filter((line) => line.startsWith("BYE "));
    await fixture.endpoint.close();
    return Math.min(length, 1);
  };
  assert.equal(await endsAfter(null), 1);
  assert.equal(await endsAfter(headers), 0);
  assert.equal(await endsAfter([]), 0);
});

test("RFC 4028 §6: a re-INVITE whose interval is too short gets 422, and the session stays", async () => {
  const fixture = await started();
  const toTag = establish(fixture);
  const headers = ["Supported: timer", "Session-Expires: 20"];
  const [refused] = fixture.send(request("UPDATE", { toTag, cseq: 2, headers, body: SDP }));
  assert.equal(firstLine(refused?.text ?? ""), "SIP/2.0 422 Session Interval Too Small");
  assert.deepEqual(ownHeaders(refused?.text ?? ""), ["Min-SE: 90", "Content-Length: 0"]);
  assert.deepEqual(fixture.first().log.offers, []);
  assert.deepEqual(lines(fixture.send(request("INFO", { toTag, cseq: 3 }))), [OK]);
});

test("provisional answers to our refresh and to our BYE are passed over", async () => {
  const fixture = await started();
  establish(fixture, { headers: [WE_REFRESH, "Supported: timer", "Allow: UPDATE"] });
  fixture.clock.advance(100_000);
  const update = newest(fixture);
  fixture.send(answerTo(update, "100 Trying"));
  const { session, log } = fixture.first();
  assert.ok(!log.events.some((event) => event.startsWith("in SIP/2.0 100")));
  fixture.send(answerTo(update, "200 OK", ["Session-Expires: 200;refresher=uac"]));
  assert.equal(log.events.at(-1), `in ${OK}`);
  session.bye();
  const bye = newest(fixture);
  fixture.send(answerTo(bye, "100 Trying"));
  assert.deepEqual(log.ends, []);
  fixture.send(answerTo(bye, "200 OK"));
  assert.deepEqual(log.ends, [{ cause: "local-bye" }]);
});

test("while our BYE is unanswered requests of the peer get 481, but its BYE 200", async () => {
  const fixture = await started();
  const toTag = establish(fixture);
  const { session, log } = fixture.first();
  session.bye();
  session.bye();
  assert.equal(lines(fixture.udp.take()).filter((line) => line.startsWith("BYE")).length, 1);
  const gone = "SIP/2.0 481 Call/Transaction Does Not Exist";
  assert.deepEqual(lines(fixture.send(request("INFO", { toTag, cseq: 2 }))), [gone]);
  assert.deepEqual(lines(fixture.send(request("BYE", { toTag, cseq: 3 }))), [OK]);
  assert.deepEqual(log.ends, [{ cause: "local-bye" }]);
  assert.deepEqual(lines(fixture.send(request("INFO", { toTag, cseq: 4 }))), [gone]);
});

test("R20: BYE of the peer and our answer stand in the journal, with the Reason in the end", async () => {
  const fixture = await started();
  const toTag = establish(fixture);
  const headers = ["Reason: Q.850;cause=16"];
  fixture.send(request("BYE", { toTag, cseq: 2, headers }));
  const { log } = fixture.first();
  assert.deepEqual(log.events.slice(-3), [
    "in BYE sip:stream1@192.0.2.10 SIP/2.0",
    `out ${OK}`,
    "ended remote-bye",
  ]);
  assert.deepEqual(log.ends, [
    { cause: "remote-bye", reason: "Q.850;cause=16", atMs: fixture.clock.nowMs() },
  ]);
});
