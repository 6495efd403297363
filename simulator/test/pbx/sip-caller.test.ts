// The SIP caller against a scripted recorder in the virtual world: what a recording leg says and
// sends from INVITE to BYE.
import assert from "node:assert/strict";
import { test } from "node:test";
import { findFrameTags } from "../../src/pbx/frame-tag.ts";
import { responseTo } from "../../src/pbx/sip-responses.ts";
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

test("without a stream id the recorder is dialled without extension headers (record: always)", async () => {
  const stage = await Stage.open();
  stage.dial({}, { streamId: null, recorderUri: "sip:192.0.2.10:5060" });
  await stage.until(() => stage.news.length > 0);
  const [invite] = stage.recorder.requests;
  assert.equal(invite!.uri, "sip:192.0.2.10:5060");
  assert.ok(invite!.headers.every(({ name }) => !name.startsWith("X-DL3")));
  await stage.close();
});

test("over TCP the same dialog runs on one connection", async () => {
  const stage = await Stage.open();
  stage.recorder.contact = () => "<sip:recorder@192.0.2.10:5060;transport=tcp>";
  const leg = stage.dial({}, { recorderUri: "sip:s1@192.0.2.10:5060;transport=tcp" });
  await stage.until(() => stage.recorder.packets.length > 5);
  stage.recorder.request("OPTIONS", 1, { uri: "sip:IPOffice@192.0.2.1:5060;transport=tcp" });
  await stage.until(() => stage.recorder.responses.length > 0);
  leg.hangUp(16);
  await stage.world.runFor(500);
  assert.deepEqual(stage.recorder.methods(), ["INVITE", "ACK", "BYE"]);
  assert.match(headerValue(stage.recorder.requests[0]!, "Via")!, /^SIP\/2\.0\/TCP /);
  assert.deepEqual(
    stage.recorder.responses.map(({ status }) => status),
    [200],
  );
  assert.deepEqual(stage.caller.violations(), []);
  await stage.close();
  assert.deepEqual(stage.pbx.leftovers(), []);
});

test("an INVITE fails with its stream; a 200 that finds another way is dropped, no other answer", async () => {
  const stage = await Stage.open();
  stage.recorder.script.invite = () => [];
  const leg = stage.dial({}, { recorderUri: "sip:s1@192.0.2.10:5060;transport=tcp" });
  await stage.until(() => stage.recorder.requests.length > 0);
  stage.world.network.resetStreams("pbx", "recorder");
  await stage.until(() => stage.news.length > 0);
  assert.match(stage.news[0]!, /^failed null ECONNRESET/);
  await stage.world.runFor(1_000);
  const [invite] = stage.recorder.requests;
  const way = { transport: "udp", host: "192.0.2.1", port: 5060 } as const;
  const answer = responseTo(invite!, way, stage.recorder.ok());
  stage.recorder.send(answer, way);
  await stage.world.runFor(100);
  assert.deepEqual(stage.caller.violations(), []);
  const ofBye = answer.headers.map(({ name, value }) =>
    name === "CSeq" ? { name, value: value.replace("INVITE", "BYE") } : { name, value },
  );
  stage.recorder.send({ ...answer, headers: ofBye }, way);
  await stage.world.runFor(100);
  const { sipCallId } = leg.truth;
  assert.deepEqual(stage.caller.violations(), [`${sipCallId}: 200 belongs to no transaction`]);
  await stage.close();
});

test("a recorder that refuses the connection fails the leg with the system's reason", async () => {
  const stage = await Stage.open();
  const leg = stage.dial({}, { recorderUri: "sip:s1@192.0.2.10:5999;transport=tcp" });
  await stage.until(() => stage.news.length > 0);
  assert.match(stage.news[0]!, /^failed null ECONNREFUSED/);
  assert.equal(leg.truth.endedBy, "never-answered");
  await stage.close();
});

test("a refusal is acknowledged by the transaction and told with its status", async () => {
  const stage = await Stage.open();
  stage.recorder.script.invite = () => [{ status: 486, reason: "Busy Here", toTag: "b" }];
  const leg = stage.dial();
  await stage.until(() => stage.recorder.methods().includes("ACK"));
  const [invite, ack] = stage.recorder.requests;
  assert.equal(headerValue(ack!, "Via"), headerValue(invite!, "Via"));
  assert.match(headerValue(ack!, "To")!, /;tag=b$/);
  assert.deepEqual(stage.news, ["failed 486 Busy Here"]);
  assert.equal(leg.truth.status, 486);
  assert.equal(leg.truth.endedBy, "refused");
  await stage.world.runFor(40_000);
  assert.equal(stage.caller.openLegs(), 0);
  await stage.close();
});

