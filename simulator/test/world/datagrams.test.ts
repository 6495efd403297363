// UDP in the virtual world: binding, delivery, and each fault.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DatagramFate, DatagramFaults } from "../../src/world/index.ts";
import {
  bindUdp,
  bytes,
  PBX_ADDRESS,
  RECORDER_ADDRESS,
  rejectionCode,
  textOf,
} from "./two-hosts.ts";
import { twoHosts } from "./two-hosts.ts";
import type { ReceivedDatagram, TwoHosts } from "./two-hosts.ts";

const TARGET = { host: RECORDER_ADDRESS, port: 6000 };
const silent = { onDatagram: () => undefined, onError: () => undefined };

interface Flow extends TwoHosts {
  readonly received: readonly ReceivedDatagram[];
  readonly fates: readonly DatagramFate[];
  readonly numbers: readonly number[];
}

/** 500 numbered packets, one every 20 ms, under `faults`. */
async function flow(faults: DatagramFaults | undefined, seed = "flow"): Promise<Flow> {
  const hosts = twoHosts(seed, "hash");
  const { world, pbx, recorder } = hosts;
  const { received } = await bindUdp(world, recorder, { host: "0.0.0.0", port: 6000 });
  const { socket } = await bindUdp(world, pbx, { host: PBX_ADDRESS, port: 5000 });
  const fates: DatagramFate[] = [];
  world.network.observe((fate) => void fates.push(fate));
  world.network.datagramFaults("pbx", RECORDER_ADDRESS, faults);
  for (let packet = 0; packet < 500; packet += 1) {
    const data = Uint8Array.of(packet >> 8, packet & 0xff, 0, 0);
    pbx.ports.clock.setTimer("pace", packet * 20, () => socket.send(data, TARGET));
  }
  await world.runFor(12_000);
  const numbers = received.map(({ data }) => ((data[0] ?? 0) << 8) | (data[1] ?? 0));
  return { ...hosts, received, fates, numbers };
}

const isSorted = (numbers: readonly number[]): boolean =>
  numbers.every((number, index) => index === 0 || number >= (numbers[index - 1] ?? 0));

