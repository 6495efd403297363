// The receiving side of the media plane: bound ports with their packet-to-call rules, and the way
// of each datagram to its recording. The hot path (25,000 packets a second): no await, no log, no
// allocation but what a stage must keep (design.md §5, §9).
import type { ErrorCode } from "../errors.ts";
import type { Address, Clock, MediaCommand, MediaNegotiation } from "../ports/index.ts";
import { makeRtpHeader, readRtpHeader } from "../rtp/packet.ts";
import { parseRtcp } from "../rtp/rtcp.ts";
import type { LiveRecording } from "./live-recording.ts";
import type { PacketArrival, PacketQueue } from "./packet-queue.ts";
import { type Claim, type HeldPacket, isUnheard, PacketRouter } from "./packet-router.ts";
import type { PortDelegate, RtpPort } from "./rtp-ports.ts";

/** Packets kept for a recording whose files are still being read after a restart: 10 s. */
export const EARLY_PACKETS_LIMIT = 500;

/** Who is heard so long behind the end of one that was never heard is heard indeed. */
export const DOUBTED_MS = 500;

/** A call rebuilt after a crash takes no other source so long; silent, it is over by then. */
export const NO_GUESS_MS = 10_000;

/** One RTP port with its rules; `port` is null until it is bound. */
export interface Gate {
  readonly router: PacketRouter<Seat>;
  /** By the port of their source: queues that take their packets without the router. */
  readonly lanes: Map<number, PacketQueue>;
  port: RtpPort | null;
  dropsSeen: number;
}

/** A call's place in the plane; `live` is null while its files are read after a restart. */
export interface Seat {
  readonly recordingKey: string;
  readonly gate: Gate;
  claim: Claim<Seat> | null;
  live: LiveRecording | null;
  readonly early: HeldPacket[];
  /** Commands that came before `live`. */
  readonly waiting: MediaCommand[];
  /** Calls still up whose audio may be taken for this one's, and the other way round. */
  readonly doubtful: Set<Seat>;
  /** When one of them ended that was never heard: what came here by then may have been its. */
  doubtedMs: number;
}

export interface ReceptionDelegate {
  /** Of foreign packets; the receiver limits the rate. */
  onNotice(level: "info" | "warn", code: ErrorCode, detail: string): void;
  /** The kernel dropped packets of this port. */
  onKernelDrops(gate: Gate): void;
}

export class PacketReception {
  readonly counts = { received: 0, stray: 0, ambiguous: 0, kernelDrops: 0 };
  readonly #clock: Clock;
  readonly #delegate: ReceptionDelegate;
  readonly #gates = new Set<Gate>();
  readonly #allowed = new Set<string>();
  readonly #header = makeRtpHeader();
  /** Reused for each datagram. */
  readonly #from: PacketArrival = { source: { host: "", port: 0 }, nowMs: 0 };

  constructor(clock: Clock, delegate: ReceptionDelegate) {
    this.#clock = clock;
    this.#delegate = delegate;
  }

  allow(hosts: readonly string[]): void {
    for (const host of hosts) this.#allowed.add(host);
  }

  makeGate(localPortDecides: boolean): Gate {
    const isAllowed = (host: string): boolean => this.#allowed.has(host);
    const lanes = new Map<number, PacketQueue>();
    const router = new PacketRouter<Seat>({
      isAllowed,
      localPortDecides,
      openedMs: this.#clock.nowMs(),
      lastHeardMs: ({ live }) => live?.packets.lastArrivalMs ?? Number.NEGATIVE_INFINITY,
      onPairChanged: ({ port }) => {
        lanes.get(port)?.closeLane();
        lanes.delete(port);
      },
    });
    const gate: Gate = { router, lanes, port: null, dropsSeen: 0 };
    this.#gates.add(gate);
    return gate;
  }

  closeGate(gate: Gate): void {
    this.#gates.delete(gate);
    gate.port?.close();
  }

