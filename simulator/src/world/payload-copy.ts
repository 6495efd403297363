// Copies of datagrams, cut from larger blocks: an allocation of its own for each RTP packet costs
// more than all else that the world does with it.

const BLOCK_BYTES = 65_536;
/** Larger ones get memory of their own. */
const MAXIMUM_SHARED_BYTES = 2048;

let block = new ArrayBuffer(0);
let usedBytes = 0;

/** A copy that nobody else has. Its `buffer` holds other copies too, as that of a Buffer does. */
export function copyOfPayload(data: Uint8Array): Uint8Array {
  if (data.length > MAXIMUM_SHARED_BYTES) return Uint8Array.from(data);
  if (usedBytes + data.length > block.byteLength) {
    block = new ArrayBuffer(BLOCK_BYTES);
    usedBytes = 0;
  }
  const copy = new Uint8Array(block, usedBytes, data.length);
  usedBytes += data.length;
  copy.set(data);
  return copy;
}
