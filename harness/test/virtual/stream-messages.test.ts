// SIP on virtual streams: framed by Content-Length, each with when it began to be written and when
// all of it had come (RFC 3261 §18.3).
import assert from "node:assert/strict";
import { test } from "node:test";
import type { StreamBytes } from "@tapeline/simulator/world";
import { StreamMessages } from "../../src/virtual/stream-messages.ts";

const PBX = { host: "192.0.2.1", port: 40_000 };
const RECORDER = { host: "192.0.2.10", port: 5060 };
const INVITE = "INVITE sip:x SIP/2.0\r\nContent-Length: 4\r\n\r\nv=0\n";
const OK = "SIP/2.0 200 OK\r\nl: 0\r\n\r\n";

function watched(): {
  readonly messages: StreamMessages["messages"];
  readonly tell: (
    what: StreamBytes["what"],
    atMs: number,
    text: string,
    more?: Partial<StreamBytes>,
  ) => void;
} {
  const streams = new StreamMessages({ sipPorts: [5060, 5061], pbxHost: PBX.host });
  const way = { connection: 1, from: PBX, to: RECORDER, isSecure: false };
  return {
    messages: streams.messages,
    tell: (what, atMs, text, more = {}) =>
      streams.onBytes({ ...way, what, atMs, data: new TextEncoder().encode(text), ...more }),
  };
}

test("a message in pieces begins with its first byte and has arrived with its last", () => {
  const { messages, tell } = watched();
  tell("written", 10, INVITE.slice(0, 7));
  tell("written", 11, INVITE.slice(7));
  tell("arrived", 20, INVITE.slice(0, 30));
  assert.deepEqual(messages[0]?.arrivedMs, null);
  tell("arrived", 21, INVITE.slice(30));
  const place = { from: "pbx", transport: "tcp", hasWaited: true };
  assert.deepEqual(messages, [{ ...place, sentMs: 10, arrivedMs: 21, text: INVITE }]);
});

test("two in one piece are two, keep-alives between them none; what is cut off never arrived", () => {
  const { messages, tell } = watched();
  tell("written", 10, `\r\n\r\n${INVITE}\r\n${INVITE}`);
  tell("arrived", 12, `\r\n\r\n${INVITE}\r\n${INVITE.slice(0, -1)}`);
  assert.deepEqual(
    messages.map(({ arrivedMs, text }) => [arrivedMs, text]),
    [
      [12, INVITE],
      [null, INVITE],
    ],
  );
});

test("each direction is its own, TLS is told, other ports are not SIP", () => {
  const { messages, tell } = watched();
  tell("written", 10, INVITE);
  tell("written", 11, OK, { from: RECORDER, to: PBX, isSecure: true });
  tell("written", 12, OK, { from: { ...PBX, port: 50_797 }, to: { ...RECORDER, port: 40_001 } });
  assert.deepEqual(
    messages.map(({ from, transport }) => [from, transport]),
    [
      ["pbx", "tcp"],
      ["recorder", "tls"],
    ],
  );
});

test("what its opener says first on a stream may have waited for it, nothing else", () => {
  const { messages, tell } = watched();
  tell("written", 10, INVITE + INVITE);
  tell("written", 10, OK, { from: RECORDER, to: PBX });
  tell("written", 12, INVITE);
  assert.deepEqual(
    messages.map(({ hasWaited }) => hasWaited),
    [true, true, false, false],
  );
});