test("a silent recorder is given up after 4 s, and a late 200 is acknowledged and ended", async () => {
  const stage = await Stage.open();
  stage.recorder.script.answerAfterMs = 5000;
  stage.recorder.script.invite = (_request, count) => (count === 1 ? [stage.recorder.ok()] : []);
  const startMs = stage.world.nowMs();
  const leg = stage.dial();
  await stage.until(() => stage.news.length > 0);
  assert.ok(Math.abs(stage.world.nowMs() - startMs - 4000) < 10);
  assert.deepEqual(stage.news, ["failed null no final answer in 4000 ms"]);
  const invites = stage.recorder.methods().length;
  // Timer A: at 0, 500, 1500 and 3500 ms.
  assert.equal(invites, 4);
  await stage.world.runFor(3000);
  assert.deepEqual(stage.recorder.methods().slice(invites), ["ACK", "BYE"]);
  assert.equal(leg.truth.frames.length, 0);
  assert.deepEqual(stage.news.length, 1);
  await stage.close();
});

test("give-up after a provisional response sends CANCEL", async () => {
  const stage = await Stage.open();
  const { recorder } = stage;
  recorder.script.invite = () => [{ status: 100, reason: "Trying" }];
  stage.dial();
  await stage.until(() => recorder.methods().includes("CANCEL"));
  assert.equal(
    headerValue(recorder.requests[1]!, "Via"),
    headerValue(recorder.requests[0]!, "Via"),
  );
  assert.match(headerValue(recorder.requests[1]!, "Reason")!, /^Q\.850;cause=102$/);
  await stage.close();
});

test("hanging up before the answer cancels, and 487 ends the leg", async () => {
  const stage = await Stage.open();
  const { recorder } = stage;
  recorder.script.invite = () => [{ status: 100, reason: "Trying" }];
  recorder.script.other = (request) => {
    const terminated = { status: 487, reason: "Request Terminated", toTag: "rec" };
    recorder.send(responseTo(recorder.requests[0]!, recorder.dialog!.source, terminated), {
      ...recorder.dialog!.source,
    });
    return request.method === "CANCEL" ? { status: 200, reason: "OK", toTag: "rec" } : null;
  };
  const leg = stage.dial();
  await stage.until(() => recorder.requests.length === 1);
  await stage.world.runFor(20);
  leg.hangUp(17);
  await stage.until(() => stage.news.length > 0);
  await stage.world.runFor(20);
  assert.deepEqual(recorder.methods(), ["INVITE", "CANCEL", "ACK"]);
  assert.match(headerValue(recorder.requests[1]!, "Reason")!, /cause=17/);
  assert.deepEqual(stage.news, ["failed 487 Request Terminated"]);
  assert.equal(leg.truth.endedBy, "pbx");
  assert.deepEqual(stage.caller.violations(), []);
  await stage.close();
});

test("cancelAfterMs waits for a provisional response before it sends CANCEL (RFC 3261 §9.1)", async () => {
  const stage = await Stage.open();
  const { recorder } = stage;
  recorder.script.invite = (_request, count) =>
    count < 2 ? [] : [{ status: 100, reason: "Trying" }];
  stage.dial({ cancelAfterMs: 50 });
  await stage.world.runFor(400);
  assert.deepEqual(recorder.methods(), ["INVITE"]);
  await stage.until(() => recorder.methods().includes("CANCEL"));
  assert.deepEqual(recorder.methods(), ["INVITE", "INVITE", "CANCEL"]);
  await stage.close();
});

test("a 200 that crosses the CANCEL is acknowledged, then BYE follows", async () => {
  const stage = await Stage.open();
  const { recorder } = stage;
  recorder.script.answerAfterMs = 100;
  recorder.script.other = ({ method }) => ({
    status: method === "CANCEL" ? 481 : 200,
    reason: "x",
  });
  const leg = stage.dial({ cancelAfterMs: 95 });
  await stage.until(() => recorder.methods().includes("BYE"));
  assert.deepEqual(recorder.methods(), ["INVITE", "CANCEL", "ACK", "BYE"]);
  assert.deepEqual(stage.news, ["answered", "ended pbx"]);
  assert.equal(leg.truth.status, 200);
  assert.equal(leg.truth.frames.length, 0);
  await stage.close();
});

