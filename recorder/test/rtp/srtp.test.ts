// SRTP as werift sends it: over the roll-over, out of order, repeated, forged, joined in mid-call.
import assert from "node:assert/strict";
import test from "node:test";
import {
  REPLAY_WINDOW_PACKETS,
  ROLL_OVER_SEARCH_LIMIT,
  SEARCH_INTERVAL_MS,
  SRTP_SOURCES_LIMIT,
  SrtpReceiver,
} from "../../src/rtp/srtp.ts";
import { SrtpSender, srtpTerms } from "./srtp-sender.ts";

const TERMS = srtpTerms(1);
const PAYLOAD_BYTES = 160;

function receiver(terms = TERMS): SrtpReceiver {
  return new SrtpReceiver(terms.suite, Buffer.from(terms.masterKey, "base64"));
}

/** `index` counts on beyond 65,535. */
function rtp(index: number, ssrc = 0x1234abcd): Uint8Array {
  const packet = new Uint8Array(12 + PAYLOAD_BYTES);
  const view = new DataView(packet.buffer);
  packet.set([0x80, index === 0 ? 0x80 : 0]);
  view.setUint16(2, index & 0xffff);
  view.setUint32(4, (index * PAYLOAD_BYTES) >>> 0);
  view.setUint32(8, ssrc);
  for (let at = 12; at < packet.length; at += 1) packet[at] = (index * 13 + at * 7) & 0xff;
  return packet;
}

/** What a sender makes of the packets from `from` on; it counts its roll-overs itself. */
function sent(from: number, count: number, terms = TERMS, ssrc?: number): Uint8Array[] {
  const sender = new SrtpSender(terms);
  return Array.from({ length: count }, (_, n) => sender.protect(rtp(from + n, ssrc)));
}

/** A sender counts by what it sends: a few packets around each roll-over are enough. */
function senderAfter(rollOvers: number): SrtpSender {
  const sender = new SrtpSender(TERMS);
  for (let rollOver = 1; rollOver <= rollOvers; rollOver += 1) {
    for (const near of [-10, 10, 30_000]) sender.protect(rtp(rollOver * 65_536 + near));
  }
  return sender;
}

function accepted(to: SrtpReceiver, packet: Uint8Array, nowMs = 0): Uint8Array {
  const verdict = to.unprotect(packet, nowMs);
  assert.equal(verdict.kind, "rtp");
  return verdict.kind === "rtp" ? verdict.packet : new Uint8Array();
}

/** RFC 3711 appendix B.3: the key and salt from which those of the session are derived. */
const MASTER = "e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6";

for (const suite of ["AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"] as const) {
  test(`${suite}: what werift sends is understood, across a roll-over`, () => {
    const terms = { suite, masterKey: Buffer.from(MASTER, "hex").toString("base64") };
    const ours = receiver(terms);
    const count = 1200;
    const packets = sent(65_000, count, terms);
    for (const [n, packet] of packets.entries()) {
      assert.deepEqual(accepted(ours, packet), rtp(65_000 + n), String(n));
    }
  });
}

test("out of order and with losses around the roll-over every packet finds its index", () => {
  const packets = sent(65_400, 300);
  const order = packets.map((_, n) => (n % 3 === 0 ? n + 40 : n)).filter((n) => n % 7 !== 5);
  const ours = receiver();
  const heard = new Set<number>();
  for (const n of order) {
    if (packets[n] === undefined || heard.has(n)) continue;
    heard.add(n);
    assert.deepEqual(accepted(ours, packets[n]), rtp(65_400 + n), String(n));
  }
  assert.ok(heard.size > 150);
});

test("a packet counts once; one behind the window is not taken", () => {
  const packets = sent(0, REPLAY_WINDOW_PACKETS + 1);
  const ours = receiver();
  for (const packet of packets.slice(1)) accepted(ours, packet);
  for (const packet of packets.slice(1)) {
    assert.equal(ours.unprotect(packet, 0).kind, "replayed");
  }
  assert.equal(ours.unprotect(packets[0]!, 0).kind, "replayed", "never heard, too old to tell");
  const late = receiver();
  for (const packet of packets.slice(2)) accepted(late, packet);
  accepted(late, packets[1]!);
});

test("any changed byte, a cut packet and another key are unauthentic; so is plain RTP", () => {
  const [packet] = sent(17, 1);
  assert.ok(packet !== undefined);
  const ours = receiver();
  for (let at = 1; at < packet.length; at += 1) {
    const changed = packet.slice();
    changed[at]! ^= 1 << (at % 8);
    assert.equal(ours.unprotect(changed, 0).kind, "unauthentic", `byte ${at}`);
  }
  for (const bytes of [12, 21, 22, packet.length - 1]) {
    assert.equal(ours.unprotect(packet.subarray(0, bytes), 0).kind, "unauthentic", `${bytes}`);
  }
  assert.equal(receiver(srtpTerms(2)).unprotect(packet, 0).kind, "unauthentic");
  assert.equal(ours.unprotect(rtp(17), 0).kind, "unauthentic");
  assert.deepEqual(accepted(ours, packet), rtp(17), "and none of them did any harm");
});

test("CSRCs, extension and padding: only what is encrypted is decrypted", () => {
  const header = [0xb2, 0, 0, 9, 0, 0, 0, 9, 0, 0, 0, 9];
  const csrcs = [1, 2, 3, 4, 5, 6, 7, 8];
  const extension = [0xbe, 0xde, 0, 1, 0x10, 0xff, 0, 0];
  const plain = Uint8Array.from([...header, ...csrcs, ...extension, 11, 22, 33, 44, 0, 0, 0, 4]);
  const sender = new SrtpSender(TERMS);
  assert.deepEqual(accepted(receiver(), sender.protect(plain)), plain);
});

test("joined in mid-call, the roll-over counter is found by trying, and not too often", () => {
  const sender = senderAfter(5);
  const last = 5 * 65_536 + 100;
  const forged = sender.protect(rtp(last - 1));
  const next = [last, last + 1].map((index) => sender.protect(rtp(index)));
  const ours = receiver();
  forged[20]! ^= 1;
  assert.equal(ours.unprotect(forged, 0).kind, "unauthentic");
  assert.equal(ours.unprotect(next[0]!, SEARCH_INTERVAL_MS - 1).kind, "unauthentic");
  assert.deepEqual(accepted(ours, next[0]!, SEARCH_INTERVAL_MS), rtp(last));
  assert.deepEqual(accepted(ours, next[1]!, SEARCH_INTERVAL_MS + 20), rtp(last + 1));
});

test(`no more than ${ROLL_OVER_SEARCH_LIMIT} roll-overs are tried`, () => {
  const last = ROLL_OVER_SEARCH_LIMIT * 65_536 + 100;
  const known = senderAfter(ROLL_OVER_SEARCH_LIMIT - 1).protect(rtp(last - 65_536));
  const beyond = senderAfter(ROLL_OVER_SEARCH_LIMIT).protect(rtp(last));
  accepted(receiver(), known);
  assert.equal(receiver().unprotect(beyond, 0).kind, "unauthentic");
});

test(`a key has ${SRTP_SOURCES_LIMIT} sources: the first one goes, and may come back`, () => {
  const ours = receiver();
  const sources = Array.from({ length: SRTP_SOURCES_LIMIT + 1 }, (_, n) =>
    sent(7, 1, TERMS, n + 1),
  );
  for (const [packet] of sources) accepted(ours, packet!);
  assert.equal(ours.unprotect(sources.at(-1)![0]!, 0).kind, "replayed");
  accepted(ours, sources[0]![0]!);
});
