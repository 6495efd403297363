// The contract of listening engines: each of these tests holds for every engine. werift is always
// there; mediasoup is tried where somebody has installed it with its worker. The far end is werift
// as a full ICE agent; a browser is the other one (harness/test/browser).
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import {
  RTCPeerConnection,
  RTCRtpCodecParameters,
  type MediaStreamTrack,
  type RtpPacket,
} from "werift";
import type {
  Clock,
  ListeningEngine,
  ListeningEngineOptions,
  WebRtcEar,
} from "../../../src/ports/index.ts";
import { nodeClock } from "../../../src/ports/node/clock.ts";
import { nodeListeningEngine, offeredHosts } from "../../../src/ports/node/listening-engine.ts";
import { loadMediasoup, mediasoupEngine } from "../../../src/ports/node/mediasoup-engine.ts";
import { SILENT_LIMIT_MS, weriftEngine } from "../../../src/ports/node/werift-engine.ts";
import { TestClock } from "../../sip/fake-ports.ts";

/** Of a test: it catches what hangs. */
const LIMIT_MS = 500_000;
const OPTIONS: ListeningEngineOptions = { hosts: ["127.0.0.1"], ports: null };

type Contract = (context: TestContext, engine: ListeningEngine, clock: TestClock) => unknown;

const ENGINES: readonly {
  readonly name: string;
  readonly make: (options: ListeningEngineOptions, clock: Clock) => ListeningEngine;
  readonly skip: string | false;
}[] = [
  { name: "werift", make: weriftEngine, skip: false },
  {
    name: "mediasoup",
    make: (options) => mediasoupEngine(options),
    skip: (await loadMediasoup()) === null ? "mediasoup is not installed" : false,
  },
];

/** A listener far away: it offers, and keeps the packets that come. */
class Far {
  readonly peer: RTCPeerConnection;
  readonly packets: RtpPacket[] = [];
  #onPacket: () => void = () => undefined;

  constructor(context: TestContext, mimeType = "audio/PCMU") {
    const [payloadType, clockRate] = mimeType === "audio/PCMU" ? [0, 8_000] : [111, 48_000];
    const codec = new RTCRtpCodecParameters({ mimeType, clockRate, channels: 1, payloadType });
    this.peer = new RTCPeerConnection({
      iceServers: [],
      iceAdditionalHostAddresses: ["127.0.0.1"],
      iceUseIpv4: false,
      iceUseIpv6: false,
      codecs: { audio: [codec] },
    });
    context.after(() => this.peer.close());
    this.peer.onTrack.subscribe((track: MediaStreamTrack) => {
      track.onReceiveRtp.subscribe((packet) => {
        this.packets.push(packet);
        this.#onPacket();
      });
    });
  }

  async offer(): Promise<string> {
    this.peer.addTransceiver("audio", { direction: "recvonly" });
    await this.peer.setLocalDescription(await this.peer.createOffer());
    return this.peer.localDescription?.sdp ?? "";
  }

  /** Its own end of the DTLS is done, too: what comes before that it cannot read. */
  async connected(): Promise<void> {
    const { peer } = this;
    if (peer.connectionState === "connected") return;
    await peer.connectionStateChange.watch((state) => state === "connected");
  }

  async count(wanted: number): Promise<readonly RtpPacket[]> {
    while (this.packets.length < wanted) {
      await new Promise<void>((resolve) => {
        this.#onPacket = resolve;
      });
    }
    return this.packets;
  }
}

interface Joined {
  readonly far: Far;
  readonly ear: WebRtcEar;
  readonly closed: Promise<string>;
}

async function join(context: TestContext, engine: ListeningEngine): Promise<Joined> {
  const far = new Far(context);
  const connected = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<string>();
  const opened = await engine.open(await far.offer(), {
    onConnected: () => connected.resolve(),
    onClosed: (reason) => closed.resolve(reason),
  });
  assert.ok(opened.ok);
  await far.peer.setRemoteDescription({ type: "answer", sdp: opened.value.answer });
  await connected.promise;
  await far.connected();
  return { far, ear: opened.value, closed: closed.promise };
}

