// The journal's messages → the dialog before a restart (design.md §5; RFC 3261 §12, RFC 4028).
import assert from "node:assert/strict";
import test from "node:test";
import type { WireMessage } from "../../src/sip/session.ts";
import { restoreSession } from "../../src/sip/session-restore.ts";

const PEER = "192.0.2.1:5070";
const OURS = "192.0.2.10:5060";

interface Parts {
  readonly cseq: string;
  readonly toTag?: string | null;
  readonly headers?: readonly string[];
  readonly sdpVersion?: number | null;
}

/** A message of the call; `line` is its first line. */
function text(line: string, { cseq, toTag = "ours", headers = [], sdpVersion = null }: Parts) {
  const body = sdpVersion === null ? "" : sdp(sdpVersion);
  return [
    line,
    "Via: SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bKa",
    "Max-Forwards: 70",
    "From: <sip:ipo@192.0.2.1>;tag=theirs",
    `To: <sip:stream1@192.0.2.10>${toTag === null ? "" : `;tag=${toTag}`}`,
    "Call-ID: call-1",
    `CSeq: ${cseq}`,
    ...headers,
    ...(body === "" ? [] : ["Content-Type: application/sdp"]),
    `Content-Length: ${body.length}`,
    "",
    body,
  ].join("\r\n");
}

function sdp(version: number): string {
  const lines = [`v=0`, `o=- 1 ${version} IN IP4 192.0.2.1`, "s=-", "c=IN IP4 192.0.2.1", "t=0 0"];
  return `${[...lines, "m=audio 4000 RTP/AVP 0"].join("\r\n")}\r\n`;
}

function incoming(line: string, parts: Parts): WireMessage {
  return { direction: "in", transport: "udp", from: PEER, to: OURS, text: text(line, parts) };
}

function outgoing(line: string, parts: Parts): WireMessage {
  return { direction: "out", transport: "udp", from: OURS, to: PEER, text: text(line, parts) };
}

function asks(method: string, sequence: number, parts: Partial<Parts> = {}): WireMessage {
  const line = `${method} sip:stream1@192.0.2.10 SIP/2.0`;
  return incoming(line, { ...parts, cseq: `${sequence} ${method}` });
}

/** We ask. */
function ask(method: string, sequence: number, parts: Partial<Parts> = {}): WireMessage {
  const line = `${method} sip:ipo@192.0.2.1 SIP/2.0`;
  return outgoing(line, { ...parts, cseq: `${sequence} ${method}` });
}

function answer(status: string, cseq: string, parts: Partial<Parts> = {}): WireMessage {
  return outgoing(`SIP/2.0 ${status}`, { ...parts, cseq });
}

function answers(status: string, cseq: string, parts: Partial<Parts> = {}): WireMessage {
  return incoming(`SIP/2.0 ${status}`, { ...parts, cseq });
}

const CONTACT = "Contact: <sip:ipo@192.0.2.1:5070>";
const INVITE = asks("INVITE", 1, {
  toTag: null,
  sdpVersion: 7,
  headers: [CONTACT, "Allow: INVITE, ACK, BYE, UPDATE"],
});
const OK = answer("200 OK", "1 INVITE", { sdpVersion: 70 });
const ACK = asks("ACK", 1);

function restored(...messages: WireMessage[]) {
  return restoreSession(messages) ?? assert.fail("nothing to go on with");
}

function stateAfter(...messages: WireMessage[]) {
  return restored(INVITE, OK, ACK, ...messages).state;
}

test("an answered and acknowledged INVITE is a confirmed dialog", () => {
  const { local, remote, offer, interval, state, core, request, bytes } = restored(INVITE, OK, ACK);
  assert.deepEqual(
    [local, remote],
    [
      { host: "192.0.2.10", port: 5060 },
      { host: "192.0.2.1", port: 5070 },
    ],
  );
  assert.deepEqual([offer?.origin.sessionVersion, interval], ["7", null]);
  assert.deepEqual([core.callId, request.method], ["call-1", "INVITE"]);
  assert.equal(Buffer.from(bytes).toString(), INVITE.text);
  assert.deepEqual(state, {
    invite: INVITE,
    dialog: {
      callId: "call-1",
      localTag: "ours",
      remoteTag: "theirs",
      localParty: "<sip:stream1@192.0.2.10>;tag=ours",
      remoteParty: "<sip:ipo@192.0.2.1>;tag=theirs",
      routeSet: [],
      remoteTarget: "sip:ipo@192.0.2.1:5070",
      remoteSequence: 1,
      localSequence: 100,
    },
    localSdp: sdp(70),
    remoteVersion: "7",
    peerMethods: ["INVITE", "ACK", "BYE", "UPDATE"],
    unacknowledged: null,
    wasConfirmed: true,
  });
});

