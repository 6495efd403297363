// The world as a whole: moving time, stories that wait, and the same trace for the same seed.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { MessageChannel } from "node:worker_threads";
import type { DatagramFaults, StreamFaults, World } from "../../src/world/index.ts";
import {
  bindUdp,
  bytes,
  complete,
  connectStreams,
  RECORDER_ADDRESS,
  twoHosts,
} from "./two-hosts.ts";

interface LifeOptions {
  readonly datagrams?: DatagramFaults;
  readonly streams?: StreamFaults;
  readonly crash?: "process" | "power";
  readonly trace?: "hash" | "full";
}

/** Something of everything: packets, a stream, timers, disk, encoder, catalog. */
async function liveALittle(seed: string, options: LifeOptions = {}): Promise<World> {
  const hosts = twoHosts(seed, options.trace ?? "full");
  const { world, pbx, recorder, recorderHost } = hosts;
  world.network.datagramFaults("pbx", "recorder", options.datagrams);
  world.network.streamFaults("pbx", "recorder", options.streams);
  const rtp = await bindUdp(world, recorder, { host: "0.0.0.0", port: 6000 });
  const speaker = await bindUdp(world, pbx, { host: "0.0.0.0", port: 0 });
  const { client, server } = await connectStreams(hosts);
  const { disk, encoder, catalog } = recorder.ports;
  await complete(world, disk.makeDirectory("/live"));
  const file = await complete(world, disk.open("/live/a.ul", "create"));
  for (let packet = 0; packet < 100; packet += 1) {
    const data = new Uint8Array(172).fill(packet);
    pbx.ports.clock.setTimer("pace", packet * 20, () =>
      speaker.socket.send(data, { host: RECORDER_ADDRESS, port: 6000 }),
    );
  }
  pbx.ports.clock.setTimer("event", 300, () => server.write(bytes("event ".repeat(100))));
  recorder.ports.clock.setTimer("request", 700, () =>
    client.write(recorder.ports.random.bytes(40)),
  );
  await world.runUntil(() => rtp.received.length >= 40, 5000);
  world.note("step: written");
  for (let position = 0; position < 4000; position += 1000) {
    void file.write(new Uint8Array(1000).fill(7), position);
  }
  if (options.crash !== undefined) {
    await world.runFor(0.8);
    recorder.crash(options.crash);
    const reborn = recorderHost.boot("recorder");
    await complete(world, reborn.ports.disk.makeDirectory("/live"));
    await complete(world, reborn.ports.disk.list("/live"));
  } else {
    await world.runFor(100);
    await complete(
      world,
      encoder.encode({ source: "/live/a.ul", target: "/live/a.spx", quality: 8 }),
    );
    await complete(world, catalog.search({ limit: 1, offset: 0 }));
  }
  await world.runFor(3000);
  return world;
}

describe("world: determinism (design.md §4)", () => {
  const lossy: DatagramFaults = {
    loss: { enter: 0.1, leave: 0.4, lossInBad: 0.8 },
    delayMs: [0, 30],
    reorderRatio: 0.1,
    duplicateRatio: 0.1,
    corruptRatio: 0.1,
  };
  const lives: [string, LifeOptions][] = [
    ["no faults", {}],
    ["datagram faults", { datagrams: lossy }],
    ["stream faults", { streams: { chunkBytes: 5, delayMs: [0, 20] } }],
    ["a crash of the process", { crash: "process" }],
    ["a crash of power", { crash: "power" }],
  ];

  for (const [name, options] of lives) {
    test(`the same seed gives the same trace, another seed another: ${name}`, async () => {
      const first = await liveALittle("seed", options);
      const second = await liveALittle("seed", options);
      const other = await liveALittle("seed2", options);
      assert.deepEqual(second.traceLines(), first.traceLines());
      assert.equal(second.traceHash(), first.traceHash());
      assert.notEqual(other.traceHash(), first.traceHash());
      assert.ok(first.traceLines().length > 200);
    });
  }

  test("the hash does not depend on whether lines are kept", async () => {
    const full = await liveALittle("seed", { trace: "full" });
    const hash = await liveALittle("seed", { trace: "hash" });
    assert.equal(hash.traceHash(), full.traceHash());
    assert.equal(hash.traceLines().length, 0);
    assert.deepEqual(hash.recentLines(20), full.traceLines().slice(-20));
  });

  test("load on the machine, as other work of the event loop, changes nothing", async () => {
    const quiet = await liveALittle("seed");
    let isBusy = true;
    let stirs = 0;
    const { port1, port2 } = new MessageChannel();
    const stir = (): void => {
      stirs += 1;
      if (isBusy) queueMicrotask(() => process.nextTick(() => port2.postMessage(null)));
      else port1.close();
    };
    port1.on("message", stir);
    stir();
    const busy = await liveALittle("seed");
    isBusy = false;
    assert.ok(stirs > 10);
    assert.equal(busy.traceHash(), quiet.traceHash());
  });

  test("each consumer has a random stream of its own by name", () => {
    const first = twoHosts("s").world;
    const second = twoHosts("s").world;
    second.random("a newcomer").fraction();
    assert.equal(first.random("speech").fraction(), second.random("speech").fraction());
    assert.equal(first.random("speech"), first.random("speech"));
  });
});

