// Which packet belongs to which call (design.md §5). The key is local port, source address and
// source port; the SSRC alone never maps a packet to a call. A dialog claims its SDP pair before
// the 200; other packets of allowed hosts are held and latched only where there is no doubt.
// Pure: no I/O, time comes with each packet. One PortTable a local port.
import type { Address } from "../ports/index.ts";
import type { RtpHeader } from "../rtp/packet.ts";

/** Unclaimed packets are held for latching, each source for itself. */
export const HELD_PACKETS_LIMIT = 64;
export const HELD_MS = 500;
/** Sources held at once on one local port; more are strays at once. */
export const HELD_SOURCES_LIMIT = 256;
/** After this silence another source of the same address may follow. */
export const SOURCE_SILENCE_MS = 1000;
/** So long a source may yet get an INVITE of its own, before a call that was heard follows it. */
export const INVITE_OVERTAKEN_MS = 200;
/** So much before its INVITE, or its last packet from elsewhere, a call's own source may begin. */
export const EARLIER_MS = 100;
/** What is heard so soon after the port has opened ran before: nobody guesses whose it is. */
export const RUNNING_MS = 100;
/** Claims of one pair this close to one another wait for their first audio in the same order. */
export const WAITS_MS = 2000;
/** For so long after BYE the call's SSRC is refused on its pair. */
export const REFUSE_SSRC_MS = 5000;

export interface HeldPacket {
  readonly data: Uint8Array;
  readonly source: Address;
  readonly arrivalMs: number;
  readonly ssrc: number;
  readonly sequence: number;
}

/** A dialog's right to packets. Fields change only here. */
export interface Claim<T> {
  readonly owner: T;
  signallingHost: string;
  /** The SDP's pair; null while no SDP has named one. */
  remote: Address | null;
  /** A source that follows no SDP. */
  latched: Address | null;
  expectsMedia: boolean;
  hasMedia: boolean;
  lastPacketMs: number;
  /** The last one heard; NO_SSRC before the first. */
  ssrc: number;
  /** Before this no other source is guessed for it. */
  guessFromMs: number;
  readonly openedMs: number;
}

export interface Terms {
  readonly remote: Address | null;
  readonly signallingHost: string;
  readonly expectsMedia: boolean;
  /** When the dialog came to be; left out where that is not known. */
  readonly openedMs?: number;
}

/** `claimed`: `router.claim` has it; `latched`: and `router.released` holds the packets so far. */
export type RouteVerdict = "claimed" | "latched" | "held" | "ambiguous" | "stray";

/** What is held of a source that nobody claims. */
interface HeldSource {
  /** When its first packet came, of those that followed one another within HELD_MS. */
  sinceMs: number;
  packets: HeldPacket[];
}

interface Refusal {
  readonly source: Address;
  readonly untilMs: number;
}

export class PacketRouter<T> {
  /** After `claimed` and `latched`: whose packet it was. */
  claim: Claim<T> | null = null;
  /** After `latched`: what had been held, this packet included. */
  released: readonly HeldPacket[] = [];
  /** Held packets that nobody claimed in time, since the last `takeExpired`. */
  #expired = 0;
  readonly #isAllowed: (host: string) => boolean;
  readonly #localPortDecides: boolean;
  readonly #openedMs: number;
  readonly #lastHeardMs: (owner: T) => number;
  readonly #onPairChanged: (pair: Address) => void;
  readonly #claims = new Set<Claim<T>>();
  readonly #pairs = new Map<string, Map<number, Claim<T>[]>>();
  readonly #held = new Map<string, Map<number, HeldSource>>();
  #heldSources = 0;
  readonly #refused = new Map<number, Refusal[]>();

  constructor(options: {
    readonly isAllowed: (host: string) => boolean;
    /** With rtp.range: this port belongs to one call, whatever address its packets come from. */
    readonly localPortDecides: boolean;
    /** When the port was opened; left out where that is not known. */
    readonly openedMs?: number;
    /** Of packets that did not take the router's way. */
    readonly lastHeardMs?: (owner: T) => number;
    /** From now on packets of this source must take the router's way. */
    readonly onPairChanged?: (pair: Address) => void;
  }) {
    this.#isAllowed = options.isAllowed;
    this.#localPortDecides = options.localPortDecides;
    this.#openedMs = options.openedMs ?? Number.NEGATIVE_INFINITY;
    this.#lastHeardMs = options.lastHeardMs ?? (() => Number.NEGATIVE_INFINITY);
    this.#onPairChanged = options.onPairChanged ?? (() => {});
  }

