// The keys of one recording leg with SRTP: what is offered, which of it the recorder has taken, and
// whether its answer will do.  RFC 4568 §5.1.1, §5.1.3, §6.1, §6.3
import type { CryptoLine, LegSecurity, SdpMedia, SessionDescription } from "../wire/sdp.ts";
import { SRTP_KEY_BYTES, SRTP_SUITES, type SrtpSuite } from "../wire/srtp.ts";
import type { PbxChance } from "./pbx-chance.ts";
import { randomKey, RtpProtection } from "./rtp-protection.ts";
import type { SipOddities } from "./sip-oddities.ts";

/** What an IP Office says of its keys: they last for 2^31 packets, and RTCP is not encrypted. */
const KEY_LIMITS = "2^31";
const PARAMETERS = ["UNENCRYPTED_SRTCP"];

interface OfferedLine extends CryptoLine {
  readonly suite: SrtpSuite;
}

export interface LegCryptoOptions {
  /** Offered first; the other one comes after it. */
  readonly suite: SrtpSuite;
  readonly oddities: SipOddities;
  readonly chance: PbxChance;
}

export class LegCrypto {
  /** The key of the first line, until the recorder has taken one. */
  readonly protection: RtpProtection;
  readonly #options: LegCryptoOptions;
  #offered: readonly OfferedLine[];
  #taken: OfferedLine;

  constructor(options: LegCryptoOptions) {
    this.#options = options;
    this.#offered = this.#newLines();
    this.#taken = this.#offered[0]!;
    this.protection = new RtpProtection(this.#taken, options);
  }

  /** A plain line stands beside the secure one ("Media Security: Preferred"). */
  get hasPlainLine(): boolean {
    return this.#options.oddities.srtpBoth;
  }

  /** For an offer of ours: every suite, with a key each. */
  offer(): LegSecurity {
    return { crypto: this.#offered, plain: this.hasPlainLine ? "offered" : "absent" };
  }

  /** For an answer of ours: what is in force. */
  answer(): LegSecurity {
    return { crypto: [this.#taken], plain: this.hasPlainLine ? "refused" : "absent" };
  }

  /** The next offer brings new keys; the old one is in force until its answer. */
  renew(): void {
    this.#offered = this.#newLines();
  }

  /** What makes the recorder's description unusable; else its choice is in force from now on. */
  apply({ media }: SessionDescription): readonly string[] {
    const [audio] = media;
    if (audio?.kind !== "audio" || audio.protocol !== "RTP/SAVP" || audio.port === 0) {
      return [
        `has ${audio?.protocol ?? "nothing"} at port ${audio?.port ?? 0} instead of RTP/SAVP`,
      ];
    }
    const taken = this.#lineOf(audio);
    const problems = this.#problems(audio, taken);
    if (taken !== undefined && problems.length === 0) this.#take(taken);
    return problems;
  }

  #lineOf({ crypto }: SdpMedia): OfferedLine | undefined {
    return this.#offered.find(({ tag }) => tag === crypto[0]?.tag);
  }

  #problems({ crypto }: SdpMedia, taken: OfferedLine | undefined): string[] {
    const [line] = crypto;
    if (line === undefined || crypto.length > 1) {
      return [`has ${crypto.length} a=crypto lines instead of one`];
    }
    if (taken === undefined) return [`has the crypto tag ${line.tag}, which was not offered`];
    const { suite, keyAndSalt, parameters } = line;
    const problems: string[] = [];
    if (suite !== taken.suite) problems.push(`has ${suite} under the tag of ${taken.suite}`);
    if (keyAndSalt.length !== SRTP_KEY_BYTES) {
      problems.push(`has a key of ${keyAndSalt.length} bytes instead of ${SRTP_KEY_BYTES}`);
    }
    if (this.#offered.some((offered) => Buffer.compare(offered.keyAndSalt, keyAndSalt) === 0)) {
      problems.push("has our own key");
    }
    // "negotiated … MUST be the same in the offer and the answer"  §6.3.2
    if (parameters.join(" ") !== taken.parameters.join(" ")) {
      problems.push(
        `has the parameters "${parameters.join(" ")}", we "${taken.parameters.join(" ")}"`,
      );
    }
    return problems;
  }

  #take(line: OfferedLine): void {
    // An answer that takes the same line again changes nothing.
    if (line === this.#taken) return;
    this.#taken = line;
    this.protection.use(line.suite, line.keyAndSalt);
  }

  #newLines(): OfferedLine[] {
    const { suite, chance } = this.#options;
    const suites = [suite, ...SRTP_SUITES.filter((other) => other !== suite)];
    return suites.map((each, index) => ({
      ...{ tag: index + 1, suite: each, keyAndSalt: randomKey(chance) },
      ...{ keyLimits: KEY_LIMITS, parameters: PARAMETERS },
    }));
  }
}
