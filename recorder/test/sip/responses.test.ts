// Responses and refusals (RFC 3261 §8.2.6, §20, §21): what is copied, and the words.
import assert from "node:assert/strict";
import test from "node:test";
import { makeHeader, NO_BODY, type SipMessage, type SipRequest } from "../../src/sip/message.ts";
import { acceptsSdp, readOffer } from "../../src/sip/offer-body.ts";
import { intervalRefusal, phraseOf, plainRefusal, reasonValue } from "../../src/sip/refusals.ts";
import { ALLOW, makeResponse, REASONS } from "../../src/sip/responses.ts";

function request(headers: readonly (readonly [string, string])[], body = NO_BODY): SipRequest {
  const made = headers.map(([name, value]) => makeHeader(name, value));
  const start = { kind: "request", method: "INVITE", uri: "sip:a@192.0.2.1" } as const;
  return { ...start, headers: made, body, charset: "latin1" };
}

function wire({ headers }: SipMessage): string[] {
  return headers.map(({ name, value }) => `${name}: ${value}`);
}

const ASKED = request([
  ["v", "one"],
  ["Via", "two"],
  ["Max-Forwards", "70"],
  ["t", "<sip:a@192.0.2.1>"],
  ["Timestamp", "54"],
  ["From", "<sip:b@192.0.2.1>;tag=b"],
  ["Call-ID", "c"],
  ["CSeq", "1 INVITE"],
  ["Subject", "s"],
]);

test("§8.2.6.2: Vias, From, To, Call-ID and CSeq are copied in order; our tag goes into To", () => {
  const body = new Uint8Array(3);
  const headers = [makeHeader("Allow", ALLOW)];
  const parts = { status: 200, reasonPhrase: "OK", toTag: "x", headers, body };
  const response = makeResponse(ASKED, parts);
  assert.deepEqual(wire(response), [
    "v: one",
    "Via: two",
    "t: <sip:a@192.0.2.1>;tag=x",
    "From: <sip:b@192.0.2.1>;tag=b",
    "Call-ID: c",
    "CSeq: 1 INVITE",
    "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO",
    "Server: Tapeline",
  ]);
  const { kind, status, reasonPhrase, charset } = response;
  assert.deepEqual([kind, status, reasonPhrase, charset], ["response", 200, "OK", "latin1"]);
  assert.equal(response.body, body);
});

test("§8.2.6.1: a 100 repeats the Timestamp, and has no tag of ours when none is given", () => {
  const response = makeResponse(ASKED, { status: 100, reasonPhrase: "Trying", toTag: null });
  assert.ok(wire(response).includes("Timestamp: 54"));
  assert.ok(wire(response).includes("t: <sip:a@192.0.2.1>"));
  assert.equal(response.body.length, 0);
});

test("a To that has a tag keeps it; a tag within the URI is none", () => {
  const tagged = (to: string): string | undefined =>
    wire(makeResponse(request([["To", to]]), { status: 200, reasonPhrase: "OK", toTag: "x" }))[0];
  assert.equal(tagged("<sip:a@b>;tag=old"), "To: <sip:a@b>;tag=old");
  assert.equal(tagged("<sip:a@b> ; TAG = old"), "To: <sip:a@b> ; TAG = old");
  assert.equal(tagged("<sip:a@b;tag=uri>"), "To: <sip:a@b;tag=uri>;tag=x");
  assert.equal(tagged("<sip:a@b>;tagged=1"), "To: <sip:a@b>;tagged=1;tag=x");
});

