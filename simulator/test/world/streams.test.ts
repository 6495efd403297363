// TCP in the virtual world: connecting, order, closing, and each fault.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { TcpStream } from "@tapeline/recorder/ports";
import { bytes, complete, connectStreams, PBX_ADDRESS, RecordingDelegate } from "./two-hosts.ts";
import { rejectionCode, twoHosts } from "./two-hosts.ts";

const REMOTE = { host: PBX_ADDRESS, port: 50_797 };

describe("streams: connecting", () => {
  test("both ends know each other, and the client may speak at once", async () => {
    const hosts = twoHosts();
    const { client, clientSide, server, serverSide } = await connectStreams(hosts);
    assert.deepEqual(client.local, server.remote);
    assert.deepEqual(client.remote, server.local);
    assert.equal(client.secure, false);
    client.write(bytes("hello "));
    client.write(bytes("there"));
    server.write(bytes("welcome"));
    await hosts.world.runFor(10);
    assert.equal(serverSide.text, "hello there");
    assert.equal(clientSide.text, "welcome");
  });

  test("nobody listening is ECONNREFUSED within a round trip", async () => {
    const { world, recorder } = twoHosts();
    const connecting = recorder.ports.tcp.connect(
      { remote: REMOTE, timeoutMs: 5000 },
      new RecordingDelegate(),
    );
    assert.equal(await rejectionCode(world, connecting), "ECONNREFUSED");
    assert.ok(world.nowMs() < 3);
  });

  test("no such host or one without power is ETIMEDOUT, an unknown name ENOTFOUND", async () => {
    const { world, pbx, recorder } = twoHosts();
    const connect = (host: string): Promise<unknown> =>
      recorder.ports.tcp.connect(
        { remote: { host, port: 1 }, timeoutMs: 700 },
        new RecordingDelegate(),
      );
    assert.equal(await rejectionCode(world, connect("203.0.113.5")), "ETIMEDOUT");
    assert.equal(world.nowMs(), 700);
    pbx.crash("power");
    assert.equal(await rejectionCode(world, connect(PBX_ADDRESS)), "ETIMEDOUT");
    assert.equal(await rejectionCode(world, connect("no.such.host")), "ENOTFOUND");
  });

  test("a connect through a cut goes on when the cut ends in time", async () => {
    const { world, pbx, recorder } = twoHosts();
    await complete(
      world,
      pbx.ports.tcp.listen({ local: REMOTE }, () => new RecordingDelegate()),
    );
    world.network.cut("pbx", "recorder", true);
    const connecting = recorder.ports.tcp.connect(
      { remote: REMOTE, timeoutMs: 5000 },
      new RecordingDelegate(),
    );
    await world.runFor(1500);
    world.network.cut("pbx", "recorder", false);
    const stream = await complete(world, connecting);
    assert.equal(stream.remote.port, 50_797);
    assert.equal(world.nowMs() > 2000 && world.nowMs() < 2010, true);
  });

  test("listening twice on a port is EADDRINUSE, until the listener is closed", async () => {
    const { world, pbx } = twoHosts();
    const listen = (host: string): ReturnType<typeof pbx.ports.tcp.listen> =>
      pbx.ports.tcp.listen({ local: { host, port: 5060 } }, () => new RecordingDelegate());
    const listener = await complete(world, listen("0.0.0.0"));
    assert.equal(await rejectionCode(world, listen(PBX_ADDRESS)), "EADDRINUSE");
    assert.equal(await rejectionCode(world, listen("192.0.2.200")), "EADDRNOTAVAIL");
    await complete(world, listener.close());
    assert.equal(await rejectionCode(world, listen("127.0.0.1")), "not rejected");
  });

  test("streams already open stay when their listener closes", async () => {
    const hosts = twoHosts();
    const { client, serverSide } = await connectStreams(hosts);
    client.write(bytes("still here"));
    await hosts.world.runFor(10);
    assert.equal(serverSide.text, "still here");
  });
});

describe("streams: a hasty client", () => {
  test("what a client says at once never comes before the listener has accepted it", async () => {
    for (let run = 0; run < 40; run += 1) {
      const { world, pbx, recorder } = twoHosts(`hasty ${run}`);
      const serverSide = new RecordingDelegate();
      await complete(
        world,
        pbx.ports.tcp.listen({ local: REMOTE }, () => serverSide),
      );
      const hasty = async (): Promise<void> => {
        const options = { remote: REMOTE, timeoutMs: 500 };
        const client = await recorder.ports.tcp.connect(options, new RecordingDelegate());
        client.write(bytes("hello"));
        client.close();
      };
      await complete(world, hasty());
      await world.runFor(10);
      assert.equal(serverSide.text, "hello");
      assert.equal(serverSide.state, "closed");
    }
  });
});

