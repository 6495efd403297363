// Writes to a stream whole, or in pieces that leave one after the other so that the network does
// not join them again: how an oddity lets messages arrive in fragments. Used on DevLink3 and SIP.
import type { Clock, TcpStream, Timer } from "@tapeline/recorder/ports";

/** Pieces leave this far apart. */
const PIECE_INTERVAL_MS = 1;
const MAXIMUM_PIECES = 100_000;

export class PieceWriter {
  readonly #stream: TcpStream;
  readonly #clock: Clock;
  /** Pieces that wait for their turn. */
  #pieces: Uint8Array[] = [];
  #timer: Timer | null = null;

  constructor(stream: TcpStream, clock: Clock) {
    this.#stream = stream;
    this.#clock = clock;
  }

  /** True while no more should be given. */
  get isFull(): boolean {
    return this.#pieces.length > MAXIMUM_PIECES;
  }

  /** `pieceBytes` 0 = whole, behind what still waits. */
  write(bytes: Uint8Array, pieceBytes: number): void {
    if (pieceBytes <= 0 && this.#timer === null) {
      this.#stream.write(bytes);
      return;
    }
    const step = pieceBytes > 0 ? pieceBytes : bytes.length;
    for (let at = 0; at < bytes.length; at += step) this.#pieces.push(bytes.slice(at, at + step));
    if (this.#timer === null) this.#writePiece();
  }

  /** What waits is lost. */
  close(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#pieces = [];
  }

  #writePiece(): void {
    this.#timer = null;
    const piece = this.#pieces.shift();
    if (piece === undefined) return;
    this.#stream.write(piece);
    this.#timer = this.#clock.setTimer("pbx.piece", PIECE_INTERVAL_MS, () => this.#writePiece());
  }
}
