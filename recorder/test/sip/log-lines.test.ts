// What the log says of SIP (R26): the line, its code and the fields that find the call again.
import assert from "node:assert/strict";
import test from "node:test";
import { ERRORS } from "../../src/errors.ts";
import { SIP_ENDPOINT_LIMITS } from "../../src/sip/endpoint.ts";
import {
  answerTo,
  CALLER,
  establish,
  type Fixture,
  invite,
  makeFixture,
  request,
} from "./endpoint-fixture.ts";

const WIRE = { transport: "udp", remote: "192.0.2.1:5070" } as const;

async function started(options: Parameters<typeof makeFixture>[0] = {}): Promise<Fixture> {
  const fixture = makeFixture(options);
  await fixture.endpoint.start();
  return fixture;
}

/** Lines since the last call, as "level message" with their fields. */
function take({ log }: Fixture): [string, unknown][] {
  return log.lines.splice(0).map(({ level, message, fields }) => [`${level} ${message}`, fields]);
}

test("each address that listens is told", async () => {
  const fixture = await started({ transports: ["udp", "tcp"] });
  assert.deepEqual(take(fixture), [
    ["info SIP listens", { transport: "udp", address: "192.0.2.10:5060" }],
    ["info SIP listens", { transport: "tcp", address: "192.0.2.10:5060" }],
  ]);
  await fixture.endpoint.close();
});

test("a call is a line, and each of its messages one for debugging, with its text", async () => {
  const fixture = await started();
  take(fixture);
  const text = invite();
  const [ok] = fixture.send(text);
  const call = { sipCallId: "call-1" };
  assert.deepEqual(take(fixture), [
    ["debug SIP out", { ...WIRE, ...call, text: ok?.text }],
    ["debug SIP in", { ...WIRE, ...call, text }],
    ["info SIP call", { ...call, ...WIRE }],
  ]);
});

test("of refused messages a line a second says where and why, and how many more there were", async () => {
  const fixture = await started();
  take(fixture);
  const broken = request("OPTIONS").replace(/Call-ID.*\r\n/, "");
  const linesOfRefusals = (): unknown[] =>
    take(fixture).flatMap(([line, fields]) =>
      line === "warn SIP message refused" ? [fields] : [],
    );
  fixture.send(broken);
  const [first] = linesOfRefusals() as [{ detail: string }];
  assert.deepEqual(
    { ...first, detail: "" },
    {
      ...{ code: "SIP_MALFORMED", detail: "", more: 0, ...WIRE },
    },
  );
  assert.match(first.detail, /^[a-z-]+ at \S+: .*Call-ID.*\.$/);
  fixture.send(broken);
  fixture.send(broken);
  assert.deepEqual(linesOfRefusals(), []);
  fixture.clock.advance(1_000);
  fixture.send(broken);
  assert.deepEqual(linesOfRefusals(), [{ ...first, more: 2 }]);
});

test("an answer that nobody waits for is a line for debugging, and one that is damaged is refused", async () => {
  const fixture = await started();
  take(fixture);
  fixture.send(answerTo(request("OPTIONS"), "200 OK"));
  assert.deepEqual(take(fixture).at(-1), ["debug SIP response to nothing", WIRE]);
});

test("a host name cannot be allowed; which one is told", async () => {
  const fixture = await started();
  take(fixture);
  fixture.endpoint.allowHosts(["pbx.example", "203.0.113.1"]);
  const detail = '"pbx.example" is neither an address nor a block.';
  assert.deepEqual(take(fixture), [["warn SIP source cannot be allowed", { detail }]]);
  const refused = makeFixture({ allow: ["192.0.2.0/33"] });
  await assert.rejects(refused.endpoint.start(), {
    code: "CONFIG_INVALID",
    message: /sip\.allow: "192\.0\.2\.0\/33" has no prefix of 0 to 32\./,
  });
});

test("reaching a limit is an error line that names it, one a second", async () => {
  const limits = { ...SIP_ENDPOINT_LIMITS, maximumDialogs: 1 };
  const fixture = await started({ limits });
  establish(fixture);
  take(fixture);
  const errors = (): unknown[] =>
    take(fixture).flatMap(([line, fields]) => (line.startsWith("error") ? [[line, fields]] : []));
  const again = (branch: string): void =>
    void fixture.send(invite({ branch, callId: branch, fromTag: branch }));
  again("z9hG4bK2");
  const line = ["error SIP limit reached", { code: "SIP_LIMIT", limit: "dialogs", ...WIRE }];
  assert.deepEqual(errors(), [line]);
  again("z9hG4bK3");
  assert.deepEqual(errors(), []);
  fixture.clock.advance(1_000);
  again("z9hG4bK4");
  assert.deepEqual(errors(), [line]);
});

