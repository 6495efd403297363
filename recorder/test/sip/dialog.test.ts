// The UAS dialog: RFC 3261 §12.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  advance,
  createDialog,
  makeRequest,
  nextHop,
  receive,
  refreshTarget,
  type Dialog,
} from "../../src/sip/dialog.ts";
import { headerValues } from "../../src/sip/message.ts";
import { parseMessage } from "../../src/sip/parse.ts";
import { readRequestCore, type RequestCore } from "../../src/sip/request-core.ts";
import { invite } from "./endpoint-fixture.ts";

function dialogOf(text: string): { dialog: Dialog; core: RequestCore } {
  const message = parseMessage(Buffer.from(text));
  assert.ok(message.ok && message.value.kind === "request");
  const core = readRequestCore(message.value);
  assert.ok(core.ok);
  return { dialog: createDialog(message.value, core.value, "ours"), core: core.value };
}

const SOURCE = { host: "192.0.2.1", port: 33_000 };
const via = "SIP/2.0/UDP x;branch=z9hG4bK1";

test("RFC 3261 §12.2.2: equal and higher CSeq pass, lower ones are out of order", () => {
  const { dialog, core } = dialogOf(invite({ cseq: 10 }));
  const at = (sequence: number): boolean =>
    receive(dialog, { ...core, cseq: { sequence, method: "INFO" } }).ok;
  assert.deepEqual([at(9), at(10), at(11), at(500)], [false, true, true, true]);
});

test("RFC 3261 §12.2.1.1: a loose route stays in Route, a strict one takes the Request-URI", () => {
  const loose = dialogOf(invite({ headers: ["Record-Route: <sip:p1;lr>, <sip:p2>"] })).dialog;
  const first = makeRequest(advance(loose), { method: "BYE", sequence: 1, via });
  assert.equal(first.uri, "sip:pbx@192.0.2.1:5070");
  assert.deepEqual(headerValues(first, "Route"), ["<sip:p1;lr>", "<sip:p2>"]);
  const strict = dialogOf(invite({ headers: ["Record-Route: <sip:p1>, <sip:p2;lr>"] })).dialog;
  const second = makeRequest(advance(strict), { method: "BYE", sequence: 1, via });
  assert.equal(second.uri, "sip:p1");
  assert.deepEqual(headerValues(second, "Route"), ["<sip:p2;lr>", "<sip:pbx@192.0.2.1:5070>"]);
});

test("RFC 3261 §19.1.1: the Request-URI carries no headers and no method parameter", () => {
  const { dialog } = dialogOf(invite());
  const odd = refreshTarget(dialog, "sip:a@192.0.2.5;method=INVITE;x?Subject=y");
  assert.equal(makeRequest(odd, { method: "BYE", sequence: 1, via }).uri, "sip:a@192.0.2.5;x");
});

const HOPS: readonly [target: string, hop: { host: string; port: number }][] = [
  ["sip:a@192.0.2.5:5099", { host: "192.0.2.5", port: 5099 }],
  ["sip:a@192.0.2.5", { host: "192.0.2.5", port: 5060 }],
  ["sip:a@pbx.example.com", SOURCE],
  ["sip:a@[2001:db8::5]", SOURCE],
  ["sip:a@0.0.0.0", SOURCE],
  ["tel:123", SOURCE],
  ["nonsense", SOURCE],
];
for (const [target, hop] of HOPS) {
  test(`a request to ${target} goes to ${hop.host}:${hop.port}`, () => {
    const { dialog } = dialogOf(invite());
    assert.deepEqual(nextHop(refreshTarget(dialog, target), SOURCE, 5060), hop);
  });
}

test("a broken first route falls back to the source", () => {
  const { dialog } = dialogOf(invite());
  assert.deepEqual(nextHop({ ...dialog, routeSet: ["<broken"] }, SOURCE, 5060), SOURCE);
});

test("a caller without Contact is called back by its From", () => {
  assert.equal(
    dialogOf(invite().replace(/Contact: .*\r\n/, "")).dialog.remoteTarget,
    "sip:201@192.0.2.1",
  );
});
