// The PBX as a whole, with its own SIP caller, against a scripted recorder in the virtual world:
// `record: always` needs nothing but SIP (R2, R8). Starting and closing leave nothing behind.
import assert from "node:assert/strict";
import test from "node:test";
import { findFrameTags, loadSite, SimulatedIpOffice } from "../../src/index.ts";
import type { SiteInput } from "../../src/index.ts";
import { World, type VirtualProcess } from "../../src/world/index.ts";
import { ScriptedRecorder } from "./scripted-recorder.ts";

const OBSERVER = { onSip: () => undefined, onDevLink3: () => undefined };

interface Scene {
  readonly world: World;
  readonly process: VirtualProcess;
  readonly pbx: SimulatedIpOffice;
  readonly recorder: ScriptedRecorder;
  finish<T>(work: Promise<T>): Promise<T>;
}

function scene(changes: SiteInput, devlink3Port = 50797): Scene {
  const world = new World({ seed: "ip-office", trace: "hash" });
  const process = world.host("pbx", "192.0.2.1").boot("pbx");
  const pbx = new SimulatedIpOffice(
    {
      site: loadSite(changes),
      listen: { host: "192.0.2.1", devlink3Port, sipPort: 5060, rtpPortBase: 49_152 },
      keepPayloads: true,
    },
    process.ports,
    OBSERVER,
  );
  const finish = async <T>(work: Promise<T>): Promise<T> => {
    let isDone = false;
    const done = work.finally(() => {
      isDone = true;
    });
    done.catch(() => undefined);
    await world.runUntil(() => isDone, 10_000);
    return done;
  };
  return { world, process, pbx, recorder: new ScriptedRecorder(world), finish };
}

test("R2, R8: a call is dialled to the recorder at the answer, with both voices mixed", async () => {
  const { world, process, pbx, recorder, finish } = scene({
    record: "always",
    recorder: "sip:recorder@192.0.2.10:5060",
  });
  await finish(recorder.start());
  assert.deepEqual(await finish(pbx.start()), {
    devlink3: { host: "192.0.2.1", port: 50797, user: "recorder", password: "Passw0rd!" },
    sip: { host: "192.0.2.1", port: 5060 },
  });
  const call = pbx.placeCall({ from: { number: "02079460000" }, to: "5550100" });
  assert.equal(pbx.isRinging("2001"), true);
  await world.runFor(500);
  assert.equal(pbx.legsOf(call).length, 0);
  pbx.answer("2001");
  await world.runUntil(() => pbx.isRecording("2001"), 5000);
  await world.runFor(1000);
  assert.equal(pbx.isTalking("2001"), true);
  pbx.hangUp("02079460000");
  await world.runFor(2000);
  assert.equal(call.state, "ended");
  const [leg] = pbx.legsOf(call);
  assert.equal(leg?.endedBy, "pbx");
  assert.equal(pbx.isRecording("2001"), false);
  const audio = new Uint8Array(recorder.packets.flatMap(({ packet }) => [...packet.payload]));
  const tags = findFrameTags(audio);
  assert.ok(tags.length >= 45, String(tags.length));
  const voices = [pbx.voiceOf("2001"), pbx.voiceOf("02079460000")];
  assert.ok(tags.slice(0, 40).every(({ tag }) => String(tag.voices) === String(voices)));
  assert.equal(pbx.packetsSent(), recorder.packets.length);
  assert.ok(pbx.lateness().max >= 0);
  assert.deepEqual(pbx.violations(), []);
  assert.deepEqual(recorder.methods(), ["INVITE", "ACK", "BYE"]);
  await world.runFor(40_000);
  await finish(pbx.close());
  await world.runFor(10);
  assert.deepEqual(process.leftovers(), []);
});

test("a refused INVITE leaves the call as it is, and gives the VCM channel back", async () => {
  const { world, pbx, recorder, finish } = scene({
    record: "always",
    recorder: "sip:recorder@192.0.2.10:5060",
    vcm: { channels: 2 },
  });
  recorder.script.invite = () => [{ status: 486, reason: "Busy Here" }];
  await finish(recorder.start());
  await finish(pbx.start());
  const call = pbx.placeCall({ from: { number: "02079460000" }, to: "5550100" });
  pbx.answer("2001");
  assert.equal(pbx.truth.vcm.at(-1)?.used, 2);
  await world.runFor(3000);
  assert.equal(call.state, "connected");
  assert.equal(pbx.legsOf(call)[0]?.status, 486);
  assert.equal(pbx.truth.vcm.at(-1)?.used, 1);
  await finish(pbx.close());
});

test("closing in the middle of a recorded call leaves nothing open", async () => {
  const { world, process, pbx, recorder, finish } = scene({
    record: "always",
    recorder: "sip:recorder@192.0.2.10:5060",
  });
  await finish(recorder.start());
  await finish(pbx.start());
  pbx.placeCall({ from: { number: "02079460000" }, to: "5550100" });
  pbx.answer("2001");
  await world.runFor(500);
  await finish(pbx.close());
  await world.runFor(10);
  assert.deepEqual(process.leftovers(), []);
});

test("a taken port rejects the start and leaves nothing open", async () => {
  const { world, process, pbx, finish } = scene({}, 5061);
  const other = world.host("pbx", "192.0.2.1").boot("other");
  const local = { host: "192.0.2.1", port: 5061 };
  const delegate = { onData: () => undefined, onClose: () => undefined };
  await finish(other.ports.tcp.listen({ local }, () => delegate));
  await assert.rejects(finish(pbx.start()), { code: "EADDRINUSE" });
  await world.runFor(10);
  assert.deepEqual(process.leftovers(), []);
});