  closeAll(): void {
    for (const gate of this.#gates) this.closeGate(gate);
  }

  /** What the sockets of `gate` bring. */
  portDelegate(gate: Gate): PortDelegate {
    return {
      onRtp: (data, source) => this.#onRtp(gate, data, source),
      onRtcp: (data, source) => this.#onRtcp(gate, data, source),
    };
  }

  /** The call's packets count from now on. */
  claim(seat: Seat, negotiation: MediaNegotiation): void {
    const { remote, signallingHost, expectsMedia } = negotiation;
    const openedMs = this.#clock.nowMs();
    const terms = { remote, signallingHost, expectsMedia, openedMs };
    const { claim, rivals } = seat.gate.router.open(seat, terms);
    seat.claim = claim;
    this.#contest(seat, rivals);
  }

  /** A call that went on over a crash; `source` is where its audio came from. */
  reclaim(seat: Seat, negotiation: MediaNegotiation, source: Address | null): void {
    const { remote, signallingHost, expectsMedia } = negotiation;
    const guessFromMs = this.#clock.nowMs() + NO_GUESS_MS;
    const terms = { remote, signallingHost, expectsMedia };
    const { claim, held } = seat.gate.router.reopen(seat, terms, { source, guessFromMs });
    seat.claim = claim;
    this.deliver(seat, held);
  }

  renegotiate(seat: Seat, negotiation: MediaNegotiation): void {
    if (seat.claim === null) return;
    const { remote, signallingHost, expectsMedia } = negotiation;
    const nowMs = this.#clock.nowMs();
    const terms = { remote, signallingHost, expectsMedia, nowMs };
    const { rivals, held } = seat.gate.router.renegotiate(seat.claim, terms);
    this.#contest(seat, rivals);
    this.deliver(seat, held);
  }

  /** The call's packets end here: its pair is free, its SSRCs are refused for a while. */
  release(seat: Seat): void {
    if (seat.claim === null) return;
    seat.live?.packets.settle();
    const { doubtful, live } = seat;
    // Of two of which only one was ever heard it may have been the other one.
    const isDoubted = [...doubtful].some(({ claim }) => claim !== null && isUnheard(claim));
    const ssrcs = isDoubted ? [] : (live?.stream.ssrcs ?? []);
    const nowMs = this.#clock.nowMs();
    seat.gate.router.close(seat.claim, ssrcs, nowMs);
    for (const rival of doubtful) {
      rival.doubtful.delete(seat);
      if (isUnheard(seat.claim)) rival.doubtedMs = nowMs;
    }
    doubtful.clear();
    seat.claim = null;
  }

  /**
   * A pair that others claim too. By its SSRC an older call is known that has been heard; of calls
   * that all wait for their first packet nobody can tell whose it is, and each of them says so.
   */
  #contest(seat: Seat, rivals: readonly Seat[]): void {
    for (const rival of rivals) {
      if (rival.claim !== null && !isUnheard(rival.claim) && !isDoubted(rival)) {
        rival.live?.degrade("pair-claimed-twice");
        continue;
      }
      for (const [one, other] of [
        [seat, rival],
        [rival, seat],
      ] as const) {
        one.doubtful.add(other);
        one.live?.degrade("source-doubtful");
      }
    }
  }

  /** Packets that waited for their call, with the times of their arrival. */
  deliver(seat: Seat, packets: readonly HeldPacket[]): void {
    const { live } = seat;
    if (live === null) {
      seat.early.push(...packets);
      return;
    }
    const header = makeRtpHeader();
    for (const { data, source, arrivalMs } of packets) {
      if (readRtpHeader(data, header) !== null) continue;
      live.packets.push(data, header, { source, nowMs: arrivalMs });
    }
  }

