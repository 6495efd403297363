// One call from INVITE to its end, on the endpoint's fake ports: repetition, CANCEL, BYE both ways,
// re-offers, session refresh, restart.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LATE_ACK_MS } from "../../src/sip/late-acks.ts";
import type { WireMessage } from "../../src/sip/session.ts";
import {
  answerTo,
  CALLER,
  establish,
  firstLine,
  invite,
  lines,
  makeFixture,
  OUR_SDP,
  request,
  SDP,
  tagOf,
  wireHeader,
  type Fixture,
} from "./endpoint-fixture.ts";

/** Start lines of everything sent while the clock moves. */
function during(fixture: Fixture, ms: number): string[] {
  fixture.udp.take();
  fixture.clock.advance(ms);
  return lines(fixture.udp.take());
}

const OK = "SIP/2.0 200 OK";

test("RFC 3261 §13.3.1.4: the 2xx is repeated from T1 doubling to T2, then BYE after 64·T1", async () => {
  const fixture = makeFixture();
  await fixture.endpoint.start();
  const startMs = fixture.clock.nowMs();
  const sent = fixture.send(invite());
  fixture.clock.advance(31_999);
  const all = [...sent, ...fixture.udp.take()];
  assert.deepEqual(
    all.map(({ atMs }) => atMs - startMs),
    [0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500],
  );
  assert.ok(all.every(({ text }) => text === all[0]?.text));
  assert.deepEqual(during(fixture, 1), ["BYE sip:pbx@192.0.2.1:5070 SIP/2.0"]);
  const { log } = fixture.first();
  assert.deepEqual(log.ends, [], "the answer to BYE belongs into the journal");
  fixture.clock.advance(4_000);
  assert.deepEqual(log.ends, [{ cause: "no-ack" }]);
  assert.equal(log.events.filter((event) => event === `out ${OK}`).length, 1);
  fixture.clock.advance(64_000);
  assert.deepEqual(fixture.clock.names(), []);
});

test("RFC 6026: a repeated INVITE is absorbed after the 2xx", async () => {
  const fixture = makeFixture();
  await fixture.endpoint.start();
  assert.deepEqual(lines(fixture.send(invite())), [OK]);
  assert.deepEqual(fixture.send(invite()), []);
  assert.equal(fixture.sessions.length, 1);
});

test("RFC 3261 §17.2.1: 100 after 200 ms without an answer, and again for a repeated INVITE", async () => {
  const fixture = makeFixture({ onInvite: () => {} });
  await fixture.endpoint.start();
  assert.deepEqual(fixture.send(invite()), []);
  assert.deepEqual(fixture.send(invite()), []);
  assert.deepEqual(during(fixture, 200), ["SIP/2.0 100 Trying"]);
  assert.deepEqual(lines(fixture.send(invite())), ["SIP/2.0 100 Trying"]);
  fixture.first().session.accept(OUR_SDP);
  assert.deepEqual(lines(fixture.udp.take()), [OK]);
});

test("R20: CANCEL before the answer gets 200, the INVITE 487, and a late accept is ignored", async () => {
  const fixture = makeFixture({ onInvite: () => {} });
  await fixture.endpoint.start();
  fixture.send(invite());
  const cancel = request("CANCEL", {
    branch: "z9hG4bKinvite",
    headers: ["Reason: Q.850;cause=16"],
  });
  const sent = fixture.send(cancel);
  assert.deepEqual(lines(sent), [OK, "SIP/2.0 487 Request Terminated"]);
  assert.equal(tagOf(sent[0]?.text ?? ""), tagOf(sent[1]?.text ?? ""));
  const { session, log } = fixture.first();
  session.accept(OUR_SDP);
  session.bye();
  assert.deepEqual(fixture.udp.take(), []);
  assert.deepEqual(log.events, [
    "in CANCEL sip:stream1@192.0.2.10 SIP/2.0",
    "out SIP/2.0 487 Request Terminated",
    "ended cancelled",
  ]);
  assert.deepEqual(log.ends, [{ cause: "cancelled", reason: "Q.850;cause=16" }]);
  const ack = request("ACK", { branch: "z9hG4bKinvite", toTag: tagOf(sent[1]?.text ?? "") });
  fixture.send(ack);
  assert.deepEqual(during(fixture, 60_000), [], "the ACK ends the repetition");
  assert.deepEqual(fixture.clock.names(), []);
});