describe("streams: closing", () => {
  test("close sends what is queued, then both ends are closed in order", async () => {
    const hosts = twoHosts();
    const { client, clientSide, server, serverSide } = await connectStreams(hosts);
    server.write(bytes("last words of the server"));
    client.write(bytes("last words"));
    client.close();
    client.write(bytes("ignored"));
    assert.equal(clientSide.state, "open", "onClose follows, never from within close");
    await hosts.world.runFor(20);
    assert.equal(serverSide.text, "last words");
    assert.equal(clientSide.text, "last words of the server");
    assert.deepEqual([clientSide.closings, serverSide.closings], [[null], [null]]);
    server.write(bytes("ignored"));
    client.close();
    client.destroy();
    await hosts.world.runFor(20);
    assert.equal(clientSide.closings.length, 1);
    assert.deepEqual([...hosts.pbx.leftovers(), ...hosts.recorder.leftovers()], []);
  });

  test("both may close at the same time", async () => {
    const { world, ...hosts } = twoHosts();
    const { client, clientSide, server, serverSide } = await connectStreams({ world, ...hosts });
    client.close();
    server.close();
    await world.runFor(20);
    assert.deepEqual([clientSide.closings, serverSide.closings], [[null], [null]]);
  });

  test("destroy ends at once; writing to a destroyed end is answered by a reset", async () => {
    const hosts = twoHosts();
    const { client, clientSide, server, serverSide } = await connectStreams(hosts);
    hosts.world.network.streamFaults("pbx", "recorder", { stalled: true });
    client.write(new Uint8Array(1_000_000));
    assert.ok(client.queuedBytes() > 800_000);
    client.destroy();
    assert.equal(client.queuedBytes(), 0);
    server.write(bytes("anybody there?"));
    await hosts.world.runFor(5);
    assert.equal(clientSide.state, "closed");
    hosts.world.network.streamFaults("pbx", "recorder", undefined);
    await hosts.world.runFor(20);
    assert.ok(serverSide.text.length < 1_000_000, "unsent bytes are lost");
    assert.equal(serverSide.closings.length, 1);
  });
});

describe("streams: faults", () => {
  const text = "The quick brown fox jumps over the lazy dog. ".repeat(20);

  test("chunks are cut into small pieces, and nothing is lost or reordered", async () => {
    const hosts = twoHosts();
    const { client, serverSide } = await connectStreams(hosts);
    hosts.world.network.streamFaults("recorder", "pbx", { chunkBytes: 7, delayMs: [0, 15] });
    for (let at = 0; at < text.length; at += 100) client.write(bytes(text.slice(at, at + 100)));
    await hosts.world.runFor(2000);
    assert.equal(serverSide.text, text);
    assert.ok(serverSide.chunks.length > text.length / 7);
    assert.ok(serverSide.chunks.every(({ length }) => length >= 1 && length <= 7));
  });

  test("one byte a callback", async () => {
    const hosts = twoHosts();
    const { client, serverSide } = await connectStreams(hosts);
    hosts.world.network.streamFaults("recorder", "pbx", { chunkBytes: 1 });
    client.write(bytes("abc"));
    await hosts.world.runFor(10);
    assert.deepEqual(
      serverSide.chunks.map(({ length }) => length),
      [1, 1, 1],
    );
  });

  test("a stalled stream holds everything, and hands it over together when healed", async () => {
    const hosts = twoHosts();
    const { client, serverSide } = await connectStreams(hosts);
    hosts.world.network.streamFaults("recorder", "pbx", { stalled: true });
    for (let at = 0; at < text.length; at += 100) client.write(bytes(text.slice(at, at + 100)));
    client.close();
    await hosts.world.runFor(60_000);
    assert.equal(serverSide.text, "");
    hosts.world.heal();
    await hosts.world.runFor(10);
    assert.equal(serverSide.text, text);
    assert.equal(serverSide.chunks.length, 1);
    assert.equal(serverSide.state, "closed");
  });

  test("bytes beyond the systems' buffers are counted as queued", async () => {
    const hosts = twoHosts();
    const { client, serverSide } = await connectStreams(hosts);
    hosts.world.network.cut("recorder", "pbx", true);
    client.write(new Uint8Array(131_072));
    assert.equal(client.queuedBytes(), 0);
    client.write(new Uint8Array(5000));
    assert.equal(client.queuedBytes(), 5000);
    hosts.world.network.cut("recorder", "pbx", false);
    await hosts.world.runFor(10);
    assert.equal(client.queuedBytes(), 0);
    assert.equal(serverSide.text.length, 136_072);
    assert.ok(serverSide.chunks.length > 1);
  });

  test("a reset ends both sides with ECONNRESET, anywhere within a chunk", async () => {
    const arrived = new Set<number>();
    for (let run = 0; run < 12; run += 1) {
      const hosts = twoHosts(`reset ${run}`);
      const { client, clientSide, serverSide } = await connectStreams(hosts);
      client.write(new Uint8Array(1000));
      hosts.world.network.resetStreams("pbx", "recorder");
      await hosts.world.runFor(20);
      assert.deepEqual([clientSide.state, serverSide.state], ["ECONNRESET", "ECONNRESET"]);
      arrived.add(serverSide.text.length);
    }
    assert.ok(arrived.size > 5, "the cut is anywhere");
  });

  test("a reset concerns only streams between the two hosts", async () => {
    const hosts = twoHosts();
    const { clientSide } = await connectStreams(hosts);
    hosts.world.host("third", "192.0.2.3");
    hosts.world.network.resetStreams("pbx", "third");
    await hosts.world.runFor(20);
    assert.equal(clientSide.state, "open");
  });
});

