// The sending side of one DevLink3 stream: frames payloads, and splits or joins writes where an
// oddity asks for it. Below devlink3-connection.ts.
import type { Clock, TcpStream, Timer } from "@tapeline/recorder/ports";
import { serializeFrame } from "../wire/devlink3-frame.ts";
import type { DevLink3Oddities } from "./devlink3-oddities.ts";

/** Frames wait this long for others to share a write with. */
const JOIN_WINDOW_MS = 20;
/** Pieces of a frame leave this far apart, so that the network does not join them again. */
const PIECE_INTERVAL_MS = 1;
/** A client that reads so slowly that more is waiting is cut off. */
export const MAXIMUM_BACKLOG_BYTES = 8 * 1024 * 1024;
const MAXIMUM_PIECES = 100_000;

export class DevLink3Outbox {
  readonly #stream: TcpStream;
  readonly #clock: Clock;
  readonly #oddities: DevLink3Oddities;
  #waiting: Uint8Array[] = [];
  #timer: Timer | null = null;
  /** Pieces that wait for their turn. */
  #pieces: Uint8Array[] = [];
  #pieceTimer: Timer | null = null;

  constructor(stream: TcpStream, clock: Clock, oddities: DevLink3Oddities) {
    this.#stream = stream;
    this.#clock = clock;
    this.#oddities = oddities;
  }

  /** False when the payload could not be sent: too long, or the client does not read. */
  send(payload: Uint8Array): boolean {
    const frame = serializeFrame(payload);
    if (!frame.ok || this.#stream.queuedBytes() > MAXIMUM_BACKLOG_BYTES) return false;
    if (this.#pieces.length > MAXIMUM_PIECES) return false;
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
    const { splitFrames } = this.#oddities;
    if (splitFrames === 0 && this.#pieceTimer === null) {
      this.#stream.write(bytes);
      return;
    }
    const pieceBytes = splitFrames > 0 ? splitFrames : bytes.length;
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      this.#pieces.push(bytes.slice(at, at + pieceBytes));
    }
    if (this.#pieceTimer === null) this.#writePiece();
  }

  #writePiece(): void {
    this.#pieceTimer = null;
    const piece = this.#pieces.shift();
    if (piece === undefined) return;
    this.#stream.write(piece);
    this.#pieceTimer = this.#clock.setTimer("pbx.piece", PIECE_INTERVAL_MS, () => {
      this.#writePiece();
    });
  }

  /** What waits is lost. */
  close(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#waiting = [];
    this.#pieceTimer?.cancel();
    this.#pieceTimer = null;
    this.#pieces = [];
  }
}
