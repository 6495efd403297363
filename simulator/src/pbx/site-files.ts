// The pseudo-files that DevLink3 clients can read: lists of users, groups, licences as CSV, UTF-8.
// devlink3.md §7; the real files' exact columns are not public.
import type { Site } from "./site.ts";

/** The file's bytes; null = there is none of this name. */
export function siteFile(site: Site, name: string): Uint8Array | null {
  const rows = fileRows(site, name.replace(/^nasystem\//, ""));
  if (rows === null) return null;
  const lines = rows.map((row) => `${row.map(csvField).join(",")}\r\n`);
  return new TextEncoder().encode(lines.join(""));
}

function fileRows(site: Site, name: string): string[][] | null {
  switch (name) {
    case "user_list":
    case "user_list8":
      return site.users.map((user) => [user.name, user.extension, user.fullName]);
    case "extn_list":
      return site.users.map((user) => [user.extension, user.kind, user.name]);
    case "licence_list":
      return [["CTI Link Pro", String(site.devlink3.licences)]];
    case "who_is":
      return [[site.address, site.version]];
    case "hunt_list":
      return site.groups.map((group) => [group.name, group.number, ...group.members]);
    default:
      return null;
  }
}

function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
