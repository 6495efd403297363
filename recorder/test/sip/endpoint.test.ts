// The endpoint as its caller sees it: methods, refusals, limits, sources.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RecorderError } from "../../src/errors.ts";
import { SIP_ENDPOINT_LIMITS } from "../../src/sip/endpoint.ts";
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
} from "./endpoint-fixture.ts";

test("R3: a call is answered, confirmed and ended by the caller, and the journal has each message once", async () => {
  const fixture = makeFixture();
  await fixture.endpoint.start();
  const [ok] = fixture.send(invite());
  assert.equal(firstLine(ok?.text ?? ""), "SIP/2.0 200 OK");
  assert.equal(wireHeader(ok?.text ?? "", "Contact"), "<sip:192.0.2.10:5060;transport=udp>");
  assert.equal(wireHeader(ok?.text ?? "", "Content-Type"), "application/sdp");
  assert.ok(ok?.text.endsWith(OUR_SDP));
  const toTag = tagOf(ok?.text ?? "");
  const { session, log } = fixture.first();
  assert.equal(session.invite.text, invite());
  assert.deepEqual(
    [session.invite.from, session.invite.to, session.callId, session.transport],
    ["192.0.2.1:5070", "192.0.2.10:5060", "call-1", "udp"],
  );
  assert.deepEqual(fixture.send(request("ACK", { toTag })), []);
  const bye = request("BYE", {
    toTag,
    cseq: 2,
    branch: "z9hG4bKbye",
    headers: ["Reason: Q.850;cause=16"],
  });
  assert.deepEqual(lines(fixture.send(bye)), ["SIP/2.0 200 OK"]);
  assert.deepEqual(
    lines(fixture.send(bye)),
    ["SIP/2.0 200 OK"],
    "a repeated BYE is answered again",
  );
  assert.deepEqual(log.events, [
    "out SIP/2.0 200 OK",
    "in ACK sip:stream1@192.0.2.10 SIP/2.0",
    "confirmed",
    "in BYE sip:stream1@192.0.2.10 SIP/2.0",
    "out SIP/2.0 200 OK",
    "ended remote-bye",
  ]);
  assert.deepEqual(log.ends, [
    { cause: "remote-bye", reason: "Q.850;cause=16", atMs: fixture.clock.nowMs() },
  ]);
  assert.equal(fixture.metrics.get("sip_dialogs"), 0);
  fixture.clock.advance(40_000);
  assert.equal(fixture.metrics.get("sip_transactions"), 0);
  await fixture.endpoint.close();
  assert.deepEqual(fixture.clock.names(), []);
});

test("RFC 3581: rport and received are filled in and the answer goes to the source", async () => {
  const fixture = makeFixture();
  await fixture.endpoint.start();
  const source = { host: CALLER.host, port: 33_333 };
  const [ok] = fixture.send(request("OPTIONS"), source);
  assert.deepEqual(ok?.target, source);
  assert.match(wireHeader(ok?.text ?? "", "Via") ?? "", /;rport=33333;received=192\.0\.2\.1$/);
});

test("RFC 3261 §18.2.2: without rport the answer goes to the source address and sent-by's port", async () => {
  const fixture = makeFixture();
  await fixture.endpoint.start();
  const via = "SIP/2.0/UDP pbx.example.com;branch=z9hG4bKx";
  const [ok] = fixture.send(request("OPTIONS", { via }), { host: CALLER.host, port: 33_333 });
  assert.deepEqual(ok?.target, { host: CALLER.host, port: 5060 });
  assert.equal(wireHeader(ok?.text ?? "", "Via"), `${via};received=192.0.2.1`);
});

test("RFC 3261 §11: OPTIONS gets 200 with Allow, Accept and Supported", async () => {
  const fixture = makeFixture();
  await fixture.endpoint.start();
  const [ok] = fixture.send(request("OPTIONS"));
  const text = ok?.text ?? "";
  assert.equal(firstLine(text), "SIP/2.0 200 OK");
  assert.equal(wireHeader(text, "Allow"), "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO");
  assert.equal(wireHeader(text, "Accept"), "application/sdp");
  assert.equal(wireHeader(text, "Supported"), "timer");
  assert.equal(wireHeader(text, "Server"), "Tapeline");
});