describe("datagrams: sockets", () => {
  test("a datagram arrives within a millisecond, with its source", async () => {
    const { world, pbx, recorder } = twoHosts();
    const { received } = await bindUdp(world, recorder, { host: "0.0.0.0", port: 6000 });
    const { socket } = await bindUdp(world, pbx, { host: "0.0.0.0", port: 5000 });
    const sentMs = world.nowMs();
    const data = bytes("hello");
    socket.send(data, TARGET);
    data.fill(0);
    await world.runFor(5);
    const [datagram] = received;
    assert.ok(datagram !== undefined && received.length === 1);
    assert.equal(textOf(datagram.data), "hello", "the sender may use its buffer again");
    assert.deepEqual(datagram.source, { host: PBX_ADDRESS, port: 5000 });
    assert.ok(datagram.atMs - sentMs >= 0.2 && datagram.atMs - sentMs < 1.01);
  });

  test("port 0 gives a free port of the system's range", async () => {
    const { world, recorder } = twoHosts();
    const ports = new Set<number>();
    for (let bind = 0; bind < 20; bind += 1) {
      const { socket } = await bindUdp(world, recorder, { host: "0.0.0.0", port: 0 });
      ports.add(socket.local.port);
    }
    assert.equal(ports.size, 20);
    for (const port of ports) assert.ok(port >= 32_768 && port <= 60_999);
  });

  test("a taken port is EADDRINUSE until closed, a strange address EADDRNOTAVAIL", async () => {
    const { world, recorder } = twoHosts();
    const bind = (host: string): Promise<unknown> =>
      recorder.ports.udp.bind({ local: { host, port: 6000 } }, silent);
    const { socket } = await bindUdp(world, recorder, { host: "0.0.0.0", port: 6000 });
    assert.equal(await rejectionCode(world, bind(RECORDER_ADDRESS)), "EADDRINUSE");
    assert.equal(await rejectionCode(world, bind("0.0.0.0")), "EADDRINUSE");
    assert.equal(await rejectionCode(world, bind(PBX_ADDRESS)), "EADDRNOTAVAIL");
    socket.close();
    socket.close();
    assert.equal(await rejectionCode(world, bind(RECORDER_ADDRESS)), "not rejected");
    assert.equal(await rejectionCode(world, bind("127.0.0.1")), "not rejected");
  });

  test("loopback stays within the host", async () => {
    const { world, pbx, recorder } = twoHosts();
    const near = await bindUdp(world, recorder, { host: "127.0.0.1", port: 6000 });
    const { socket } = await bindUdp(world, recorder, { host: "0.0.0.0", port: 5000 });
    const { socket: far } = await bindUdp(world, pbx, { host: "0.0.0.0", port: 5000 });
    socket.send(bytes("a"), { host: "127.0.0.1", port: 6000 });
    far.send(bytes("b"), TARGET);
    near.socket.send(bytes("c"), { host: PBX_ADDRESS, port: 5000 });
    await world.runFor(5);
    assert.deepEqual(
      near.received.map(({ data }) => textOf(data)),
      ["a"],
    );
    assert.deepEqual(near.received[0]?.source, { host: "127.0.0.1", port: 5000 });
  });

  test("what nobody hears is lost without a word, and observers are told", async () => {
    const { world, pbx } = twoHosts();
    const fates: DatagramFate[] = [];
    world.network.observe((fate) => void fates.push(fate));
    const { socket, errors } = await bindUdp(world, pbx, { host: "0.0.0.0", port: 5000 });
    socket.send(bytes("a"), TARGET);
    socket.send(bytes("b"), { host: "203.0.113.9", port: 9 });
    await world.runFor(5);
    assert.deepEqual(errors, []);
    assert.deepEqual(
      fates.map(({ data, arrivalsMs }) => [textOf(data), arrivalsMs]),
      [
        ["a", []],
        ["b", []],
      ],
    );
  });

  test("a host added later is found", async () => {
    const { world, pbx } = twoHosts();
    const { socket } = await bindUdp(world, pbx, { host: "0.0.0.0", port: 5000 });
    const target = { host: "192.0.2.50", port: 9 };
    socket.send(bytes("a"), target);
    const late = world.host("late", target.host).boot("late");
    const { received } = await bindUdp(world, late, target);
    socket.send(bytes("b"), target);
    await world.runFor(5);
    assert.equal(received.length, 1);
  });

  test("too long a datagram or a bad port comes to onError", async () => {
    const { world, pbx } = twoHosts();
    const { socket, errors } = await bindUdp(world, pbx, { host: "0.0.0.0", port: 5000 });
    socket.send(new Uint8Array(65_508), TARGET);
    socket.send(new Uint8Array(1), { host: RECORDER_ADDRESS, port: 0 });
    assert.equal(errors.length, 0, "never from within send");
    await world.runFor(1);
    assert.deepEqual(
      errors.map((error) => error.message.split(":")[0]),
      ["EMSGSIZE", "EINVAL"],
    );
  });

  test("the receive buffer is granted, and nothing is dropped for want of it", async () => {
    const { world, recorder } = twoHosts();
    const { socket } = await bindUdp(world, recorder, { host: "0.0.0.0", port: 0 });
    assert.equal(socket.receiveBufferBytes(), 212_992);
    assert.equal(socket.kernelDropCount(), 0);
  });
});

