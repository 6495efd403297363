// Links from a page to files of its run. What lies below the page's own folder is linked from
// there, so that a report copied from a CI server, zipped or mailed still opens its files.

/** A link to a file; `directory` is the page's folder, null = not known. */
export function fileUrl(path: string, directory: string | null = null): string {
  const slashed = path.replaceAll("\\", "/");
  const base = directory === null ? null : `${directory.replaceAll("\\", "/").replace(/\/$/, "")}/`;
  if (base !== null && slashed.startsWith(base)) return `./${encoded(slashed.slice(base.length))}`;
  if (/^[A-Za-z]:\//.test(slashed)) return `file:///${encoded(slashed).replace("%3A", ":")}`;
  return slashed.startsWith("/") ? `file://${encoded(slashed)}` : `./${encoded(slashed)}`;
}

function encoded(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}