const REFUSALS: readonly [name: string, text: string, status: string, header: string | null][] = [
  ["an unknown method", request("REGISTER"), "405 Method Not Allowed", "Allow"],
  [
    "an unsupported extension",
    invite({ headers: ["Require: 100rel, timer"] }),
    "420 Bad Extension",
    "Unsupported",
  ],
  [
    "Max-Forwards 0",
    request("OPTIONS").replace("Max-Forwards: 70", "Max-Forwards: 0"),
    "483 Too Many Hops",
    null,
  ],
  [
    "an unknown URI scheme",
    request("OPTIONS", { uri: "soap.beep://192.0.2.103" }),
    "416 Unsupported URI Scheme",
    null,
  ],
  [
    "a body that is not SDP",
    invite({ contentType: "application/isup" }),
    "415 Unsupported Media Type",
    "Accept",
  ],
  [
    "a body in an unknown encoding",
    invite({ headers: ["Content-Encoding: gzip"] }),
    "415 Unsupported Media Type",
    "Accept-Encoding",
  ],
  [
    "a caller that takes no SDP",
    invite({ headers: ["Accept: text/plain"] }),
    "406 Not Acceptable",
    null,
  ],
  ["broken SDP", invite({ body: "v=1\r\n" }), "400 Bad SDP (The first line is not v=0)", null],
  [
    "a session interval below Min-SE",
    invite({ headers: ["Session-Expires: 60"] }),
    "422 Session Interval Too Small",
    "Min-SE",
  ],
  [
    "an unreadable session interval",
    invite({ headers: ["Session-Expires: soon"] }),
    "400 Bad Request",
    null,
  ],
  ["BYE outside a dialog", request("BYE"), "481 Call/Transaction Does Not Exist", null],
  [
    "INFO for an unknown dialog",
    request("INFO", { toTag: "nobody" }),
    "481 Call/Transaction Does Not Exist",
    null,
  ],
  [
    "re-INVITE for an unknown dialog",
    invite({ toTag: "nobody" }),
    "481 Call/Transaction Does Not Exist",
    null,
  ],
  ["CANCEL of nothing", request("CANCEL"), "481 Call/Transaction Does Not Exist", null],
  [
    "SIP/7.0",
    request("OPTIONS").replace("SIP/2.0\r\n", "SIP/7.0\r\n"),
    "505 Version Not Supported",
    null,
  ],
  [
    "a missing Call-ID",
    request("OPTIONS").replace(/Call-ID.*\r\n/, ""),
    "400 Bad Request (Call-ID is missing)",
    null,
  ],
  [
    "a short body",
    request("OPTIONS").replace("Content-Length: 0", "Content-Length: 9"),
    "400 Bad Request (The body has 0 of 9 bytes)",
    null,
  ],
];

for (const [name, text, status, header] of REFUSALS) {
  test(`RFC 3261 §8.2: ${name} is refused with ${status.slice(0, 3)}`, async () => {
    const fixture = makeFixture();
    await fixture.endpoint.start();
    const [answer, ...more] = fixture.send(text);
    assert.equal(firstLine(answer?.text ?? ""), `SIP/2.0 ${status}`);
    assert.equal(more.length, 0);
    assert.notEqual(tagOf(answer?.text ?? ""), "");
    if (header !== null) assert.notEqual(wireHeader(answer?.text ?? "", header), null);
    assert.equal(fixture.sessions.length, 0);
    const [again] = fixture.send(text);
    assert.equal(again?.text, answer?.text, "a repetition gets the same answer, tag included");
  });
}

test("RFC 3261 §8.2.2.2: the same request by another way is refused with 482", async () => {
  const fixture = makeFixture();
  await fixture.endpoint.start();
  fixture.send(invite());
  const [merged] = fixture.send(invite({ branch: "z9hG4bKother" }));
  assert.equal(firstLine(merged?.text ?? ""), "SIP/2.0 482 Loop Detected");
  assert.equal(fixture.sessions.length, 1);
});

test("malformed ACKs, responses and noise get no answer, and are counted", async () => {
  const fixture = makeFixture();
  await fixture.endpoint.start();
  const noise = [
    request("ACK").replace(/Call-ID.*\r\n/, ""),
    "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.10\r\n\r\n",
    "SIP/2.0 4294967301 better not break the receiver\r\n\r\n",
    "GET / HTTP/1.1\r\n\r\n",
    "OPTIONS sip:x@192.0.2.10 SIP/2.0\r\nTo: <sip:x@192.0.2.10>\r\n\r\n",
  ];
  for (const text of noise) assert.deepEqual(fixture.send(text), []);
  assert.equal(fixture.metrics.get("sip_messages_malformed_total"), noise.length);
  const warned = fixture.log.lines.filter(({ fields }) => fields["code"] === "SIP_MALFORMED");
  assert.equal(warned.length, 1, "one line a second");
  assert.deepEqual(fixture.send("\r\n\r\n"), [], "keep-alive");
  const stray = answerTo(request("OPTIONS"), "200 OK");
  assert.deepEqual(fixture.send(stray), []);
});