test("RFC 3261 §9.2: CANCEL after the 200 is answered and changes nothing", async () => {
  const fixture = makeFixture();
  await fixture.endpoint.start();
  fixture.send(invite());
  assert.deepEqual(lines(fixture.send(request("CANCEL", { branch: "z9hG4bKinvite" }))), [OK]);
  assert.deepEqual(fixture.first().log.ends, []);
});

test("RFC 3261 §17.2.1: a refusal is repeated by timer G until timer H, then forgotten", async () => {
  const fixture = makeFixture({
    onInvite: (session) => session.reject(486, "Busy Here", [["Warning", "x"]]),
  });
  await fixture.endpoint.start();
  const [busy] = fixture.send(invite());
  assert.equal(firstLine(busy?.text ?? ""), "SIP/2.0 486 Busy Here");
  assert.equal(wireHeader(busy?.text ?? "", "Warning"), "x");
  assert.equal(during(fixture, 32_000).length, 10);
  assert.deepEqual(fixture.clock.names(), []);
  assert.deepEqual(fixture.first().log.ends, [{ cause: "rejected", status: 486 }]);
});

test("bye before the answer refuses with 480", async () => {
  const fixture = makeFixture({ onInvite: (session) => session.bye() });
  await fixture.endpoint.start();
  assert.deepEqual(lines(fixture.send(invite())), ["SIP/2.0 480 Temporarily Unavailable"]);
});

test("our BYE is strict: target, route set, tags, CSeq, branch, Reason; its answer ends the call", async () => {
  const fixture = makeFixture();
  await fixture.endpoint.start();
  const routes = ["Record-Route: <sip:192.0.2.7:5090;lr>, <sip:192.0.2.8;lr>"];
  const [ok] = fixture.send(invite({ headers: routes }));
  assert.equal(
    wireHeader(ok?.text ?? "", "Record-Route"),
    "<sip:192.0.2.7:5090;lr>, <sip:192.0.2.8;lr>",
  );
  const toTag = tagOf(ok?.text ?? "");
  fixture.send(request("ACK", { toTag }));
  const { session, log } = fixture.first();
  session.bye('the rules "said" so');
  const [bye] = fixture.udp.take();
  assert.deepEqual(bye?.target, { host: "192.0.2.7", port: 5090 });
  const text = bye?.text ?? "";
  assert.equal(firstLine(text), "BYE sip:pbx@192.0.2.1:5070 SIP/2.0");
  assert.match(
    wireHeader(text, "Via") ?? "",
    /^SIP\/2\.0\/UDP 192\.0\.2\.10:5060;branch=z9hG4bK[0-9a-f]+;rport$/,
  );
  assert.deepEqual(
    text.match(/^Route: .*$/gm),
    ["Route: <sip:192.0.2.7:5090;lr>\r", "Route: <sip:192.0.2.8;lr>\r"].map((line) => line.trim()),
  );
  assert.equal(wireHeader(text, "From"), `<sip:stream1@192.0.2.10>;tag=${toTag}`);
  assert.equal(wireHeader(text, "To"), '"Extn 201" <sip:201@192.0.2.1>;tag=caller');
  assert.equal(wireHeader(text, "CSeq"), "1 BYE");
  assert.equal(wireHeader(text, "Max-Forwards"), "70");
  assert.equal(wireHeader(text, "Reason"), 'SIP;cause=200;text="the rules \\"said\\" so"');
  assert.ok(text.endsWith("Content-Length: 0\r\n\r\n"));
  assert.deepEqual(during(fixture, 500), [firstLine(text)], "timer E");
  fixture.send(answerTo(text, "200 OK"));
  assert.deepEqual(log.events.slice(-3), [`out ${firstLine(text)}`, `in ${OK}`, "ended local-bye"]);
  fixture.clock.advance(40_000);
  assert.deepEqual(fixture.clock.names(), []);
});

test("RFC 3261 §15: a BYE wanted before the ACK waits for it", async () => {
  const fixture = makeFixture();
  await fixture.endpoint.start();
  const [ok] = fixture.send(invite());
  fixture.first().session.bye("Q.850;cause=16");
  assert.deepEqual(fixture.udp.take(), []);
  const [bye] = fixture.send(request("ACK", { toTag: tagOf(ok?.text ?? "") }));
  assert.match(bye?.text ?? "", /^BYE /);
  assert.equal(wireHeader(bye?.text ?? "", "Reason"), "Q.850;cause=16");
});

