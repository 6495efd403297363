// A firewall between two hosts, and fragments that are dropped on the way.
import assert from "node:assert/strict";
import { test } from "node:test";
import { World } from "../../src/world/index.ts";

const nothing = { onDatagram: () => undefined, onError: () => undefined };

async function pair() {
  const world = new World({ seed: "wall", trace: "hash" });
  const a = world.host("a", "192.0.2.1").boot("a").ports;
  const b = world.host("b", "192.0.2.2").boot("b").ports;
  const heard: string[] = [];
  const note = (at: string) => ({
    onDatagram: (data: Uint8Array) => void heard.push(`${at} ${data.length}`),
    onError: () => undefined,
  });
  const bound = Promise.all([
    a.udp.bind({ local: { host: "192.0.2.1", port: 4000 } }, note("answer")),
    b.udp.bind({ local: { host: "192.0.2.2", port: 5060 } }, note("sip")),
    b.udp.bind({ local: { host: "192.0.2.2", port: 5004 } }, note("rtp")),
    a.udp.bind({ local: { host: "192.0.2.1", port: 4001 } }, nothing),
  ]);
  await world.runFor(10);
  const [caller, sip] = await bound;
  return { world, heard, caller, sip };
}

test("only what is allowed passes, and the answers to it", async () => {
  const { world, heard, caller, sip } = await pair();
  world.network.firewall("a", "b", [{ host: "b", protocol: "udp", port: 5060 }]);
  caller.send(new Uint8Array(1), { host: "192.0.2.2", port: 5060 });
  caller.send(new Uint8Array(2), { host: "192.0.2.2", port: 5004 });
  sip.send(new Uint8Array(3), { host: "192.0.2.1", port: 4000 });
  await world.runFor(10);
  assert.deepEqual(heard.toSorted(), ["answer 3", "sip 1"]);
  world.heal();
  caller.send(new Uint8Array(4), { host: "192.0.2.2", port: 5004 });
  await world.runFor(10);
  assert.ok(heard.includes("rtp 4"));
});

test("datagrams above the limit, which travel in fragments, are lost", async () => {
  const { world, heard, caller } = await pair();
  world.network.datagramFaults("a", "b", { maximumBytes: 1472 });
  caller.send(new Uint8Array(1472), { host: "192.0.2.2", port: 5060 });
  caller.send(new Uint8Array(1473), { host: "192.0.2.2", port: 5060 });
  await world.runFor(10);
  assert.deepEqual(heard, ["sip 1472"]);
});
