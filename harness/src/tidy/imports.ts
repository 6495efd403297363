// The imports and exports of a file, found in its masked code. Pure; part of tidy.

/** One import, re-export, dynamic import or worker file. */
export interface Import {
  readonly at: number;
  /** As it is written: "./parse.ts", "node:net", "@tapeline/recorder/ports". */
  readonly specifier: string;
  /** Gone at run time. */
  readonly isType: boolean;
  /** Only a file's name, for a worker or child process: another start, not an import. */
  readonly isFileName: boolean;
  /** Names as the other file exports them; "*" for all of them. */
  readonly names: readonly string[];
}

/** A name that a file exports. */
export interface ExportedName {
  readonly at: number;
  readonly name: string;
  /** A function or class; types and named constants may stand for readers alone. */
  readonly isCode: boolean;
}

const FROM = /\b(import|export)\b(\s+type\b)?([^;'"`()=]*?)\bfrom\s*["']/g;
const SIDE_EFFECT = /\bimport\s*["']/g;
const DYNAMIC = /\bimport\s*\(\s*["']/g;
const FILE_URL = /\bnew\s+URL\s*\(\s*["'`]/g;
/** recorder/src/ports/node names its worker files so, because a release has them as .js. */
const SIBLING = /\bsiblingUrl\s*\(\s*["']/g;
const DECLARATION =
  /\bexport\s+(default\s+)?(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(function\*?|const|let|class|interface|type)\s+([\w$]+)/g;

/** All imports of a file, in the order of its text. */
export function importsOf(text: string, code: string): readonly Import[] {
  const found: Import[] = [];
  for (const match of code.matchAll(FROM)) {
    const clause = match[3] ?? "";
    const isType = match[2] !== undefined || isListOfTypes(clause);
    found.push(imported(match.index, read(text, match), { isType, names: namesOf(clause) }));
  }
  for (const match of code.matchAll(SIDE_EFFECT)) {
    found.push(imported(match.index, read(text, match), {}));
  }
  for (const match of code.matchAll(DYNAMIC)) {
    found.push(imported(match.index, read(text, match), { names: ["*"] }));
  }
  for (const match of code.matchAll(FILE_URL)) {
    // A worker's file ends as its starter does: .ts here, .js in a release.
    const specifier = read(text, match).replace(/\$\{.*\}$/, ".ts");
    if (!/^\.{1,2}\/.*\.[jt]s$/.test(specifier)) continue;
    found.push(imported(match.index, specifier, { isFileName: true }));
  }
  for (const match of code.matchAll(SIBLING)) {
    found.push(imported(match.index, `./${read(text, match)}.ts`, { isFileName: true }));
  }
  return found.sort((a, b) => a.at - b.at);
}

function imported(at: number, specifier: string, more: Partial<Import>): Import {
  return { at, specifier, isType: false, isFileName: false, names: [], ...more };
}

/** What a file exports where it declares it, which is the only way of this house. */
export function exportsOf(code: string): readonly ExportedName[] {
  return [...code.matchAll(DECLARATION)].map((match): ExportedName => {
    const name = match[1] === undefined ? (match[3] ?? "") : "default";
    return { at: match.index, name, isCode: /^(?:function|class)/.test(match[2] ?? "") };
  });
}

function read(text: string, match: RegExpExecArray): string {
  const from = match.index + match[0].length;
  const quote = text.charAt(from - 1);
  return text.slice(from, text.indexOf(quote, from));
}

function isListOfTypes(clause: string): boolean {
  const list = /^\s*\{([^}]*)\}\s*$/.exec(clause)?.[1];
  const items = list?.split(",").filter((item) => item.trim() !== "") ?? [];
  return items.length > 0 && items.every((item) => /^\s*type\s/.test(item));
}

function namesOf(clause: string): readonly string[] {
  if (clause.includes("*")) return ["*"];
  const list = /\{([^}]*)\}/.exec(clause)?.[1] ?? "";
  const named = list
    .split(",")
    .map((item) =>
      item
        .trim()
        .replace(/^type\s+/, "")
        .replace(/\s+as\s.*$/s, ""),
    )
    .filter((name) => name !== "");
  const before = clause.slice(0, clause.includes("{") ? clause.indexOf("{") : undefined);
  return /[\w$]/.test(before) ? ["default", ...named] : named;
}
