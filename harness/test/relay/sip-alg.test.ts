// The gateway of the relay: what it rewrites, and that the message stays whole.
import assert from "node:assert/strict";
import { test } from "node:test";
import { rewriteSip } from "../../src/relay/sip-alg.ts";

const BODY =
  "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";
const INVITE = [
  "INVITE sip:recorder@10.0.0.2 SIP/2.0",
  "Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1",
  "Contact: <sip:IPOffice@10.0.0.1:5060>",
  "From: <sip:201@10.0.0.1>;tag=1",
  `Content-Length: ${BODY.length}`,
  "",
  BODY,
].join("\r\n");

function rewritten(rewrites: readonly ("via" | "contact" | "sdp")[], text = INVITE): string {
  const alg = { rewrites, to: "203.0.113.99" };
  return Buffer.from(rewriteSip(Buffer.from(text), "10.0.0.1", alg)).toString();
}

test("SDP is rewritten and Content-Length is put right", () => {
  const text = rewritten(["sdp"]);
  assert.match(text, /c=IN IP4 203\.0\.113\.99/);
  assert.match(text, /Via: SIP\/2\.0\/UDP 10\.0\.0\.1:5060/);
  const [head = "", body = ""] = text.split("\r\n\r\n");
  assert.match(head, new RegExp(`Content-Length: ${body.length}$`));
});

test("Via and Contact are rewritten each for itself, From never", () => {
  assert.match(rewritten(["via"]), /Via: SIP\/2\.0\/UDP 203\.0\.113\.99:5060/);
  assert.match(rewritten(["via"]), /Contact: <sip:IPOffice@10\.0\.0\.1:5060>/);
  assert.match(rewritten(["contact"]), /Contact: <sip:IPOffice@203\.0\.113\.99:5060>/);
  assert.match(rewritten(["via", "contact", "sdp"]), /From: <sip:201@10\.0\.0\.1>/);
});

test("what is no whole SIP message passes as it is", () => {
  for (const text of ["\u0080\u0000rtp", "INVITE sip:a SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1"]) {
    assert.equal(rewritten(["via", "sdp"], text), text);
  }
});