test("RFC 3261 §13.3.1.4: a 2xx waits for the peer's ACK with its own number, no other", () => {
  for (const messages of [[], [asks("ACK", 2)], [ask("ACK", 1)]]) {
    const { unacknowledged, wasConfirmed } = restored(INVITE, OK, ...messages).state;
    assert.equal(wasConfirmed, false);
    assert.deepEqual([unacknowledged?.sequence, unacknowledged?.isOfferless], [1, false]);
    assert.equal(unacknowledged?.response.status, 200);
  }
});

test("R20: of an offerless INVITE the ACK brings the description, if it has one", () => {
  const offerless = asks("INVITE", 1, { toTag: null, headers: [CONTACT] });
  const waiting = restored(offerless, OK);
  assert.deepEqual([waiting.offer, waiting.state.remoteVersion], [null, null]);
  assert.equal(waiting.state.unacknowledged?.isOfferless, true);
  const confirmed = restored(offerless, OK, asks("ACK", 1, { sdpVersion: 9 }));
  assert.equal(confirmed.state.remoteVersion, "9");
  assert.equal(restored(INVITE, OK, asks("ACK", 1)).state.remoteVersion, "7");
});

test("provisional answers, and answers that are none of ours to the INVITE, make no dialog", () => {
  for (const message of [
    answer("180 Ringing", "1 INVITE"),
    answers("200 OK", "1 INVITE"),
    answer("200 OK", "2 INVITE"),
    answer("200 OK", "1 OPTIONS"),
  ]) {
    assert.equal(restoreSession([INVITE, message]), null, message.text);
    assert.notEqual(restoreSession([INVITE, message, OK]), null, message.text);
  }
});

test("a refusal, or an answer without our tag, is the end, whatever follows", () => {
  for (const message of [
    answer("300 Multiple Choices", "1 INVITE"),
    answer("486 Busy Here", "1 INVITE"),
    answer("200 OK", "1 INVITE", { toTag: null }),
  ]) {
    assert.equal(restoreSession([INVITE, message, OK]), null, message.text);
  }
});

test("BYE and CANCEL end the call, from either side", () => {
  assert.equal(restoreSession([INVITE, OK, ACK, asks("BYE", 2)]), null);
  assert.equal(restoreSession([INVITE, OK, ACK, ask("BYE", 1)]), null);
  assert.equal(restoreSession([INVITE, asks("CANCEL", 1, { toTag: null }), OK]), null);
  assert.notEqual(restoreSession([INVITE, OK, ACK, asks("INFO", 2)]), null);
});

test("what does not begin with an INVITE between two addresses cannot be restored", () => {
  assert.equal(restoreSession([]), null);
  assert.equal(restoreSession([OK, OK]), null);
  assert.equal(restoreSession([asks("OPTIONS", 1, { toTag: null }), OK]), null);
  for (const change of [{ text: "noise" }, { from: "nowhere" }, { to: "nowhere:5060" }]) {
    assert.equal(restoreSession([{ ...INVITE, ...change }, OK]), null, JSON.stringify(change));
  }
  const tooMany = INVITE.text.replace("CSeq: 1 INVITE", "CSeq: 1 BYE");
  assert.equal(restoreSession([{ ...INVITE, text: tooMany }, OK]), null);
});

test("messages that cannot be read are stepped over", () => {
  const noise = { ...ACK, text: "noise" };
  const headless = { ...ACK, text: ACK.text.replace("CSeq: 1 ACK", "CSeq: x") };
  assert.equal(restored(INVITE, noise, OK, headless).state.wasConfirmed, false);
  assert.equal(restored(INVITE, noise, OK, headless, ACK).state.wasConfirmed, true);
});

test("§12.2.2: a re-INVITE that we accepted moves the target and replaces both descriptions", () => {
  const again = asks("INVITE", 5, {
    sdpVersion: 8,
    headers: ["Contact: <sip:ipo@192.0.2.1:5099>", "Allow: INVITE, BYE"],
  });
  const state = stateAfter(again, answer("200 OK", "5 INVITE", { sdpVersion: 71 }));
  assert.equal(state.dialog.remoteTarget, "sip:ipo@192.0.2.1:5099");
  assert.deepEqual([state.dialog.remoteSequence, state.remoteVersion], [5, "8"]);
  assert.deepEqual([state.localSdp, state.peerMethods], [sdp(71), ["INVITE", "BYE"]]);
  assert.deepEqual([state.unacknowledged?.sequence, state.wasConfirmed], [5, true]);
});

test("a re-INVITE without Contact, Allow and SDP changes none of them", () => {
  const state = stateAfter(asks("INVITE", 5), answer("200 OK", "5 INVITE"));
  assert.equal(state.dialog.remoteTarget, "sip:ipo@192.0.2.1:5070");
  assert.deepEqual([state.localSdp, state.remoteVersion], [sdp(70), "7"]);
  assert.equal(state.peerMethods.length, 4);
  assert.equal(state.unacknowledged?.isOfferless, true);
});

