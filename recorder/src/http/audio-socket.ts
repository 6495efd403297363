// The ear at the end of a WebSocket (R5): a JSON header, binary frames, JSON in between and at the
// end. Binary, big-endian: bytes 0–3 the sample of the frame's first byte, unsigned; bytes 4–163
// 20 ms of µ-law (fewer in a recording's last frame). Pings (RFC 6455 §5.5.2) number the frames;
// who does not answer them takes no more, however much the kernel would still hold for it.
import type { WebSocket } from "ws";
import { z } from "zod";
import type { ListenerMessage, ListenerSink } from "../live/listener-queue.ts";
import type { Clock, LiveStream, Timer } from "../ports/index.ts";

export const FRAME_OFFSET_BYTES = 4;
/** Bytes that may wait in this process for one socket. */
const SOCKET_BUFFER_BYTES = 32 * 1024;
/** Frames on the way to a listener that has not answered for them: 2 s. */
export const WINDOW_FRAMES = 100;
const PING_EVERY_FRAMES = 25;
/** The page measures its latency by this: once a second. */
const TIMING_EVERY_FRAMES = 50;
/** A listener that takes nothing for so long is gone. */
export const STUCK_LIMIT_MS = 120_000;

/** What a page may ask, to tell its clock from the recorder's. */
const pingSchema = z.strictObject({ type: z.literal("ping"), id: z.number() });

interface SocketParts {
  readonly clock: Clock;
  /** There is room again. */
  readonly onDrained: () => void;
  /** The end, or nothing was taken for too long. */
  readonly onOver: (reason: string) => void;
}

export class AudioSocket implements ListenerSink {
  /** As it was when the listener joined: stands in the header. */
  stream: LiveStream | null = null;
  readonly #socket: WebSocket;
  readonly #parts: SocketParts;
  #sentFrames = 0;
  /** By the newest pong. */
  #takenFrames = 0;
  #stuck: Timer | null = null;

  constructor(socket: WebSocket, parts: SocketParts) {
    this.#socket = socket;
    this.#parts = parts;
    socket.on("pong", (data: Buffer) => this.#answered(data));
    socket.on("message", (data: Buffer, isBinary: boolean) => {
      if (!isBinary) this.#pinged(data.toString("utf8"));
    });
  }

  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  send(message: ListenerMessage): boolean {
    if (!this.isOpen) return true;
    if (!this.#hasRoom()) {
      this.#stuck ??= this.#parts.clock.setTimer("live.stuck", STUCK_LIMIT_MS, () => {
        this.#parts.onOver("stuck");
        this.#socket.terminate();
      });
      return false;
    }
    switch (message.type) {
      case "header":
        this.#json(this.#headerOf(message));
        return true;
      case "news":
        this.#json(message.event);
        return true;
      case "frame":
        this.#frame(message);
        return true;
      case "end":
        this.#json({ version: 1, ...message });
        this.#socket.close(message.reason === "shutdown" ? 1001 : 1000, message.reason);
        this.#parts.onOver(message.reason);
        return true;
    }
  }

  /** Before anything else was sent. */
  refuse(closeCode: number, problem: { readonly code: string; readonly remedy: string }): void {
    this.#json({ version: 1, type: "refused", ...problem });
    this.#socket.close(closeCode, problem.code);
  }

  /** The socket is closed: its timer goes. */
  dispose(): void {
    this.#stuck?.cancel();
    this.#stuck = null;
  }

  #hasRoom(): boolean {
    const isAnswering = this.#sentFrames - this.#takenFrames < WINDOW_FRAMES;
    return isAnswering && this.#socket.bufferedAmount < SOCKET_BUFFER_BYTES;
  }

  #headerOf(header: ListenerMessage & { readonly type: "header" }) {
    return {
      version: 1,
      ...header,
      frameOffsetBytes: FRAME_OFFSET_BYTES,
      ...(this.stream === null ? {} : { stream: this.stream }),
    };
  }

  #frame(message: ListenerMessage & { readonly type: "frame" }): void {
    const { sample, data, droppedFrames, arrivedMs } = message;
    if (droppedFrames > 0) this.#json({ version: 1, type: "dropped", frames: droppedFrames });
    this.#socket.send(binaryFrame(sample, data), this.#afterSend);
    this.#sentFrames += 1;
    if (this.#sentFrames % PING_EVERY_FRAMES === 0) {
      const count = Buffer.alloc(8);
      count.writeBigUInt64BE(BigInt(this.#sentFrames));
      this.#socket.ping(count);
    }
    if (arrivedMs === null || this.#sentFrames % TIMING_EVERY_FRAMES !== 1) return;
    const { clock } = this.#parts;
    const sentAt = clock.wallTimeMs();
    const arrivedAt = sentAt - (clock.nowMs() - arrivedMs);
    this.#json({ version: 1, type: "timing", sample, arrivedAt, sentAt });
  }

  readonly #afterSend = (): void => {
    if (this.#socket.bufferedAmount < SOCKET_BUFFER_BYTES) this.#roomAgain();
  };

  #roomAgain(): void {
    if (!this.#hasRoom()) return;
    this.dispose();
    this.#parts.onDrained();
  }

  #answered(data: Buffer): void {
    if (data.length !== 8) return;
    const count = Number(data.readBigUInt64BE());
    // What a client makes up does not count.
    if (count > this.#sentFrames) return;
    this.#takenFrames = Math.max(this.#takenFrames, count);
    this.#roomAgain();
  }

  #pinged(text: string): void {
    const asked = pingSchema.safeParse(parsed(text));
    if (!asked.success || !this.isOpen || !this.#hasRoom()) return;
    this.#json({ version: 1, type: "pong", id: asked.data.id, at: this.#parts.clock.wallTimeMs() });
  }

  #json(value: object): void {
    if (this.isOpen) this.#socket.send(JSON.stringify(value), this.#afterSend);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function binaryFrame(sample: number, data: Uint8Array): Uint8Array {
  const frame = new Uint8Array(FRAME_OFFSET_BYTES + data.length);
  new DataView(frame.buffer).setUint32(0, sample);
  frame.set(data, FRAME_OFFSET_BYTES);
  return frame;
}
