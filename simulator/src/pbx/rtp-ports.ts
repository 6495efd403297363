// RTP and RTCP sockets of the recording legs: an even port and the next one a leg (domain.md),
// from a base on or wherever two neighbours are free. On purpose a leg may also get the pair of
// another one (oddity rtpPort): calls crossed by such ports are a known fault of the field.
import type { Address, Udp, UdpSocket } from "@tapeline/recorder/ports";

/** Port pairs tried above the base, and tries for free neighbours, before a leg is refused. */
const MAX_PAIRS = 2_048;
const MAX_TRIES = 64;

export interface RtpPortDelegate {
  onRtp(data: Uint8Array, source: Address): void;
  onRtcp(data: Uint8Array, source: Address): void;
}

export interface RtpPortPair {
  readonly rtp: UdpSocket;
  readonly rtcp: UdpSocket;
  /** The leg speaks no more; the sockets stay, so that the port is not used again too soon. */
  leave(): void;
  close(): void;
}

/** Which pair a leg gets: its own, that of a leg which has just ended, or that of one still up. */
export type RtpPortUse = "own" | "reused" | "shared";

/** Two sockets and the legs that use them: one, unless ports are shared on purpose. */
interface OpenPair {
  readonly rtp: UdpSocket;
  readonly rtcp: UdpSocket;
  readonly users: Set<RtpPortDelegate>;
  /** Of the users, those that still speak. */
  readonly speaking: Set<RtpPortDelegate>;
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EADDRINUSE";
}

export class RtpPorts {
  readonly #udp: Udp;
  readonly #host: string;
  readonly #basePort: number;
  /** Offset of the pair tried next: a port just given up is the last to be used again. */
  #next = 0;
  readonly #used = new Set<number>();
  /** Oldest first. */
  readonly #open = new Set<OpenPair>();
  /** Settles when all pairs that were asked for are open, or are not to be had. */
  #opening: Promise<unknown> = Promise.resolve();

  constructor(udp: Udp, options: { readonly host: string; readonly basePort: number }) {
    this.#udp = udp;
    this.#host = options.host;
    this.#basePort = options.basePort + (options.basePort % 2);
  }

  /** Rejects with an Error when no pair is to be had. */
  open(delegate: RtpPortDelegate, use: RtpPortUse = "own"): Promise<RtpPortPair> {
    // Of legs that begin at once the second one may get the port of the first.
    const opened =
      use === "own"
        ? this.#openNew(delegate)
        : this.#opening.then(() => this.#openAs(use, delegate));
    this.#opening = Promise.allSettled([this.#opening, opened]);
    return opened;
  }

  async #openAs(use: "reused" | "shared", delegate: RtpPortDelegate): Promise<RtpPortPair> {
    const present = this.#presentPair(use);
    return present === undefined ? this.#openNew(delegate) : this.#join(present, delegate);
  }

  async #openNew(delegate: RtpPortDelegate): Promise<RtpPortPair> {
    const users = new Set<RtpPortDelegate>();
    const everybody: RtpPortDelegate = {
      onRtp: (data, source) => users.forEach((user) => user.onRtp(data, source)),
      onRtcp: (data, source) => users.forEach((user) => user.onRtcp(data, source)),
    };
    const sockets =
      this.#basePort === 0 ? await this.#openAny(everybody) : await this.#openFromBase(everybody);
    const pair: OpenPair = { ...sockets, users, speaking: new Set() };
    this.#open.add(pair);
    return this.#join(pair, delegate);
  }

  #presentPair(use: "reused" | "shared"): OpenPair | undefined {
    const isSpeaking = use === "shared";
    return [...this.#open].findLast(({ speaking }) => speaking.size > 0 === isSpeaking);
  }

  #join(pair: OpenPair, delegate: RtpPortDelegate): RtpPortPair {
    const { rtp, rtcp, users, speaking } = pair;
    users.add(delegate);
    speaking.add(delegate);
    return {
      rtp,
      rtcp,
      leave: () => void speaking.delete(delegate),
      close: () => {
        speaking.delete(delegate);
        if (users.delete(delegate) && users.size === 0) this.#close(pair);
      },
    };
  }

  #close(pair: OpenPair): void {
    this.#open.delete(pair);
    this.#used.delete(pair.rtp.local.port);
    pair.rtp.close();
    pair.rtcp.close();
  }

  async #openFromBase(delegate: RtpPortDelegate): Promise<Pick<OpenPair, "rtp" | "rtcp">> {
    const pairs = Math.min(MAX_PAIRS, Math.floor((65_536 - this.#basePort) / 2));
    for (let tries = 0; tries < pairs; tries += 1) {
      const port = this.#basePort + 2 * (this.#next % pairs);
      this.#next += 1;
      if (this.#used.has(port)) continue;
      this.#used.add(port);
      const rtp = await this.#bindRtp(port, delegate);
      const rtcp = rtp === null ? null : await this.#bindRtcp(port + 1, delegate);
      if (rtp !== null && rtcp !== null) return { rtp, rtcp };
      rtp?.close();
      this.#used.delete(port);
    }
    throw new Error(`no free RTP port from ${this.#basePort} on`);
  }

  /** An odd port may be taken for RTCP if its lower neighbour is free, so roles come late. */
  async #openAny(delegate: RtpPortDelegate): Promise<Pick<OpenPair, "rtp" | "rtcp">> {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      let isRtp = true;
      const first = await this.#bind(0, (data, source) => {
        if (isRtp) delegate.onRtp(data, source);
        else delegate.onRtcp(data, source);
      });
      if (first === null) continue;
      isRtp = first.local.port % 2 === 0;
      const second = isRtp
        ? await this.#bindRtcp(first.local.port + 1, delegate)
        : await this.#bindRtp(first.local.port - 1, delegate);
      if (second !== null) {
        return isRtp ? { rtp: first, rtcp: second } : { rtp: second, rtcp: first };
      }
      first.close();
    }
    throw new Error("no two neighbouring free UDP ports for RTP and RTCP");
  }

  #bindRtp(port: number, delegate: RtpPortDelegate): Promise<UdpSocket | null> {
    return this.#bind(port, (data, source) => delegate.onRtp(data, source));
  }

  #bindRtcp(port: number, delegate: RtpPortDelegate): Promise<UdpSocket | null> {
    return this.#bind(port, (data, source) => delegate.onRtcp(data, source));
  }

  /** null when the port is taken. */
  async #bind(
    port: number,
    onDatagram: (data: Uint8Array, source: Address) => void,
  ): Promise<UdpSocket | null> {
    try {
      return await this.#udp.bind(
        { local: { host: this.#host, port } },
        // A recorder that closed its port answers with ICMP: nothing that we could do about it.
        { onDatagram, onError: () => undefined },
      );
    } catch (error) {
      if (isTaken(error)) return null;
      throw error;
    }
  }
}