test("repeatInvite sends equal copies, before and after the answer", async () => {
  const stage = await Stage.open();
  stage.recorder.script.answerAfterMs = 60;
  stage.recorder.script.invite = (_request, count) => (count === 1 ? [stage.recorder.ok()] : []);
  stage.dial({ repeatInvite: 3 });
  await stage.world.runFor(300);
  const invites = stage.recorder.requests.filter(({ method }) => method === "INVITE");
  assert.equal(invites.length, 4);
  assert.ok(invites.every((invite) => JSON.stringify(invite) === JSON.stringify(invites[0])));
  await stage.close();
});

test("loseAcks leaves out that many ACKs; each repeated 200 asks for one more", async () => {
  const stage = await Stage.open();
  stage.recorder.script.repeatsUntilAck = true;
  stage.dial({ loseAcks: 2 });
  await stage.world.runFor(400);
  assert.deepEqual(stage.recorder.methods(), ["INVITE"]);
  assert.deepEqual(stage.news, ["answered"]);
  await stage.world.runFor(1500);
  assert.deepEqual(stage.recorder.methods(), ["INVITE", "ACK"]);
  await stage.close();
});

test("inviteNever sends nothing and reports nothing until it is hung up", async () => {
  const stage = await Stage.open();
  const leg = stage.dial({ inviteNever: true });
  await stage.world.runFor(60_000);
  assert.deepEqual(stage.recorder.methods(), []);
  assert.deepEqual(stage.news, []);
  leg.hangUp(16);
  assert.equal(leg.truth.endedBy, "never-answered");
  assert.equal(stage.caller.openLegs(), 0);
  await stage.close();
});

test("inviteDelayMs delays the INVITE, and hanging up meanwhile prevents it", async () => {
  const stage = await Stage.open();
  const first = stage.dial({ inviteDelayMs: 2000 });
  const second = stage.dial();
  await stage.world.runFor(1900);
  assert.deepEqual(stage.recorder.methods(), []);
  first.hangUp(16);
  await stage.world.runFor(300);
  assert.deepEqual(stage.recorder.methods(), ["INVITE", "ACK"]);
  assert.equal(first.truth.answeredMs, null);
  assert.ok(second.truth.answeredMs !== null);
  await stage.close();
});

test("the oddities are those of the moment of dialling", async () => {
  const stage = await Stage.open();
  stage.dial({ firstSequence: 9 });
  stage.caller.oddities.firstSequence = 1000;
  await stage.until(() => stage.recorder.packets.length > 0);
  assert.equal(stage.recorder.packets[0]!.packet.sequence, 9);
  await stage.close();
});

test("a BYE of the recorder is answered once and ends the leg", async () => {
  const stage = await Stage.open();
  const leg = stage.dial();
  await stage.until(() => stage.recorder.packets.length > 3);
  stage.recorder.request("BYE", 1);
  stage.recorder.request("BYE", 1);
  await stage.world.runFor(100);
  const count = stage.recorder.packets.length;
  await stage.world.runFor(200);
  assert.equal(stage.recorder.packets.length, count);
  assert.deepEqual(
    stage.recorder.responses.map(({ status }) => status),
    [200, 200],
  );
  assert.deepEqual(stage.news, ["answered", "ended recorder"]);
  assert.equal(leg.truth.endedBy, "recorder");
  leg.hangUp(16);
  assert.deepEqual(stage.caller.violations(), []);
  await stage.close();
});

test("a recorder that has forgotten its BYE and answers a re-INVITE of before is told BYE (§13.2.2.4)", async () => {
  const stage = await Stage.open();
  const { recorder } = stage;
  const leg = stage.dial();
  await stage.until(() => recorder.packets.length > 3);
  recorder.script.invite = () => [];
  leg.hold();
  await stage.world.runFor(100);
  recorder.request("BYE", 1);
  await stage.world.runFor(100);
  assert.deepEqual(recorder.methods(), ["INVITE", "ACK", "INVITE"]);
  recorder.script.invite = () => [recorder.ok()];
  await stage.until(() => recorder.methods().includes("BYE"));
  assert.deepEqual(recorder.methods().slice(3), ["INVITE", "ACK", "BYE"]);
  assert.equal(leg.truth.endedBy, "recorder");
  assert.deepEqual(stage.caller.violations(), []);
  await stage.close();
});

