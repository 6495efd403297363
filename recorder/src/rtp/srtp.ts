// The receiving side of SRTP: a packet as it came → the RTP packet in it, if it is authentic and
// new.  RFC 3711 with AES in counter mode and HMAC-SHA1; keys come by SDP (RFC 4568). One receiver
// a master key. The roll-over counter of a source that is joined in mid-call is found by trying
// (RFC 3711 §3.3.1 leaves that to signalling, which SDP has not). Stage without I/O.
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  type KeyObject,
  timingSafeEqual,
} from "node:crypto";
import type { SrtpTerms } from "../ports/index.ts";
import { RTP_HEADER_BYTES } from "./packet.ts";

/** As SDP names it.  RFC 4568 §6.2 */
export type SrtpSuite = SrtpTerms["suite"];

/** Bytes of the authentication tag. */
const TAG_BYTES: Readonly<Record<SrtpSuite, number>> = {
  AES_CM_128_HMAC_SHA1_80: 10,
  AES_CM_128_HMAC_SHA1_32: 4,
};
const MASTER_KEY_BYTES = 16;
const SALT_BYTES = 14;
const AUTHENTICATION_KEY_BYTES = 20;
const BLOCK_BYTES = 16;
const CIPHER = "aes-128-ctr";

/** Packets behind the newest that are still taken; RFC 3711 §3.3.2 wants 64 at least. */
export const REPLAY_WINDOW_PACKETS = 256;
/** Sources a key; the one that was heard first goes. */
export const SRTP_SOURCES_LIMIT = 16;
/** Roll-over counters tried for a source that does not fit: 22 hours of packets of 20 ms. */
export const ROLL_OVER_SEARCH_LIMIT = 64;
/** That is dear, so that a stranger's packets set it going this often at most. */
export const SEARCH_INTERVAL_MS = 100;

const SEQUENCES = 0x1_0000;
const HALF = 0x8000;

export type SrtpVerdict =
  | { readonly kind: "rtp"; readonly packet: Uint8Array }
  /** `replayed`: authentic, and heard before, or too old to tell. */
  | { readonly kind: "unauthentic" | "replayed" };

interface Source {
  /** Of the newest packet: roll-over counter · 65,536 + sequence number; -1 before the first. */
  newest: number;
  /** Indices that were heard, each in the place that it has in the window. */
  readonly heard: Float64Array;
}

const UNAUTHENTIC: SrtpVerdict = { kind: "unauthentic" };
const REPLAYED: SrtpVerdict = { kind: "replayed" };

export class SrtpReceiver {
  readonly #tagBytes: number;
  // As objects: made of its bytes each time, a key would cost five times what the packet does.
  readonly #encryptionKey: KeyObject;
  readonly #authenticationKey: KeyObject;
  readonly #salt: Uint8Array;
  readonly #sources = new Map<number, Source>();
  readonly #counter = new Uint8Array(BLOCK_BYTES);
  readonly #rollOver = new Uint8Array(4);
  #searchFromMs = Number.NEGATIVE_INFINITY;

  /** `masterKey`: 16 bytes of master key, then 14 of master salt. */
  constructor(suite: SrtpSuite, masterKey: Uint8Array) {
    this.#tagBytes = TAG_BYTES[suite];
    const keyOf = (label: number, bytes: number): KeyObject =>
      createSecretKey(deriveKey(masterKey, label, bytes));
    this.#encryptionKey = keyOf(LABEL_ENCRYPTION, MASTER_KEY_BYTES);
    this.#authenticationKey = keyOf(LABEL_AUTHENTICATION, AUTHENTICATION_KEY_BYTES);
    this.#salt = deriveKey(masterKey, LABEL_SALT, SALT_BYTES);
  }

