// The random port: the only source of chance in the product.

export interface Random {
  /** `count` random bytes, fit for tags, keys and challenges. */
  bytes(count: number): Uint8Array;
  /** An RFC 4122 version 4 UUID, lower case. */
  uuid(): string;
}
