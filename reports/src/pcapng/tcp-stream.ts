// A TCP conversation around captured chunks: handshake before the first, sequence numbers that
// advance, acknowledgements often enough that no analyser sees a full window. Stage of the pcapng
// writer: chunk in, frames out. RFC 9293 §3.4, §3.5. The first chunk's sender counts as the client.
import { TCP_ACK, TCP_PUSH, TCP_SYN, tcpFrame } from "./frames.ts";
import type { FrameEnd, FrameRoute } from "./frames.ts";

/** Payload of one segment, the usual Ethernet value. */
const SEGMENT_BYTES = 1_460;
/** Unacknowledged bytes after which the receiver acknowledges without data of its own. */
const ACKNOWLEDGE_EVERY_BYTES = 32_000;
const NO_BYTES = new Uint8Array(0);

interface Direction {
  readonly route: FrameRoute;
  nextSequence: number;
  unacknowledgedBytes: number;
}

/** Both directions of one connection. */
export class TcpConversation {
  readonly #clientKey: string;
  readonly #fromClient: Direction;
  readonly #fromServer: Direction;
  #isOpen = false;
  #identification = 0;

  constructor(client: FrameEnd, server: FrameEnd) {
    this.#clientKey = endKey(client);
    // Different first numbers, so that a direction can be told in a raw dump.
    this.#fromClient = direction({ from: client, to: server }, 1_000);
    this.#fromServer = direction({ from: server, to: client }, 500_000);
  }

  /** The frames of one chunk; the very first brings the handshake along. */
  push(from: FrameEnd, data: Uint8Array): Uint8Array[] {
    const frames = this.#isOpen ? [] : this.#handshake();
    const isClient = endKey(from) === this.#clientKey;
    const sender = isClient ? this.#fromClient : this.#fromServer;
    const receiver = isClient ? this.#fromServer : this.#fromClient;
    for (let at = 0; at < data.length; at += SEGMENT_BYTES) {
      const segment = data.subarray(at, at + SEGMENT_BYTES);
      const isLast = at + SEGMENT_BYTES >= data.length;
      frames.push(this.#segment(sender, receiver, isLast ? TCP_PUSH | TCP_ACK : TCP_ACK, segment));
      receiver.unacknowledgedBytes = 0;
      sender.unacknowledgedBytes += segment.length;
      if (sender.unacknowledgedBytes < ACKNOWLEDGE_EVERY_BYTES) continue;
      frames.push(this.#segment(receiver, sender, TCP_ACK, NO_BYTES));
      sender.unacknowledgedBytes = 0;
    }
    return frames;
  }

  #handshake(): Uint8Array[] {
    this.#isOpen = true;
    const syn = tcpFrame(
      this.#fromClient.route,
      this.#nextIdentification(),
      { sequence: this.#fromClient.nextSequence, acknowledgement: 0, flags: TCP_SYN },
      NO_BYTES,
    );
    advance(this.#fromClient, 1);
    const synAck = this.#segment(this.#fromServer, this.#fromClient, TCP_SYN | TCP_ACK, NO_BYTES);
    advance(this.#fromServer, 1);
    const ack = this.#segment(this.#fromClient, this.#fromServer, TCP_ACK, NO_BYTES);
    return [syn, synAck, ack];
  }

  #segment(sender: Direction, peer: Direction, flags: number, data: Uint8Array): Uint8Array {
    const frame = tcpFrame(
      sender.route,
      this.#nextIdentification(),
      { sequence: sender.nextSequence, acknowledgement: peer.nextSequence, flags },
      data,
    );
    advance(sender, data.length);
    return frame;
  }

  #nextIdentification(): number {
    this.#identification += 1;
    return this.#identification;
  }
}

/** One text for an end of a connection. */
export function endKey(end: FrameEnd): string {
  return `${end.host}|${end.port}`;
}

function direction(route: FrameRoute, firstSequence: number): Direction {
  return { route, nextSequence: firstSequence, unacknowledgedBytes: 0 };
}

function advance(side: Direction, bytes: number): void {
  side.nextSequence = (side.nextSequence + bytes) >>> 0;
}