  /** `data` has a whole RTP header; `nowMs` is when it came. */
  unprotect(data: Uint8Array, nowMs: number): SrtpVerdict {
    const end = data.length - this.#tagBytes;
    if (end < RTP_HEADER_BYTES) return UNAUTHENTIC;
    const view = new DataView(data.buffer, data.byteOffset, data.length);
    const ssrc = view.getUint32(8);
    const source = this.#sources.get(ssrc) ?? null;
    const index = this.#indexOf(data, source, nowMs);
    if (index === null) return UNAUTHENTIC;
    const known = source ?? this.#join(ssrc);
    if (isReplayed(known, index)) return REPLAYED;
    known.heard[index % REPLAY_WINDOW_PACKETS] = index;
    known.newest = Math.max(known.newest, index);
    return { kind: "rtp", packet: this.#decrypt(data.subarray(0, end), ssrc, index) };
  }

  /** Of a packet that is authentic; null when it is not. */
  #indexOf(data: Uint8Array, source: Source | null, nowMs: number): number | null {
    const sequence = (data[2]! << 8) | data[3]!;
    const likely = source === null ? 0 : likelyRollOver(source.newest, sequence);
    if (this.#isAuthentic(data, likely)) return likely * SEQUENCES + sequence;
    if (nowMs < this.#searchFromMs) return null;
    this.#searchFromMs = nowMs + SEARCH_INTERVAL_MS;
    for (let other = 0; other < ROLL_OVER_SEARCH_LIMIT; other += 1) {
      if (other !== likely && this.#isAuthentic(data, other)) return other * SEQUENCES + sequence;
    }
    return null;
  }

  /** RFC 3711 §4.2: the tag is over the packet and the roll-over counter, which is not in it. */
  #isAuthentic(data: Uint8Array, rollOver: number): boolean {
    const end = data.length - this.#tagBytes;
    for (let byte = 0; byte < 4; byte += 1) this.#rollOver[byte] = rollOver >>> (24 - 8 * byte);
    const tag = createHmac("sha1", this.#authenticationKey)
      .update(data.subarray(0, end))
      .update(this.#rollOver)
      .digest();
    return timingSafeEqual(tag.subarray(0, this.#tagBytes), data.subarray(end));
  }

  #join(ssrc: number): Source {
    const heard = new Float64Array(REPLAY_WINDOW_PACKETS).fill(-1);
    const source = { newest: -1, heard };
    if (this.#sources.size >= SRTP_SOURCES_LIMIT) {
      const [oldest] = [...this.#sources.keys()];
      if (oldest !== undefined) this.#sources.delete(oldest);
    }
    this.#sources.set(ssrc, source);
    return source;
  }

  #decrypt(data: Uint8Array, ssrc: number, index: number): Uint8Array {
    const start = Math.min(headerBytes(data), data.length);
    this.#setCounter(ssrc, index);
    const decipher = createDecipheriv(CIPHER, this.#encryptionKey, this.#counter);
    const packet = data.slice();
    packet.set(decipher.update(data.subarray(start)), start);
    return packet;
  }

  /** IV = (k_s · 2^16) XOR (SSRC · 2^64) XOR (i · 2^16).  RFC 3711 §4.1.1 */
  #setCounter(ssrc: number, index: number): void {
    const counter = this.#counter;
    counter.fill(0);
    counter.set(this.#salt);
    const rollOver = Math.floor(index / SEQUENCES);
    for (let byte = 0; byte < 4; byte += 1) {
      const shift = 24 - 8 * byte;
      counter[4 + byte]! ^= (ssrc >>> shift) & 0xff;
      counter[8 + byte]! ^= (rollOver >>> shift) & 0xff;
    }
    counter[12]! ^= (index >>> 8) & 0xff;
    counter[13]! ^= index & 0xff;
  }
}

/** RFC 3711 §3.3.1 and appendix A. */
function likelyRollOver(newest: number, sequence: number): number {
  const rollOver = Math.floor(newest / SEQUENCES);
  const last = newest % SEQUENCES;
  if (sequence - last > HALF) return Math.max(0, rollOver - 1);
  if (last - sequence > HALF) return rollOver + 1;
  return rollOver;
}

function isReplayed({ newest, heard }: Source, index: number): boolean {
  if (index <= newest - REPLAY_WINDOW_PACKETS) return true;
  return heard[index % REPLAY_WINDOW_PACKETS] === index;
}

/** Fixed header, CSRCs and extension are not encrypted.  RFC 3711 §3.1 */
function headerBytes(data: Uint8Array): number {
  const first = data[0]!;
  const csrcs = RTP_HEADER_BYTES + (first & 0x0f) * 4;
  if ((first & 0x10) === 0) return csrcs;
  return csrcs + 4 + (((data[csrcs + 2] ?? 0) << 8) | (data[csrcs + 3] ?? 0)) * 4;
}

/** RFC 3711 §4.3.2 */
const LABEL_ENCRYPTION = 0;
const LABEL_AUTHENTICATION = 1;
const LABEL_SALT = 2;
/** Where the label stands in the counter: label · 2^48 XOR salt, · 2^16. */
const LABEL_AT = 7;

/** The pseudo-random function of RFC 3711 §4.3.3, for a key derivation rate of 0. */
function deriveKey(masterKey: Uint8Array, label: number, bytes: number): Uint8Array {
  const counter = new Uint8Array(BLOCK_BYTES);
  counter.set(masterKey.subarray(MASTER_KEY_BYTES, MASTER_KEY_BYTES + SALT_BYTES));
  counter[LABEL_AT]! ^= label;
  const cipher = createCipheriv(CIPHER, masterKey.subarray(0, MASTER_KEY_BYTES), counter);
  return cipher.update(new Uint8Array(bytes));
}