  /** A new dialog. `rivals` are older ones with the same pair. Packets count from now on. */
  open(owner: T, terms: Terms): { readonly claim: Claim<T>; readonly rivals: readonly T[] } {
    const claim = this.#newClaim(owner, terms);
    if (terms.remote === null) return { claim, rivals: [] };
    this.#expired += this.#takeHeld(terms.remote).length;
    return { claim, rivals: this.#join(claim, terms.remote) };
  }

  /**
   * A dialog that went on over a crash. What it heard is known, so for a while nothing is guessed:
   * a source whose own dialog is still to be rebuilt must not fall to it. `held` is the call's.
   */
  reopen(
    owner: T,
    terms: Terms,
    before: { readonly source: Address | null; readonly guessFromMs: number },
  ): { readonly claim: Claim<T>; readonly held: readonly HeldPacket[] } {
    const claim = this.#newClaim(owner, terms);
    claim.guessFromMs = before.guessFromMs;
    const { source } = before;
    if (source !== null && !isSameAddress(source, terms.remote)) {
      claim.latched = source;
      this.#join(claim, source);
    }
    if (terms.remote !== null) this.#join(claim, terms.remote);
    const sources = [terms.remote, claim.latched].filter((pair) => pair !== null);
    return { claim, held: sources.flatMap((pair) => this.#takeHeld(pair)) };
  }

  #newClaim(owner: T, terms: Terms): Claim<T> {
    const claim: Claim<T> = {
      owner,
      ...terms,
      latched: null,
      hasMedia: false,
      lastPacketMs: 0,
      ssrc: NO_SSRC,
      guessFromMs: 0,
      openedMs: terms.openedMs ?? Number.NEGATIVE_INFINITY,
    };
    this.#claims.add(claim);
    return claim;
  }

  /** A re-offer. `held` came from the new pair before it was named. */
  renegotiate(
    claim: Claim<T>,
    terms: Terms & { readonly nowMs: number },
  ): { readonly rivals: readonly T[]; readonly held: readonly HeldPacket[] } {
    claim.signallingHost = terms.signallingHost;
    // Silence while nothing was to be sent is no reason for another source.
    if (terms.expectsMedia && !claim.expectsMedia) claim.lastPacketMs = terms.nowMs;
    claim.expectsMedia = terms.expectsMedia;
    // c=0.0.0.0 is a hold: the pair stays for what is still on its way.
    if (terms.remote === null || isSameAddress(terms.remote, claim.remote)) return NOTHING_HELD;
    this.#unlatch(claim);
    if (claim.remote !== null) this.#leave(claim, claim.remote);
    claim.remote = terms.remote;
    const rivals = this.#join(claim, terms.remote);
    const held = this.#takeHeld(terms.remote).filter((packet) => isFresh(packet, terms.nowMs));
    return { rivals, held };
  }

  /** BYE: the pair is free, its SSRCs are refused for a while. */
  close(claim: Claim<T>, ssrcs: readonly number[], nowMs: number): void {
    const sources = [claim.remote, claim.latched].filter((source) => source !== null);
    for (const source of sources) {
      for (const ssrc of ssrcs) this.#refuse(ssrc, { source, untilMs: nowMs + REFUSE_SSRC_MS });
    }
    this.#unlatch(claim);
    if (claim.remote !== null) this.#leave(claim, claim.remote);
    this.#claims.delete(claim);
  }

  route(
    data: Uint8Array,
    header: RtpHeader,
    from: { source: Address; nowMs: number },
  ): RouteVerdict {
    const { source, nowMs } = from;
    if (this.#refused.size > 0 && this.#isRefused(header.ssrc, source, nowMs)) return "stray";
    const claims = this.#pairs.get(source.host)?.get(source.port);
    if (claims === undefined) return this.#unclaimed(data, header, from);
    const claim = claims.length === 1 ? claims[0]! : chooseBySsrc(claims, header.ssrc);
    // The SDP's own pair speaks: a guess that was made before is taken back.
    if (claim.latched !== null && !isSameAddress(claim.latched, source)) this.#unlatch(claim);
    this.#heard(claim, header.ssrc, nowMs);
    return "claimed";
  }

  /** After `claimed`: nobody else claims packets of this source, and no guess is to be taken back. */
  isAlone(source: Address): boolean {
    return this.#pairs.get(source.host)?.get(source.port)?.length === 1;
  }

  /** Whose packets come from here, by what is known before one is routed. */
  ownerOf(source: Address): T | null {
    const claims = this.#pairs.get(source.host)?.get(source.port);
    return claims?.at(-1)?.owner ?? null;
  }

  /** Whose RTCP comes from here: the source's port + 1. */
  ownerOfRtcp(source: Address): T | null {
    return this.ownerOf({ host: source.host, port: source.port - 1 });
  }

  /** Counts and forgets what was held too long. Call about once a second. */
  takeExpired(nowMs: number): number {
    for (const [host, ports] of this.#held) {
      for (const [port, held] of ports) {
        const fresh = held.packets.filter((packet) => isFresh(packet, nowMs));
        this.#expired += held.packets.length - fresh.length;
        held.packets = fresh;
        if (fresh.length === 0) this.#forgetHeld(host, port);
      }
    }
    for (const [ssrc, refusals] of this.#refused) {
      const left = refusals.filter((refusal) => refusal.untilMs > nowMs);
      if (left.length > 0) this.#refused.set(ssrc, left);
      else this.#refused.delete(ssrc);
    }
    const expired = this.#expired;
    this.#expired = 0;
    return expired;
  }

  #heard(claim: Claim<T>, ssrc: number, nowMs: number): void {
    claim.hasMedia = true;
    claim.lastPacketMs = nowMs;
    claim.ssrc = ssrc;
    this.claim = claim;
  }

  #unclaimed(
    data: Uint8Array,
    header: RtpHeader,
    from: { source: Address; nowMs: number },
  ): RouteVerdict {
    const { source, nowMs } = from;
    if (!this.#isAllowed(source.host) && !this.#isKnown(source.host)) return "stray";
    const held = this.#hold({
      data,
      source,
      arrivalMs: nowMs,
      ssrc: header.ssrc,
      sequence: header.sequence,
    });
    if (held === null) return "stray";
    const [before, last] = [held.packets.at(-2), held.packets.at(-1)];
    if (before === undefined || last === undefined || !isNext(before, last)) return "held";
    // What a call sends after its BYE may have another SSRC by then; it is no silent call's.
    if (this.#isOfClosed(source, nowMs)) return "held";
    const candidates = [...this.#claims].filter(
      (claim) => this.#lacksMedia(claim, source, nowMs) && this.#mayBeOf(claim, held.sinceMs),
    );
    const claim = candidates[0];
    if (claim === undefined) return "held";
    if (candidates.length > 1) return "ambiguous";
    if (claim.hasMedia && nowMs - held.sinceMs < INVITE_OVERTAKEN_MS) return "held";
    this.#latch(claim, source);
    this.#heard(claim, header.ssrc, nowMs);
    return "latched";
  }

  #latch(claim: Claim<T>, source: Address): void {
    this.#unlatch(claim);
    const held = this.#takeHeld(source);
    const ssrc = held.at(-1)?.ssrc;
    this.released = held.filter((packet) => packet.ssrc === ssrc);
    this.#expired += held.length - this.released.length;
    claim.latched = source;
    this.#join(claim, source);
  }

