// `npm run pack:field`: one archive for the field engineer's laptop, with the Node that runs here,
// the testbed and the responder, and every library they load. It runs from the folder into which it
// is unpacked, without registry, network or installation. T3
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const NAME = `tapeline-field-${process.platform}-${process.arch}`;
const PACKAGES = ["recorder", "simulator", "scenarios", "harness", "reports"];
/** Of each package; tests, console and documents stay at home. */
const PARTS = ["package.json", "src", "bin"];
/** Loaded by nothing that a validation does: the encoder of recordings, the tools of mutation. */
const LEFT_OUT = /^@(ffmpeg-installer|stryker-mutator)\//;

/** What a library brings for its own developers. */
const NOT_LOADED = /\.(d\.[cm]?ts|map)$/;

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

function main(): void {
  const archive = resolve(process.argv[2] ?? join(ROOT, "out", `${NAME}.tar.gz`));
  const folder = join(ROOT, "out", "field", NAME);
  rmSync(folder, { recursive: true, force: true });
  copyPackages(folder);
  const libraries = copyLibraries(folder);
  copyFileSync(process.execPath, join(folder, "node"));
  chmodSync(join(folder, "node"), 0o755);
  writeStarters(folder);
  writeFileSync(join(folder, "COMMIT"), commit());
  mkdirSync(dirname(archive), { recursive: true });
  // Packed as the name says: .tar.gz, .tar.xz, or .tar for a copy that is unpacked at once.
  run("tar", ["-caf", archive, "-C", dirname(folder), NAME]);
  rmSync(folder, { recursive: true });
  process.stdout.write(`${archive}\n`);
  process.stderr.write(`${libraries} libraries. Unpack it anywhere: tar xf, then ./validate\n`);
}

function copyPackages(folder: string): void {
  const scope = join(folder, "node_modules", "@tapeline");
  mkdirSync(scope, { recursive: true });
  for (const name of PACKAGES) {
    for (const part of PARTS) {
      const from = join(ROOT, name, part);
      if (existsSync(from)) cpSync(from, join(folder, name, part), { recursive: true });
    }
    // Node strips no types below node_modules: the link leads out of it.
    symlinkSync(relative(scope, join(folder, name)), join(scope, name));
  }
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
}

/** What the packages load, and what that loads, each where Node finds it here. */
function copyLibraries(folder: string): number {
  const seen = new Set<string>();
  const visit = (from: string): void => {
    const { dependencies = {}, optionalDependencies = {} } = manifestOf(from);
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const found = findLibrary(from, name);
      if (found === null || seen.has(found) || isLeftOut(name)) continue;
      seen.add(found);
      const isWithin = (path: string): boolean =>
        !path.slice(found.length).includes("/node_modules");
      cpSync(found, join(folder, relative(ROOT, found)), {
        recursive: true,
        filter: (path) => isWithin(path) && !NOT_LOADED.test(path),
      });
      visit(found);
    }
  };
  for (const name of PACKAGES) visit(join(ROOT, name));
  return seen.size;
}

/** The runtime is copied by itself, and the packages are no libraries. */
function isLeftOut(name: string): boolean {
  return (
    LEFT_OUT.test(name) ||
    name.startsWith("@tapeline/") ||
    /^node-(linux|darwin|win|bin)/.test(name)
  );
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}

/** As Node looks for it: beside the asker, then further up. */
function findLibrary(from: string, name: string): string | null {
  for (let folder = from; folder.startsWith(ROOT.replace(/\/$/, "")); folder = dirname(folder)) {
    const candidate = join(folder, "node_modules", name);
    if (existsSync(join(candidate, "package.json"))) return candidate;
  }
  return null;
}

const STARTERS: Readonly<Record<string, string>> = {
  testbed: "harness/bin/testbed.js",
  validate: "harness/bin/testbed.js validate",
  responder: "recorder/bin/tapeline-recorder.js responder",
};

function writeStarters(folder: string): void {
  for (const [name, command] of Object.entries(STARTERS)) {
    const [script = "", ...words] = command.split(" ");
    const path = join(folder, name);
    const call = [`exec "$here/node" "$here/${script}"`, ...words, '"$@"'].join(" ");
    writeFileSync(path, `#!/bin/sh\nhere=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)\n${call}\n`);
    chmodSync(path, 0o755);
  }
  writeFileSync(join(folder, "README.txt"), HELP);
}

const HELP = `Tapeline in the field: is this network fit for recording?

At the place of the recorder, when none is installed yet:
  ./responder --port 5060 --rtp-port 5004

At the place of the IP Office, with the recorder's (or responder's) address:
  ./validate --recorder sip:192.0.2.10 --dry-run        what would be sent to whom
  ./validate --recorder sip:192.0.2.10 --ipoffice 192.0.2.1 --user recorder
  ./validate --recorder sip:192.0.2.10 --responder      with the way there measured by itself
  ./validate --recorder sip:192.0.2.10 --ramp 1..50     how many recordings the path carries
  ./validate --recorder sip:192.0.2.10 --for 7d --out week   stop it, and continue it so

The report is in out/validate (or --out): validation.html, validation.json, validation.pcapng, and
validation.pdf where a Chromium is installed. Exit code 0: good; 1: something must be changed.
Nothing is sent but to these addresses, and nothing is installed: remove the folder to remove it.
`;

function commit(): string {
  const { stdout, status } = spawnSync("git", ["-C", ROOT, "rev-parse", "HEAD"], {
    encoding: "utf8",
  });
  return status === 0 ? stdout : "unknown\n";
}

function run(program: string, given: readonly string[]): void {
  const { status, error } = spawnSync(program, [...given], { stdio: "inherit" });
  if (status === 0) return;
  process.stderr.write(`${program} failed${error === undefined ? "" : `: ${error.message}`}\n`);
  process.exit(1);
}

main();
