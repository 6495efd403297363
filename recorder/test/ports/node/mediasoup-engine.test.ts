// The mediasoup engine against a stand-in of the library: what it asks for, what it answers, and
// what it sends. The contract with the real library is in listening-engine.test.ts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { mediasoupEngine, type Mediasoup } from "../../../src/ports/node/mediasoup-engine.ts";

const OFFER = [
  "v=0",
  "o=- 1 1 IN IP4 127.0.0.1",
  "s=-",
  "t=0 0",
  "m=audio 9 UDP/TLS/RTP/SAVPF 111 0",
  "c=IN IP4 0.0.0.0",
  "a=candidate:1 1 udp 1 192.0.2.66 9 typ host",
  "a=ice-ufrag:abcd",
  "a=ice-pwd:efghefghefghefghefghefgh",
  "a=fingerprint:SHA-256 AA:BB",
  "a=setup:actpass",
  "a=mid:audio0",
  "a=recvonly",
  "a=rtpmap:0 PCMU/8000",
  "",
].join("\r\n");

class StandIn implements Mediasoup {
  readonly asked: [string, unknown][] = [];
  readonly packets: Uint8Array[] = [];
  readonly told = new Map<string, (state: string) => void>();
  closed = 0;

  #note(what: string, settings: unknown): void {
    this.asked.push([what, settings]);
  }

  createWorker(settings: object) {
    this.#note("worker", settings);
    return Promise.resolve({
      createRouter: (given: object) => {
        this.#note("router", given);
        return Promise.resolve({
          createWebRtcTransport: (wanted: object) => this.#transport(wanted),
          createDirectTransport: () =>
            Promise.resolve({
              produce: (wanted: object) => {
                this.#note("produce", wanted);
                const send = (packet: Uint8Array) => void this.packets.push(packet);
                return Promise.resolve({ id: "producer-1", send });
              },
              close: () => void (this.closed += 1),
            }),
        });
      },
      close: () => void (this.closed += 100),
    });
  }

  #transport(wanted: object) {
    this.#note("transport", wanted);
    const candidate = { foundation: "f", priority: 7, ip: "127.0.0.1", port: 41_000, type: "host" };
    return Promise.resolve({
      iceParameters: { usernameFragment: "uf", password: "pw" },
      iceCandidates: [candidate],
      dtlsParameters: { fingerprints: [{ algorithm: "sha-256", value: "CC:DD" }] },
      connect: (settings: object) => {
        this.#note("connect", settings);
        return Promise.resolve();
      },
      consume: (settings: object) => {
        this.#note("consume", settings);
        return Promise.resolve({ rtpParameters: { encodings: [{ ssrc: 77 }] } });
      },
      on: (event: string, told: (state: string) => void) => void this.told.set(event, told),
      close: () => void (this.closed += 1),
    });
  }
}

test("mediasoup: the answer is ours, frames go in as RTP of PCMU, the end is told", async () => {
  const library = new StandIn();
  const options = { hosts: ["127.0.0.1"], ports: [41_000, 41_099] } as const;
  const engine = mediasoupEngine(options, () => Promise.resolve(library));
  const news: string[] = [];
  const opened = await engine.open(OFFER, {
    onConnected: () => news.push("connected"),
    onClosed: (reason) => news.push(reason),
  });
  assert.ok(opened.ok);
  const asked = new Map(library.asked);
  assert.deepEqual(asked.get("connect"), {
    dtlsParameters: { role: "client", fingerprints: [{ algorithm: "sha-256", value: "AA:BB" }] },
  });
  assert.deepEqual(asked.get("worker"), {
    ...{ logLevel: "error", rtcMinPort: 41_000, rtcMaxPort: 41_099 },
  });
  const lines = opened.value.answer.split("\r\n");
  for (const line of [
    "a=ice-lite",
    "a=mid:audio0",
    "a=sendonly",
    "a=setup:passive",
    "a=candidate:f 1 udp 7 127.0.0.1 41000 typ host",
    "a=fingerprint:sha-256 CC:DD",
    "a=ssrc:77 cname:tapeline",
  ]) {
    assert.ok(lines.includes(line), line);
  }
  opened.value.send(0x01020304, new Uint8Array([1, 2]));
  opened.value.send(0x010203a4, new Uint8Array([3]));
  assert.deepEqual(
    library.packets.map((packet) => [...packet]),
    [
      [0x80, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 1, 1, 2],
      [0x80, 0, 0, 1, 1, 2, 3, 0xa4, 0, 0, 0, 1, 3],
    ],
  );
  library.told.get("dtlsstatechange")?.("connected");
  library.told.get("dtlsstatechange")?.("closed");
  library.told.get("icestatechange")?.("disconnected");
  assert.deepEqual(news, ["connected", "left"]);
  opened.value.send(0, new Uint8Array(1));
  opened.value.close();
  assert.deepEqual([library.packets.length, library.closed], [2, 2]);
  await engine.close();
  assert.equal(library.closed, 102);
});

test("mediasoup: a worker that cannot start is an error with its remedy", async () => {
  const broken = { createWorker: () => Promise.reject(new Error("spawn ENOENT")) };
  const engine = mediasoupEngine({ hosts: [], ports: null }, () => Promise.resolve(broken));
  const nobody = { onConnected: () => undefined, onClosed: () => undefined };
  await assert.rejects(engine.open(OFFER, nobody), { code: "WEBRTC_UNAVAILABLE" });
  assert.equal((await engine.open("", nobody)).ok, false);
  await engine.close();
});
