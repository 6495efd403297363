// The bytes of one virtual file: grows by doubling, holes read as zeros.

const FIRST_CAPACITY_BYTES = 1024;

export class ByteStore {
  #bytes: Uint8Array = new Uint8Array(0);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  write(data: Uint8Array, position: number): void {
    const end = position + data.length;
    if (end > this.#length) this.resize(end);
    this.#bytes.set(data, position);
  }

  /** Cuts off, or appends zeros. */
  resize(length: number): void {
    if (length > this.#bytes.length) {
      const capacity = Math.max(length, this.#bytes.length * 2, FIRST_CAPACITY_BYTES);
      const grown = new Uint8Array(capacity);
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    } else if (length < this.#length) {
      this.#bytes.fill(0, length, this.#length);
    }
    this.#length = length;
  }

  /** A copy of up to `length` bytes from `position`. */
  read(position: number, length: number): Uint8Array {
    return this.#bytes.slice(position, Math.min(position + length, this.#length));
  }

  copyFrom(other: ByteStore): void {
    this.#bytes = other.read(0, other.length);
    this.#length = other.length;
  }
}
