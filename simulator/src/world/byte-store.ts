// The bytes of one virtual file: pages of a fixed size, holes read as zeros. What a sync makes
// durable is shared with what programs see, page by page, until one of the two is written to: a
// recording's megabytes are not copied, and not moved when the file grows.

const PAGE_BYTES = 4096;
/** Pages are cut from slabs: memory of its own for each would cost more than what is written. */
const SLAB_BYTES = 256 * PAGE_BYTES;
let slab = new ArrayBuffer(0);
let slabUsedBytes = 0;

/** Zeros: no place of a slab is given out twice. */
function newPage(): Uint8Array {
  if (slabUsedBytes === slab.byteLength) {
    slab = new ArrayBuffer(SLAB_BYTES);
    slabUsedBytes = 0;
  }
  slabUsedBytes += PAGE_BYTES;
  return new Uint8Array(slab, slabUsedBytes - PAGE_BYTES, PAGE_BYTES);
}

interface Page {
  readonly bytes: Uint8Array;
  /** Another store has it too: it is copied before it is written to. */
  isShared: boolean;
}

export class ByteStore {
  /** Absent = zeros. Bytes beyond the length are zeros. */
  #pages: (Page | undefined)[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  write(data: Uint8Array, position: number): void {
    this.#length = Math.max(this.#length, position + data.length);
    for (let done = 0; done < data.length;) {
      const index = Math.floor((position + done) / PAGE_BYTES);
      const at = position + done - index * PAGE_BYTES;
      const count = Math.min(PAGE_BYTES - at, data.length - done);
      const isAll = count === data.length;
      this.#ownPage(index).set(isAll ? data : data.subarray(done, done + count), at);
      done += count;
    }
  }

  /** Cuts off, or appends zeros. */
  resize(length: number): void {
    if (length < this.#length) {
      const keptPages = Math.ceil(length / PAGE_BYTES);
      this.#pages.length = Math.min(this.#pages.length, keptPages);
      const lastIndex = keptPages - 1;
      if (this.#pages[lastIndex] !== undefined) {
        this.#ownPage(lastIndex).fill(0, length - lastIndex * PAGE_BYTES);
      }
    }
    this.#length = length;
  }

  /** A copy of up to `length` bytes from `position`. */
  read(position: number, length: number): Uint8Array {
    const end = Math.min(position + length, this.#length);
    // Every byte is written below: nobody has to fill it with zeros before.
    const { buffer } = Buffer.allocUnsafeSlow(Math.max(0, end - position));
    const result = new Uint8Array(buffer);
    for (let done = 0; done < result.length;) {
      const index = Math.floor((position + done) / PAGE_BYTES);
      const at = position + done - index * PAGE_BYTES;
      const count = Math.min(PAGE_BYTES - at, result.length - done);
      const page = this.#pages[index];
      if (page === undefined) result.fill(0, done, done + count);
      else if (count === PAGE_BYTES) result.set(page.bytes, done);
      else result.set(page.bytes.subarray(at, at + count), done);
      done += count;
    }
    return result;
  }

  /** Makes the content the same as that of `other`. */
  copyFrom(other: ByteStore): void {
    for (const page of other.#pages) if (page !== undefined) page.isShared = true;
    this.#pages = other.#pages.slice();
    this.#length = other.#length;
  }

  /** The bytes of a page that nobody else has. */
  #ownPage(index: number): Uint8Array {
    const present = this.#pages[index];
    if (present !== undefined && !present.isShared) return present.bytes;
    const bytes = newPage();
    if (present !== undefined) bytes.set(present.bytes);
    this.#pages[index] = { bytes, isShared: false };
    return bytes;
  }
}
