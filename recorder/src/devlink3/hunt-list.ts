// The IP Office's list of hunt groups, read as the pseudo-file nasystem/hunt_list.  devlink3.md §7.
// Codec, defensive: "CSV (name, number, …)" is all that is known of it, so members are taken from
// whatever extension numbers follow.
import { decodeList, splitLine, MAXIMUM_LINE_CHARACTERS } from "./user-list.ts";

export interface PbxGroup {
  readonly name: string;
  readonly number: string;
  readonly members: readonly string[];
}

/** Name for `Link.readFile`. */
export const HUNT_LIST_FILE = "nasystem/hunt_list";

/** Groups taken from one list. */
export const MAXIMUM_GROUPS = 2_000;

const EXTENSION = /^\d{1,15}$/;

export function parseHuntList(file: Uint8Array): PbxGroup[] {
  const groups: PbxGroup[] = [];
  for (const line of decodeList(file).split(/\r\n|\r|\n/)) {
    if (groups.length === MAXIMUM_GROUPS) break;
    if (line.length > MAXIMUM_LINE_CHARACTERS) continue;
    const [name = "", number = "", ...rest] = splitLine(line);
    if (name === "" || !EXTENSION.test(number)) continue;
    groups.push({ name, number, members: rest.filter((field) => EXTENSION.test(field)) });
  }
  return groups;
}
