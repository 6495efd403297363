// The virtual encoder: its time, its faults, and what a crash leaves of its work.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { linearFromMuLaw, parseStandInSpeex } from "../../src/world/index.ts";
import { complete, rejectionCode, twoHosts } from "./two-hosts.ts";
import type { TwoHosts } from "./two-hosts.ts";

const REQUEST = { source: "/live/a.ul", target: "/pool/a.spx.part", quality: 8 };
const MU_LAW = Uint8Array.from({ length: 80_000 }, (_, index) => (index * 7 + (index >> 9)) & 0xff);

function withSource(seed = "encoder"): TwoHosts {
  const hosts = twoHosts(seed);
  hosts.recorderHost.disk.plant(REQUEST.source, MU_LAW);
  hosts.recorderHost.disk.plantDirectory("/pool");
  return hosts;
}

async function decodeAll({ world, recorder }: TwoHosts): Promise<Int16Array> {
  const pieces: Int16Array[] = [];
  const decoding = recorder.ports.encoder.decode(REQUEST.target, (piece) => pieces.push(piece));
  await complete(world, decoding);
  return Int16Array.from(pieces.flatMap((piece) => [...piece]));
}

describe("virtual encoder", () => {
  test("what was encoded decodes to the same sound, sample by sample", async () => {
    const hosts = withSource();
    const { world, recorder, recorderHost } = hosts;
    await complete(world, recorder.ports.encoder.encode(REQUEST));
    assert.deepEqual(await decodeAll(hosts), linearFromMuLaw(MU_LAW));
    const file = parseStandInSpeex(recorderHost.disk.peek(REQUEST.target) ?? new Uint8Array(0));
    assert.ok(file.ok);
    assert.deepEqual(file.muLaw, MU_LAW);
    const name = await complete(world, recorder.ports.encoder.describe());
    assert.equal(name, "stand-in-speex 2");
    assert.deepEqual(recorder.leftovers(), []);
  });

  test("it takes the time of 330 × real time, and writes in several pieces", async () => {
    const { world, recorder } = withSource();
    await complete(world, recorder.ports.encoder.encode(REQUEST));
    // 10 s of audio, the start, and a dozen disk calls.
    assert.ok(world.nowMs() > 33 && world.nowMs() < 90, `${world.nowMs()} ms`);
    const writes = world.traceLines().filter((line) => line.includes(" write /pool/"));
    assert.equal(writes.length, 10);
  });

  test("a target that is there already is written anew", async () => {
    const hosts = withSource();
    hosts.recorderHost.disk.plant(REQUEST.target, new Uint8Array(500_000));
    await complete(hosts.world, hosts.recorder.ports.encoder.encode(REQUEST));
    assert.equal((await decodeAll(hosts)).length, MU_LAW.length);
  });

  test("a drive that goes while its target is emptied leaves no file open", async () => {
    const { world, recorder, recorderHost } = withSource();
    recorderHost.disk.plant(REQUEST.target, new Uint8Array(500));
    const encoding = recorder.ports.encoder.encode(REQUEST);
    const isEmptying = (): boolean => world.traceLines().some((line) => / truncate /.test(line));
    encoding.catch(() => undefined);
    await world.runUntil(isEmptying, 1_000);
    recorderHost.disk.failRatio("/pool", 1, "ENODEV");
    assert.equal(await rejectionCode(world, encoding), "ENODEV");
    assert.deepEqual(recorder.leftovers(), []);
  });

  test("missing: every call fails until healed", async () => {
    const { world, recorder, recorderHost } = withSource();
    const { encoder } = recorder.ports;
    recorderHost.encoder.missing();
    assert.equal(await rejectionCode(world, encoder.describe()), "ENOENT");
    assert.equal(await rejectionCode(world, encoder.encode(REQUEST)), "ENOENT");
    const decoding = encoder.decode(REQUEST.target, () => undefined);
    assert.equal(await rejectionCode(world, decoding), "ENOENT");
    world.heal();
    await complete(world, encoder.encode(REQUEST));
  });

  test("failing twice, then working again", async () => {
    const { world, recorder, recorderHost } = withSource();
    const { encoder } = recorder.ports;
    recorderHost.encoder.failTimes(2);
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await assert.rejects(complete(world, encoder.encode(REQUEST)), /speexenc: exit status 1/);
    }
    await complete(world, encoder.encode(REQUEST));
  });

  test("hanging until healed", async () => {
    const { world, recorder, recorderHost } = withSource();
    recorderHost.encoder.hang();
    let isDone = false;
    void recorder.ports.encoder.encode(REQUEST).then(() => (isDone = true));
    await world.runFor(600_000);
    assert.equal(isDone, false);
    assert.equal(recorder.leftovers().length, 1);
    recorderHost.encoder.heal();
    await world.runFor(100);
    assert.equal(isDone, true);
  });

  test("corrupting: well-formed, of the right length, and another sound", async () => {
    const hosts = withSource();
    hosts.recorderHost.encoder.corruptTimes(1);
    await complete(hosts.world, hosts.recorder.ports.encoder.encode(REQUEST));
    const samples = await decodeAll(hosts);
    assert.equal(samples.length, MU_LAW.length);
    assert.notDeepEqual(samples, linearFromMuLaw(MU_LAW));
    await complete(hosts.world, hosts.recorder.ports.encoder.encode(REQUEST));
    assert.deepEqual(await decodeAll(hosts), linearFromMuLaw(MU_LAW));
  });

  test("errors of the disk are its errors, and it leaves no file open", async () => {
    const { world, recorder, recorderHost } = withSource();
    const { encoder } = recorder.ports;
    const missing = encoder.encode({ ...REQUEST, source: "/live/none.ul" });
    assert.equal(await rejectionCode(world, missing), "ENOENT");
    const nowhere = encoder.encode({ ...REQUEST, target: "/none/a.spx" });
    assert.equal(await rejectionCode(world, nowhere), "ENOENT");
    recorderHost.disk.limitBytes("/pool", 20_000);
    assert.equal(await rejectionCode(world, encoder.encode(REQUEST)), "ENOSPC");
    assert.equal(recorderHost.disk.peek(REQUEST.target)?.length, 20_000);
    assert.deepEqual(recorder.leftovers(), []);
    await assert.rejects(
      complete(
        world,
        encoder.decode(REQUEST.target, () => undefined),
      ),
      /speexdec: wrong checksum/,
    );
  });

  test("a crash leaves a part of the file, and the encoder does not go on", async () => {
    const { world, recorder, recorderHost } = withSource();
    void recorder.ports.encoder.encode(REQUEST);
    const size = (): number => recorderHost.disk.peek(REQUEST.target)?.length ?? 0;
    assert.ok(await world.runUntil(() => size() > 10_000, 1000));
    recorder.crash("process");
    const left = size();
    await world.runFor(1000);
    assert.equal(size(), left);
    assert.ok(left < 80_000);
  });
});
