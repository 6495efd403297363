// Live events at the end of a WebSocket: first all streams, then each event as it comes, within the
// key's scope. Bounded: who is slow loses the events that wait and gets all streams anew, with how
// many it has missed.
import type { WebSocket } from "ws";
import type { BusEvent, Clock, LiveStream, Timer } from "../ports/index.ts";

/** Bytes that may wait in this process for one socket. */
const SOCKET_BUFFER_BYTES = 64 * 1024;
/** Events that wait for one subscriber. */
export const EVENTS_LIMIT = 256;
/** A ping, and the wait for its answer. */
export const EVENTS_PING_MS = 30_000;

interface SocketParts {
  readonly clock: Clock;
  readonly maySee: (extension: string | null) => boolean;
  /** Streams within the scope, now. */
  readonly streams: () => readonly LiveStream[];
  /** So many were not told one by one. */
  readonly onMissed: (events: number) => void;
}

export class EventSocket {
  readonly #socket: WebSocket;
  readonly #parts: SocketParts;
  #waiting: BusEvent[] = [];
  #missed = 0;
  #isAlive = true;
  #timer: Timer | null = null;

  constructor(socket: WebSocket, parts: SocketParts) {
    this.#socket = socket;
    this.#parts = parts;
    socket.on("pong", () => {
      this.#isAlive = true;
    });
    this.#snapshot();
    this.#watch();
  }

  push(event: BusEvent): void {
    if (!this.#parts.maySee(event.stream.extension)) return;
    this.#waiting.push(event);
    if (this.#waiting.length > EVENTS_LIMIT) {
      this.#missed += this.#waiting.length;
      this.#parts.onMissed(this.#waiting.length);
      this.#waiting = [];
    }
    this.#flush();
  }

  close(): void {
    this.#timer?.cancel();
    this.#waiting = [];
  }

  #flush(): void {
    while (this.#hasRoom()) {
      if (this.#missed > 0) {
        // What waits is in it.
        this.#waiting = [];
        this.#snapshot();
        continue;
      }
      const event = this.#waiting.shift();
      if (event === undefined) return;
      this.#send(event);
    }
  }

  #snapshot(): void {
    const at = new Date(this.#parts.clock.wallTimeMs()).toISOString();
    const missed = this.#missed;
    this.#missed = 0;
    this.#send({ version: 1, at, type: "streams", missed, streams: this.#parts.streams() });
  }

  #send(value: object): void {
    this.#socket.send(JSON.stringify(value), () => this.#flush());
  }

  #hasRoom(): boolean {
    const isOpen = this.#socket.readyState === this.#socket.OPEN;
    return isOpen && this.#socket.bufferedAmount < SOCKET_BUFFER_BYTES;
  }

  /** Who has vanished without a word is let go. */
  #watch(): void {
    this.#timer = this.#parts.clock.setTimer("live.events.ping", EVENTS_PING_MS, () => {
      if (!this.#isAlive) return this.#socket.terminate();
      this.#isAlive = false;
      this.#socket.ping();
      this.#watch();
    });
  }
}