  #unlatch(claim: Claim<T>): void {
    if (claim.latched !== null) this.#leave(claim, claim.latched);
    claim.latched = null;
  }

  #lacksMedia(claim: Claim<T>, source: Address, nowMs: number): boolean {
    if (!claim.expectsMedia || nowMs < claim.guessFromMs) return false;
    const heardMs = Math.max(claim.lastPacketMs, this.#lastHeardMs(claim.owner));
    if (claim.hasMedia && nowMs - heardMs < SOURCE_SILENCE_MS) return false;
    return this.#localPortDecides || isOfHost(claim, source.host);
  }

  /**
   * A stream that ran before there was the dialog, or beside its own, is another's: of a call that
   * was lost with a power cut, or of a phone that nobody records.
   */
  #mayBeOf(claim: Claim<T>, sinceMs: number): boolean {
    // A port of one call alone is opened for it.
    if (!this.#localPortDecides && sinceMs < this.#openedMs + RUNNING_MS) return false;
    const heardMs = Math.max(claim.lastPacketMs, this.#lastHeardMs(claim.owner));
    const lacksMs = Math.max(claim.openedMs, claim.hasMedia ? heardMs : Number.NEGATIVE_INFINITY);
    return sinceMs >= lacksMs - EARLIER_MS;
  }

  #isKnown(host: string): boolean {
    for (const claim of this.#claims) if (isOfHost(claim, host)) return true;
    return false;
  }

  #join(claim: Claim<T>, pair: Address): readonly T[] {
    this.#onPairChanged(pair);
    const rivals = this.#pairs.get(pair.host)?.get(pair.port) ?? [];
    // A guess yields to the dialog whose SDP names the pair.
    if (isSameAddress(pair, claim.remote)) {
      for (const rival of rivals) if (isSameAddress(pair, rival.latched)) this.#unlatch(rival);
    }
    const ports = this.#pairs.get(pair.host) ?? new Map<number, Claim<T>[]>();
    this.#pairs.set(pair.host, ports);
    ports.set(pair.port, [...(ports.get(pair.port) ?? []), claim]);
    return rivals.map((rival) => rival.owner);
  }

  #leave(claim: Claim<T>, pair: Address): void {
    this.#onPairChanged(pair);
    const ports = this.#pairs.get(pair.host);
    const left = ports?.get(pair.port)?.filter((other) => other !== claim) ?? [];
    if (left.length > 0) ports?.set(pair.port, left);
    else ports?.delete(pair.port);
    if (ports?.size === 0) this.#pairs.delete(pair.host);
  }

  /** All that is held of the source, or null when there is no room for another source. */
  #hold(packet: HeldPacket): HeldSource | null {
    const { host, port } = packet.source;
    const ports = this.#held.get(host) ?? new Map<number, HeldSource>();
    let held = ports.get(port);
    if (held === undefined) {
      if (this.#heldSources >= HELD_SOURCES_LIMIT) return null;
      this.#heldSources += 1;
      held = { sinceMs: packet.arrivalMs, packets: [] };
      ports.set(port, held);
      this.#held.set(host, ports);
    }
    const { packets } = held;
    const last = packets.at(-1);
    if (last !== undefined && packet.arrivalMs - last.arrivalMs > HELD_MS) {
      held.sinceMs = packet.arrivalMs;
    }
    packets.push(packet);
    while (packets.length > HELD_PACKETS_LIMIT || !isFresh(packets[0]!, packet.arrivalMs)) {
      packets.shift();
      this.#expired += 1;
    }
    return held;
  }

  #takeHeld(source: Address): HeldPacket[] {
    const packets = this.#held.get(source.host)?.get(source.port)?.packets ?? [];
    if (packets.length > 0) this.#forgetHeld(source.host, source.port);
    return packets;
  }

  #forgetHeld(host: string, port: number): void {
    const ports = this.#held.get(host);
    if (ports?.delete(port) === true) this.#heldSources -= 1;
    if (ports?.size === 0) this.#held.delete(host);
  }

  #refuse(ssrc: number, refusal: Refusal): void {
    this.#refused.set(ssrc, [...(this.#refused.get(ssrc) ?? []), refusal]);
  }

  /** A call whose pair it was has ended lately. */
  #isOfClosed(source: Address, nowMs: number): boolean {
    for (const refusals of this.#refused.values()) {
      if (refusals.some((one) => one.untilMs > nowMs && isSameAddress(source, one.source)))
        return true;
    }
    return false;
  }

  #isRefused(ssrc: number, source: Address, nowMs: number): boolean {
    const refusals = this.#refused.get(ssrc);
    if (refusals === undefined) return false;
    return refusals.some(
      (refusal) => refusal.untilMs > nowMs && isSameAddress(refusal.source, source),
    );
  }
}

