// A sender of SRTP that is not ours: werift's.
import { RtpHeader, SrtpSession } from "werift";
import type { SrtpTerms } from "../../src/ports/index.ts";

/** AES_CM_128_HMAC_SHA1_80, as werift numbers it (RFC 5764 §4.1.2). */
const PROFILE = 1;
/** werift has no shorter tags; they are the first bytes of the long ones (RFC 3711 §4.2.1). */
const BYTES_CUT_OFF = { AES_CM_128_HMAC_SHA1_80: 0, AES_CM_128_HMAC_SHA1_32: 6 } as const;
const MASTER_KEY_BYTES = 16;

/** Terms with a key that is nobody else's. */
export function srtpTerms(seed: number, suite: SrtpTerms["suite"] = "AES_CM_128_HMAC_SHA1_80") {
  const key = Uint8Array.from({ length: 30 }, (_, index) => (seed * 31 + index * 7) & 0xff);
  return { suite, masterKey: Buffer.from(key).toString("base64") };
}

/** Protects whole RTP packets without CSRCs and extension, in the order of their sending. */
export class SrtpSender {
  readonly #session: SrtpSession;
  readonly #bytesCutOff: number;

  constructor({ suite, masterKey }: SrtpTerms) {
    const key = Buffer.from(masterKey, "base64");
    const [secret, salt] = [key.subarray(0, MASTER_KEY_BYTES), key.subarray(MASTER_KEY_BYTES)];
    this.#session = new SrtpSession({
      keys: {
        ...{ localMasterKey: secret, localMasterSalt: salt },
        ...{ remoteMasterKey: secret, remoteMasterSalt: salt },
      },
      profile: PROFILE,
    });
    this.#bytesCutOff = BYTES_CUT_OFF[suite];
  }

  protect(packet: Uint8Array): Uint8Array {
    const bytes = Buffer.from(packet);
    const header = RtpHeader.deSerialize(bytes);
    const sent = this.#session.encrypt(bytes.subarray(header.payloadOffset), header);
    return new Uint8Array(sent.subarray(0, sent.length - this.#bytesCutOff));
  }
}
