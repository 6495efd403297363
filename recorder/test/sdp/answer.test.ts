// Offer and answer of a listener: RFC 3264 tables.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  answerOffer,
  makeOffer,
  negotiationFrom,
  type Answer,
  type LocalDescription,
  type SignallingPeer,
} from "../../src/sdp/answer.ts";
import {
  parseSessionDescription,
  type SessionDescription,
} from "../../src/sdp/session-description.ts";

const OUR_KEY = Buffer.alloc(30, 7).toString("base64");
const LOCAL: LocalDescription = {
  host: "192.0.2.10",
  rtpPort: 5004,
  sessionId: "77",
  sessionVersion: 1,
  srtpKey: () => OUR_KEY,
};
/** SIP over TCP or UDP. */
const PLAIN: SignallingPeer = { host: "192.0.2.1", isEncrypted: false };

function describe(lines: readonly string[], connection = "IN IP4 192.0.2.1"): SessionDescription {
  const text = [
    "v=0",
    "o=pbx 1 1 IN IP4 192.0.2.1",
    "s=-",
    ...(connection === "" ? [] : [`c=${connection}`]),
    "t=0 0",
    ...lines,
    "",
  ].join("\r\n");
  const description = parseSessionDescription(text);
  assert.ok(description.ok, description.ok ? "" : description.problem.detail);
  return description.value;
}

function answer(lines: readonly string[], local = LOCAL): Answer & { ok: true } {
  const result = answerOffer(describe(lines), local, PLAIN);
  assert.ok(result.ok);
  return result;
}

const sdpLines = (sdp: string): string[] => sdp.trimEnd().split("\r\n");

test("the IP Office's offer: one sendonly audio stream, µ-law first", () => {
  const { sdp, negotiation } = answer(["m=audio 46750 RTP/AVP 0 8", "a=ptime:20", "a=sendonly"]);
  assert.deepEqual(sdpLines(sdp), [
    "v=0",
    "o=tapeline 77 1 IN IP4 192.0.2.10",
    "s=-",
    "c=IN IP4 192.0.2.10",
    "t=0 0",
    "m=audio 5004 RTP/AVP 0",
    "a=rtpmap:0 PCMU/8000",
    "a=ptime:20",
    "a=recvonly",
  ]);
  assert.deepEqual(negotiation, {
    remote: { host: "192.0.2.1", port: 46_750 },
    signallingHost: "192.0.2.1",
    payloadTypes: { pcmu: 0, pcma: 8, telephoneEvent: null, comfortNoise: null },
    expectsMedia: true,
  });
});

test("PCMA alone, dynamic payload types, telephone-event and comfort noise", () => {
  const { sdp, negotiation } = answer([
    "m=audio 46750 RTP/AVP 97 18 13 101 300 x",
    "a=rtpmap:97 pcma/8000/1",
    "a=rtpmap:101 telephone-event/8000",
    "a=ptime:30",
  ]);
  assert.deepEqual(sdpLines(sdp).slice(5), [
    "m=audio 5004 RTP/AVP 97 101",
    "a=rtpmap:97 PCMA/8000",
    "a=rtpmap:101 telephone-event/8000",
    "a=fmtp:101 0-15",
    "a=ptime:30",
    "a=recvonly",
  ]);
  assert.deepEqual(negotiation.payloadTypes, {
    pcmu: null,
    pcma: 97,
    telephoneEvent: 101,
    comfortNoise: 13,
  });
});

test("RFC 3264 §6: other m-lines keep their place with port 0; the first acceptable audio wins", () => {
  const { sdp } = answer([
    "m=video 3000 RTP/AVP 31",
    "m=audio 4000 RTP/SAVP 0",
    "m=audio 0 RTP/AVP 0",
    "m=audio 4002 RTP/AVP 8 0",
    "m=audio 4004 RTP/AVP 0",
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
  ]);
  assert.deepEqual(
    sdpLines(sdp).filter((line) => line.startsWith("m=")),
    [
      "m=video 0 RTP/AVP 31",
      "m=audio 0 RTP/SAVP 0",
      "m=audio 0 RTP/AVP 0",
      "m=audio 5004 RTP/AVP 0",
      "m=audio 0 RTP/AVP 0",
      "m=application 0 UDP/DTLS/SCTP webrtc-datachannel",
    ],
  );
});

