// Rules about the text of a file: header comment, long lines, unfinished work, machine paths.
// style.md, "Comments" and "Sizes".
import { lineAt } from "./source-file.ts";
import type { Finding, SourceFile } from "./source-file.ts";

const LINE_MAX_CHARACTERS = 100;
const UNFINISHED = /\b(?:TODO|FIXME|HACK|XXX)\b/;
/** Spelled with brackets so that this file does not contain what it looks for. */
const MACHINE_PATH =
  /(?<![\w.*/-])(?:[/]work[/]|[/]root[/]|[/]tmp[/]brief|[/]home[/]\w|[/]Users[/]\w)/;

/** Every file begins with a comment that says what it is for. */
export function checkHeader(file: SourceFile): readonly Finding[] {
  const first = file.masked.comments[0];
  const text = file.text.replace(/^#!.*\n/, "");
  if (first !== undefined && /^\s*\/[/*]/.test(text)) return [];
  const message = "begin with a comment of 2–6 lines: what it is for, where it sits, which section";
  return [{ path: file.path, line: 1, rule: "header", message }];
}

/** Lines stay within 100 columns; what a string or an address cannot break is not counted. */
export function checkLineLength(file: SourceFile): readonly Finding[] {
  let at = 0;
  return file.text.split("\n").flatMap((text, index) => {
    const from = at;
    at += text.length + 1;
    if (text.length <= LINE_MAX_CHARACTERS || /https?:\/\//.test(text)) return [];
    const literal = file.masked.isLiteral.subarray(from, from + text.length);
    const code = [...literal.keys()].filter((column) => literal[column] === 0);
    const breakable = code.map((column) => text.charAt(column)).join("");
    // What a template inserts stands inside it; Prettier does not break there either.
    const counted = breakable.replace(/`.*`/, "").length;
    if (counted < text.length && counted <= LINE_MAX_CHARACTERS) return [];
    const message = `${text.length} columns; break the line at ${LINE_MAX_CHARACTERS} (prettier --write does it for code)`;
    return [{ path: file.path, line: index + 1, rule: "line-length", message }];
  });
}

/** Nothing is left for later. */
export function checkUnfinished(file: SourceFile): readonly Finding[] {
  return file.masked.comments
    .filter((comment) => UNFINISHED.test(comment.text))
    .map((comment) => ({
      path: file.path,
      line: lineAt(file.text, comment.at),
      rule: "unfinished",
      message: "finish it, or file an issue and delete the note",
    }));
}

/** No path that exists only on somebody's machine. */
export function checkMachinePaths(file: {
  readonly path: string;
  readonly text: string;
}): readonly Finding[] {
  return file.text.split("\n").flatMap((line, index) => {
    const found = MACHINE_PATH.exec(line)?.[0];
    if (found === undefined) return [];
    const message = `"${found}" is a path of one machine; write a relative path or make a temporary folder`;
    return [{ path: file.path, line: index + 1, rule: "machine-path", message }];
  });
}