test("RFC 3261 §15: a BYE wanted before the ACK goes out after 64·T1 without one", async () => {
  const fixture = makeFixture();
  await fixture.endpoint.start();
  fixture.send(invite());
  fixture.first().session.bye();
  assert.ok(during(fixture, 32_000).includes("BYE sip:pbx@192.0.2.1:5070 SIP/2.0"));
  fixture.clock.advance(4_000);
  assert.deepEqual(fixture.first().log.ends, [{ cause: "local-bye" }]);
});

test("crossing BYEs: the peer's is answered and ours names the cause", async () => {
  const fixture = makeFixture();
  await fixture.endpoint.start();
  const toTag = establish(fixture);
  fixture.first().session.bye();
  assert.deepEqual(lines(fixture.send(request("INFO", { toTag, cseq: 2 }))), [
    "SIP/2.0 481 Call/Transaction Does Not Exist",
  ]);
  assert.deepEqual(lines(fixture.send(request("BYE", { toTag, cseq: 3 }))), [OK]);
  assert.deepEqual(fixture.first().log.ends, [{ cause: "local-bye" }]);
});

test("a recording that hangs up at the news of a 481 to our refresh: one BYE", async () => {
  const fixture = makeFixture();
  await fixture.endpoint.start();
  establish(fixture, { headers: ["Session-Expires: 200"] });
  fixture.clock.advance(100_000);
  const refresh = fixture.udp.take().at(-1)?.text ?? "";
  const { session, log } = fixture.first();
  session.delegate = { ...session.delegate, onMessage: () => session.bye() };
  const sent = lines(fixture.send(answerTo(refresh, "481 Call/Transaction Does Not Exist")));
  assert.equal(sent.filter((line) => line.startsWith("BYE")).length, 1);
  fixture.clock.advance(4_000);
  assert.deepEqual(log.ends, [{ cause: "local-bye" }]);
});

test("RFC 3261 §12.2.2: a request with a lower CSeq gets 500, INFO and OPTIONS in the dialog 200", async () => {
  const fixture = makeFixture();
  await fixture.endpoint.start();
  const toTag = establish(fixture);
  assert.deepEqual(lines(fixture.send(request("INFO", { toTag, cseq: 7 }))), [OK]);
  assert.deepEqual(lines(fixture.send(request("OPTIONS", { toTag, cseq: 8 }))), [OK]);
  const late = fixture.send(request("INFO", { toTag, cseq: 6 }));
  assert.deepEqual(lines(late), ["SIP/2.0 500 Server Internal Error"]);
  assert.deepEqual(lines(fixture.send(request("REFER", { toTag, cseq: 9 }))), [
    "SIP/2.0 405 Method Not Allowed",
  ]);
});

test("RFC 3261 §14.2: a re-INVITE is offered up, answered with 200 until ACK, and moves the target", async () => {
  const fixture = makeFixture();
  await fixture.endpoint.start();
  const toTag = establish(fixture);
  const hold = SDP.replace("sendonly", "inactive").replace("pbx 1 1", "pbx 1 2");
  const again = invite({ toTag, cseq: 2, branch: "z9hG4bKre", body: hold }).replace(
    "<sip:pbx@192.0.2.1:5070>",
    "<sip:pbx@192.0.2.1:5099>",
  );
  assert.deepEqual(lines(fixture.send(again)), [OK]);
  const { session, log } = fixture.first();
  assert.equal(log.offers[0]?.media[0]?.attributes[0]?.name, "inactive");
  assert.deepEqual(during(fixture, 500), [OK]);
  fixture.send(request("ACK", { toTag, cseq: 2 }));
  assert.deepEqual(during(fixture, 30_000), []);
  assert.deepEqual(log.events.slice(-4), [
    "in INVITE sip:stream1@192.0.2.10 SIP/2.0",
    "reoffer",
    `out ${OK}`,
    "in ACK sip:stream1@192.0.2.10 SIP/2.0",
  ]);
  assert.equal(log.events.filter((event) => event === "confirmed").length, 1);
  session.bye();
  assert.deepEqual(fixture.udp.take()[0]?.target, { host: "192.0.2.1", port: 5099 });
});

