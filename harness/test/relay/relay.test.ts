// The relay, in the virtual world: what it was told to do is what comes out.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { TcpStream } from "@tapeline/recorder/ports";
import type { RelayFaults } from "../../src/relay/relay-options.ts";
import {
  DEVLINK3_PORT,
  inTime,
  numberOf,
  PBX_FACE,
  RECORDER,
  RECORDER_FACE,
  relayedWorld,
  RTP_PORT,
  sendPaced,
  SIP_PORT,
  socketOf,
  type RelayedWorld,
} from "./relayed-world.ts";

const TO_RTP = { host: RECORDER_FACE, port: RTP_PORT };
const TO_SIP = { host: RECORDER_FACE, port: SIP_PORT };

async function rtpThrough(
  faults: RelayFaults,
  { seed = "s", count = 200, bytes = 172, port = 40_000 } = {},
) {
  const relayed = await relayedWorld({ seed });
  relayed.relay.setFaults(faults);
  const { socket } = await socketOf(relayed, "pbx", port);
  const { heard } = await socketOf(relayed, "recorder", RTP_PORT);
  const startMs = relayed.world.nowMs();
  await sendPaced(relayed, socket, { count, target: TO_RTP, bytes });
  return { ...relayed, heard, delays: heard.map((h) => h.atMs - startMs - numberOf(h) * 20) };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function assertWithinTenth(measured: number, told: number): void {
  assert.ok(Math.abs(measured - told) <= told / 10, `${measured} measured, ${told} told`);
}

describe("datagrams through the relay", () => {
  test("without faults all arrive, in order, from the sender's port", async () => {
    const { heard } = await rtpThrough({});
    assert.deepEqual(
      heard.map(numberOf),
      Array.from({ length: 200 }, (_, index) => index),
    );
    assert.deepEqual(heard[0]?.source, { host: PBX_FACE, port: 40_000 });
  });

  test("an answer finds the way back", async () => {
    const relayed = await relayedWorld();
    const pbx = await socketOf(relayed, "pbx", 5060);
    const recorder = await socketOf(relayed, "recorder", SIP_PORT);
    pbx.socket.send(Buffer.from("there"), TO_SIP);
    await relayed.world.runFor(50);
    const source = recorder.heard[0]?.source;
    assert.ok(source !== undefined);
    recorder.socket.send(Buffer.from("back"), source);
    await relayed.world.runFor(50);
    assert.deepEqual(
      pbx.heard.map(({ source: from }) => from),
      [TO_SIP],
    );
  });

  test("what the recorder sends unasked reaches the IP Office's SIP port", async () => {
    const relayed = await relayedWorld({ pbxUdpPorts: [5060] });
    const pbx = await socketOf(relayed, "pbx", 5060);
    const recorder = await socketOf(relayed, "recorder", SIP_PORT);
    recorder.socket.send(Buffer.from("BYE"), { host: PBX_FACE, port: 5060 });
    await relayed.world.runFor(50);
    assert.equal(pbx.heard.length, 1);
  });

  test("bursts lose as much as Gilbert-Elliott says, within a tenth", async () => {
    const loss = { enter: 0.04 / 3, leave: 0.32, lossInBad: 1 };
    const { heard } = await rtpThrough({ datagrams: { loss } }, { count: 20_000 });
    assertWithinTenth(1 - heard.length / 20_000, 0.04);
  });

  test("the n-th datagram has the same fate under the same seed, whatever its port", async () => {
    const faults = { datagrams: { loss: { enter: 0.1, leave: 0.5, lossInBad: 1 } } };
    const one = await rtpThrough(faults, { seed: "a" });
    const same = await rtpThrough(faults, { seed: "a", port: 51_000 });
    const other = await rtpThrough(faults, { seed: "b" });
    assert.deepEqual(one.heard.map(numberOf), same.heard.map(numberOf));
    assert.notDeepEqual(one.heard.map(numberOf), other.heard.map(numberOf));
  });

  test("200 ms of delay are 200 ms", async () => {
    const { delays } = await rtpThrough({ datagrams: { delayMs: [200, 200] } });
    assertWithinTenth(mean(delays), 200);
  });

  test("60 ms of jitter are 60 ms as RFC 3550 §6.4.1 reckons", async () => {
    const { heard, delays } = await rtpThrough({ datagrams: { jitterMs: 60 } }, { count: 5_000 });
    const differences = delays
      .slice(1)
      .map((delay, index) => Math.abs(delay - (delays[index] ?? 0)));
    assertWithinTenth(mean(differences), 60);
    assert.equal(heard.length, 5_000);
  });

  test("what is held back is overtaken, doubled ones come twice, corrupt ones differ", async () => {
    const datagrams = { reorderRatio: 0.1, duplicateRatio: 0.1, corruptRatio: 0.1 };
    const { heard, fates } = await rtpThrough({ datagrams }, { count: 1_000 });
    const numbers = heard.map(numberOf);
    assert.ok(numbers.some((number, index) => number < (numbers[index - 1] ?? 0)));
    assert.ok(heard.length > 1_050);
    assert.ok(fates.filter(({ corrupted }) => corrupted).length > 50);
  });

  test("a narrow link delays, then drops what finds the queue full", async () => {
    const bits = (172 + 46) * 8 * 50;
    const enough = await rtpThrough({ rateBitsPerSecond: bits * 1.05 });
    assert.equal(enough.heard.length, 200);
    const half = await rtpThrough({ rateBitsPerSecond: bits / 2 });
    assert.ok(half.heard.length > 95 && half.heard.length < 115, `${half.heard.length}`);
    assert.ok(Math.max(...half.delays) > 190);
  });

  test("fragments are dropped: above the path MTU nothing arrives", async () => {
    const faults = { datagrams: { maximumBytes: 1_280 - 28 } };
    assert.equal((await rtpThrough(faults, { count: 5, bytes: 1_252 })).heard.length, 5);
    assert.equal((await rtpThrough(faults, { count: 5, bytes: 1_253 })).heard.length, 0);
  });

  test("routes may differ: one way is late, the other is not", async () => {
    const relayed = await relayedWorld();
    relayed.relay.setFaults({ only: "to-pbx", datagrams: { delayMs: [100, 100] } });
    const pbx = await socketOf(relayed, "pbx", 40_000);
    const recorder = await socketOf(relayed, "recorder", RTP_PORT);
    pbx.socket.send(new Uint8Array(20), TO_RTP);
    await relayed.world.runFor(20);
    const source = recorder.heard[0]?.source;
    assert.ok(source !== undefined);
    recorder.socket.send(new Uint8Array(20), source);
    await relayed.world.runFor(20);
    assert.equal(pbx.heard.length, 0);
    await relayed.world.runFor(100);
    assert.equal(pbx.heard.length, 1);
  });

  test("a cut and a firewall let nothing through, and heal gives it back", async () => {
    const relayed = await relayedWorld();
    const pbx = await socketOf(relayed, "pbx", 40_000);
    const rtp = await socketOf(relayed, "recorder", RTP_PORT);
    const sip = await socketOf(relayed, "recorder", SIP_PORT);
    const sendBoth = async () => {
      pbx.socket.send(new Uint8Array(4), TO_RTP);
      pbx.socket.send(new Uint8Array(4), TO_SIP);
      await relayed.world.runFor(50);
      return [rtp.heard.splice(0).length, sip.heard.splice(0).length];
    };
    relayed.relay.cut(true);
    assert.deepEqual(await sendBoth(), [0, 0]);
    relayed.relay.cut(false);
    relayed.relay.allowOnly({ udp: [SIP_PORT], tcp: [] });
    assert.deepEqual(await sendBoth(), [0, 1]);
    relayed.relay.heal();
    assert.deepEqual(await sendBoth(), [1, 1]);
  });

  test("a NAT forgets after 30 s of silence, and has another port afterwards", async () => {
    const relayed = await relayedWorld({ pbxUdpPorts: [5060] });
    relayed.relay.setFaults({ natIdleMs: 30_000 });
    const pbx = await socketOf(relayed, "pbx", 5060);
    const recorder = await socketOf(relayed, "recorder", SIP_PORT);
    const ask = async () => {
      pbx.socket.send(Buffer.from("x"), TO_SIP);
      await relayed.world.runFor(50);
      const source = recorder.heard.at(-1)?.source;
      assert.ok(source !== undefined);
      return source;
    };
    const tell = async (target: { host: string; port: number }) => {
      recorder.socket.send(Buffer.from("y"), target);
      await relayed.world.runFor(50);
      return pbx.heard.splice(0).length;
    };
    const first = await ask();
    await relayed.world.runFor(29_000);
    assert.equal(await tell(first), 1);
    await relayed.world.runFor(2_000);
    assert.equal(await tell(first), 0);
    const second = await ask();
    assert.notEqual(second.port, first.port);
    assert.equal(await tell(second), 1);
    relayed.relay.heal();
    await relayed.world.runFor(10);
    assert.equal((await ask()).port, 5060);
  });
});

async function streamThrough(relayed: RelayedWorld) {
  const received: Uint8Array[] = [];
  const closed: (Error | null)[] = [];
  let accepted: TcpStream | null = null;
  const listening = relayed.recorder.tcp.listen(
    { local: { host: RECORDER, port: SIP_PORT } },
    (stream) => {
      accepted = stream;
      return { onData: (data) => received.push(data), onClose: (error) => closed.push(error) };
    },
  );
  await inTime(relayed.world, listening);
  const near: { text: string; closed: (Error | null)[] } = { text: "", closed: [] };
  const stream = await inTime(
    relayed.world,
    relayed.pbx.tcp.connect(
      { remote: TO_SIP, timeoutMs: 1_000 },
      {
        onData: (data) => {
          near.text += Buffer.from(data).toString();
        },
        onClose: (error) => near.closed.push(error),
      },
    ),
  );
  await relayed.world.runUntil(() => accepted !== null, 1_000);
  const far = accepted as TcpStream | null;
  assert.ok(far !== null);
  const text = () => Buffer.concat(received).toString();
  return { stream, far, received, text, near, closed };
}

describe("streams through the relay", () => {
  const message = "INVITE sip:recorder@10.0.0.2 SIP/2.0\r\n".repeat(20);

  test("bytes pass both ways and the end is told", async () => {
    const relayed = await relayedWorld();
    const { stream, far, text, near, closed } = await streamThrough(relayed);
    stream.write(Buffer.from(message));
    far.write(Buffer.from("SIP/2.0 200 OK"));
    await relayed.world.runFor(100);
    assert.equal(text(), message);
    assert.equal(near.text, "SIP/2.0 200 OK");
    stream.close();
    await relayed.world.runFor(100);
    assert.deepEqual(closed, [null]);
    far.close();
    await relayed.world.runFor(100);
    assert.deepEqual(near.closed, [null]);
  });

  test("pieces of at most 7 bytes, 50 ms late, are the same bytes", async () => {
    const relayed = await relayedWorld();
    const { stream, received, text } = await streamThrough(relayed);
    relayed.relay.setFaults({ streams: { chunkBytes: 7, delayMs: [50, 90] } });
    stream.write(Buffer.from(message));
    await relayed.world.runFor(45);
    assert.equal(text(), "");
    await relayed.world.runFor(1_000);
    assert.equal(text(), message);
    assert.ok(received.length > message.length / 20, `${received.length} pieces`);
  });

  test("a stalled stream says nothing, and goes on when the stall is over", async () => {
    const relayed = await relayedWorld();
    const { stream, text } = await streamThrough(relayed);
    relayed.relay.setFaults({ streams: { stalled: true } });
    stream.write(Buffer.from(message));
    await relayed.world.runFor(10_000);
    assert.equal(text(), "");
    relayed.relay.setFaults({ streams: undefined });
    await relayed.world.runFor(100);
    assert.equal(text(), message);
  });

  test("a reset ends both halves", async () => {
    const relayed = await relayedWorld();
    const { closed, near } = await streamThrough(relayed);
    relayed.relay.resetStreams();
    await relayed.world.runFor(100);
    assert.equal(closed.length, 1);
    assert.equal(near.closed.length, 1);
  });

  test("nobody behind the relay is a stream that is reset", async () => {
    const relayed = await relayedWorld();
    const closed: (Error | null)[] = [];
    await inTime(
      relayed.world,
      relayed.recorder.tcp.connect(
        { remote: { host: PBX_FACE, port: DEVLINK3_PORT }, timeoutMs: 1_000 },
        { onData: () => undefined, onClose: (error) => closed.push(error) },
      ),
    );
    await relayed.world.runFor(5_100);
    assert.equal(closed.length, 1);
  });

  test("a firewall on the port holds the stream back", async () => {
    const relayed = await relayedWorld();
    const { stream, text } = await streamThrough(relayed);
    relayed.relay.allowOnly({ udp: [], tcp: [DEVLINK3_PORT] });
    stream.write(Buffer.from(message));
    await relayed.world.runFor(1_000);
    assert.equal(text(), "");
    relayed.relay.heal();
    await relayed.world.runFor(100);
    assert.equal(text(), message);
  });
});

test("nothing is left over when the relay is closed", async () => {
  const faults = { natIdleMs: 30_000, datagrams: { delayMs: [5_000, 5_000] as const } };
  const { world, relay, leftovers } = await rtpThrough(faults, { count: 3 });
  assert.notDeepEqual(leftovers(), []);
  await inTime(world, relay.close());
  assert.deepEqual(leftovers(), []);
});