describe("world: moving time", () => {
  test("runUntil stops at the very event that makes the condition true", async () => {
    const { world, recorder } = twoHosts();
    let fired = 0;
    for (const delayMs of [10, 20, 30]) {
      recorder.ports.clock.setTimer("t", delayMs, () => (fired += 1));
    }
    assert.equal(await world.runUntil(() => fired === 2, 1000), true);
    assert.equal(world.nowMs(), 20);
    assert.equal(fired, 2);
  });

  test("runUntil gives up exactly at its limit", async () => {
    const { world } = twoHosts();
    assert.equal(await world.runUntil(() => false, 12.5), false);
    assert.equal(world.nowMs(), 12.5);
    await world.runFor(7.5);
    assert.equal(world.nowMs(), 20);
  });

  test("a condition that holds already costs no time", async () => {
    const { world, recorder } = twoHosts();
    recorder.ports.clock.setTimer("now", 0, () => assert.fail("nothing may happen"));
    assert.equal(await world.runUntil(() => true, 1000), true);
    assert.equal(world.nowMs(), 0);
  });

  test("code that awaits runs to its end before the next event, whatever it awaits", async () => {
    const { world, recorder } = twoHosts();
    const order: string[] = [];
    const story = async (): Promise<void> => {
      for (let turn = 0; turn < 200; turn += 1) await Promise.resolve();
      await new Promise<void>((resolve) => process.nextTick(resolve));
      order.push(`story at ${world.nowMs()}`);
    };
    recorder.ports.clock.setTimer("first", 5, () => void story());
    recorder.ports.clock.setTimer("second", 5, () => order.push("second"));
    await world.runFor(10);
    assert.deepEqual(order, ["story at 5", "second"]);
  });

  test("several people wait at the same time while one drives", async () => {
    const { world, recorder } = twoHosts();
    const order: string[] = [];
    let rings = 0;
    const ring = (): void => {
      rings += 1;
      recorder.ports.clock.setTimer("ring", 10, ring);
    };
    ring();
    const agent = async (): Promise<void> => {
      assert.equal(await world.waitFor(() => rings >= 3, 1000, "three rings"), true);
      order.push(`agent ${world.nowMs()}`);
      await world.sleep(5);
      order.push(`agent answers ${world.nowMs()}`);
    };
    const caller = async (): Promise<void> => {
      assert.equal(await world.waitFor(() => false, 12, "a miracle"), false);
      order.push(`caller gives up ${world.nowMs()}`);
    };
    const people = Promise.all([agent(), caller()]);
    await complete(world, people);
    assert.deepEqual(order, ["caller gives up 12", "agent 20", "agent answers 25"]);
    assert.ok(world.traceLines().some((line) => line.endsWith("waited in vain for a miracle")));
  });

  test("two may drive at once; time stands still when none does", async () => {
    const { world } = twoHosts();
    await Promise.all([world.runFor(30), world.runUntil(() => false, 50)]);
    assert.equal(world.nowMs(), 50);
    const sleeper = world.sleep(10);
    await new Promise<void>((resolve) => process.nextTick(resolve));
    assert.equal(world.nowMs(), 50);
    await complete(world, sleeper);
    assert.equal(world.nowMs(), 60);
  });

  test("what a callback throws is the driver's rejection", async () => {
    const { world, recorder } = twoHosts();
    recorder.ports.clock.setTimer("bad", 5, () => {
      throw new Error("assertion of the recorder");
    });
    await assert.rejects(world.runFor(10), /assertion of the recorder/);
    await world.runFor(10);
    assert.equal(world.nowMs(), 15);
  });

  test("what a condition throws is the rejection of the one who waits on it", async () => {
    const { world } = twoHosts();
    const bad = world.runUntil(() => {
      throw new Error("bad condition");
    }, 10);
    await Promise.all([assert.rejects(bad, /bad condition/), world.runFor(5)]);
    assert.equal(world.nowMs(), 5);
  });

  test("events that beget events at one and the same moment end the run", async () => {
    const { world, recorder } = twoHosts("s", "hash");
    const again = (): void => void recorder.ports.clock.setTimer("again", 0, again);
    again();
    await assert.rejects(world.runFor(1), /time stands still/);
  });

  test("a limit must be finite", async () => {
    const { world } = twoHosts();
    await assert.rejects(
      world.runUntil(() => false, Infinity),
      RangeError,
    );
  });

  test("speed: a call's packets and writes (printed, machines differ)", async (context) => {
    const { world, pbx, recorder } = twoHosts("speed", "hash");
    const rtp = await bindUdp(world, recorder, { host: "0.0.0.0", port: 6000 });
    const speaker = await bindUdp(world, pbx, { host: "0.0.0.0", port: 0 });
    const data = new Uint8Array(172);
    const speak = (): void => {
      speaker.socket.send(data, { host: RECORDER_ADDRESS, port: 6000 });
      pbx.ports.clock.setTimer("pace", 20, speak);
    };
    speak();
    const start = process.cpuUsage();
    await world.runFor(300_000);
    const cpu = process.cpuUsage(start);
    const cpuMs = (cpu.user + cpu.system) / 1000;
    const eventsPerMs = Math.round(world.eventCount() / cpuMs);
    context.diagnostic(`${eventsPerMs}k events/s, ${Math.round(300_000 / cpuMs)} × real time`);
    assert.equal(rtp.received.length, 15_000);
  });
});

describe("world: hosts", () => {
  test("a name means one host, an address one host", () => {
    const { world, pbxHost } = twoHosts();
    assert.equal(world.host("pbx", pbxHost.address), pbxHost);
    assert.throws(() => world.host("pbx", "192.0.2.99"), /has the address/);
    assert.throws(() => world.host("other", pbxHost.address), /two hosts/);
    assert.throws(() => world.network.cut("pbx", "nowhere", true), /no host nowhere/);
  });
});
