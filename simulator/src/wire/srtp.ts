// The sender's side of SRTP: session keys, counter mode, and the tag that proves who sent a packet.
// The simulator's own reading; it opens nothing, for a recording leg only sends.
// RFC 3711 §3.1, §3.3, §4.1.1, §4.2.1, §4.3; RFC 4568 §6.2 (the suites)
//
//    fixed header of RTP (12 bytes), as it was
//   +---------------------------------------------+
//   | payload, encrypted                          |
//   +---------------------------------------------+
//   | authentication tag: 10 or 4 bytes           |
//   +---------------------------------------------+
import { createCipheriv, createHmac } from "node:crypto";
import { RTP_HEADER_BYTES } from "./rtp.ts";

/** The suites of RFC 4568 with AES-CM; the number is the length of the tag in bits. */
export const SRTP_SUITES = ["AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"] as const;
export type SrtpSuite = (typeof SRTP_SUITES)[number];

const MASTER_KEY_BYTES = 16;
const SALT_BYTES = 14;
const AUTHENTICATION_KEY_BYTES = 20;
/** Master key and master salt, one behind the other, as a=crypto carries them. */
export const SRTP_KEY_BYTES = MASTER_KEY_BYTES + SALT_BYTES;

const TAG_BYTES: Readonly<Record<SrtpSuite, number>> = {
  AES_CM_128_HMAC_SHA1_80: 10,
  AES_CM_128_HMAC_SHA1_32: 4,
};

export function isSrtpSuite(name: string): name is SrtpSuite {
  return Object.hasOwn(TAG_BYTES, name);
}

/** What packets are protected with. */
export interface SrtpKeys {
  readonly cipherKey: Uint8Array;
  readonly cipherSalt: Uint8Array;
  readonly authenticationKey: Uint8Array;
  readonly tagBytes: number;
}

/** RFC 3711 §4.3.2. */
const LABEL = { cipherKey: 0x00, authenticationKey: 0x01, cipherSalt: 0x02 } as const;
/** Its place in the 14 bytes of the salt: before the 48 bits of the index. */
const LABEL_AT = 7;

/** Keys for a whole session: the key derivation rate is 0.  §4.3.1 */
export function deriveSrtpKeys(suite: SrtpSuite, keyAndSalt: Uint8Array): SrtpKeys {
  if (keyAndSalt.length !== SRTP_KEY_BYTES) {
    throw new Error(`${keyAndSalt.length} bytes of key and salt instead of ${SRTP_KEY_BYTES}`);
  }
  const masterKey = keyAndSalt.subarray(0, MASTER_KEY_BYTES);
  const masterSalt = keyAndSalt.subarray(MASTER_KEY_BYTES);
  const derive = (label: number, bytes: number): Uint8Array => {
    const counter = counterBlock(masterSalt);
    counter[LABEL_AT]! ^= label;
    return counterMode(masterKey, counter, new Uint8Array(bytes));
  };
  return {
    cipherKey: derive(LABEL.cipherKey, MASTER_KEY_BYTES),
    cipherSalt: derive(LABEL.cipherSalt, SALT_BYTES),
    authenticationKey: derive(LABEL.authenticationKey, AUTHENTICATION_KEY_BYTES),
    tagBytes: TAG_BYTES[suite],
  };
}

/** The salt, and 16 bits that count the blocks.  §4.1.1 */
function counterBlock(salt: Uint8Array): Uint8Array {
  const block = new Uint8Array(SALT_BYTES + 2);
  block.set(salt);
  return block;
}

function counterMode(key: Uint8Array, counter: Uint8Array, bytes: Uint8Array): Uint8Array {
  return createCipheriv("aes-128-ctr", key, counter).update(bytes);
}

/** The same packet as it goes over the wire: a new one, `packet` stays as it is. */
export function protectRtp(packet: Uint8Array, rollover: number, keys: SrtpKeys): Uint8Array {
  const { cipherKey, authenticationKey, tagBytes } = keys;
  const wire = new Uint8Array(packet.length + tagBytes);
  wire.set(packet.subarray(0, RTP_HEADER_BYTES));
  const payload = packet.subarray(RTP_HEADER_BYTES);
  wire.set(
    counterMode(cipherKey, packetCounter(packet, rollover, keys), payload),
    RTP_HEADER_BYTES,
  );
  const counted = new Uint8Array(4);
  new DataView(counted.buffer).setUint32(0, rollover);
  // "M = Authenticated Portion || ROC"  §4.2
  const digest = createHmac("sha1", authenticationKey)
    .update(wire.subarray(0, packet.length))
    .update(counted)
    .digest();
  wire.set(digest.subarray(0, tagBytes), packet.length);
  return wire;
}

/** "IV = (k_s * 2^16) XOR (SSRC * 2^64) XOR (i * 2^16)"  §4.1.1 */
function packetCounter(packet: Uint8Array, rollover: number, keys: SrtpKeys): Uint8Array {
  const counter = counterBlock(keys.cipherSalt);
  const header = new DataView(packet.buffer, packet.byteOffset, RTP_HEADER_BYTES);
  const view = new DataView(counter.buffer);
  view.setUint32(4, view.getUint32(4) ^ header.getUint32(8));
  view.setUint32(8, view.getUint32(8) ^ rollover);
  view.setUint16(12, view.getUint16(12) ^ header.getUint16(2));
  return counter;
}

/** Counts, for each source, how often its sequence numbers have wrapped.  §3.3.1 */
export class RolloverCounter {
  readonly #sources = new Map<number, { rollover: number; sequence: number }>();

  /** The count for a packet. They come in the order of their numbers, some left out. */
  of(packet: Uint8Array): number {
    const header = new DataView(packet.buffer, packet.byteOffset, RTP_HEADER_BYTES);
    const [sequence, ssrc] = [header.getUint16(2), header.getUint32(8)];
    let source = this.#sources.get(ssrc);
    if (source === undefined) this.#sources.set(ssrc, (source = { rollover: 0, sequence }));
    // "modulo 2^32": of no weight here, but it is 32 bits.
    if (sequence < source.sequence) source.rollover = (source.rollover + 1) >>> 0;
    source.sequence = sequence;
    return source.rollover;
  }
}