test("a re-INVITE that we refused counts its number and nothing else", () => {
  const again = asks("INVITE", 5, { sdpVersion: 8, headers: ["Contact: <sip:x@192.0.2.9>"] });
  const state = stateAfter(again, answer("488 Not Acceptable Here", "5 INVITE"));
  const { dialog, remoteVersion, unacknowledged } = state;
  assert.deepEqual([dialog.remoteSequence, dialog.remoteTarget], [5, "sip:ipo@192.0.2.1:5070"]);
  assert.deepEqual([remoteVersion, unacknowledged], ["7", null]);
});

test("RFC 3311: an UPDATE is answered without ACK; an INFO's answer settles nothing", () => {
  const update = asks("UPDATE", 2, { sdpVersion: 8 });
  const expires = { headers: ["Session-Expires: 1800;refresher=uac"] };
  const messages = [INVITE, OK, ACK, update, answer("200 OK", "2 UPDATE", expires)];
  const { state, interval } = restored(...messages);
  assert.deepEqual([state.remoteVersion, state.unacknowledged], ["8", null]);
  assert.deepEqual(interval, { seconds: 1800, refresher: "remote" });
  const info = [asks("INFO", 3, { headers: ["Allow: BYE"] }), answer("200 OK", "3 INFO")];
  const after = restored(...messages, ...info);
  assert.deepEqual(after.interval, interval);
  assert.deepEqual([after.state.peerMethods.length, after.state.dialog.remoteSequence], [4, 3]);
});

test("numbers only grow: a late request with a lower one sets none back", () => {
  const state = stateAfter(asks("INFO", 9), asks("INFO", 4), ask("UPDATE", 6), ask("UPDATE", 2));
  assert.deepEqual([state.dialog.remoteSequence, state.dialog.localSequence], [9, 106]);
});

test("RFC 3261 §12.2.1.1: each restart counts on from above the one before, noted or not", () => {
  const numberAt = (ageMs: number): number | undefined =>
    restoreSession([INVITE, OK, ACK], ageMs)?.state.dialog.localSequence;
  assert.equal(numberAt(0), 100);
  assert.equal(numberAt(2_500.5), 2_600);
  assert.equal(numberAt(-3_600_000), 100, "a clock that was set back");
  assert.equal(numberAt(400 * 24 * 3600 * 1000), 24 * 3600 * 1000 + 100, "far below 2^31");
});

test("RFC 4028 §7.2: the 2xx to our refresh says interval, target and version", () => {
  const refresh = ask("UPDATE", 1);
  const answered = answers("200 OK", "1 UPDATE", {
    sdpVersion: 12,
    headers: ["Session-Expires: 600;refresher=uac", "Contact: <sip:ipo@192.0.2.1:6000>"],
  });
  const { interval, state } = restored(INVITE, OK, ACK, refresh, answered);
  assert.deepEqual(interval, { seconds: 600, refresher: "local" });
  assert.equal(state.dialog.remoteTarget, "sip:ipo@192.0.2.1:6000");
  assert.deepEqual([state.remoteVersion, state.localSdp], ["12", sdp(70)]);
  assert.equal(state.unacknowledged, null);
});

test("an answer to what was never asked, asked by the other side, or refused, changes nothing", () => {
  const headers = ["Contact: <sip:x@192.0.2.9>", "Session-Expires: 600;refresher=uac"];
  const before = restored(INVITE, OK, ACK, ask("UPDATE", 1), asks("UPDATE", 2));
  for (const message of [
    answers("200 OK", "3 UPDATE", { headers }),
    answers("200 OK", "1 INFO", { headers }),
    answers("200 OK", "2 UPDATE", { headers }),
    answer("200 OK", "1 UPDATE", { headers, sdpVersion: 9 }),
    answers("500 Server Internal Error", "1 UPDATE", { headers }),
  ]) {
    const after = restored(INVITE, OK, ACK, ask("UPDATE", 1), asks("UPDATE", 2), message);
    assert.deepEqual(after, before, message.text);
  }
});

test("RFC 4028: in our own answers uac is the peer and uas are we; without the header no timer runs", () => {
  const intervalOf = (header: string): unknown => {
    const headers = header === "" ? [] : [`Session-Expires: ${header}`];
    return restored(INVITE, answer("200 OK", "1 INVITE", { headers })).interval;
  };
  assert.deepEqual(intervalOf("200;refresher=uac"), { seconds: 200, refresher: "remote" });
  assert.deepEqual(intervalOf("200;refresher=uas"), { seconds: 200, refresher: "local" });
  assert.deepEqual(intervalOf(""), null);
  assert.deepEqual(intervalOf("soon"), null);
});

test("a description that cannot be read counts as none", () => {
  const broken = { ...INVITE, text: INVITE.text.replace("v=0", "x=0") };
  const { offer, state } = restored(broken, OK);
  assert.deepEqual([offer, state.remoteVersion], [null, null]);
});