test("a re-INVITE that is refused with 488 leaves the session as it was", async () => {
  const fixture = makeFixture();
  await fixture.endpoint.start();
  const toTag = establish(fixture);
  const { log } = fixture.first();
  log.reofferAnswer = { status: 488 };
  const sent = fixture.send(invite({ toTag, cseq: 2, branch: "z9hG4bKre" }));
  assert.deepEqual(lines(sent), ["SIP/2.0 488 Not Acceptable Here"]);
  fixture.send(request("ACK", { toTag, cseq: 2, branch: "z9hG4bKre" }));
  const bad = invite({ toTag, cseq: 3, branch: "z9hG4bKre3", contentType: "text/plain" });
  assert.deepEqual(lines(fixture.send(bad)), ["SIP/2.0 415 Unsupported Media Type"]);
  const short = request("UPDATE", { toTag, cseq: 4, headers: ["Session-Expires: 30"] });
  assert.deepEqual(lines(fixture.send(short)), ["SIP/2.0 422 Session Interval Too Small"]);
  const odd = request("UPDATE", { toTag, cseq: 5, headers: ["Session-Expires: x"] });
  assert.deepEqual(lines(fixture.send(odd)), ["SIP/2.0 400 Bad Request"]);
  assert.deepEqual(log.ends, []);
});

test("a re-INVITE whose 200 is never acknowledged ends the call with no-ack", async () => {
  const fixture = makeFixture();
  await fixture.endpoint.start();
  const toTag = establish(fixture);
  fixture.send(invite({ toTag, cseq: 2, branch: "z9hG4bKre" }));
  fixture.clock.advance(36_000);
  assert.deepEqual(fixture.first().log.ends, [{ cause: "no-ack" }]);
});

test("R20: an offerless INVITE gets our offer, and the ACK brings the answer", async () => {
  const fixture = makeFixture();
  await fixture.endpoint.start();
  const [ok] = fixture.send(invite({ body: "" }));
  const { session, log } = fixture.first();
  assert.equal(session.offer, null);
  const toTag = tagOf(ok?.text ?? "");
  const crossing = fixture.send(invite({ toTag, cseq: 2, branch: "z9hG4bKre" }));
  assert.deepEqual(lines(crossing), ["SIP/2.0 491 Request Pending"]);
  fixture.send(request("ACK", { toTag, body: SDP }));
  assert.deepEqual(log.events.slice(-3), [
    "in ACK sip:stream1@192.0.2.10 SIP/2.0",
    "answer",
    "confirmed",
  ]);
  assert.equal(log.answers[0]?.media[0]?.port, 46_750);
});

test("RFC 3261 §13.3.1: an ACK without the answer that it owes ends the call", async () => {
  const fixture = makeFixture();
  await fixture.endpoint.start();
  const [ok] = fixture.send(invite({ body: "" }));
  const [bye] = fixture.send(request("ACK", { toTag: tagOf(ok?.text ?? "") }));
  assert.match(wireHeader(bye?.text ?? "", "Reason") ?? "", /^SIP;cause=488/);
});

test("RFC 4028: refresher=uac is mirrored with Require: timer; UPDATE refreshes; silence ends with BYE", async () => {
  const fixture = makeFixture();
  await fixture.endpoint.start();
  const headers = ["Supported: timer", "Session-Expires: 90"];
  const [ok] = fixture.send(invite({ headers }));
  assert.equal(wireHeader(ok?.text ?? "", "Session-Expires"), "90;refresher=uac");
  assert.equal(wireHeader(ok?.text ?? "", "Require"), "timer");
  const toTag = tagOf(ok?.text ?? "");
  fixture.send(request("ACK", { toTag }));
  fixture.clock.advance(45_000);
  const [refreshed] = fixture.send(
    request("UPDATE", {
      toTag,
      cseq: 2,
      headers: [...headers, "Contact: <sip:pbx@192.0.2.1:5071>"],
    }),
  );
  assert.equal(wireHeader(refreshed?.text ?? "", "Session-Expires"), "90;refresher=uac");
  assert.equal(wireHeader(refreshed?.text ?? "", "Content-Type"), null);
  assert.deepEqual(during(fixture, 59_999), []);
  assert.deepEqual(during(fixture, 1), ["BYE sip:pbx@192.0.2.1:5071 SIP/2.0"]);
  fixture.clock.advance(4_000);
  const { log } = fixture.first();
  assert.deepEqual(log.ends, [{ cause: "session-expired" }]);
  assert.deepEqual(log.offers, [], "an UPDATE without SDP is no offer");
});