for (const [offered, answered, expectsMedia] of [
  ["sendrecv", "recvonly", true],
  ["sendonly", "recvonly", true],
  ["recvonly", "inactive", false],
  ["inactive", "inactive", false],
] as const) {
  test(`RFC 3264 §6.1: ${offered} is answered ${answered}, in the media or for all`, () => {
    for (const lines of [
      ["m=audio 1 RTP/AVP 0", `a=${offered}`],
      [`a=${offered}`, "m=audio 1 RTP/AVP 0"],
    ]) {
      const { sdp, negotiation } = answer(lines);
      assert.equal(sdpLines(sdp).at(-1), `a=${answered}`);
      assert.equal(negotiation.expectsMedia, expectsMedia);
    }
  });
}

test("RFC 3264 §8.4: c=0.0.0.0 is hold: no address, no media expected", () => {
  for (const zero of ["IN IP4 0.0.0.0", "IN IP6 ::"]) {
    const negotiation = negotiationFrom(describe(["m=audio 1 RTP/AVP 0"], zero), PLAIN);
    assert.deepEqual([negotiation?.remote, negotiation?.expectsMedia], [null, false]);
  }
});

test("the address: of the media before the session's; names and none are null", () => {
  const remote = (lines: string[], connection?: string): unknown =>
    negotiationFrom(describe(lines, connection), PLAIN)?.remote;
  assert.deepEqual(remote(["m=audio 1 RTP/AVP 0", "c=IN IP4 192.0.2.7"]), {
    host: "192.0.2.7",
    port: 1,
  });
  assert.deepEqual(remote(["m=audio 1 RTP/AVP 0"], "IN IP6 2001:db8::9"), {
    host: "2001:db8::9",
    port: 1,
  });
  assert.equal(remote(["m=audio 1 RTP/AVP 0"], "IN IP4 pbx.example.com"), null);
  assert.equal(remote(["m=audio 1 RTP/AVP 0"], "IN IP6 nonsense"), null);
  assert.equal(remote(["m=audio 1 RTP/AVP 0"], ""), null);
});

test("488 when no audio can be taken", () => {
  for (const lines of [
    [],
    ["m=audio 1 RTP/AVP 18"],
    ["m=audio 0 RTP/AVP 0"],
    ["m=video 1 RTP/AVP 0"],
    ["m=audio 1 RTP/AVP 0", "a=rtpmap:0 opus/48000"],
  ]) {
    const result = answerOffer(describe(lines), LOCAL, PLAIN);
    assert.equal(!result.ok && result.status, 488);
    assert.equal(negotiationFrom(describe(lines), PLAIN), null);
  }
});

test("RFC 3264 §8: a later answer has the same session id and its own version; IPv6 is IP6", () => {
  const { sdp } = answer(["m=audio 1 RTP/AVP 0"], {
    ...LOCAL,
    host: "2001:db8::10",
    sessionVersion: 2,
  });
  assert.deepEqual(sdpLines(sdp).slice(1, 4), [
    "o=tapeline 77 2 IN IP6 2001:db8::10",
    "s=-",
    "c=IN IP6 2001:db8::10",
  ]);
});

test("our own offer lists both laws, listens only, and can be read back", () => {
  const offer = parseSessionDescription(makeOffer(LOCAL));
  assert.ok(offer.ok);
  assert.deepEqual(offer.value.media[0]?.formats, ["0", "8", "101"]);
  const negotiation = negotiationFrom(offer.value, PLAIN);
  assert.deepEqual(
    [negotiation?.remote, negotiation?.expectsMedia],
    [{ host: "192.0.2.10", port: 5004 }, false],
  );
});