describe("streams: crashes of the other side", () => {
  test("a crashed process: the peer gets a reset", async () => {
    const hosts = twoHosts();
    const { clientSide } = await connectStreams(hosts);
    hosts.pbx.crash("process");
    await hosts.world.runFor(20);
    assert.equal(clientSide.state, "ECONNRESET");
  });

  test("what a machine without power could not answer is sent again, and reset once it is up", async () => {
    const hosts = twoHosts();
    const { client, clientSide } = await connectStreams(hosts);
    hosts.pbx.crash("power");
    client.write(bytes("hello?"));
    await hosts.world.runFor(4_000);
    hosts.pbxHost.boot("pbx");
    await hosts.world.runFor(2_000);
    assert.equal(clientSide.state, "open", "repeated after 1, 3 and 7 s (RFC 6298)");
    await hosts.world.runFor(2_000);
    assert.equal(clientSide.state, "ECONNRESET");
  });

  test("a machine without power is silent until it is up again and written to", async () => {
    const hosts = twoHosts();
    const { client, clientSide } = await connectStreams(hosts);
    hosts.pbx.crash("power");
    assert.equal(hosts.pbxHost.isUp, false);
    client.write(bytes("hello?"));
    await hosts.world.runFor(60_000);
    assert.equal(clientSide.state, "open");
    hosts.pbxHost.boot("pbx");
    await hosts.world.runFor(1000);
    assert.equal(clientSide.state, "open");
    client.write(bytes("hello again?"));
    await hosts.world.runFor(20);
    assert.equal(clientSide.state, "ECONNRESET");
  });

  test("a reset is lost in a cut network, and comes with the next bytes after it", async () => {
    const hosts = twoHosts();
    const { client, clientSide } = await connectStreams(hosts);
    hosts.world.network.cut("pbx", "recorder", true);
    hosts.pbx.crash("process");
    await hosts.world.runFor(1000);
    hosts.world.heal();
    await hosts.world.runFor(1000);
    assert.equal(clientSide.state, "open");
    client.write(bytes("hello?"));
    await hosts.world.runFor(20);
    assert.equal(clientSide.state, "ECONNRESET");
  });

  test("a listener that dies while a client connects: failure or reset, no silence", async () => {
    for (let run = 0; run < 20; run += 1) {
      const { world, pbx, recorder } = twoHosts(`dying ${run}`);
      await complete(
        world,
        pbx.ports.tcp.listen({ local: REMOTE }, () => new RecordingDelegate()),
      );
      const side = new RecordingDelegate();
      const connecting = recorder.ports.tcp.connect({ remote: REMOTE, timeoutMs: 3000 }, side);
      let outcome = "none";
      connecting.then(
        () => (outcome = "connected"),
        () => (outcome = "failed"),
      );
      await world.runFor((run * 3) / 20);
      pbx.crash("process");
      const isOver = (): boolean => outcome === "failed" || side.closings.length === 1;
      assert.ok(await world.runUntil(isOver, 5000), `run ${run}`);
    }
  });

  test("a connect of a process that crashes settles never, and leaves nothing", async () => {
    const { world, pbx, recorder } = twoHosts();
    const accepted: TcpStream[] = [];
    const serverSide = new RecordingDelegate();
    await complete(
      world,
      pbx.ports.tcp.listen({ local: REMOTE }, (stream) => {
        accepted.push(stream);
        return serverSide;
      }),
    );
    let isSettled = false;
    recorder.ports.tcp.connect({ remote: REMOTE, timeoutMs: 500 }, new RecordingDelegate()).then(
      () => (isSettled = true),
      () => (isSettled = true),
    );
    recorder.crash("process");
    await world.runFor(2000);
    assert.equal(isSettled, false);
    assert.equal(accepted.length, 0);
    assert.deepEqual(recorder.leftovers(), []);
  });
});