test("an ACK that a re-INVITE has overtaken stands in the journal, once (R20)", async () => {
  const fixture = makeFixture();
  await fixture.endpoint.start();
  const toTag = tagOf(fixture.send(invite())[0]?.text ?? "");
  fixture.send(invite({ toTag, cseq: 2, branch: "z9hG4bKre" }));
  const late = request("ACK", { toTag, branch: "z9hG4bKlate" });
  fixture.send(late);
  fixture.send(late);
  fixture.send(request("ACK", { toTag, cseq: 2 }));
  const acks = journalOf(fixture).filter(({ text }) => text.startsWith("ACK "));
  assert.deepEqual(
    acks.map(({ text }) => wireHeader(text, "CSeq")),
    ["1 ACK", "2 ACK"],
  );
});

test("an ACK that a BYE has overtaken stands in the journal, once (R20)", async () => {
  const fixture = makeFixture();
  await fixture.endpoint.start();
  const toTag = tagOf(fixture.send(invite())[0]?.text ?? "");
  assert.deepEqual(lines(fixture.send(request("BYE", { toTag, cseq: 2 }))), [OK]);
  assert.deepEqual(fixture.first().log.ends, [
    { cause: "remote-bye", reason: null, atMs: fixture.clock.nowMs() },
  ]);
  const late = request("ACK", { toTag, branch: "z9hG4bKlate" });
  fixture.send(late);
  fixture.send(late);
  const acks = journalOf(fixture).filter(({ text }) => text.startsWith("ACK "));
  assert.equal(acks.length, 1);
  fixture.clock.advance(64_000);
  assert.deepEqual(fixture.clock.names(), [], "nothing waits for it");
});

test("an ACK that comes after our BYE, or more than 32 s after the end: the first is kept (R20)", async () => {
  const fixture = makeFixture();
  await fixture.endpoint.start();
  const toTag = tagOf(fixture.send(invite())[0]?.text ?? "");
  fixture.clock.advance(32_000);
  fixture.send(request("ACK", { toTag, branch: "z9hG4bKlate" }));
  const acks = () => journalOf(fixture).filter(({ text }) => text.startsWith("ACK "));
  assert.equal(acks().length, 1);

  const other = makeFixture();
  await other.endpoint.start();
  const otherTag = tagOf(other.send(invite())[0]?.text ?? "");
  other.send(request("BYE", { toTag: otherTag, cseq: 2 }));
  other.clock.advance(LATE_ACK_MS + 1);
  other.send(request("ACK", { toTag: otherTag, branch: "z9hG4bKlate" }));
  assert.deepEqual(
    journalOf(other).filter(({ text }) => text.startsWith("ACK ")),
    [],
  );
});

test("RFC 3311: an UPDATE with an offer is answered with SDP", async () => {
  const fixture = makeFixture();
  await fixture.endpoint.start();
  const toTag = establish(fixture);
  const [ok] = fixture.send(request("UPDATE", { toTag, cseq: 2, body: SDP }));
  assert.equal(wireHeader(ok?.text ?? "", "Content-Type"), "application/sdp");
  assert.equal(fixture.first().log.offers.length, 1);
});

const OURS = [
  "Supported: timer",
  "Session-Expires: 200;refresher=uas",
  "Allow: INVITE, ACK, BYE, UPDATE",
];

test("RFC 4028: with refresher=uas we refresh by UPDATE at half the interval", async () => {
  const fixture = makeFixture();
  await fixture.endpoint.start();
  const toTag = establish(fixture, { headers: OURS });
  fixture.udp.take();
  fixture.clock.advance(100_000);
  const [update] = fixture.udp.take();
  const text = update?.text ?? "";
  assert.equal(firstLine(text), "UPDATE sip:pbx@192.0.2.1:5070 SIP/2.0");
  assert.equal(wireHeader(text, "Session-Expires"), "200;refresher=uac");
  assert.equal(wireHeader(text, "From"), `<sip:stream1@192.0.2.10>;tag=${toTag}`);
  fixture.send(answerTo(text, "200 OK", ["Session-Expires: 200;refresher=uac"]));
  assert.deepEqual(during(fixture, 99_999), []);
  assert.equal(during(fixture, 1).length, 1, "and again");
  assert.deepEqual(fixture.first().log.ends, []);
});

