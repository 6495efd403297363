// Calls whose media is SRTP: what is answered, what the journal and the log are told, what comes
// back after a crash.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSessionDescription } from "../../src/sdp/session-description.ts";
import { planRecovery } from "../../src/recording/recovery-plan.ts";
import { inviteText, OFFER, Scene, sipMessage } from "./fakes.ts";
import { ANSWER_SDP, HEADER, journalOf, MEDIA, request, response } from "./journals.ts";

const KEY = Buffer.alloc(30, 0xa1).toString("base64");
const OTHER = Buffer.alloc(30, 0xb2).toString("base64");
/** Of Scene's chance, for its first recording. */
const OURS = Buffer.alloc(30, 1).toString("base64");

const secured = (text: string, key: string): string =>
  text
    .replace("RTP/AVP", "RTP/SAVP")
    .replace(/(m=audio.*\r\n)/, `$1a=crypto:4 AES_CM_128_HMAC_SHA1_80 inline:${key}|2^31\r\n`);
const SECURE_OFFER = secured(OFFER, KEY);
const ANY_KEY = /inline:[A-Za-z0-9+/]/;

function descriptionOf(text: string) {
  const parsed = parseSessionDescription(text);
  assert.ok(parsed.ok);
  return parsed.value;
}

test("over TLS: the plane gets the key, the 200 has ours, journal and log have neither", () => {
  const scene = new Scene();
  const { session, recordingKey } = scene.invite({ offer: SECURE_OFFER, transport: "tls" });
  const [open] = scene.media.take();
  assert.ok(open?.type === "open");
  assert.deepEqual(open.negotiation.srtp, { suite: "AES_CM_128_HMAC_SHA1_80", masterKey: KEY });
  assert.deepEqual(open.keys, [KEY]);
  assert.doesNotMatch(JSON.stringify([open.header, open.entries]), ANY_KEY);
  scene.opened(recordingKey);
  assert.match(session.body, /^m=audio 5004 RTP\/SAVP 0 101\r$/m);
  const line = `a=crypto:4 AES_CM_128_HMAC_SHA1_80 inline:${OURS}`;
  assert.ok(session.body.includes(`${line}\r\n`), session.body);
  session.message("out", response(200, "INVITE", session.body));
  const [told] = scene.media.take();
  assert.ok(told?.type === "journal");
  assert.deepEqual(told.keys, [OURS]);
  assert.doesNotMatch(JSON.stringify(told.entry), ANY_KEY);
  assert.doesNotMatch(JSON.stringify(scene.log.lines), ANY_KEY);
  session.message("in", request("ACK"));
  const [plain] = scene.media.take();
  assert.equal(plain !== undefined && "keys" in plain, false);
});

test("a re-INVITE with another key: told to the plane, answered with the same key of ours", () => {
  const scene = new Scene();
  const { session } = scene.answered({ offer: SECURE_OFFER, transport: "tls" });
  const again = session.delegate.onReoffer(descriptionOf(secured(OFFER, OTHER)));
  assert.ok("sdp" in again);
  assert.ok(again.sdp.includes(`inline:${OURS}`));
  const [renegotiate] = scene.media.take();
  assert.ok(renegotiate?.type === "renegotiate");
  assert.equal(renegotiate.negotiation.srtp?.masterKey, OTHER);
  assert.deepEqual(
    session.delegate.onReoffer(descriptionOf(SECURE_OFFER.replace("inline:", "uri:"))),
    { status: 488 },
  );
});

test("over UDP or TCP its keys could be read: 488 says so, and nothing begins", () => {
  for (const transport of ["udp", "tcp"] as const) {
    const scene = new Scene();
    const { session } = scene.invite({ offer: SECURE_OFFER, transport });
    const why = "RTP/SAVP was offered, and SIP is not over TLS: its keys would be readable.";
    assert.deepEqual(session.sent, [`488 Not Acceptable Here Warning: 305 tapeline "${why}"`]);
    assert.deepEqual(scene.media.take(), []);
  }
});

/** As the first two tests leave it, the keys hidden. */
function journalAfterCrash() {
  const hidden = (text: string, number: number): string =>
    text.replace(/inline:[A-Za-z0-9+/]+/, `inline:${`*${number}*`.padEnd(40, "*")}`);
  const over = (direction: "in" | "out", text: string) => ({
    ...{ type: "sip", ...sipMessage(direction, text), transport: "tls" },
  });
  const answer = secured(ANSWER_SDP, OURS);
  return journalOf([
    HEADER,
    over("in", hidden(inviteText({ offer: SECURE_OFFER }), 0)),
    over("out", hidden(response(200, "INVITE", answer), 1)),
    over("in", request("ACK")),
    MEDIA,
  ]);
}

test("after a crash the keys beside the journal make the dialog and its media whole", () => {
  const step = planRecovery(journalAfterCrash(), 8000, [KEY, OURS]);
  assert.ok(step.kind === "resume");
  assert.equal(step.plan.negotiation.srtp?.masterKey, KEY);
  assert.deepEqual(step.plan.srtpKeys, [KEY, OURS]);
  assert.ok(step.plan.messages[0]?.text.includes(`inline:${KEY}|`));
  assert.ok(step.plan.messages[1]?.text.includes(`inline:${OURS}`));
  const scene = new Scene();
  const { session } = scene.invite({ offer: SECURE_OFFER, transport: "tls" });
  scene.media.take();
  scene.recordings.resume({ ...step.plan, recordingKey: "old-1" }, session);
  const [resume] = scene.media.take();
  assert.ok(resume?.type === "resumeFile");
  assert.deepEqual(resume.keys, [KEY, OURS]);
  // A key that is known is hidden as it was; a new one gets the next number.
  session.message("in", request("UPDATE", secured(OFFER, KEY)));
  session.message("in", request("UPDATE", secured(OFFER, OTHER)));
  const added = scene.media.take().map((command) => ("keys" in command ? command.keys : []));
  assert.deepEqual(added, [[], [OTHER]]);
});

test("without them no wrong key is taken: the call has no media that can be heard", () => {
  const step = planRecovery(journalAfterCrash(), 8000);
  assert.ok(step.kind === "resume");
  assert.equal(step.plan.negotiation.srtp, undefined);
  assert.equal(step.plan.negotiation.expectsMedia, false);
});