test("a re-INVITE's answer that crosses the PBX's own BYE is acknowledged, and no more", async () => {
  const stage = await Stage.open();
  const { recorder } = stage;
  const leg = stage.dial();
  await stage.until(() => recorder.packets.length > 3);
  leg.hold();
  leg.hangUp(16);
  await stage.world.runFor(3_000);
  assert.deepEqual(recorder.methods(), ["INVITE", "ACK", "INVITE", "BYE", "ACK"]);
  await stage.close();
});

test("malformed requests in the dialog are dropped silently, and noted", async () => {
  const stage = await Stage.open();
  stage.dial();
  await stage.until(() => stage.recorder.packets.length > 3);
  stage.recorder.request("BYE", 1, { uri: "sip:somebody@192.0.2.1" });
  await stage.world.runFor(100);
  assert.deepEqual(stage.recorder.responses, []);
  assert.match(stage.caller.violations()[0]!, /BYE goes to sip:somebody@192\.0\.2\.1/);
  await stage.close();
});

test("a CSeq that does not rise gets 500, an unknown method 405, an unknown dialog 481", async () => {
  const stage = await Stage.open();
  stage.dial();
  const { recorder } = stage;
  await stage.until(() => recorder.packets.length > 3);
  recorder.request("OPTIONS", 5);
  recorder.request("INFO", 4);
  recorder.request("REFER", 6);
  await stage.until(() => recorder.responses.length === 3);
  assert.deepEqual(
    recorder.responses.map(({ status }) => status),
    [200, 500, 405],
  );
  const stray = { ...recorder.requests[0]!, method: "BYE" };
  const headers = stray.headers.map(({ name, value }) => {
    if (name === "Call-ID") return { name, value: "unknown@x" };
    return name === "CSeq" ? { name, value: "9 BYE" } : { name, value };
  });
  recorder.send({ ...stray, headers }, { transport: "udp", host: "192.0.2.1", port: 5060 });
  const isOptions = { name: "CSeq", value: "9 OPTIONS" };
  const options = headers.map((header) => (header.name === "CSeq" ? isOptions : header));
  const target = { transport: "udp", host: "192.0.2.1", port: 5060 } as const;
  recorder.send({ ...stray, method: "OPTIONS", headers: options }, target);
  const isInvite = { name: "CSeq", value: "9 INVITE" };
  const invite = headers.map((header) => (header.name === "CSeq" ? isInvite : header));
  recorder.send({ ...stray, method: "INVITE", headers: invite }, target);
  await stage.until(() => recorder.responses.length >= 6);
  assert.deepEqual(
    recorder.responses.slice(3).map(({ status }) => status),
    [481, 200, 403],
  );
  recorder.sendBytes("not SIP at all", target);
  recorder.sendBytes("\r\n\r\n", target);
  recorder.sendBytes("BYE sip:x@192.0.2.1 SIP/2.0\r\nContent-Length: 0\r\n\r\n", target);
  await stage.world.runFor(20);
  const noted = stage.caller.violations().join("\n");
  for (const part of [
    /sends REFER/,
    /not higher/,
    /places a call/,
    /no SIP message/,
    /BYE lacks Via/,
  ]) {
    assert.match(noted, part);
  }
  await stage.close();
});

test("a careless answer is noted: Via, tag, CSeq, Contact, m lines, direction", async () => {
  const stage = await Stage.open();
  const { recorder } = stage;
  recorder.script.invite = () => {
    const ok = recorder.ok({ body: recorder.sdp({ direction: "sendrecv", payloadType: 8 }) });
    return [{ ...ok, headers: (ok.headers ?? []).filter(({ name }) => name !== "Contact") }];
  };
  stage.dial();
  await stage.until(() => stage.news.length > 0);
  const noted = stage.caller.violations().join("\n");
  for (const part of [/0 Contacts/, /types 8 that were not/, /sendrecv to an offer/]) {
    assert.match(noted, part);
  }
  await stage.close();
});

