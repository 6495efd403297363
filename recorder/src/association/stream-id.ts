// Stream ids: what we call a recording when we ask the IP Office for it (devlink3.md §13.3,
// "1–64 of A-Z a-z 0-9 . _ -, unique per client for 24 h"). 20 of 62 characters: 119 bits of
// chance.
import type { Random } from "../ports/index.ts";

const LENGTH = 20;
const CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/** Bytes from here on are thrown away, so that each character is equally likely. */
const FAIR_BYTES = CHARACTERS.length * Math.floor(256 / CHARACTERS.length);

export function newStreamId(random: Random): string {
  let text = "";
  while (text.length < LENGTH) {
    for (const byte of random.bytes(LENGTH)) {
      if (byte < FAIR_BYTES && text.length < LENGTH) {
        text += CHARACTERS[byte % CHARACTERS.length] ?? "";
      }
    }
  }
  return text;
}
