// The IP Office's list of users, read as the pseudo-file nasystem/user_list.  devlink3.md §7.
// Codec, defensive: its columns are not public, so a line counts only if one of its first two
// fields is an extension number. Text is UTF-8, or else ISO-8859-1.

export interface PbxUser {
  readonly extension: string;
  readonly shortName: string;
  readonly fullName: string;
}

/** Name for `Link.readFile`. */
export const USER_LIST_FILE = "nasystem/user_list";

/** Users taken from one list; an IP Office has at most 3,000. */
export const MAXIMUM_USERS = 10_000;
/** A longer line is no user. */
export const MAXIMUM_LINE_CHARACTERS = 4_096;

const EXTENSION = /^\d{1,15}$/;

export function parseUserList(file: Uint8Array): PbxUser[] {
  const users: PbxUser[] = [];
  for (const line of decodeList(file).split(/\r\n|\r|\n/)) {
    if (users.length === MAXIMUM_USERS) break;
    if (line.length > MAXIMUM_LINE_CHARACTERS) continue;
    const user = parseUser(line);
    if (user !== null) users.push(user);
  }
  return users;
}

/** UTF-8, or else ISO-8859-1. */
export function decodeList(file: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(file);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return Buffer.from(file).toString("latin1");
  }
}

/** Short name, extension, full name; the first two also the other way round. */
function parseUser(line: string): PbxUser | null {
  const [first = "", second = "", third = ""] = splitLine(line);
  if (EXTENSION.test(second)) return { extension: second, shortName: first, fullName: third };
  if (EXTENSION.test(first)) return { extension: first, shortName: second, fullName: third };
  return null;
}

/** Fields of one CSV line; a quoted one may hold commas, and "" for a quote mark. */
export function splitLine(line: string): string[] {
  const fields = line.replaceAll("\0", "").matchAll(/\s*(?:"((?:[^"]|"")*)"[^,]*|([^,]*))(?:,|$)/g);
  return Array.from(fields, ([, quoted, bare = ""]) =>
    (quoted?.replaceAll('""', '"') ?? bare).trim(),
  );
}