for (const [holdBy, direction, connection] of [
  ["sendonly", "sendonly", "192.0.2.1"],
  ["inactive", "inactive", "192.0.2.1"],
  ["zero-address", "sendonly", "0.0.0.0"],
] as const) {
  test(`hold by ${holdBy} re-offers, stops RTP, and retrieve brings it back on the same clock`, async () => {
    const stage = await Stage.open();
    const { recorder } = stage;
    recorder.script.invite = (_request, count) => {
      if (count > 1) recorder.nextSdpVersion();
      const isInactive = holdBy === "inactive" && count === 2;
      return [recorder.ok({}, isInactive ? "inactive" : "recvonly")];
    };
    if (holdBy !== "inactive") recorder.nextSdpVersion = () => undefined;
    const leg = stage.dial({ holdBy });
    await stage.until(() => recorder.packets.length === 50);
    leg.hold();
    await stage.world.runFor(1000);
    assert.equal(recorder.packets.length, 50);
    leg.retrieve();
    await stage.until(() => recorder.packets.length >= 60);
    const invites = recorder.requests.filter(({ method }) => method === "INVITE");
    const offers = invites.map(({ body }) => parseSdp(body));
    assert.deepEqual(
      offers.map((offer) => offer.ok && offer.value.version),
      ["1", "2", "3"],
    );
    const held = offers[1]!.ok ? offers[1]!.value.media[0]! : null;
    assert.equal(held?.direction, direction);
    assert.equal(held?.connectionHost, connection);
    const [before, after] = [recorder.packets[49]!, recorder.packets[50]!];
    assert.equal(after.packet.marker, true);
    assert.equal((after.packet.sequence - before.packet.sequence) & 0xffff, 1);
    const ticks = ((after.packet.timestamp - before.packet.timestamp) >>> 0) / 160;
    assert.ok(Math.abs(ticks * 20 - (after.atMs - before.atMs)) < 1);
    assert.deepEqual(
      leg.truth.frames.slice(48, 52).map(({ tag }) => tag.frame),
      [48, 49, 50, 51],
    );
    assert.deepEqual(stage.caller.violations(), []);
    await stage.close();
  });
}

test("hold by silence sends no message", async () => {
  const stage = await Stage.open();
  const leg = stage.dial({ holdBy: "silence" });
  await stage.until(() => stage.recorder.packets.length === 10);
  leg.hold();
  await stage.world.runFor(500);
  assert.equal(stage.recorder.packets.length, 10);
  leg.retrieve();
  await stage.world.runFor(100);
  assert.equal(stage.recorder.packets.length > 12, true);
  assert.deepEqual(stage.recorder.methods(), ["INVITE", "ACK"]);
  await stage.close();
});

test("hold and retrieve during a pending re-INVITE end in the last wish; 491 is tried again", async () => {
  const stage = await Stage.open();
  const { recorder } = stage;
  recorder.script.invite = (_request, count) =>
    count === 2 ? [{ status: 491, reason: "Request Pending" }] : [recorder.ok()];
  const leg = stage.dial();
  leg.hold();
  await stage.until(() => recorder.methods().filter((x) => x === "INVITE").length === 2);
  await stage.world.runFor(100);
  leg.retrieve();
  await stage.world.runFor(6000);
  assert.ok(recorder.packets.length > 50);
  await stage.close();
});

for (const refresher of ["pbx", "recorder", "nobody"] as const) {
  test(`session timer with refresher ${refresher} (RFC 4028)`, async () => {
    const stage = await Stage.open();
    const { recorder } = stage;
    const word = refresher === "recorder" ? "uas" : "uac";
    const headers = [
      { name: "Session-Expires", value: `90;refresher=${word}` },
      { name: "Require", value: "timer" },
    ];
    recorder.script.invite = () => [recorder.ok({ headers })];
    recorder.script.other = ({ method }) =>
      method === "UPDATE" ? recorder.ok({ headers }) : { status: 200, reason: "OK" };
    stage.dial({ sessionExpires: { seconds: 90, refresher } });
    await stage.until(() => stage.news.length > 0);
    const asked = headerValue(recorder.requests[0]!, "Session-Expires");
    assert.equal(asked, `90;refresher=${word}`);
    await stage.world.runFor(100_000);
    const expected = {
      pbx: ["INVITE", "ACK", "UPDATE", "INVITE", "ACK"],
      recorder: ["INVITE", "ACK", "BYE"],
      nobody: ["INVITE", "ACK"],
    };
    assert.deepEqual(recorder.methods(), expected[refresher]);
    const isLate = stage.caller.violations().some((text) => text.includes("not refreshed"));
    assert.equal(isLate, refresher === "recorder");
    await stage.close();
  });
}

