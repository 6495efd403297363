// SRTP of one recording leg as its RTP sender sees it: the key in force, packets in and packets as
// they go over the wire out, and what is wrong with them on purpose (srtpWrongKey, srtpReplays).
// leg-crypto.ts says which key.  RFC 3711 §3.3
import {
  deriveSrtpKeys,
  protectRtp,
  RolloverCounter,
  SRTP_KEY_BYTES,
  type SrtpKeys,
  type SrtpSuite,
} from "../wire/srtp.ts";
import type { PbxChance } from "./pbx-chance.ts";
import type { SipOddities } from "./sip-oddities.ts";

/** A packet is sent again after so many ticks of 20 ms: 2 s, far behind any replay window. */
const REPLAY_TICKS = 100;

/** A master key and its salt. */
export function randomKey(chance: PbxChance): Uint8Array {
  return Uint8Array.from({ length: SRTP_KEY_BYTES }, () => chance.below(0x100));
}

export class RtpProtection {
  readonly #oddities: SipOddities;
  readonly #chance: PbxChance;
  /** "After a re-keying occurs … [it] MUST NOT be reset to zero": of all keys.  §3.3.1 */
  readonly #rollovers = new RolloverCounter();
  #suite: SrtpSuite;
  #keys: SrtpKeys;
  /** Made of a key that nobody was told. */
  #wrongKeys: SrtpKeys | null = null;
  #packets = 0;
  #ticks = 0;
  readonly #replays: { readonly wire: Uint8Array; readonly dueTick: number }[] = [];

  constructor(
    first: { readonly suite: SrtpSuite; readonly keyAndSalt: Uint8Array },
    { oddities, chance }: { readonly oddities: SipOddities; readonly chance: PbxChance },
  ) {
    this.#oddities = oddities;
    this.#chance = chance;
    this.#suite = first.suite;
    this.#keys = deriveSrtpKeys(first.suite, first.keyAndSalt);
  }

  /** From now on packets are protected with this. */
  use(suite: SrtpSuite, keyAndSalt: Uint8Array): void {
    this.#suite = suite;
    this.#keys = deriveSrtpKeys(suite, keyAndSalt);
    this.#wrongKeys = null;
  }

  /** Whether packets have another key now than the recorder was told. */
  isWrong(): boolean {
    return this.#oddities.srtpWrongKey;
  }

  /** The packet for the wire. They come in the order of their numbers. */
  protect(packet: Uint8Array): Uint8Array {
    const rollover = this.#rollovers.of(packet);
    return protectRtp(packet, rollover, this.isWrong() ? this.#wrong() : this.#keys);
  }

  /** Keeps what was sent where it is to be sent again. */
  sent(wire: Uint8Array): void {
    const every = this.#oddities.srtpReplays;
    this.#packets += 1;
    if (every <= 0 || this.#packets % every !== 0) return;
    this.#replays.push({ wire: wire.slice(), dueTick: this.#ticks + REPLAY_TICKS });
  }

  /** Packets that are sent again at this tick. */
  tick(): readonly Uint8Array[] {
    this.#ticks += 1;
    const due = this.#replays.filter(({ dueTick }) => dueTick <= this.#ticks);
    this.#replays.splice(0, due.length);
    return due.map(({ wire }) => wire);
  }

  #wrong(): SrtpKeys {
    this.#wrongKeys ??= deriveSrtpKeys(this.#suite, randomKey(this.#chance));
    return this.#wrongKeys;
  }
}
