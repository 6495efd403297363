// A TypeScript file as tidy sees it: masked text, imports, exports; and the reading of all of them.
// The only part of tidy that touches the disk.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { exportsOf, importsOf } from "./imports.ts";
import type { ExportedName, Import } from "./imports.ts";
import { mask } from "./mask.ts";
import type { Masked } from "./mask.ts";

/** One file of a package. */
export interface SourceFile {
  /** From the root, with forward slashes: "recorder/src/sip/parse.ts". */
  readonly path: string;
  readonly text: string;
  readonly masked: Masked;
  readonly imports: readonly Import[];
  readonly exports: readonly ExportedName[];
}

/** What a rule found. The message names the replacement. */
export interface Finding {
  readonly path: string;
  readonly line: number;
  readonly rule: string;
  readonly message: string;
}

/** The packages, which are the folders at the top. */
export const PACKAGES = ["recorder", "simulator", "scenarios", "harness", "reports"] as const;

/** The name of one of our packages. */
export type PackageName = (typeof PACKAGES)[number];

const FOLDERS = ["src", "test", "bin"];
const TEXT_FILES = /\.(?:md|json|ya?ml|ts|js)$/;
const NOT_OURS = new Set(["node_modules", "coverage", "dist", "out", "data", "package-lock.json"]);

/** All TypeScript files of all packages. */
export function readSources(root: string): readonly SourceFile[] {
  return PACKAGES.flatMap((name) => FOLDERS.map((folder) => `${name}/${folder}`))
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => list(root, folder))
    .filter((path) => path.endsWith(".ts"))
    .map((path) => sourceFile(path, readFileSync(join(root, path), "utf8")));
}

/** The web console's files. JSX is not read by our mask: only their comments on top are judged. */
export function readConsole(root: string): readonly SourceFile[] {
  const folder = "recorder/console";
  if (!existsSync(join(root, folder))) return [];
  return list(root, folder)
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => sourceFile(path, readFileSync(join(root, path), "utf8")));
}

/** Every text file of the project, for rules that look at words only. */
export function readTexts(
  root: string,
): readonly { readonly path: string; readonly text: string }[] {
  return list(root, ".")
    .filter((path) => TEXT_FILES.test(path) || path === ".ci/run")
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

/** A file from its text; tests build theirs with this. */
export function sourceFile(path: string, text: string): SourceFile {
  const masked = mask(text);
  return {
    path,
    text,
    masked,
    imports: importsOf(text, masked.code),
    exports: exportsOf(masked.code),
  };
}

/** The line of an offset, from 1. */
export function lineAt(text: string, at: number): number {
  let line = 1;
  for (let index = text.indexOf("\n"); index >= 0 && index < at;) {
    line += 1;
    index = text.indexOf("\n", index + 1);
  }
  return line;
}

/** "recorder" of "recorder/src/sip/parse.ts". */
export function packageOf(path: string): string {
  return path.slice(0, path.indexOf("/"));
}

/** Is it code of the product or the testbed, not of a test? */
export function isInSource(path: string): boolean {
  return path.split("/")[1] === "src";
}

function list(root: string, folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter(
      (entry) => !NOT_OURS.has(entry.name) && (entry.name === ".ci" || !entry.name.startsWith(".")),
    )
    .flatMap((entry) => {
      const path = folder === "." ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) return list(root, path);
      return entry.isFile() ? [path] : [];
    })
    .sort();
}
