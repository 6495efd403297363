// A virtual process: what it leaves, how it dies, its messages between threads, its log.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  bindUdp,
  bytes,
  complete,
  connectStreams,
  RECORDER_ADDRESS,
  twoHosts,
} from "./two-hosts.ts";

describe("virtual process", () => {
  test("leftovers names everything that is open, and nothing when all is quiet", async () => {
    const hosts = twoHosts();
    const { world, recorder, pbx } = hosts;
    assert.deepEqual(recorder.leftovers(), []);
    const { disk, udp, tcp, clock } = recorder.ports;
    const { client } = await connectStreams(hosts);
    await complete(world, disk.makeDirectory("/live"));
    const file = await complete(world, disk.open("/live/a", "create"));
    const { socket } = await bindUdp(world, recorder, { host: "0.0.0.0", port: 6000 });
    const delegate = { onData: () => undefined, onClose: () => undefined };
    const local = { host: "0.0.0.0", port: 5060 };
    const listener = await complete(
      world,
      tcp.listen({ local }, () => delegate),
    );
    const timer = clock.setTimer("sip.timerG", 500, () => undefined);
    const pending = udp.bind(
      { local: { host: "0.0.0.0", port: 7000 } },
      { onDatagram: () => undefined, onError: () => undefined },
    );
    recorder.postDelayed("to media", 50, () => undefined);
    const kinds = recorder.leftovers().map((text) => text.replaceAll(/[\d.:-]+/g, "#"));
    assert.deepEqual(kinds, [
      "call udp#bind #",
      "file /live/a",
      "post to media",
      "tcp #",
      "tcp listener #",
      "timer # recorder/recorder/sip#timerG",
      "udp #",
    ]);
    (await complete(world, pending)).close();
    await complete(world, file.close());
    await complete(world, listener.close());
    socket.close();
    timer.cancel();
    client.close();
    await world.runFor(60);
    assert.deepEqual([...recorder.leftovers(), ...pbx.leftovers()], []);
  });

  test("after a crash nothing of it calls back, and its ports do nothing", async () => {
    const hosts = twoHosts();
    const { world, recorder, recorderHost, pbx } = hosts;
    const { client, clientSide, server } = await connectStreams(hosts);
    const near = await bindUdp(world, recorder, { host: "0.0.0.0", port: 6000 });
    const far = await bindUdp(world, pbx, { host: "0.0.0.0", port: 5000 });
    const { clock, log, tcp, encoder, catalog } = recorder.ports;
    let calledBack = 0;
    const callBack = (): void => void (calledBack += 1);
    clock.setTimer("t", 5, callBack);
    recorder.postDelayed("m", 5, callBack);
    far.socket.send(bytes("in flight"), { host: RECORDER_ADDRESS, port: 6000 });
    server.write(bytes("in flight"));
    recorder.crash("process");
    assert.equal(recorder.isAlive, false);
    near.socket.send(bytes("zombie"), { host: "192.0.2.1", port: 5000 });
    client.write(bytes("zombie"));
    client.destroy();
    clock.setTimer("zombie", 1, callBack).cancel();
    clock.setTimer("zombie", 1, callBack);
    recorder.postDelayed("zombie", 1, callBack);
    log.write("server.log", "zombie");
    const delegate = { onData: callBack, onClose: callBack };
    const remote = { host: "192.0.2.1", port: 1 };
    for (const call of [
      tcp.connect({ remote, timeoutMs: 10 }, delegate),
      tcp.listen({ local: { host: "0.0.0.0", port: 1 } }, () => delegate),
      encoder.describe(),
      catalog.get("x"),
      log.close(),
    ]) {
      call.then(callBack, callBack);
    }
    await world.runFor(5000);
    assert.equal(calledBack, 0);
    assert.deepEqual([near.received, far.received], [[], []]);
    assert.deepEqual([clientSide.chunks, clientSide.closings], [[], []]);
    assert.deepEqual(recorderHost.logLines(), []);
    assert.deepEqual(recorder.leftovers(), []);
  });

  test("the next process of the name can bind the same port", async () => {
    const { world, recorder, recorderHost, pbx } = twoHosts();
    await bindUdp(world, recorder, { host: "0.0.0.0", port: 6000 });
    recorder.crash("process");
    const reborn = recorderHost.boot("recorder");
    const { received } = await bindUdp(world, reborn, { host: "0.0.0.0", port: 6000 });
    const { socket } = await bindUdp(world, pbx, { host: "0.0.0.0", port: 0 });
    socket.send(bytes("hello"), { host: RECORDER_ADDRESS, port: 6000 });
    await world.runFor(5);
    assert.equal(received.length, 1);
    assert.notEqual(reborn.ports.random.uuid(), twoHosts().recorder.ports.random.uuid());
  });

  test("messages between threads are delayed by the seed and stay in order", async () => {
    const { world, recorder } = twoHosts();
    const arrivals: [number, number][] = [];
    for (let message = 0; message < 50; message += 1) {
      recorder.postDelayed("to media", 3, () => arrivals.push([message, world.nowMs()]));
    }
    await world.runFor(4);
    assert.deepEqual(
      arrivals.map(([message]) => message),
      Array.from({ length: 50 }, (_, message) => message),
    );
    assert.ok(arrivals.every(([, atMs]) => atMs <= 3.001));
    assert.ok(new Set(arrivals.map(([, atMs]) => atMs)).size > 3);
  });

  test("log lines are kept by file, over crashes", async () => {
    const { world, recorder, recorderHost } = twoHosts();
    recorder.ports.log.write("server.log", "one");
    recorder.ports.log.write("cd3_log", "raw");
    await complete(world, recorder.ports.log.close());
    recorder.crash("power");
    recorderHost.boot("recorder").ports.log.write("server.log", "two");
    assert.deepEqual(recorderHost.logLines("server.log"), ["one", "two"]);
    assert.deepEqual(recorderHost.logLines(), ["one", "raw", "two"]);
  });
});
