// Who and what a number is on this site, and which trunk channels are free.
import type { Person, TrunkChannel } from "./call-state.ts";
import type { PbxTruth } from "./truth.ts";
import type { Site, SiteGroup, SiteTrunk, SiteUser } from "./site.ts";

/** Where a dialled number leads. */
export type Destination =
  | { readonly kind: "user"; readonly user: SiteUser }
  | { readonly kind: "group"; readonly group: SiteGroup }
  | { readonly kind: "outside"; readonly number: string };

/** A call from outside: on which line, to which dialled number, leading where. */
export interface InboundRoute {
  readonly trunk: SiteTrunk;
  readonly did: string;
  readonly destination: Destination;
}

/** Users have the voices 1, 2, … in the site's order; outside people those from here on. */
const FIRST_OUTSIDE_VOICE = 10_001;
const MAXIMUM_VOICE = 65_535;

export class Directory {
  readonly #site: Site;
  readonly #users: ReadonlyMap<string, SiteUser>;
  readonly #groups: ReadonlyMap<string, SiteGroup>;
  readonly #voices: PbxTruth["voices"];
  readonly #channels = new Map<SiteTrunk, Set<number>>();
  readonly #private = new Map<string, boolean>();
  #outsideVoice = FIRST_OUTSIDE_VOICE;

  /** `voices`: where each voice is written down when somebody gets it. */
  constructor(site: Site, voices: PbxTruth["voices"] = new Map()) {
    this.#site = site;
    this.#voices = voices;
    this.#users = new Map(site.users.map((user) => [user.extension, user]));
    this.#groups = new Map(site.groups.map((group) => [group.number, group]));
    for (const [index, user] of site.users.entries()) this.#voices.set(user.extension, index + 1);
    for (const trunk of site.trunks) this.#channels.set(trunk, new Set());
  }

  group(number: string): SiteGroup | undefined {
    return this.#groups.get(number);
  }

  user(extension: string): SiteUser | undefined {
    return this.#users.get(extension);
  }

  /** The same person for the same extension or number. */
  person(party: string, name: string | null = null): Person {
    const user = this.#users.get(party) ?? null;
    const isPrivate = this.#private.get(party) ?? user?.privacy ?? false;
    return { party, user, name: user?.name ?? name, voice: this.voiceOf(party), isPrivate };
  }

  /** From now on calls of this person are private, or no longer. */
  setPrivate(party: string, isPrivate: boolean): void {
    this.#private.set(party, isPrivate);
  }

  /** Outside voices are given out as people appear, and start over when they are used up. */
  voiceOf(party: string): number {
    const known = this.#voices.get(party);
    if (known !== undefined) return known;
    const voice = this.#outsideVoice;
    this.#outsideVoice = voice === MAXIMUM_VOICE ? FIRST_OUTSIDE_VOICE : voice + 1;
    this.#voices.set(party, voice);
    return voice;
  }

  /** What a user reaches by dialling: a user, a group, else somebody outside. */
  dialledInside(digits: string): Destination {
    const inside = this.#inside(digits);
    if (inside !== null) return inside;
    const prefix = this.#site.outsidePrefix;
    const isPrefixed = prefix !== "" && digits.startsWith(prefix) && digits.length > prefix.length;
    return { kind: "outside", number: isPrefixed ? digits.slice(prefix.length) : digits };
  }

  /**
   * What a caller from outside reaches: by a dialled-in number, or by an extension or group whose
   * dialled-in number is then looked up. The first trunk with a free channel is taken, `via` names
   * another. null = no such number, "full" = no free channel.
   */
  dialledOutside(digits: string, via: string | undefined): InboundRoute | "full" | null {
    let isKnown = false;
    for (const trunk of this.#site.trunks) {
      if (via !== undefined && trunk.name !== via) continue;
      const entry = Object.entries(trunk.ddi).find(([did, to]) => did === digits || to === digits);
      const destination = this.#inside(entry?.[1] ?? digits);
      if (destination === null) continue;
      isKnown = true;
      if (!this.#hasFreeChannel(trunk)) continue;
      return { trunk, did: entry?.[0] ?? digits, destination };
    }
    return isKnown ? "full" : null;
  }

  /** The first trunk with a free channel; null when all are in use. */
  trunkToOutside(): SiteTrunk | null {
    return this.#site.trunks.find((trunk) => this.#hasFreeChannel(trunk)) ?? null;
  }

  /** Takes the lowest free channel. The caller has made sure that there is one. */
  seize(trunk: SiteTrunk): TrunkChannel {
    const used = this.#channels.get(trunk) ?? new Set();
    let channel = 1;
    while (used.has(channel)) channel += 1;
    used.add(channel);
    return { trunk, channel };
  }

  release(line: TrunkChannel): void {
    this.#channels.get(line.trunk)?.delete(line.channel);
  }

  /** A number of an outside person as users see and dial it. */
  prefixed(outsideNumber: string): string {
    return /^[0-9]/.test(outsideNumber) ? this.#site.outsidePrefix + outsideNumber : outsideNumber;
  }

  #inside(digits: string): Destination | null {
    const user = this.#users.get(digits);
    if (user !== undefined) return { kind: "user", user };
    const group = this.#groups.get(digits);
    return group === undefined ? null : { kind: "group", group };
  }

  #hasFreeChannel(trunk: SiteTrunk): boolean {
    return (this.#channels.get(trunk)?.size ?? trunk.channels) < trunk.channels;
  }
}