test("a request whose dialog is not yet restored is put off until it has been", async () => {
  const fixture = await started({ transports: ["udp", "tcp"] });
  fixture.endpoint.isRestoring = true;
  take(fixture);
  const info = request("INFO", { toTag: "ours", cseq: 2 });
  assert.deepEqual(fixture.send(info), []);
  assert.deepEqual(take(fixture).at(-1), ["debug SIP request before its dialog is restored", WIRE]);
  const peer = fixture.tcp.dial({ host: "192.0.2.10", port: 5060 }, CALLER);
  const another = request("INFO", { toTag: "ours", cseq: 3, branch: "z9hG4bKother" });
  peer.send(another.replace("SIP/2.0/UDP", "SIP/2.0/TCP"));
  assert.equal(peer.take(), "");
  assert.deepEqual(take(fixture).at(-1)?.[0], "debug SIP request before its dialog is restored");
  fixture.endpoint.isRestoring = false;
  const noDialog = "SIP/2.0 481 Call/Transaction Does Not Exist";
  assert.equal(peer.take().split("\r\n")[0], noDialog);
  assert.equal(fixture.udp.take()[0]?.text.split("\r\n")[0], noDialog);
  await fixture.endpoint.close();
});

test("a socket that fails is a line a second with its words, and one when it is open again", async () => {
  const fixture = await started();
  take(fixture);
  const fail = (): void => fixture.udp.delegate?.onError(new Error("words"));
  fail();
  fail();
  fixture.clock.advance(1_000);
  fail();
  const socket = { code: "SIP_TRANSPORT_FAILED", detail: "words" };
  const lines = take(fixture).filter(([line]) => line === "warn SIP socket");
  assert.deepEqual(lines, [
    ["warn SIP socket", { ...socket, more: 0 }],
    ["warn SIP socket", { ...socket, more: 1 }],
  ]);
});

test("what can no longer be sent over a stream is told with its way and the reason", async () => {
  const fixture = await started({ transports: ["tcp"] });
  const peer = fixture.tcp.dial({ host: "192.0.2.10", port: 5060 }, CALLER);
  peer.send(invite().replace("SIP/2.0/UDP", "SIP/2.0/TCP"));
  const toTag = /To: .*;tag=(\w+)/.exec(peer.take())?.[1] ?? "";
  peer.send(request("ACK", { toTag }).replace("SIP/2.0/UDP", "SIP/2.0/TCP"));
  fixture.tcp.connectFailure = new Error("no route");
  peer.end(null);
  take(fixture);
  fixture.first().session.bye();
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  const warned = take(fixture).filter(([line]) => line.startsWith("warn"));
  assert.deepEqual(warned, [
    [
      "warn SIP message could not be sent",
      { code: "SIP_TRANSPORT_FAILED", detail: "tcp 192.0.2.1:5070: no route" },
    ],
  ]);
  await fixture.endpoint.close();
});

test("R10: a failed handshake is its meaning, its remedy, our words and the system's", async () => {
  const tls = { certificate: "cert", key: "key" };
  const fixture = await started({ transports: ["tls"], tls });
  take(fixture);
  const remote = { host: CALLER.host, port: 40_009 };
  const code = "CERT_HAS_EXPIRED";
  for (let time = 0; time < 3; time += 1) {
    fixture.tcp.failHandshake(remote, Object.assign(new Error("it has expired"), { code }));
  }
  fixture.clock.advance(1_000);
  fixture.tcp.failHandshake(remote, new Error("gone"));
  const { meaning, remedy } = ERRORS.SIP_TLS_REFUSED;
  const fields = { code: "SIP_TLS_REFUSED", remote: "192.0.2.1:40009" };
  const detail = "the caller's certificate is not trusted (CERT_HAS_EXPIRED: it has expired)";
  assert.deepEqual(take(fixture), [
    [`warn ${meaning} ${remedy}`, { ...fields, detail, more: 0 }],
    [`warn ${meaning} ${remedy}`, { ...fields, detail: "gone", more: 2 }],
  ]);
  await fixture.endpoint.close();
});

test("a port that cannot be had is an error with transport, address and the system's words", async () => {
  const fixture = makeFixture();
  fixture.udp.failure = Object.assign(new Error("address in use"), { code: "EADDRINUSE" });
  await assert.rejects(fixture.endpoint.start(), {
    code: "PORT_IN_USE",
    message: /SIP udp 192\.0\.2\.10:5060: address in use/,
  });
});
