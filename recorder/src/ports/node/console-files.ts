// Reads the built web console (recorder/console/dist) into memory at start: some hundred kilobytes,
// so that serving it needs no disk. Served by http/console-files.ts.
import { readdirSync, readFileSync } from "node:fs";
import { extname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { systemCode } from "../../errors.ts";

const DIST = fileURLToPath(new URL("../../../console/dist", import.meta.url));
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".webp": "image/webp",
  ".woff2": "font/woff2",
};
const UNKNOWN_TYPE = "application/octet-stream";
const COMPRESSED = ".gz";

interface BuiltFile {
  readonly type: string;
  readonly bytes: Uint8Array;
  readonly gzip: Uint8Array | null;
}

/** The files by their path in the URL; null when the console has not been built. */
export function nodeConsoleFiles(directory = DIST): ReadonlyMap<string, BuiltFile> | null {
  const paths = filesBelow(directory);
  if (paths === null) return null;
  const compressed = new Set(paths.filter((path) => path.endsWith(COMPRESSED)));
  const files = paths
    .filter((path) => !compressed.has(path))
    .map((path): [string, BuiltFile] => {
      const gzip = `${path}${COMPRESSED}`;
      return [
        `/${relative(directory, path).split(sep).join("/")}`,
        {
          type: TYPES[extname(path)] ?? UNKNOWN_TYPE,
          bytes: readFileSync(path),
          gzip: compressed.has(gzip) ? readFileSync(gzip) : null,
        },
      ];
    });
  return new Map(files);
}

function filesBelow(directory: string): readonly string[] | null {
  try {
    return readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    if (systemCode(error) === "ENOENT") return null;
    throw error;
  }
}