const frame = (value: number): Uint8Array => new Uint8Array(160).fill(value);
const NOBODY = { onConnected: () => undefined, onClosed: () => undefined };

for (const { name, make, skip } of ENGINES) {
  const suite = (title: string, run: Contract): void =>
    void test(`${name}: ${title}`, { skip, timeout: LIMIT_MS }, async (context) => {
      const clock = new TestClock();
      const engine = make(OPTIONS, clock);
      context.after(() => engine.close());
      await run(context, engine, clock);
    });

  suite("R5 what is sent arrives as PCMU, byte for byte, at its time", async (context, engine) => {
    const { far, ear } = await join(context, engine);
    for (let index = 0; index < 5; index += 1) ear.send(8_000 + index * 160, frame(index));
    const packets = await far.count(5);
    assert.deepEqual(
      packets.map(({ payload }) => [...new Uint8Array(payload)]),
      [0, 1, 2, 3, 4].map((value) => [...frame(value)]),
    );
    const [first] = packets;
    assert.ok(first !== undefined);
    for (const [index, { header }] of packets.entries()) {
      assert.equal(header.payloadType, 0);
      assert.equal((header.timestamp - first.header.timestamp) >>> 0, index * 160);
      assert.equal((header.sequenceNumber - first.header.sequenceNumber) & 0xffff, index);
    }
  });

  suite(
    "a hole in the audio is a hole in the timestamps (RFC 3550 §5.1)",
    async (context, engine) => {
      const { far, ear } = await join(context, engine);
      ear.send(0, frame(1));
      ear.send(1_600, frame(2));
      const [first, second] = await far.count(2);
      const step = (second?.header.timestamp ?? 0) - (first?.header.timestamp ?? 0);
      assert.equal(step >>> 0, 1_600);
    },
  );

  suite(
    "the answer sends only, is ICE-lite, and has our own addresses only",
    async (context, engine) => {
      const far = new Far(context);
      const opened = await engine.open(await far.offer(), NOBODY);
      assert.ok(opened.ok);
      const lines = opened.value.answer.split("\r\n");
      assert.ok(lines.includes("a=sendonly"));
      assert.ok(lines.includes("a=ice-lite"));
      assert.ok(lines.includes("a=rtpmap:0 PCMU/8000"));
      const candidates = lines.filter((line) => line.startsWith("a=candidate:"));
      assert.ok(candidates.length > 0);
      for (const line of candidates)
        assert.match(line, /^\S+ 1 udp \d+ 127\.0\.0\.1 \d+ typ host/i);
      opened.value.close();
    },
  );

  suite("what cannot be used is a value that says why", async (context, engine) => {
    const good = await new Far(context).offer();
    const opus = await new Far(context, "audio/opus").offer();
    const cases: readonly (readonly [string, string])[] = [
      ["", "bad-sdp"],
      ["rubbish", "bad-sdp"],
      [good.replace(/^m=audio.*$/m, "m=video 9 UDP/TLS/RTP/SAVPF 0"), "not-one-audio"],
      [good.replace("UDP/TLS/RTP/SAVPF", "RTP/AVP"), "no-dtls"],
      [opus, "no-pcmu"],
      [good.replace("a=recvonly", "a=sendonly"), "not-receiving"],
      [good.replace(/^a=ice-pwd.*\r\n/m, ""), "no-ice-or-dtls"],
      [good.replace(/^a=fingerprint.*\r\n/m, ""), "no-ice-or-dtls"],
      ["v".repeat(30_000), "too-long"],
    ];
    for (const [offer, code] of cases) {
      const opened = await engine.open(offer, NOBODY);
      assert.ok(!opened.ok, code);
      if (code !== "bad-sdp") assert.equal(opened.problem.code, code);
      assert.ok(opened.problem.detail.length > 5);
    }
  });

  suite("a listener that leaves is told of, at the latest when it is silent", async (...given) => {
    const [context, engine, clock] = given;
    const { far, ear, closed } = await join(context, engine);
    await far.peer.close();
    clock.advance(SILENT_LIMIT_MS + 5_000);
    assert.match(await closed, /^(left|lost)$/);
    ear.send(0, frame(1));
    ear.close();
  });

  suite("who is closed by us is not told of; closing twice is no harm", async (context, engine) => {
    const { far, ear, closed } = await join(context, engine);
    let isTold = false;
    void closed.then(() => {
      isTold = true;
    });
    ear.send(0, frame(1));
    await far.count(1);
    ear.close();
    ear.close();
    ear.send(160, frame(2));
    await engine.close();
    assert.equal(far.packets.length, 1);
    assert.equal(isTold, false);
  });

  suite("two listeners hear apart; closing the engine ends both", async (context, engine) => {
    const [one, other] = [await join(context, engine), await join(context, engine)];
    one.ear.send(0, frame(1));
    other.ear.send(0, frame(2));
    const [[first], [second]] = [await one.far.count(1), await other.far.count(1)];
    assert.deepEqual([first?.payload[0], second?.payload[0]], [1, 2]);
    await engine.close();
    for (const { ear } of [one, other]) ear.send(160, frame(3));
    assert.equal(one.far.packets.length + other.far.packets.length, 2);
  });

  test(`${name}: ports are taken of the range`, { skip, timeout: LIMIT_MS }, async (context) => {
    const engine = make({ ...OPTIONS, ports: [41_200, 41_299] }, new TestClock());
    context.after(() => engine.close());
    const opened = await engine.open(await new Far(context).offer(), NOBODY);
    assert.ok(opened.ok);
    const port = Number(/127\.0\.0\.1 (\d+) typ host/.exec(opened.value.answer)?.[1]);
    assert.ok(port >= 41_200 && port <= 41_299, String(port));
  });
}

