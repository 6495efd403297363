// The ratchet on function length: none grows past 70 lines (style.md, "Sizes"). Tables and a switch
// over a closed union are excepted. What was longer once stands in function-lengths.json, whose
// numbers may only go down.
import { isInSource, lineAt } from "./source-file.ts";
import type { Finding, SourceFile } from "./source-file.ts";

const LINES_MAX = 70;
/** A body is "mainly" one switch or table when that takes this share of its lines. */
const MAINLY = 0.7;
const DECLARED =
  /\bfunction\b\s*\*?\s*([\w$]*)\s*(?:<[^(]*?>)?\(|^[ \t]*(?:(?:public|private|protected|static|async|override|readonly|get|set)\s+|\*\s*)*(#?[\w$]+)\s*(?:<[^(\n]*?>)?\(/gm;
const ARROW = /=>\s*\{/g;
const NOT_A_METHOD =
  /^(?:if|for|while|switch|catch|return|function|await|super|new|typeof|throw|else|do|with|import)$/;
const PAIRS: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

/** Functions that may be longer than the limit, by `path#name`, with the length they may have. */
export type KnownLengths = Readonly<Record<string, number>>;

interface FunctionBody {
  readonly name: string;
  readonly at: number;
  readonly lines: number;
  readonly isExempt: boolean;
}

/** Functions that are too long, grew, or shrank without their number following. */
export function checkFunctionLength(
  files: readonly SourceFile[],
  known: KnownLengths,
): readonly Finding[] {
  const seen = new Set<string>();
  const findings = files
    .filter((file) => isInSource(file.path))
    .flatMap((file) =>
      functionsIn(file.masked.code)
        .filter((body) => body.lines > LINES_MAX && !body.isExempt)
        .flatMap((body) => {
          const key = `${file.path}#${body.name}`;
          seen.add(key);
          return lengthFinding(file, body, known[key]);
        }),
    );
  const gone = Object.keys(known).filter((key) => !seen.has(key));
  return [...findings, ...gone.map(goneFinding)];
}

function lengthFinding(
  file: SourceFile,
  body: FunctionBody,
  allowed: number | undefined,
): readonly Finding[] {
  if (body.lines === allowed) return [];
  const place = { path: file.path, line: lineAt(file.text, body.at), rule: "function-length" };
  const name = body.name === "" ? "this function" : body.name;
  if (allowed === undefined) {
    const message = `${name} has ${body.lines} lines; take a part out of it (at most ${LINES_MAX})`;
    return [{ ...place, message }];
  }
  const message =
    body.lines > allowed
      ? `${name} grew from ${allowed} to ${body.lines} lines; it may only shrink`
      : `${name} shrank to ${body.lines} lines; write that into harness/src/tidy/function-lengths.json`;
  return [{ ...place, message }];
}

function goneFinding(key: string): Finding {
  const message = `delete "${key}" from harness/src/tidy/function-lengths.json: it is short enough now`;
  return { path: key.slice(0, key.indexOf("#")), line: 1, rule: "function-length", message };
}

/** All functions with a body, by a light reading of masked code. */
export function functionsIn(code: string): readonly FunctionBody[] {
  const declared = [...code.matchAll(DECLARED)].flatMap((match) => {
    const name = match[1] ?? match[2] ?? "";
    if (match[2] !== undefined && NOT_A_METHOD.test(name)) return [];
    const close = closing(code, match.index + match[0].length - 1);
    const open = bodyAfter(code, close + 1);
    return open === null ? [] : [functionBody(code, name, match.index, open)];
  });
  const arrows = [...code.matchAll(ARROW)].map((match) => {
    const open = match.index + match[0].length - 1;
    const name = /([\w$]+)\s*(?::[^=]*)?=\s*(?:async\s*)?[^=]*$/.exec(
      code.slice(Math.max(0, match.index - 200), match.index),
    );
    return functionBody(code, name?.[1] ?? "", match.index, open);
  });
  return [...declared, ...arrows];
}

function functionBody(code: string, name: string, at: number, open: number): FunctionBody {
  const end = closing(code, open);
  const start = at + (/^\s*/.exec(code.slice(at))?.[0].length ?? 0);
  const lines = countLines(code, start, end);
  return {
    name,
    at: start,
    lines,
    isExempt: lines > LINES_MAX && isMainlyOneTable(code, open, end),
  };
}

/** The `{` of a function whose parameters end before `from`; null when it has no body. */
function bodyAfter(code: string, from: number): number | null {
  if (!/^\s*(?:\{|:)/.test(code.slice(from, from + 200))) return null;
  let at = from;
  let angles = 0;
  while (at < code.length) {
    const char = code.charAt(at);
    if (char === "<") angles += 1;
    if (char === ">" && code.charAt(at - 1) !== "=") angles -= 1;
    if (angles > 0) {
      at = char in PAIRS ? closing(code, at) + 1 : at + 1;
      continue;
    }
    if (char === ";" || char === "}" || char === ")" || char === ",") return null;
    if (char === "{" && !isTypeLiteral(code, at)) return at;
    at = char in PAIRS ? closing(code, at) + 1 : at + 1;
  }
  return null;
}

/** `{` begins a type, not a body, after a mark that asks for a type. */
function isTypeLiteral(code: string, at: number): boolean {
  const before = code.slice(Math.max(0, at - 20), at).trimEnd();
  return /[:|&<,([=?]$|=>$|\b(?:is|extends|keyof|readonly)$/.test(before);
}

function closing(code: string, open: number): number {
  const stack: string[] = [];
  for (let at = open; at < code.length; at += 1) {
    const char = code.charAt(at);
    const partner = PAIRS[char];
    if (partner !== undefined) stack.push(partner);
    else if (char === stack.at(-1)) {
      stack.pop();
      if (stack.length === 0) return at;
    }
  }
  return code.length - 1;
}

/** One switch, or one object or array without functions in it, is most of the body. */
function isMainlyOneTable(code: string, open: number, end: number): boolean {
  const needed = countLines(code, open, end) * MAINLY;
  for (let at = open + 1; at < end; at += 1) {
    if (!(code.charAt(at) in PAIRS)) continue;
    const close = closing(code, at);
    if (countLines(code, at, close) >= needed) {
      const isSwitch = /\bswitch\s*\([^{]*\)\s*$/.test(code.slice(open, at));
      const hasFunctions = /=>\s*\{|\)\s*(?::[^{;]*)?\{/.test(code.slice(at, close));
      if (isSwitch || !hasFunctions) return true;
      if (code.charAt(at) === "(") continue;
    }
    at = close;
  }
  return false;
}

function countLines(code: string, from: number, to: number): number {
  let lines = 1;
  for (let at = from; at < to; at += 1) if (code.charAt(at) === "\n") lines += 1;
  return lines;
}
