// What `npm pack` does before and after (`prepack`, `postpack`): TypeScript becomes JavaScript in
// dist/, since Node strips no types below node_modules, the web console is built, and for the time
// of packing package.json names dist/ instead of src/. The tarball holds nothing to build.  design.md §3
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const PACKAGE = fileURLToPath(new URL("..", import.meta.url));
const MANIFEST = join(PACKAGE, "package.json");
/** The manifest of the repository, kept here while the other one stands in its place. */
const ORIGINAL = join(PACKAGE, "out", "package.json.original");
const DIST = join(PACKAGE, "dist");

type Manifest = Record<string, unknown> & {
  readonly exports: Readonly<Record<string, string>>;
};

function prepack(): void {
  postpack(); // A pack that was broken off left its manifest behind.
  rmSync(DIST, { recursive: true, force: true });
  compile();
  buildConsole();
  const text = readFileSync(MANIFEST, "utf8");
  mkdirSync(dirname(ORIGINAL), { recursive: true });
  writeFileSync(ORIGINAL, text);
  const manifest = JSON.parse(text) as Manifest;
  writeFileSync(MANIFEST, `${JSON.stringify(published(manifest), null, 2)}\n`);
}

/** The manifest that customers get: no scripts, since there is nothing left to build or test. */
function published({ scripts: _scripts, exports, ...rest }: Manifest): Manifest {
  const built = Object.entries(exports).map(([entry, file]) => [entry, builtFile(file)]);
  return { ...rest, exports: Object.fromEntries(built) as Manifest["exports"] };
}

function builtFile(file: string): string {
  return file.replace(/^\.\/src\/(.*)\.ts$/, "./dist/$1.js");
}

function compile(): void {
  const require = createRequire(import.meta.url);
  const manifest = require.resolve("typescript/package.json");
  const { bin } = require(manifest) as { readonly bin: { readonly tsc: string } };
  const tsc = join(dirname(manifest), bin.tsc);
  const project = fileURLToPath(new URL("tsconfig.json", import.meta.url));
  // Standard output is npm's own: `npm pack --json` prints one document there.
  const stdio = ["ignore", process.stderr.fd, process.stderr.fd] as const;
  const { status } = spawnSync(process.execPath, [tsc, "-p", project], { stdio: [...stdio] });
  if (status === 0) return;
  process.stderr.write("TypeScript refuses the recorder; nothing was packed.\n");
  process.exit(1);
}

function buildConsole(): void {
  const build = join(PACKAGE, "console", "build.ts");
  const stdio = ["ignore", process.stderr.fd, process.stderr.fd] as const;
  const { status } = spawnSync(process.execPath, [build], { stdio: [...stdio] });
  if (status === 0) return;
  process.stderr.write("Vite refuses the web console; nothing was packed.\n");
  process.exit(1);
}

function postpack(): void {
  if (!existsSync(ORIGINAL)) return;
  writeFileSync(MANIFEST, readFileSync(ORIGINAL));
  rmSync(ORIGINAL);
}

switch (process.argv[2]) {
  case "prepack":
    prepack();
    break;
  case "postpack":
    postpack();
    break;
  default:
    process.stderr.write("usage: node packaging/pack.ts prepack | postpack\n");
    process.exit(2);
}
