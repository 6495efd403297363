// The RTP sockets of the media plane: one shared port, or an even port for each call out of
// rtp.range, each with RTCP on the next where that can be had (design.md §5). Service: owns the
// sockets; packets go up through the delegate as they come.
import { type ErrorCode, RecorderError, systemCode } from "../errors.ts";
import type { Address, MediaPlaneOptions, Udp, UdpSocket } from "../ports/index.ts";

export interface PortDelegate {
  onRtp(data: Uint8Array, source: Address): void;
  onRtcp(data: Uint8Array, source: Address): void;
}

export interface RtpPortsDelegate {
  onNotice(level: "info" | "warn", code: ErrorCode, detail: string): void;
}

/** One bound RTP port. */
export class RtpPort {
  readonly #rtp: UdpSocket;
  readonly #rtcp: UdpSocket | null;
  readonly #onClose: () => void;

  constructor(rtp: UdpSocket, rtcp: UdpSocket | null, onClose: () => void) {
    this.#rtp = rtp;
    this.#rtcp = rtcp;
    this.#onClose = onClose;
  }

  get port(): number {
    return this.#rtp.local.port;
  }

  get receiveBufferBytes(): number {
    return this.#rtp.receiveBufferBytes();
  }

  /** Datagrams that the kernel dropped since the bind; 0 where it can't be read. */
  get kernelDrops(): number {
    return this.#rtp.kernelDropCount() ?? 0;
  }

  /** Calls back once all RTP that has reached this machine so far has been delivered. */
  whenDrained(callback: () => void): void {
    this.#rtp.whenDrained(callback);
  }

  get hasRtcp(): boolean {
    return this.#rtcp !== null;
  }

  sendRtcp(data: Uint8Array, target: Address): void {
    this.#rtcp?.send(data, target);
  }

  close(): void {
    this.#rtp.close();
    this.#rtcp?.close();
    this.#onClose();
  }
}

export class RtpPorts {
  readonly #options: MediaPlaneOptions;
  readonly #udp: Udp;
  readonly #delegate: RtpPortsDelegate;
  readonly #taken = new Set<number>();
  /** Ports are used in turn, so that one that just ended rests longest. */
  #nextIndex = 0;

  constructor(options: MediaPlaneOptions, udp: Udp, delegate: RtpPortsDelegate) {
    this.#options = options;
    this.#udp = udp;
    this.#delegate = delegate;
  }

  /** The port that all calls share. */
  openShared(port: number, delegate: PortDelegate): Promise<RtpPort> {
    return this.#bind(port, delegate);
  }

  /** What buffer the kernel grants, found out on a port of its choice. */
  async probeBufferBytes(): Promise<number> {
    const { bindHost, receiveBufferBytes } = this.#options;
    const socket = await this.#udp.bind(
      { local: { host: bindHost, port: 0 }, receiveBufferBytes },
      { onDatagram: () => {}, onError: () => {} },
    );
    const granted = socket.receiveBufferBytes();
    socket.close();
    return granted;
  }

  /** A port of the range that is free; `wanted` after a restart must be that very one. */
  async openFromRange(
    range: readonly [number, number],
    delegate: PortDelegate,
    wanted: number | null,
  ): Promise<RtpPort> {
    if (wanted !== null) return this.#bindTaken(wanted, delegate);
    const first = range[0] + (range[0] % 2);
    const count = Math.max(0, Math.floor((range[1] - first) / 2) + 1);
    for (let tried = 0; tried < count; tried += 1) {
      const port = first + (this.#nextIndex % count) * 2;
      this.#nextIndex = (this.#nextIndex + 1) % count;
      if (this.#taken.has(port)) continue;
      try {
        return await this.#bindTaken(port, delegate);
      } catch (error) {
        // Another program has it: the next one may be free.
        if (!(error instanceof RecorderError) || error.code !== "PORT_IN_USE") throw error;
      }
    }
    throw new RecorderError("RTP_PORTS_EXHAUSTED", `rtp.range ${range[0]}–${range[1]}`);
  }

  async #bindTaken(port: number, delegate: PortDelegate): Promise<RtpPort> {
    this.#taken.add(port);
    try {
      return await this.#bind(port, delegate);
    } catch (error) {
      this.#taken.delete(port);
      throw error;
    }
  }

  async #bind(port: number, delegate: PortDelegate): Promise<RtpPort> {
    const { bindHost, receiveBufferBytes } = this.#options;
    const ignore = (): void => {};
    let rtp: UdpSocket;
    try {
      rtp = await this.#udp.bind(
        { local: { host: bindHost, port }, receiveBufferBytes },
        // RTP is only received, so nothing can fail but what the next packet shows anyway.
        { onDatagram: (data, source) => delegate.onRtp(data, source), onError: ignore },
      );
    } catch (error) {
      throw new RecorderError(codeOfBind(error), `RTP ${bindHost}:${port}`, { cause: error });
    }
    const rtcp = await this.#bindRtcp(rtp.local.port + 1, delegate);
    return new RtpPort(rtp, rtcp, () => this.#taken.delete(port));
  }

  /** RTCP is optional: without it there are no receiver reports. */
  async #bindRtcp(port: number, delegate: PortDelegate): Promise<UdpSocket | null> {
    const local = { host: this.#options.bindHost, port };
    try {
      return await this.#udp.bind(
        { local },
        {
          onDatagram: (data, source) => delegate.onRtcp(data, source),
          // A peer without RTCP answers reports with ICMP; that is its right.
          onError: () => {},
        },
      );
    } catch (error) {
      const code = codeOfBind(error);
      this.#delegate.onNotice("info", code, `RTCP ${local.host}:${port}, no receiver reports`);
      return null;
    }
  }
}

/** What a failed bind means for the administrator. */
function codeOfBind(error: unknown): ErrorCode {
  switch (systemCode(error)) {
    case "EADDRINUSE":
      return "PORT_IN_USE";
    case "EACCES":
      return "PORT_NOT_PERMITTED";
    case "EADDRNOTAVAIL":
      return "ADDRESS_NOT_LOCAL";
    default:
      return "MEDIA_PLANE_FAILED";
  }
}
