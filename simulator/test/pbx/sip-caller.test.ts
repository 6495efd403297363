// The SIP caller against a scripted recorder in the virtual world: what a recording leg says and
// sends from INVITE to BYE.
import assert from "node:assert/strict";
import { test } from "node:test";
import { findFrameTags } from "../../src/pbx/frame-tag.ts";
import { headerValue } from "../../src/wire/sip.ts";
import { parseSdp } from "../../src/wire/sdp.ts";
import { Stage } from "./scripted-recorder.ts";

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

test("a leg invites, acknowledges, sends tagged frames and says BYE (devlink3.md §13.6)", async () => {
  const stage = await Stage.open();
  const leg = stage.dial({}, { correlationData: "order 4711" });
  assert.equal(await stage.until(() => stage.recorder.packets.length >= 50), true);
  leg.hangUp(16);
  await stage.world.runFor(1000);
  const { requests, packets } = stage.recorder;
  assert.deepEqual(stage.recorder.methods(), ["INVITE", "ACK", "BYE"]);
  const [invite, ack, bye] = requests;
  assert.equal(invite!.uri, "sip:s1@192.0.2.10:5060");
  assert.equal(headerValue(invite!, "To"), "<sip:s1@192.0.2.10:5060>");
  assert.match(headerValue(invite!, "From")!, /^<sip:2001@192\.0\.2\.1>;tag=/);
  assert.deepEqual(
    ["Ver", "Stream", "Node", "Call", "End", "Data"].map((x) => headerValue(invite!, `X-DL3-${x}`)),
    ["1", "s1", "c0a80a01", "23", "c0a80a01000003f4", "order 4711"],
  );
  assert.equal(headerValue(invite!, "User-Agent"), "IP Office 12.1 (simulated)");
  assert.equal(ack!.uri, "sip:recorder@192.0.2.10:5060");
  assert.equal(headerValue(bye!, "Reason"), "Q.850;cause=16");
  const offer = parseSdp(invite!.body);
  assert.ok(offer.ok);
  const audio = offer.value.media[0]!;
  assert.equal(audio.direction, "sendonly");
  assert.deepEqual(audio.payloadTypes, [0]);
  assert.equal(audio.packetMs, 20);
  assert.equal(audio.port % 2, 0);
  assert.ok(packets.every(({ source }) => source.port === audio.port));
  const tags = findFrameTags(joined(packets.map(({ packet }) => packet.payload)));
  assert.deepEqual(
    tags.map(({ tag }) => tag),
    leg.truth.frames.map(({ tag }) => tag),
  );
  assert.deepEqual(tags[3]!.tag, { leg: 1, conversation: 7, frame: 3, voices: [1, 2] });
  assert.deepEqual(stage.news, ["answered", "ended pbx"]);
  assert.equal(leg.truth.status, 200);
  assert.equal(leg.truth.endedBy, "pbx");
  assert.deepEqual(stage.caller.violations(), []);
  assert.equal(stage.caller.packetsSent(), packets.length);
  await stage.world.runFor(40_000);
  assert.equal(stage.caller.openLegs(), 0);
  await stage.close();
  assert.deepEqual(stage.pbx.leftovers(), []);
});
