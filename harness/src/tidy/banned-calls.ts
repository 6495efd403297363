// Calls that would make two runs of one seed differ, or do I/O outside a port: banned in recorder,
// simulator and scenarios outside ports/node and main.ts.  design.md §4. Tests must not sleep.
import { isInSource, lineAt, packageOf } from "./source-file.ts";
import type { Finding, SourceFile } from "./source-file.ts";

interface Banned {
  readonly pattern: RegExp;
  readonly what: string;
  readonly instead: string;
}

const CLOCK = "ask the Clock port (monotonicMs, wallMs)";
const TIMER = "set a timer of the Clock port";
const CHANCE =
  "draw from the Random port (in the simulator, from the world's seeded random source)";
const IO = "I/O outside a port";
const UTC = "use the UTC getter, or format by toISOString()";

const CALLS: readonly Banned[] = [
  { pattern: /\bDate\s*\.\s*now\b/g, what: "Date.now", instead: CLOCK },
  { pattern: /\bnew\s+Date\s*(?:\(\s*\)|(?![\w\s(]))/g, what: "new Date()", instead: CLOCK },
  { pattern: /(?<!new\s+)(?<![\w$.])Date\s*\(/g, what: "Date()", instead: CLOCK },
  { pattern: /(?<![\w$.])performance\s*\./g, what: "performance", instead: CLOCK },
  { pattern: /\bhrtime\b/g, what: "process.hrtime", instead: CLOCK },
  {
    pattern: /(?<![\w$.#])(?:globalThis\s*\.\s*)?set(?:Timeout|Interval|Immediate)\b(?!\s*\??:)/g,
    what: "setTimeout, setInterval, setImmediate",
    instead: TIMER,
  },
  { pattern: /\bAbortSignal\s*\.\s*timeout\b/g, what: "AbortSignal.timeout", instead: TIMER },
  { pattern: /\bMath\s*\.\s*random\b/g, what: "Math.random", instead: CHANCE },
  {
    pattern: /\b(?:crypto|webcrypto)\s*\.\s*(?:random\w*|getRandomValues|subtle)\b/g,
    what: "randomness or asynchronous work of crypto",
    instead: CHANCE,
  },
  { pattern: /\brandomUUID\b/g, what: "randomUUID", instead: CHANCE },
  {
    pattern: /\bFinalizationRegistry\b/g,
    what: "FinalizationRegistry",
    instead: "give the resource one owner that closes it",
  },
  {
    pattern:
      /\.get(?:FullYear|Month|Date|Day|Hours|Minutes|Seconds|Milliseconds|TimezoneOffset)\(/g,
    what: "a local-time getter",
    instead: UTC,
  },
  { pattern: /\.toLocale(?:Date|Time)String\(/g, what: "local-time text", instead: UTC },
];

/** Modules that are I/O, time or chance as a whole; `names` limits a row to these imports. */
const MODULES: readonly (Banned & { readonly names?: RegExp })[] = [
  { pattern: /^(?:node:)?timers(?:\/promises)?$/, what: "timers", instead: TIMER },
  { pattern: /^(?:node:)?perf_hooks$/, what: "perf_hooks", instead: CLOCK },
  {
    pattern: /^(?:node:)?crypto$/,
    names: /^(?:random|getRandom|webcrypto|subtle|generateKey|(?:scrypt|pbkdf2|hkdf)$)/,
    what: "randomness or asynchronous work of crypto",
    instead: `${CHANCE}, or use the …Sync function`,
  },
  {
    pattern: /^(?:node:)?zlib$/,
    names: /^(?!constants|crc32|.*Sync$)/,
    what: "asynchronous zlib",
    instead: "use the …Sync function",
  },
  {
    pattern: /^(?:node:)?(?:fs(?:\/promises)?|dgram|tls|child_process|worker_threads|sqlite|dns)$/,
    what: IO,
    instead: "go through a port (recorder/src/ports); real I/O lives in ports/node",
  },
];

/** These names of node:net do no I/O. */
const PURE_OF_NET = /^(?:isIP|isIPv4|isIPv6|BlockList|SocketAddress)$/;
const REAL_TIME = /\/\/ real time: \S/;
const SLEEP = /(?<![\w$.#])(?:setTimeout|setInterval)\b(?!\s*\??:)/g;

/** Banned calls and modules in code that must run the same twice; sleeps in tests. */
export function checkBannedCalls(files: readonly SourceFile[]): readonly Finding[] {
  return files.flatMap((file) => {
    if (!isInSource(file.path)) return sleepsIn(file);
    return isDeterministic(file.path) ? [...callsIn(file), ...modulesIn(file)] : [];
  });
}

function isDeterministic(path: string): boolean {
  if (!["recorder", "simulator", "scenarios"].includes(packageOf(path))) return false;
  if (path.startsWith("recorder/src/ports/node/") || path.endsWith("/src/main.ts")) return false;
  // The list of scenarios is its folder, read by the harness at start; turn.ts is the world's one
  // way to let promises settle (design.md §4).
  return path !== "scenarios/src/index.ts" && path !== "simulator/src/world/turn.ts";
}

function callsIn(file: SourceFile): readonly Finding[] {
  return CALLS.flatMap(({ pattern, what, instead }) =>
    [...file.masked.code.matchAll(pattern)].map((match) =>
      finding(file, match.index, what, instead),
    ),
  );
}

function modulesIn(file: SourceFile): readonly Finding[] {
  return file.imports
    .filter((found) => !found.isType)
    .flatMap((found) => {
      if (/^(?:node:)?net$/.test(found.specifier)) {
        if (found.names.length > 0 && found.names.every((name) => PURE_OF_NET.test(name)))
          return [];
        return [finding(file, found.at, IO, "go through the Udp or Tcp port")];
      }
      const row = MODULES.find(({ pattern }) => pattern.test(found.specifier));
      // The command line reads and prints what its user names; the worker's entry binds real ports.
      const isEdge = /^recorder\/src\/(?:cli\/|media\/worker\.ts$)/.test(file.path);
      if (row === undefined || (row.what === IO && isEdge)) return [];
      const { names } = row;
      if (names !== undefined && !found.names.some((name) => names.test(name))) return [];
      return [finding(file, found.at, row.what, row.instead)];
    });
}

function finding(file: SourceFile, at: number, what: string, instead: string): Finding {
  const line = lineAt(file.text, at);
  return { path: file.path, line, rule: "banned-call", message: `${what}: ${instead}` };
}

function sleepsIn(file: SourceFile): readonly Finding[] {
  const lines = file.text.split("\n");
  const imports = file.imports.filter((found) => /^(?:node:)?timers\b/.test(found.specifier));
  const found = [
    ...[...file.masked.code.matchAll(SLEEP)].map((match) => lineAt(file.text, match.index)),
    ...imports.map((item) => lineAt(file.text, item.at)),
  ];
  return [...new Set(found)].flatMap((line): readonly Finding[] => {
    const near = [lines[line - 1] ?? "", lines[line - 2] ?? ""];
    if (near.some((text) => REAL_TIME.test(text))) return [];
    const message =
      'a test must not sleep: advance the virtual clock or wait for an event; a live test says why with "// real time: …" on the line before';
    return [{ path: file.path, line, rule: "sleep-in-test", message }];
  });
}