test("RFC 4028 §7.4: a peer without UPDATE is refreshed by re-INVITE with the same SDP, and its 200 acknowledged", async () => {
  const fixture = makeFixture();
  await fixture.endpoint.start();
  const headers = ["Session-Expires: 200"];
  const toTag = establish(fixture, { headers });
  fixture.clock.advance(100_000);
  const text = fixture.udp.take().at(-1)?.text ?? "";
  assert.equal(firstLine(text), "INVITE sip:pbx@192.0.2.1:5070 SIP/2.0");
  assert.ok(text.endsWith(OUR_SDP));
  const crossing = fixture.send(invite({ toTag, cseq: 2, branch: "z9hG4bKre" }));
  assert.deepEqual(lines(crossing), ["SIP/2.0 491 Request Pending"]);
  const answer = answerTo(text, "200 OK", ["Contact: <sip:pbx@192.0.2.1:5071>"]);
  assert.deepEqual(lines(fixture.send(answer)), ["ACK sip:pbx@192.0.2.1:5071 SIP/2.0"]);
  assert.deepEqual(lines(fixture.send(answer)), ["ACK sip:pbx@192.0.2.1:5071 SIP/2.0"], "again");
  const { log } = fixture.first();
  assert.equal(log.events.filter((event) => event.startsWith("out ACK")).length, 1);
  fixture.clock.advance(300_000);
  assert.deepEqual(
    log.ends,
    [],
    "without Session-Expires in the answer there is no timer any more",
  );
});

test("a changed description in the answer to our re-INVITE is passed on", async () => {
  const fixture = makeFixture();
  await fixture.endpoint.start();
  establish(fixture, { headers: ["Session-Expires: 200"] });
  fixture.clock.advance(100_000);
  const text = fixture.udp.take().at(-1)?.text ?? "";
  const changed = SDP.replace("pbx 1 1", "pbx 1 2");
  const answer = answerTo(text, "200 OK", ["Content-Type: application/sdp"]).replace(
    "Content-Length: 0\r\n\r\n",
    `Content-Length: ${changed.length}\r\n\r\n${changed}`,
  );
  fixture.send(answer);
  assert.equal(fixture.first().log.answers[0]?.origin.sessionVersion, "2");
});

test("RFC 4028 §7.3: 422 to our refresh raises the interval; 405 to UPDATE changes to re-INVITE", async () => {
  const fixture = makeFixture();
  await fixture.endpoint.start();
  establish(fixture, { headers: OURS });
  fixture.clock.advance(100_000);
  const first = fixture.udp.take().at(-1)?.text ?? "";
  const [second] = fixture.send(answerTo(first, "422 Session Interval Too Small", ["Min-SE: 400"]));
  assert.equal(wireHeader(second?.text ?? "", "Session-Expires"), "400;refresher=uac");
  const [third] = fixture.send(answerTo(second?.text ?? "", "405 Method Not Allowed"));
  assert.match(third?.text ?? "", /^INVITE /);
  const refused = fixture.send(answerTo(third?.text ?? "", "491 Request Pending"));
  assert.match(refused[0]?.text ?? "", /^ACK .*\r\nVia: .*branch=z9hG4bK/);
  assert.equal(
    wireHeader(refused[0]?.text ?? "", "CSeq"),
    wireHeader(third?.text ?? "", "CSeq")?.replace("INVITE", "ACK"),
  );
  assert.match(during(fixture, 10_000)[0] ?? "", /^INVITE /, "tried again");
});

for (const status of ["481 Call/Transaction Does Not Exist", "408 Request Timeout"]) {
  test(`RFC 3261 §12.2.1.2: ${status} to our refresh ends the call`, async () => {
    const fixture = makeFixture();
    await fixture.endpoint.start();
    establish(fixture, { headers: OURS });
    fixture.clock.advance(100_000);
    const text = fixture.udp.take().at(-1)?.text ?? "";
    assert.match(fixture.send(answerTo(text, status))[0]?.text ?? "", /^BYE /);
  });
}