test("strangers get at most one 403 a second in all, no answer to ACK, and are counted", async () => {
  const fixture = makeFixture();
  await fixture.endpoint.start();
  const stranger = { host: "203.0.113.9", port: 5060 };
  assert.deepEqual(lines(fixture.send(invite(), stranger)), ["SIP/2.0 403 Forbidden"]);
  assert.deepEqual(fixture.send(invite(), { host: "203.0.113.10", port: 5060 }), []);
  fixture.clock.advance(1_000);
  assert.deepEqual(fixture.send(request("ACK"), stranger), []);
  assert.equal(fixture.metrics.get("sip_sources_refused_total"), 3);
  assert.deepEqual(fixture.strangers, [stranger, stranger]);
  fixture.endpoint.allowHosts(["203.0.113.0/24", "not-an-address"]);
  assert.deepEqual(lines(fixture.send(invite(), stranger)), ["SIP/2.0 200 OK"]);
  assert.equal(fixture.log.lines.filter(({ message }) => message.includes("allowed")).length, 1);
});

test("at the limit of dialogs an INVITE gets 503 with Retry-After, and what runs goes on", async () => {
  const limits = { ...SIP_ENDPOINT_LIMITS, maximumDialogs: 1 };
  const fixture = makeFixture({ limits });
  await fixture.endpoint.start();
  const toTag = establish(fixture);
  const [full] = fixture.send(invite({ callId: "call-2", branch: "z9hG4bKtwo" }));
  assert.equal(firstLine(full?.text ?? ""), "SIP/2.0 503 Service Unavailable");
  assert.equal(wireHeader(full?.text ?? "", "Retry-After"), "5");
  assert.equal(fixture.metrics.get("sip_calls_refused_total"), 1);
  assert.deepEqual(lines(fixture.send(request("OPTIONS"))), ["SIP/2.0 200 OK"]);
  const reinvite = invite({ toTag, cseq: 2, branch: "z9hG4bKre" });
  assert.deepEqual(lines(fixture.send(reinvite)), ["SIP/2.0 200 OK"], "a re-INVITE is no new call");
  assert.deepEqual(lines(fixture.send(request("BYE", { toTag, cseq: 3 }))), ["SIP/2.0 200 OK"]);
  const again = fixture.send(invite({ callId: "call-3", branch: "z9hG4bKthree" }));
  assert.deepEqual(lines(again), ["SIP/2.0 200 OK"]);
});

test("at the limit of transactions new requests get 503, requests within calls go on", async () => {
  const limits = { ...SIP_ENDPOINT_LIMITS, maximumTransactions: 2 };
  const fixture = makeFixture({ limits });
  await fixture.endpoint.start();
  const toTag = establish(fixture);
  fixture.send(request("OPTIONS", { callId: "o1" }));
  assert.deepEqual(lines(fixture.send(request("OPTIONS", { callId: "o2" }))), [
    "SIP/2.0 503 Service Unavailable",
  ]);
  assert.equal(fixture.metrics.get("sip_requests_refused_total"), 1);
  assert.deepEqual(lines(fixture.send(request("INFO", { toTag, cseq: 2 }))), ["SIP/2.0 200 OK"]);
});

test("a datagram above maximumMessageBytes is refused with 513", async () => {
  const limits = { ...SIP_ENDPOINT_LIMITS, maximumMessageBytes: 600 };
  const fixture = makeFixture({ limits });
  await fixture.endpoint.start();
  const sent = fixture.send(invite({ headers: [`X-Long: ${"x".repeat(600)}`] }));
  assert.deepEqual(lines(sent), ["SIP/2.0 513 Message Too Large"]);
});

for (const [code, expected] of [
  ["EADDRINUSE", "PORT_IN_USE"],
  ["EACCES", "PORT_NOT_PERMITTED"],
  ["EADDRNOTAVAIL", "ADDRESS_NOT_LOCAL"],
  ["EIO", "SIP_TRANSPORT_FAILED"],
] as const) {
  test(`start fails with ${expected} when the system says ${code}`, async () => {
    const fixture = makeFixture();
    fixture.udp.failure = Object.assign(new Error(code), { code });
    await assert.rejects(
      fixture.endpoint.start(),
      (error) => error instanceof RecorderError && error.code === expected,
    );
  });
}

test("start refuses an allow list with a host name", async () => {
  const fixture = makeFixture({ allow: ["pbx.example.com"] });
  await assert.rejects(
    fixture.endpoint.start(),
    (error) => error instanceof RecorderError && error.code === "CONFIG_INVALID",
  );
});

test("a failed second listener closes the first", async () => {
  const fixture = makeFixture({ transports: ["udp", "tcp"] });
  fixture.tcp.busy.set(5060, "EADDRINUSE");
  await assert.rejects(fixture.endpoint.start(), RecorderError);
  assert.equal(fixture.udp.isOpen, false);
});