test("§21: each status that we answer with has the words of its section", () => {
  assert.deepEqual(REASONS, {
    ...{ 100: "Trying", 200: "OK", 400: "Bad Request", 403: "Forbidden" },
    ...{ 405: "Method Not Allowed", 406: "Not Acceptable", 415: "Unsupported Media Type" },
    ...{ 416: "Unsupported URI Scheme", 420: "Bad Extension", 422: "Session Interval Too Small" },
    ...{ 480: "Temporarily Unavailable", 481: "Call/Transaction Does Not Exist" },
    ...{ 482: "Loop Detected", 483: "Too Many Hops", 487: "Request Terminated" },
    ...{ 488: "Not Acceptable Here", 491: "Request Pending", 500: "Server Internal Error" },
    503: "Service Unavailable",
  });
  assert.equal(phraseOf(503), "Service Unavailable");
  assert.equal(phraseOf(499), "Refused");
  assert.deepEqual(plainRefusal(481), { status: 481, reasonPhrase: REASONS[481] });
});

test("RFC 4028 §6: an interval too small is a 422 with Min-SE, any other flaw a 400", () => {
  const small = intervalRefusal("interval-too-small");
  assert.equal(small.status, 422);
  assert.deepEqual(
    small.headers?.map(({ name, value }) => [name, value]),
    [["Min-SE", "90"]],
  );
  assert.deepEqual(intervalRefusal("bad-header"), { status: 400, reasonPhrase: "Bad Request" });
});

test("RFC 3326: a Reason with a cause is sent as it is, other text becomes one, quoted", () => {
  assert.equal(reasonValue("Q.850;cause=16"), "Q.850;cause=16");
  assert.equal(reasonValue("Q.850"), 'SIP;cause=200;text="Q.850"');
  assert.equal(reasonValue('the "end" \\o/'), 'SIP;cause=200;text="the \\"end\\" \\\\o/"');
});

const SDP = [
  ...["v=0", "o=- 1 2 IN IP4 192.0.2.1", "s=-", "c=IN IP4 192.0.2.1", "t=0 0"],
  ...["m=audio 4000 RTP/AVP 0", ""],
].join("\r\n");

function offered(headers: readonly (readonly [string, string])[], text = SDP) {
  return readOffer(request(headers, new Uint8Array(Buffer.from(text))));
}

test("§8.2.3: a body that is no SDP, or encoded, gets 415 with what would be accepted", () => {
  for (const headers of [
    [["Content-Type", "text/plain"]],
    [
      ["Content-Type", "application/sdp"],
      ["Content-Encoding", "gzip"],
    ],
  ] as const) {
    const read = offered(headers);
    assert.ok(!read.ok);
    assert.deepEqual([read.refusal.status, read.refusal.reasonPhrase], [415, REASONS[415]]);
    assert.deepEqual(
      read.refusal.headers.map(({ name, value }) => `${name}: ${value}`),
      ["Accept: application/sdp", "Accept-Encoding: identity"],
    );
  }
});

test("a body is read as SDP with its type in any case, with parameters, or without a type", () => {
  const types = ["application/sdp", "Application/SDP;charset=utf-8", null];
  for (const type of types) {
    const headers = type === null ? [] : [["Content-Type", type] as const];
    const read = offered([...headers, ["Content-Encoding", "Identity"]]);
    assert.ok(read.ok && read.description?.origin.sessionVersion === "2", String(type));
  }
  assert.deepEqual(readOffer(request([])), { ok: true, description: null });
});

test("SDP that cannot be read is a 400 that says why, without the full stop", () => {
  const read = offered([["Content-Type", "application/sdp"]], "x=0\r\n");
  assert.ok(!read.ok);
  assert.deepEqual([read.refusal.status, read.refusal.headers], [400, []]);
  assert.match(read.refusal.reasonPhrase, /^Bad SDP \(.*[^.]\)$/);
});

test("§20.1: who sends no Accept takes SDP; else it, or what includes it, must be listed", () => {
  const accepts = (value: string | null): boolean =>
    acceptsSdp(request(value === null ? [] : [["Accept", value]]));
  for (const good of [null, "application/sdp", "text/plain, application/SDP;level=1", "*/*"]) {
    assert.ok(accepts(good), String(good));
  }
  assert.ok(accepts("application/*"));
  for (const bad of ["", "text/plain", "text/*", "application/sdpx"]) assert.ok(!accepts(bad), bad);
});