test("a refresh that nobody answers ends the call with session-expired", async () => {
  const fixture = makeFixture();
  await fixture.endpoint.start();
  establish(fixture, { headers: OURS });
  fixture.clock.advance(140_000);
  assert.deepEqual(fixture.first().log.ends, [{ cause: "session-expired" }]);
});

test("RFC 3261 §13.2.2.4: a 2xx to our re-INVITE is acknowledged even while the call ends", async () => {
  const fixture = makeFixture();
  await fixture.endpoint.start();
  establish(fixture, { headers: ["Session-Expires: 200"] });
  fixture.clock.advance(100_000);
  const text = fixture.udp.take().at(-1)?.text ?? "";
  fixture.first().session.bye();
  assert.match(fixture.send(answerTo(text, "200 OK"))[0]?.text ?? "", /^ACK /);
  assert.ok(!fixture.first().log.events.some((event) => event.startsWith("out ACK")));
});

// ---- After a restart.

function journalOf(fixture: Fixture): WireMessage[] {
  const { session, log } = fixture.first();
  return [session.invite, ...log.messages];
}

async function restart(
  messages: readonly WireMessage[],
  meanwhile: (fixture: Fixture) => void = () => {},
): Promise<Fixture> {
  const fixture = makeFixture();
  await fixture.endpoint.start();
  meanwhile(fixture);
  const session = fixture.endpoint.restore(messages);
  if (session !== null) {
    const { SessionLog } = await import("./endpoint-fixture.ts");
    const log = new SessionLog();
    log.follow(session);
    fixture.sessions.push(session);
    fixture.logs.push(log);
  }
  return fixture;
}

test("a confirmed call goes on after a restart: requests of the peer, then our BYE", async () => {
  const before = makeFixture();
  await before.endpoint.start();
  const toTag = establish(before, { headers: OURS });
  before.send(
    invite({ toTag, cseq: 5, branch: "z9hG4bKre" }).replace("192.0.2.1:5070>", "192.0.2.1:5099>"),
  );
  before.send(request("ACK", { toTag, cseq: 5 }));
  const after = await restart(journalOf(before));
  assert.equal(after.metrics.get("sip_dialogs"), 1);
  assert.deepEqual(
    after.send(invite({ headers: OURS })),
    [],
    "a late copy of the INVITE is absorbed",
  );
  assert.deepEqual(lines(after.send(request("INFO", { toTag, cseq: 4 }))), [
    "SIP/2.0 500 Server Internal Error",
  ]);
  assert.deepEqual(lines(after.send(request("INFO", { toTag, cseq: 6 }))), [OK]);
  const { session } = after.first();
  assert.deepEqual(
    [session.callId, session.remote, session.invite.text],
    ["call-1", CALLER, before.first().session.invite.text],
  );
  session.bye();
  const [bye] = after.udp.take();
  assert.deepEqual(bye?.target, { host: "192.0.2.1", port: 5099 });
  assert.equal(wireHeader(bye?.text ?? "", "From"), `<sip:stream1@192.0.2.10>;tag=${toTag}`);
});

test("a restart keeps the session timer; our CSeq leaps over what was asked unjournalled", async () => {
  const before = makeFixture();
  await before.endpoint.start();
  establish(before, { headers: OURS });
  before.clock.advance(100_000);
  const update = before.udp.take().at(-1)?.text ?? "";
  before.send(answerTo(update, "200 OK", ["Session-Expires: 200;refresher=uac"]));
  const after = await restart(journalOf(before));
  after.clock.advance(100_000);
  const again = after.udp.take()[0]?.text ?? "";
  assert.match(again, /^UPDATE /);
  assert.equal(wireHeader(again, "CSeq"), "102 UPDATE");
});

test("a BYE that a crash kept out of the journal is asked under a higher CSeq", async () => {
  const before = makeFixture();
  await before.endpoint.start();
  establish(before, { headers: OURS });
  const journalled = journalOf(before);
  before.first().session.bye();
  const lost = before.udp.take()[0]?.text ?? "";
  const after = await restart(journalled);
  after.first().session.bye();
  const again = after.udp.take()[0]?.text ?? "";
  const numberOf = (text: string): number => Number.parseInt(wireHeader(text, "CSeq") ?? "", 10);
  assert.ok(numberOf(again) > numberOf(lost), "RFC 3261 §12.2.1.1");
});