const NO_SSRC = -1;
const NOTHING_HELD = { rivals: [], held: [] };

/**
 * A pair claimed twice: who has the SSRC keeps it. A new one is of the newest claim, unless an
 * older one still waits for its first: calls that begin together speak in the order of their
 * INVITEs, which is likely and no more (packet-reception.ts tells it of both).
 */
function chooseBySsrc<T>(claims: readonly Claim<T>[], ssrc: number): Claim<T> {
  const newest = claims.at(-1)!;
  const isWaiting = (claim: Claim<T>): boolean =>
    isUnheard(claim) && claim.expectsMedia && newest.openedMs - claim.openedMs <= WAITS_MS;
  return claims.find((claim) => claim.ssrc === ssrc) ?? claims.find(isWaiting) ?? newest;
}

/** Which SSRC is the call's, nothing has shown yet. */
export function isUnheard<T>({ ssrc }: Claim<T>): boolean {
  return ssrc === NO_SSRC;
}

function isOfHost<T>(claim: Claim<T>, host: string): boolean {
  return claim.signallingHost === host || claim.remote?.host === host;
}

/** Of two that may be objects of their own. */
export function isSameAddress(one: Address, other: Address | null): boolean {
  return other !== null && one.port === other.port && one.host === other.host;
}

function isFresh(packet: HeldPacket, nowMs: number): boolean {
  return nowMs - packet.arrivalMs <= HELD_MS;
}

function isNext(before: HeldPacket, packet: HeldPacket): boolean {
  return before.ssrc === packet.ssrc && ((before.sequence + 1) & 0xffff) === packet.sequence;
}
