// Builds the console into dist/. Run by `npm ci` (prepare), by `npm pack` of the recorder (prepack),
// by tests and by `npm run build -w recorder/console`. With --if-stale only when a source is newer;
// with --if-possible a failure is a warning, because a recorder without its console still records.
import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL(".", import.meta.url));
const DIST = join(FOLDER, "dist");
/** What the built files are made of. */
const SOURCES = ["src", "public", "index.html", "vite.config.ts", "package.json"];

const isGiven = (flag: string): boolean => process.argv.includes(flag);

/** Beside dist/ first, so that a recorder that starts meanwhile finds the old or the new one. */
async function build(): Promise<void> {
  const { build: viteBuild } = await import("vite");
  const made = join(FOLDER, "out", `dist-${process.pid}`);
  const old = join(FOLDER, "out", `old-${process.pid}`);
  mkdirSync(join(FOLDER, "out"), { recursive: true });
  try {
    const configFile = join(FOLDER, "vite.config.ts");
    await viteBuild({ root: FOLDER, configFile, logLevel: "warn", build: { outDir: made } });
    if (newestMs([DIST]) > 0) renameSync(DIST, old);
    renameSync(made, DIST);
  } finally {
    rmSync(made, { recursive: true, force: true });
    rmSync(old, { recursive: true, force: true });
  }
}

/** The latest change of any of the files; 0 when there are none. */
function newestMs(paths: readonly string[]): number {
  const times = paths.map((path) => {
    const status = statSync(path, { throwIfNoEntry: false });
    if (status === undefined) return 0;
    if (!status.isDirectory()) return status.mtimeMs;
    return Math.max(status.mtimeMs, newestMs(readdirSync(path).map((name) => join(path, name))));
  });
  return Math.max(0, ...times);
}

try {
  const sourcesMs = newestMs(SOURCES.map((name) => join(FOLDER, name)));
  const isFresh = newestMs([join(DIST, "index.html")]) > sourcesMs;
  if (!(isGiven("--if-stale") && isFresh)) await build();
} catch (error) {
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(`The web console was not built: ${text}\n`);
  if (isGiven("--if-possible")) {
    process.stderr.write("The recorder works without it; npm run build -w recorder/console.\n");
  } else {
    process.exitCode = 1;
  }
}
