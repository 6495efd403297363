// The SIP UDP socket is opened again when it fails, as the remedy of SIP_TRANSPORT_FAILED says;
// what concerns one datagram only leaves it alone. Calls go on over both.
import assert from "node:assert/strict";
import { test } from "node:test";
import { establish, firstLine, makeFixture, request, wireHeader } from "./endpoint-fixture.ts";

function failure(code: string): Error {
  return Object.assign(new Error(`${code}: of the socket`), { code });
}

/** Lets the promises of a fake bind settle. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
}

test("a failed UDP socket is opened again at once, and the call on it goes on", async () => {
  const fixture = makeFixture();
  await fixture.endpoint.start();
  const toTag = establish(fixture);
  fixture.udp.delegate?.onError(failure("EIO"));
  await settle();
  assert.equal(fixture.udp.isOpen, true);
  const [answer] = fixture.send(request("BYE", { toTag, cseq: 2 }));
  assert.equal(firstLine(answer?.text ?? ""), "SIP/2.0 200 OK");
  assert.equal(wireHeader(answer?.text ?? "", "Call-ID"), "call-1");
  assert.equal(fixture.metrics.get("sip_sockets_reopened_total"), 1);
  await fixture.endpoint.close();
  assert.equal(fixture.udp.isOpen, false);
});

test("while the port is taken it is tried again, at growing intervals up to 30 s", async () => {
  const fixture = makeFixture();
  await fixture.endpoint.start();
  fixture.udp.failure = failure("EADDRINUSE");
  fixture.udp.delegate?.onError(failure("EBADF"));
  await settle();
  for (const waitMs of [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
    fixture.clock.advance(waitMs - 1);
    assert.ok(fixture.clock.names().includes("sip.reopen"), `before ${waitMs} ms`);
    fixture.clock.advance(1);
    await settle();
  }
  assert.equal(fixture.udp.isOpen, false);
  fixture.udp.failure = null;
  fixture.clock.advance(30_000);
  await settle();
  assert.equal(fixture.udp.isOpen, true);
  assert.equal(fixture.metrics.get("sip_sockets_reopened_total"), 1);
  await fixture.endpoint.close();
});

test("closing while it waits to open again leaves no timer and no socket", async () => {
  const fixture = makeFixture();
  await fixture.endpoint.start();
  fixture.udp.failure = failure("EADDRINUSE");
  fixture.udp.delegate?.onError(failure("EBADF"));
  await settle();
  await fixture.endpoint.close();
  assert.deepEqual(fixture.clock.names(), []);
  assert.equal(fixture.udp.isOpen, false);
});

test("what is sent while the socket is away is counted, not thrown", async () => {
  const fixture = makeFixture();
  await fixture.endpoint.start();
  establish(fixture);
  fixture.udp.failure = failure("EADDRINUSE");
  fixture.udp.delegate?.onError(failure("EBADF"));
  await settle();
  fixture.first().session.bye();
  assert.ok(fixture.metrics.get("sip_datagrams_unsent_total") >= 1);
  await fixture.endpoint.close();
});

test("an unreachable peer (ECONNREFUSED) leaves the socket alone", async () => {
  const fixture = makeFixture();
  await fixture.endpoint.start();
  fixture.udp.delegate?.onError(failure("ECONNREFUSED"));
  await settle();
  assert.equal(fixture.udp.isOpen, true);
  assert.equal(fixture.metrics.get("sip_sockets_reopened_total"), 0);
  await fixture.endpoint.close();
});
