// The sending side of one DevLink3 stream: frames payloads, and splits, joins or breaks off writes
// where an oddity asks for it. Below devlink3-connection.ts.
import type { Clock, TcpStream, Timer } from "@tapeline/recorder/ports";
import { serializeFrame } from "../wire/devlink3-frame.ts";
import type { DevLink3Oddities } from "./devlink3-oddities.ts";
import { PieceWriter } from "./piece-writer.ts";

/** Frames wait this long for others to share a write with. */
const JOIN_WINDOW_MS = 20;
/** A client that reads so slowly that more is waiting is cut off. */
export const MAXIMUM_BACKLOG_BYTES = 8 * 1024 * 1024;
/** The half of a frame needs this long to arrive before the reset overtakes it. */
const RESET_AFTER_MS = 5;

export class DevLink3Outbox {
  readonly #stream: TcpStream;
  readonly #clock: Clock;
  readonly #oddities: DevLink3Oddities;
  readonly #writer: PieceWriter;
  #waiting: Uint8Array[] = [];
  #timer: Timer | null = null;
  #resetTimer: Timer | null = null;

  constructor(stream: TcpStream, clock: Clock, oddities: DevLink3Oddities) {
    this.#stream = stream;
    this.#clock = clock;
    this.#oddities = oddities;
    this.#writer = new PieceWriter(stream, clock);
  }

  /** False when the payload could not be sent: too long, or the client does not read. */
  send(payload: Uint8Array): boolean {
    const frame = serializeFrame(payload);
    if (!frame.ok || this.#stream.queuedBytes() > MAXIMUM_BACKLOG_BYTES) return false;
    if (this.#writer.isFull) return false;
    if (this.#resetTimer !== null) return true;
    if (this.#oddities.resetMidFrame > 0) {
      this.#oddities.resetMidFrame -= 1;
      if (this.#oddities.resetMidFrame === 0) {
        this.#breakOff(frame.value);
        return true;
      }
    }
    this.#waiting.push(frame.value);
    if (this.#waiting.length >= this.#oddities.joinFrames) this.flush();
    else this.#timer ??= this.#clock.setTimer("pbx.join", JOIN_WINDOW_MS, () => this.flush());
    return true;
  }

  /** Writes what waits. */
  flush(): void {
    this.#timer?.cancel();
    this.#timer = null;
    if (this.#waiting.length === 0) return;
    const [first] = this.#waiting;
    const isSingle = this.#waiting.length === 1 && first !== undefined;
    const bytes = isSingle ? first : new Uint8Array(Buffer.concat(this.#waiting));
    this.#waiting = [];
    this.#writer.write(bytes, this.#oddities.splitFrames);
  }

  /** What waits is lost. */
  close(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#resetTimer?.cancel();
    this.#waiting = [];
    this.#writer.close();
  }

  /** Half of the frame, and then the link is gone. */
  #breakOff(frame: Uint8Array): void {
    this.flush();
    this.#writer.write(frame.slice(0, Math.ceil(frame.length / 2)), 0);
    this.#resetTimer = this.#clock.setTimer("pbx.reset", RESET_AFTER_MS, () => {
      this.#stream.destroy();
    });
  }
}
