// Progress of long work: one line that moves on a terminal, plain lines elsewhere (design.md §7).
// It goes to standard error, so that standard output holds the result alone.

/** Plain lines: one for each of so many parts of the work. */
const PLAIN_PARTS = 10;

export interface ProgressOutput {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export class Progress {
  readonly #output: ProgressOutput;
  readonly #what: string;
  #lastPart = -1;
  #isLineOpen = false;

  constructor(what: string, output: ProgressOutput) {
    this.#what = what;
    this.#output = output;
  }

  update(done: number, total: number): void {
    const text = `${this.#what} ${done} of ${total}`;
    if (this.#output.isTTY === true) {
      this.#output.write(`\r${text}`);
      this.#isLineOpen = true;
      return;
    }
    const part = total === 0 ? PLAIN_PARTS : Math.floor((done * PLAIN_PARTS) / total);
    if (part === this.#lastPart) return;
    this.#lastPart = part;
    this.#output.write(`${text}\n`);
  }

  end(): void {
    if (this.#isLineOpen) this.#output.write("\n");
    this.#isLineOpen = false;
  }
}
