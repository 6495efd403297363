// The real UDP port on loopback sockets.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Address, UdpDelegate, UdpSocket } from "../../../src/ports/index.ts";
import { nodeUdp, parseDropTable, tableKey } from "../../../src/ports/node/udp.ts";

const LOOPBACK = { host: "127.0.0.1", port: 0 };

/** A socket's owner that can wait for what it gets. */
class Ear implements UdpDelegate {
  readonly datagrams: { data: Uint8Array; source: Address }[] = [];
  readonly errors: Error[] = [];
  #wake: () => void = () => undefined;

  onDatagram(data: Uint8Array, source: Address): void {
    this.datagrams.push({ data, source });
    this.#wake();
  }

  onError(error: Error): void {
    this.errors.push(error);
    this.#wake();
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => (this.#wake = resolve));
  }
}

async function bound(ear: Ear, local: Address = LOOPBACK): Promise<UdpSocket> {
  return nodeUdp().bind({ local }, ear);
}

test("datagrams arrive whole with their source, and one Address object serves a source", async () => {
  const [here, there] = [new Ear(), new Ear()];
  const a = await bound(here);
  const b = await bound(there);
  b.send(Uint8Array.of(1, 2, 3), a.local);
  b.send(new Uint8Array(), a.local);
  b.send(new Uint8Array(1400).fill(7), a.local);
  await here.until(() => here.datagrams.length === 3);
  assert.deepEqual(
    here.datagrams.map(({ data }) => data.length),
    [3, 0, 1400],
  );
  assert.deepEqual([...(here.datagrams[0]?.data ?? [])], [1, 2, 3]);
  assert.deepEqual(here.datagrams[0]?.source, b.local);
  assert.equal(here.datagrams[0]?.source, here.datagrams[2]?.source);
  a.close();
  b.close();
});

test("a port that is in use rejects with EADDRINUSE, a foreign address with EADDRNOTAVAIL", async () => {
  const socket = await bound(new Ear());
  await assert.rejects(bound(new Ear(), socket.local), { code: "EADDRINUSE" });
  await assert.rejects(bound(new Ear(), { host: "192.0.2.1", port: 0 }), { code: "EADDRNOTAVAIL" });
  socket.close();
});

test("a datagram that cannot be sent is told to onError", async () => {
  const ear = new Ear();
  const socket = await bound(ear);
  socket.send(new Uint8Array(70_000), socket.local);
  await ear.until(() => ear.errors.length > 0);
  assert.match(String(ear.errors[0]), /EMSGSIZE/);
  socket.close();
});

test("the granted receive buffer is reported as asked, not doubled", async () => {
  const ear = new Ear();
  const options = { local: LOOPBACK, receiveBufferBytes: 100_000 };
  const socket = await nodeUdp().bind(options, ear);
  assert.equal(socket.receiveBufferBytes(), 100_000);
  socket.close();
  assert.equal(socket.receiveBufferBytes(), 0);
  assert.equal(socket.kernelDropCount(), null);
});

test(
  "the kernel's drops are read from its own table",
  { skip: process.platform === "linux" ? false : "only Linux has the table" },
  async () => {
    const [ear, sender] = [new Ear(), new Ear()];
    const small = await nodeUdp().bind({ local: LOOPBACK, receiveBufferBytes: 4096 }, ear);
    const from = await bound(sender);
    // All sent before the loop reads any: the small buffer must overflow.
    const sent = 200;
    for (let index = 0; index < sent; index += 1) from.send(new Uint8Array(1000), small.local);
    await ear.until(() => ear.datagrams.length > 0);
    const dropped = small.kernelDropCount() ?? 0;
    assert.ok(dropped > 0 && dropped < sent, `${dropped} dropped`);
    small.close();
    from.close();
  },
);

test("whenDrained calls back after everything that had reached the socket", async () => {
  const [ear, sender] = [new Ear(), new Ear()];
  const socket = await nodeUdp().bind({ local: LOOPBACK, receiveBufferBytes: 4_194_304 }, ear);
  const from = await bound(sender);
  // More than the runtime reads in one turn of its loop.
  const sent = 500;
  for (let index = 0; index < sent; index += 1) from.send(new Uint8Array(172), socket.local);
  await ear.until(() => ear.datagrams.length > 0);
  assert.ok(ear.datagrams.length < sent, "some must still wait");
  await new Promise<void>((resolve) => socket.whenDrained(resolve));
  assert.equal(ear.datagrams.length, sent);
  socket.close();
  from.close();
});

test("a thread that may sleep under load still delivers every datagram in order", async () => {
  const [here, there] = [new Ear(), new Ear()];
  const a = await nodeUdp({ hasThread: true }).bind({ local: LOOPBACK }, here);
  const b = await bound(there);
  const count = 4000;
  for (let index = 0; index < count; index += 1) {
    b.send(Uint8Array.of(index >> 8, index & 0xff), a.local);
    if (index % 100 === 99) await here.until(() => here.datagrams.length > index);
  }
  const numbers = here.datagrams.map(({ data }) => (data[0]! << 8) | data[1]!);
  assert.deepEqual(
    numbers,
    Array.from({ length: count }, (_, index) => index),
  );
  a.close();
  b.close();
});

test("addresses are written as the kernel prints them", () => {
  assert.equal(tableKey({ host: "127.0.0.1", port: 5060 }), "0100007F:13C4");
  assert.equal(tableKey({ host: "0.0.0.0", port: 80 }), "00000000:0050");
  assert.equal(tableKey({ host: "::1", port: 1 }), "00000000000000000000000001000000:0001");
  assert.equal(tableKey({ host: "::", port: 1 }), `${"0".repeat(32)}:0001`);
  assert.equal(
    tableKey({ host: "::ffff:127.0.0.1", port: 1 }),
    "0000000000000000FFFF00000100007F:0001",
  );
  assert.equal(
    tableKey({ host: "2001:db8:1:2:3:4:5:6", port: 1 }),
    "B80D0120020001000400030006000500:0001",
  );
});

test("foreign lines of the kernel's table are passed over", () => {
  assert.deepEqual(parseDropTable("  sl  local_address rem_address\n\n1: x y z\n"), []);
});

test("IPv6 sockets work where the machine has IPv6", async (context) => {
  const ear = new Ear();
  let socket: UdpSocket;
  try {
    socket = await bound(ear, { host: "::1", port: 0 });
  } catch (error) {
    assert.match(String(error), /EADDRNOTAVAIL|EAFNOSUPPORT/);
    context.skip("this machine has no IPv6");
    return;
  }
  socket.send(Uint8Array.of(9), socket.local);
  await ear.until(() => ear.datagrams.length === 1);
  assert.equal(ear.datagrams[0]?.source.host, "::1");
  socket.close();
});

test("a closed socket sends nothing and says nothing", async () => {
  const [ear, other] = [new Ear(), new Ear()];
  const socket = await bound(ear);
  const peer = await bound(other);
  socket.close();
  socket.close();
  socket.send(Uint8Array.of(1), peer.local);
  peer.send(Uint8Array.of(2), peer.local);
  await other.until(() => other.datagrams.length === 1);
  assert.deepEqual([...(other.datagrams[0]?.data ?? [])], [2]);
  assert.equal(ear.errors.length, 0);
  peer.close();
});