test("a BYE whose dialog is still to be restored waits for it, and ended the call when it came (R4)", async () => {
  const before = makeFixture();
  await before.endpoint.start();
  const bye = request("BYE", { toTag: establish(before), cseq: 2 });
  const heard: unknown[] = [];
  let atMs = 0;
  const after = await restart(journalOf(before), ({ endpoint, send, clock }) => {
    endpoint.isRestoring = true;
    atMs = clock.nowMs();
    heard.push(...send(bye));
    clock.advance(500);
    heard.push(...send(bye));
    clock.advance(200);
  });
  assert.deepEqual(heard, []);
  after.endpoint.isRestoring = false;
  assert.deepEqual(lines(after.udp.take()), [OK], "once, and without a third BYE");
  assert.deepEqual(after.first().log.ends, [{ cause: "remote-bye", reason: null, atMs }]);
});

test("a BYE does not overtake the re-INVITE that waits for its dialog to be restored (R4, R20)", async () => {
  const before = makeFixture();
  await before.endpoint.start();
  const toTag = establish(before);
  const after = await restart(journalOf(before), ({ endpoint, send }) => {
    endpoint.isRestoring = true;
    send(invite({ toTag, cseq: 2 }));
  });
  assert.deepEqual(lines(after.send(request("BYE", { toTag, cseq: 3 }))), []);
  after.endpoint.isRestoring = false;
  const numbers = after.udp.take().map(({ text }) => wireHeader(text, "CSeq"));
  assert.deepEqual([...new Set(numbers)], ["2 INVITE", "3 BYE"]);
  assert.equal(after.first().log.ends.length, 1);
});

test("an answer that was not acknowledged is repeated after a restart", async () => {
  const before = makeFixture();
  await before.endpoint.start();
  const [ok] = before.send(invite());
  const after = await restart(journalOf(before));
  const [repeated] = after.udp.take();
  assert.equal(repeated?.text, ok?.text);
  assert.deepEqual(repeated?.target, ok?.target);
  after.send(request("ACK", { toTag: tagOf(ok?.text ?? "") }));
  assert.ok(after.first().log.events.includes("confirmed"));
  assert.deepEqual(during(after, 31_000), []);
});

test("what was never answered, refused, cancelled or ended is not restored", async () => {
  const unanswered = makeFixture({ onInvite: () => {} });
  await unanswered.endpoint.start();
  unanswered.send(invite());
  assert.equal(unanswered.endpoint.restore(journalOf(unanswered)), null);
  unanswered.send(request("CANCEL", { branch: "z9hG4bKinvite" }));
  assert.equal(unanswered.endpoint.restore(journalOf(unanswered)), null);
  const refused = makeFixture({ onInvite: (session) => session.reject(488, "No") });
  await refused.endpoint.start();
  refused.send(invite());
  assert.equal(refused.endpoint.restore(journalOf(refused)), null);
  const ended = makeFixture();
  await ended.endpoint.start();
  const toTag = establish(ended);
  ended.send(request("BYE", { toTag, cseq: 2 }));
  assert.equal(ended.endpoint.restore(journalOf(ended)), null);
  assert.equal(ended.endpoint.restore([]), null);
  const [first] = journalOf(ended);
  assert.ok(first !== undefined);
  assert.equal(ended.endpoint.restore([{ ...first, text: "noise" }]), null);
  assert.equal(ended.endpoint.restore([{ ...first, from: "nowhere" }]), null);
});

test("close leaves no timer and no socket, and says nothing to the caller", async () => {
  const fixture = makeFixture();
  await fixture.endpoint.start();
  establish(fixture, { headers: OURS });
  fixture.send(invite({ callId: "call-2", branch: "z9hG4bKtwo" }));
  await fixture.endpoint.close();
  assert.deepEqual(fixture.clock.names(), []);
  assert.equal(fixture.udp.isOpen, false);
  assert.deepEqual(fixture.udp.take(), []);
  await fixture.endpoint.close();
});

test("a session that nobody took says so as a programmer's mistake", async () => {
  const before = makeFixture();
  await before.endpoint.start();
  establish(before);
  const after = makeFixture();
  await after.endpoint.start();
  const session = after.endpoint.restore(journalOf(before));
  assert.throws(() => session?.delegate.onConfirmed(), { name: "AssertionFailure" });
});
