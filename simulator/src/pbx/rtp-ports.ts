// RTP and RTCP sockets of the recording legs: an even port and the next one a leg (domain.md),
// from a base on or wherever two neighbours are free.
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
  close(): void;
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

  constructor(udp: Udp, options: { readonly host: string; readonly basePort: number }) {
    this.#udp = udp;
    this.#host = options.host;
    this.#basePort = options.basePort + (options.basePort % 2);
  }

  /** Rejects with an Error when no pair is to be had. */
  async open(delegate: RtpPortDelegate): Promise<RtpPortPair> {
    return this.#basePort === 0 ? this.#openAny(delegate) : this.#openFromBase(delegate);
  }

  async #openFromBase(delegate: RtpPortDelegate): Promise<RtpPortPair> {
    const pairs = Math.min(MAX_PAIRS, Math.floor((65_536 - this.#basePort) / 2));
    for (let tries = 0; tries < pairs; tries += 1) {
      const port = this.#basePort + 2 * (this.#next % pairs);
      this.#next += 1;
      if (this.#used.has(port)) continue;
      this.#used.add(port);
      const rtp = await this.#bind(port, (data, source) => delegate.onRtp(data, source));
      const rtcp = rtp === null ? null : await this.#bindRtcp(port + 1, delegate);
      if (rtp !== null && rtcp !== null) return this.#pair(rtp, rtcp);
      rtp?.close();
      this.#used.delete(port);
    }
    throw new Error(`no free RTP port from ${this.#basePort} on`);
  }

  /** An odd port may be taken for RTCP if its lower neighbour is free, so roles come late. */
  async #openAny(delegate: RtpPortDelegate): Promise<RtpPortPair> {
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
        : await this.#bind(first.local.port - 1, (data, source) => delegate.onRtp(data, source));
      if (second !== null) return isRtp ? this.#pair(first, second) : this.#pair(second, first);
      first.close();
    }
    throw new Error("no two neighbouring free UDP ports for RTP and RTCP");
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

  #pair(rtp: UdpSocket, rtcp: UdpSocket): RtpPortPair {
    return {
      rtp,
      rtcp,
      close: () => {
        this.#used.delete(rtp.local.port);
        rtp.close();
        rtcp.close();
      },
    };
  }
}