describe("datagrams: faults", () => {
  test("without faults every packet arrives once, in order, unchanged", async () => {
    const { numbers, fates } = await flow(undefined);
    assert.deepEqual(
      numbers,
      Array.from({ length: 500 }, (_, index) => index),
    );
    assert.equal(fates.length, 500);
  });

  test("observers are told the truth about arrivals", async () => {
    const faults: DatagramFaults = {
      loss: { enter: 0.1, leave: 0.3, lossInBad: 0.9 },
      delayMs: [0, 60],
      reorderRatio: 0.1,
      duplicateRatio: 0.2,
    };
    const { received, fates } = await flow(faults);
    const told = fates.flatMap(({ arrivalsMs }) => arrivalsMs).sort((a, b) => a - b);
    assert.deepEqual(
      received.map(({ atMs }) => atMs),
      told,
    );
    assert.deepEqual(
      fates.map(({ sentMs }) => sentMs),
      fates.map(({ sentMs }) => sentMs).sort((a, b) => a - b),
    );
  });

  test("loss comes in bursts (Gilbert-Elliott)", async () => {
    const { numbers } = await flow({ loss: { enter: 0.05, leave: 0.25, lossInBad: 1 } });
    const lostCount = 500 - numbers.length;
    const gaps = numbers.filter((number, index) => number - (numbers[index - 1] ?? -1) > 1).length;
    assert.ok(lostCount > 30 && lostCount < 200, `${lostCount} lost`);
    assert.ok(lostCount / gaps > 2, `${lostCount} lost in ${gaps} gaps`);
  });

  test("delay keeps the order; reorder lets later packets overtake", async () => {
    const delayed = await flow({ delayMs: [50, 120] });
    assert.ok(isSorted(delayed.numbers));
    assert.ok((delayed.received[0]?.atMs ?? 0) >= 50);
    const reordered = await flow({ reorderRatio: 0.1 });
    assert.equal(reordered.numbers.length, 500);
    assert.ok(!isSorted(reordered.numbers));
  });

  test("duplicates come soon after, and are copies of their own", async () => {
    const { numbers, received } = await flow({ duplicateRatio: 0.2 });
    const extra = numbers.length - 500;
    assert.ok(extra > 60 && extra < 140, `${extra} duplicates`);
    assert.equal(new Set(received.map(({ data }) => data)).size, received.length);
  });

  test("corruption changes bits of what arrives, not of what observers see", async () => {
    const { received, fates } = await flow({ corruptRatio: 1 });
    assert.ok(fates.every(({ corrupted }) => corrupted));
    fates.forEach(({ data }, index) => {
      const number = ((data[0] ?? 0) << 8) | (data[1] ?? 0);
      assert.equal(number, index);
      assert.notDeepEqual(received[index]?.data, data);
      assert.equal(received[index]?.data.length, data.length);
    });
  });

  test("an empty datagram survives corruption", async () => {
    const { world, pbx, recorder } = twoHosts();
    const { received } = await bindUdp(world, recorder, TARGET);
    const { socket } = await bindUdp(world, pbx, { host: "0.0.0.0", port: 0 });
    world.network.datagramFaults("pbx", "recorder", { corruptRatio: 1 });
    socket.send(new Uint8Array(0), TARGET);
    await world.runFor(2);
    assert.equal(received[0]?.data.length, 0);
  });

  test("while cut nothing arrives, and heal mends everything", async () => {
    const { world, pbx, recorder } = twoHosts();
    const { received } = await bindUdp(world, recorder, TARGET);
    const { socket } = await bindUdp(world, pbx, { host: "0.0.0.0", port: 0 });
    world.network.cut("recorder", "pbx", true);
    socket.send(bytes("lost"), TARGET);
    await world.runFor(10);
    world.network.datagramFaults("pbx", "recorder", { loss: { enter: 1, leave: 0, lossInBad: 1 } });
    world.heal();
    socket.send(bytes("heard"), TARGET);
    await world.runFor(10);
    assert.deepEqual(
      received.map(({ data }) => textOf(data)),
      ["heard"],
    );
  });

  test("faults concern the two hosts only, both ways", async () => {
    const { world, pbx, recorder } = twoHosts();
    const other = world.host("other", "192.0.2.77").boot("other");
    const at = await bindUdp(world, recorder, TARGET);
    const back = await bindUdp(world, pbx, { host: "0.0.0.0", port: 5000 });
    const third = await bindUdp(world, other, { host: "0.0.0.0", port: 5000 });
    world.network.datagramFaults("recorder", "pbx", { loss: { enter: 1, leave: 0, lossInBad: 1 } });
    back.socket.send(bytes("x"), TARGET);
    at.socket.send(bytes("x"), { host: PBX_ADDRESS, port: 5000 });
    third.socket.send(bytes("y"), TARGET);
    await world.runFor(10);
    assert.equal(back.received.length, 0);
    assert.deepEqual(
      at.received.map(({ data }) => textOf(data)),
      ["y"],
    );
  });
});