test("werift: who never connects, or falls silent, is let go after the limit (RFC 7675)", async (context) => {
  const clock = new TestClock();
  const engine = weriftEngine(OPTIONS, clock);
  context.after(() => engine.close());
  const closed = Promise.withResolvers<string>();
  const offer = await new Far(context).offer();
  const onClosed = (reason: string): void => closed.resolve(reason);
  assert.ok((await engine.open(offer, { onConnected: () => undefined, onClosed })).ok);
  clock.advance(SILENT_LIMIT_MS + 5_000);
  assert.equal(await closed.promise, "never-connected");
});

test("mediasoup that is not installed says what to do instead", async (context) => {
  const engine = mediasoupEngine(OPTIONS, () => Promise.resolve(null));
  const offer = await new Far(context).offer();
  await assert.rejects(engine.open(offer, NOBODY), { code: "WEBRTC_UNAVAILABLE" });
  await engine.close();
});

test("the engine is chosen by the configuration; auto without mediasoup is werift", async (context) => {
  const options = { engine: "off", ports: null, httpHost: "127.0.0.1" } as const;
  assert.equal(nodeListeningEngine(options, nodeClock()), null);
  for (const engine of ["werift", "mediasoup"] as const) {
    assert.equal(nodeListeningEngine({ ...options, engine }, nodeClock())?.name, engine);
  }
  const auto = nodeListeningEngine({ ...options, engine: "auto" }, nodeClock());
  assert.ok(auto !== null);
  context.after(() => auto.close());
  assert.ok((await auto.open(await new Far(context).offer(), NOBODY)).ok);
  assert.equal(auto.name, (await loadMediasoup()) === null ? "werift" : "mediasoup");
});

test("addresses are offered on which HTTP is to be reached, and no others", () => {
  assert.deepEqual(offeredHosts("127.0.0.1"), ["127.0.0.1"]);
  assert.deepEqual(offeredHosts("localhost"), ["127.0.0.1"]);
  assert.deepEqual(offeredHosts("192.0.2.10"), ["192.0.2.10"]);
  assert.equal(
    offeredHosts("0.0.0.0")
      .at(-1)
      ?.match(/^(127|::1)/)?.index,
    0,
  );
});
