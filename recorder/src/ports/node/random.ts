// The real source of chance: the system's cryptographic random numbers.
import { randomBytes, randomUUID } from "node:crypto";
import type { Random } from "../random.ts";

/** Cryptographic random bytes and UUIDs. */
export function nodeRandom(): Random {
  return {
    bytes: (count) => new Uint8Array(randomBytes(count)),
    uuid: () => randomUUID(),
  };
}