  /** Once a second: what was held too long, and what the kernel dropped. */
  watch(nowMs: number): void {
    for (const gate of this.#gates) {
      this.counts.stray += gate.router.takeExpired(nowMs);
      const drops = gate.port?.kernelDrops ?? 0;
      if (drops <= gate.dropsSeen) continue;
      this.counts.kernelDrops += drops - gate.dropsSeen;
      gate.dropsSeen = drops;
      this.#delegate.onKernelDrops(gate);
    }
  }

  #onRtp(gate: Gate, data: Uint8Array, source: Address): void {
    this.counts.received += 1;
    const nowMs = this.#clock.nowMs();
    if (gate.lanes.get(source.port)?.pushPlain(data, source, nowMs) === true) return;
    this.#from.source = source;
    this.#from.nowMs = nowMs;
    this.#route(gate, data, this.#from);
  }

  #route(gate: Gate, data: Uint8Array, from: PacketArrival): void {
    const header = this.#header;
    const { router } = gate;
    const { source } = from;
    const flaw = readRtpHeader(data, header);
    // The padding of SRTP is encrypted: nobody can read its length yet (RFC 3711 §3.1).
    const isHidden = flaw === "bad-padding" && router.ownerOf(source)?.live?.isSecure === true;
    if (flaw !== null && !isHidden) {
      this.counts.stray += 1;
      return;
    }
    switch (router.route(data, header, from)) {
      case "claimed": {
        const seat = router.claim!.owner;
        if (seat.live === null) {
          this.#keepEarly(seat, data);
          return;
        }
        if (seat.doubtful.size > 0 && isPaused(seat.doubtful, from.nowMs)) {
          this.counts.stray += 1;
          return;
        }
        const { packets } = seat.live;
        packets.push(data, header, from);
        if (!router.isAlone(source)) return;
        packets.openLane(source, header.ssrc);
        gate.lanes.set(source.port, packets);
        return;
      }
      case "latched":
        router.claim!.owner.live?.packets.closeLane();
        this.deliver(router.claim!.owner, router.released);
        return;
      case "ambiguous":
        this.counts.ambiguous += 1;
        this.#delegate.onNotice("warn", "RTP_AMBIGUOUS", `from ${source.host}:${source.port}`);
        return;
      case "stray":
        this.counts.stray += 1;
        this.#delegate.onNotice("info", "RTP_STRAY", `from ${source.host}:${source.port}`);
        return;
      case "held":
        return;
    }
  }

  #keepEarly(seat: Seat, data: Uint8Array): void {
    if (seat.early.length >= EARLY_PACKETS_LIMIT) {
      this.counts.stray += 1;
      return;
    }
    const { ssrc, sequence } = this.#header;
    const { source, nowMs } = this.#from;
    seat.early.push({ data, source, arrivalMs: nowMs, ssrc, sequence });
  }

  #onRtcp(gate: Gate, data: Uint8Array, source: Address): void {
    const live = gate.router.ownerOfRtcp(source)?.live;
    if (live === undefined || live === null || live.isSecure) return;
    const { reception } = live.stream;
    if (reception === null) return;
    const content = parseRtcp(data);
    if (!content.ok) return;
    const nowMs = this.#clock.nowMs();
    for (const packet of content.value) {
      if (packet.type !== "senderReport" || packet.ssrc !== reception.source.ssrc) continue;
      const { ntpSeconds, ntpFraction } = packet;
      reception.source.onSenderReport({ seconds: ntpSeconds, fraction: ntpFraction }, nowMs);
    }
  }
}

/** Nothing has come since another call ended that may have been the one that was heard here. */
function isDoubted({ live, doubtedMs }: Seat): boolean {
  return (live?.packets.lastArrivalMs ?? Number.NEGATIVE_INFINITY) < doubtedMs + DOUBTED_MS;
}

/** What may be the audio of a paused call must not be kept as another one's. */
function isPaused(seats: ReadonlySet<Seat>, nowMs: number): boolean {
  for (const { live } of seats) if (live?.isPausedAt(nowMs) === true) return true;
  return false;
}
