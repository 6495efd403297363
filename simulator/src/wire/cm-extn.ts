// CMExtn tuples in their extended form: the state change of an extension (codec).
// devlink3.md §6.4; only the states that are documented.
//
//   | version (4) = 1 | new state (4) | old state (4) | extension name, UTF-16BE, 0x0000 |
import { decodeWideText, encodeNumber, encodeWideText } from "./devlink3-tuple.ts";
import { parsed, refused, type Parsed } from "./parsed.ts";

/** The documented values. */
export const CM_EXTN_STATE = { idle: 0, dialling: 2 } as const;

const STATE_CHANGE = 1;
const NUMBERS_BYTES = 12;

export interface CmExtn {
  readonly newState: number;
  readonly oldState: number;
  /** Name of the extension's user. */
  readonly name: string;
}

export function serializeCmExtn({ newState, oldState, name }: CmExtn): Uint8Array {
  const numbers = [STATE_CHANGE, newState, oldState].map(encodeNumber);
  return new Uint8Array(Buffer.concat([...numbers, encodeWideText(name)]));
}

export function parseCmExtn(data: Uint8Array): Parsed<CmExtn> {
  if (data.length < NUMBERS_BYTES) return refused("truncated", data.length, "No extended form.");
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (view.getUint32(0) !== STATE_CHANGE) return refused("bad-value", 0, "No state change.");
  return parsed({
    newState: view.getUint32(4),
    oldState: view.getUint32(8),
    name: decodeWideText(data.subarray(NUMBERS_BYTES)),
  });
}
