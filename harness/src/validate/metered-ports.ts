// Ports that count what leaves, and refuse what is more than was planned: a validation never sends
// more than its dry run said, whatever goes wrong in it.
import type { TcpStream } from "@tapeline/recorder/ports";
import type { ValidatePorts } from "./probe.ts";
import { IP_TCP_BYTES, IP_UDP_BYTES } from "./traffic.ts";
import { rejectionTraffic } from "./udp-rejection.ts";

/** What may leave at most, and what has. */
export class TrafficMeter {
  readonly #limitBytes: number;
  #packets = 0;
  #bytes = 0;
  #refused = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get packets(): number {
    return this.#packets;
  }

  /** At IP. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Packets that were held back. */
  get refused(): number {
    return this.#refused;
  }

  /** False = it would be more than was planned: do not send. */
  take(bytes: number): boolean {
    if (this.#bytes + bytes > this.#limitBytes) {
      this.#refused += 1;
      return false;
    }
    this.#packets += 1;
    this.#bytes += bytes;
    return true;
  }
}

export function meteredPorts(ports: ValidatePorts, meter: TrafficMeter): ValidatePorts {
  const wrap = (stream: TcpStream): TcpStream => ({
    local: stream.local,
    remote: stream.remote,
    secure: stream.secure,
    ...(stream.certificate === undefined ? {} : { certificate: stream.certificate }),
    write: (data) => {
      if (meter.take(data.length + IP_TCP_BYTES)) stream.write(data);
    },
    queuedBytes: () => stream.queuedBytes(),
    close: () => stream.close(),
    destroy: () => stream.destroy(),
  });
  const { isUdpRejected } = ports;
  return {
    ...ports,
    ...(isUdpRejected === undefined
      ? {}
      : {
          isUdpRejected: (target) =>
            meter.take(rejectionTraffic("").bytes) ? isUdpRejected(target) : Promise.resolve(false),
        }),
    udp: {
      async bind(options, delegate) {
        const socket = await ports.udp.bind(options, delegate);
        return {
          local: socket.local,
          send: (data, target) => {
            if (meter.take(data.length + IP_UDP_BYTES)) socket.send(data, target);
          },
          receiveBufferBytes: () => socket.receiveBufferBytes(),
          kernelDropCount: () => socket.kernelDropCount(),
          whenDrained: (callback) => socket.whenDrained(callback),
          close: () => socket.close(),
        };
      },
    },
    tcp: {
      checkTls: (tls) => ports.tcp.checkTls(tls),
      connect: async (options, delegate) => wrap(await ports.tcp.connect(options, delegate)),
      listen: (options, onStream) => ports.tcp.listen(options, (stream) => onStream(wrap(stream))),
    },
  };
}