test("socket errors are logged once a second and change nothing", async () => {
  const fixture = makeFixture();
  await fixture.endpoint.start();
  fixture.udp.delegate?.onError(new Error("ECONNREFUSED"));
  fixture.udp.delegate?.onError(new Error("ECONNREFUSED"));
  assert.equal(fixture.log.lines.filter(({ message }) => message === "SIP socket").length, 1);
  assert.deepEqual(lines(fixture.send(request("OPTIONS"))), ["SIP/2.0 200 OK"]);
});

test("no datagram makes the endpoint throw: any bytes, any damage to an INVITE", async () => {
  const fixture = makeFixture();
  await fixture.endpoint.start();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      fixture.send(bytes);
    }),
    { numRuns: 300, seed: 1 },
  );
  const whole = Buffer.from(invite({ headers: ["Session-Expires: 1800", "Supported: timer"] }));
  for (let length = 0; length <= whole.length; length++) fixture.send(whole.subarray(0, length));
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.nat(20), (at, byte, cut) => {
      const damaged = Buffer.concat([
        whole.subarray(0, at),
        Buffer.from([byte]),
        whole.subarray(at + cut),
      ]);
      fixture.send(damaged);
    }),
    { numRuns: 500, seed: 2 },
  );
  assert.ok(fixture.metrics.get("sip_messages_malformed_total") > 0);
  await fixture.endpoint.close();
  assert.deepEqual(fixture.clock.names(), []);
});

test("IPv6: a call over IPv6 is answered with bracketed addresses", async () => {
  const fixture = makeFixture({
    bindHost: "2001:db8::10",
    advertisedHost: "2001:db8::10",
    allow: ["2001:db8::/32"],
  });
  await fixture.endpoint.start();
  const source = { host: "2001:db8::1", port: 5060 };
  const via = "SIP/2.0/UDP [2001:db8::1];branch=z9hG4bKsix";
  const [ok] = fixture.send(invite({ via, uri: "sip:stream1@[2001:db8::10]" }), source);
  assert.equal(wireHeader(ok?.text ?? "", "Contact"), "<sip:[2001:db8::10]:5060;transport=udp>");
  assert.deepEqual(ok?.target, source);
  assert.equal(fixture.first().session.invite.from, "[2001:db8::1]:5060");
});

test("RFC 2543: a caller without branch, tag, Max-Forwards and Contact is served", async () => {
  const fixture = makeFixture();
  await fixture.endpoint.start();
  const old = (method: string, cseq: number, to: string): string =>
    [
      `${method} sip:stream1@192.0.2.10 SIP/2.0`,
      "v: SIP/2.0/UDP 192.0.2.1",
      "f: <sip:201@192.0.2.1>",
      `t: <sip:stream1@192.0.2.10>${to}`,
      "i: old-1",
      `CSeq: ${cseq} ${method}`,
      ...(method === "INVITE" ? ["c: application/sdp", "", SDP] : ["", ""]),
    ].join("\r\n");
  const [ok] = fixture.send(old("INVITE", 1, ""));
  assert.equal(firstLine(ok?.text ?? ""), "SIP/2.0 200 OK");
  const to = /^t: .*(;tag=.*)$/m.exec(ok?.text.replaceAll("\r", "") ?? "")?.[1] ?? "";
  assert.deepEqual(fixture.send(old("INVITE", 1, "")), [], "repeated INVITE is absorbed");
  fixture.send(old("ACK", 1, to));
  assert.ok(fixture.first().log.events.includes("confirmed"));
  assert.deepEqual(lines(fixture.send(old("BYE", 2, to))), ["SIP/2.0 200 OK"]);
});

test("closing while our BYE is unanswered leaves no timer of it", async () => {
  const fixture = makeFixture();
  await fixture.endpoint.start();
  establish(fixture);
  fixture.first().session.bye();
  assert.notDeepEqual(fixture.clock.names(), []);
  await fixture.endpoint.close();
  assert.deepEqual(fixture.clock.names(), []);
});

test("a refusal is a final answer that refuses: 300 to 699", async () => {
  for (const [status, isRefusal] of [
    [200, false],
    [299, false],
    [300, true],
    [699, true],
    [700, false],
  ] as const) {
    const thrown: unknown[] = [];
    const fixture = makeFixture({
      onInvite: (session) => {
        try {
          session.reject(status, "No");
        } catch (error) {
          thrown.push(error);
          session.reject(500, "Tried");
        }
      },
    });
    await fixture.endpoint.start();
    fixture.send(invite());
    assert.equal(thrown.length, isRefusal ? 0 : 1, String(status));
  }
});