test("a refresh of the recorder is answered and keeps the session up", async () => {
  const stage = await Stage.open();
  const { recorder } = stage;
  const headers = [{ name: "Session-Expires", value: "90;refresher=uas" }];
  recorder.script.invite = () => [recorder.ok({ headers })];
  stage.dial({ sessionExpires: { seconds: 90, refresher: "recorder" } });
  await stage.until(() => stage.news.length > 0);
  for (let sequence = 1; sequence <= 3; sequence += 1) {
    await stage.world.runFor(45_000);
    const method = sequence === 2 ? "INVITE" : "UPDATE";
    const value = "90;refresher=uac";
    const via = `SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKr${sequence};rport`;
    const { request } = recorder.dialog!;
    recorder.request(method, sequence, {
      headers: [
        { name: "Via", value: via },
        { name: "Max-Forwards", value: "70" },
        { name: "From", value: `${headerValue(request, "To")};tag=rec` },
        { name: "To", value: headerValue(request, "From")! },
        { name: "Call-ID", value: headerValue(request, "Call-ID")! },
        { name: "CSeq", value: `${sequence} ${method}` },
        { name: "Session-Expires", value },
      ],
    });
    await stage.world.runFor(100);
    if (method === "INVITE") {
      await stage.world.runFor(1000);
      assert.equal(recorder.responses.length, 3, "a 200 to re-INVITE is repeated until its ACK");
      const answer = parseSdp(recorder.responses[1]!.body);
      assert.ok(answer.ok);
      recorder.request("ACK", sequence);
      await stage.world.runFor(3000);
      assert.equal(recorder.responses.length, 3);
    }
  }
  assert.ok(recorder.responses.every(({ status }) => status === 200));
  assert.match(headerValue(recorder.responses[0]!, "Session-Expires")!, /90;refresher=uac/);
  assert.deepEqual(stage.news, ["answered"]);
  await stage.close();
});

test("422 makes the PBX ask again with the recorder's Min-SE (RFC 4028 §7.3)", async () => {
  const stage = await Stage.open();
  const { recorder } = stage;
  const tooSmall = { status: 422, reason: "Session Interval Too Small", toTag: "x" };
  recorder.script.invite = (_request, count) =>
    count === 1 ? [{ ...tooSmall, headers: [{ name: "Min-SE", value: "120" }] }] : [recorder.ok()];
  stage.dial({ sessionExpires: { seconds: 90, refresher: "pbx" } });
  await stage.until(() => stage.news.length > 0);
  assert.deepEqual(stage.news, ["answered"]);
  const invites = recorder.requests.filter(({ method }) => method === "INVITE");
  assert.equal(headerValue(invites[1]!, "Session-Expires"), "120;refresher=uac");
  await stage.close();
});

test("an offerless INVITE takes the offer from the 200 and answers in the ACK", async () => {
  const stage = await Stage.open();
  stage.dial({ offerless: true });
  await stage.until(() => stage.recorder.packets.length > 5);
  const [invite, ack] = stage.recorder.requests;
  assert.equal(invite!.body.length, 0);
  const answer = parseSdp(ack!.body);
  assert.equal(answer.ok && answer.value.media[0]!.direction, "sendonly");
  assert.deepEqual(stage.caller.violations(), []);
  await stage.close();
});

test("close leaves nothing behind, whatever the legs are at", async () => {
  const stage = await Stage.open();
  stage.recorder.script.invite = (_request, count) =>
    count % 2 === 0 ? [] : [stage.recorder.ok()];
  for (let count = 0; count < 6; count += 1) stage.dial({ strayPacketsPerSecond: 5 });
  await stage.world.runFor(100);
  stage.dial();
  await stage.close();
  assert.deepEqual(stage.pbx.leftovers(), []);
  assert.deepEqual(
    stage.news.filter((text) => text.startsWith("ended")),
    [],
  );
});

test("a host name, or a port that is taken, fails the leg instead of throwing", async () => {
  const stage = await Stage.open({ rtpPortBase: 65_534 });
  stage.dial({}, { recorderUri: "sip:s1@recorder.example.org" });
  await stage.until(() => stage.news.length > 0);
  assert.match(stage.news[0]!, /is no SIP URI with an IP address/);
  stage.dial();
  stage.dial();
  await stage.until(() => stage.news.length > 2);
  assert.ok(stage.news.some((text) => text.includes("no free RTP port from 65534 on")));
  await stage.close();
});
