// Answers to the IP Office's password challenges.  devlink3.md §5. Pure; link-client.ts sends them.
// The password is never trimmed. It is cut by byte, which may split a character: passwords that
// agree in their first 16 UTF-8 bytes are the same password to the SHA-1 challenge.
import { createHash } from "node:crypto";
import { joinBytes } from "./big-endian.ts";

/** Bytes of the password that the SHA-1 challenge looks at. */
export const SHA1_PASSWORD_BYTES = 16;
/** Bytes of the password that a PLAIN answer has room for. */
export const PLAIN_PASSWORD_BYTES = 32;

/** SHA-1 over the challenge and the password, cut and zero padded to 16 bytes. */
export function sha1Digest(challenge: Uint8Array, password: string): Uint8Array {
  const input = joinBytes([challenge, padded(password, SHA1_PASSWORD_BYTES)]);
  return Uint8Array.from(createHash("sha1").update(input).digest());
}

/** The password, cut and zero padded to 32 bytes. For TLS only. */
export function plainPassword(password: string): Uint8Array {
  return padded(password, PLAIN_PASSWORD_BYTES);
}

function padded(password: string, sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  bytes.set(new TextEncoder().encode(password).subarray(0, sizeBytes));
  return bytes;
}
