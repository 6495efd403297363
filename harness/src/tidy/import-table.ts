// Who may import whom: between the packages, and between the folders inside recorder.
// style.md, "Who may import whom"; design.md §3. Types count as imports unless a row says other.
import { posix } from "node:path";
import { isInSource, lineAt, packageOf, PACKAGES } from "./source-file.ts";
import type { Finding, PackageName, SourceFile } from "./source-file.ts";
import type { Import } from "./imports.ts";

/** What one package may take of another: "*", or its entry points; `types` = type imports only. */
interface Allowance {
  readonly from: PackageName;
  readonly entries: readonly string[] | "*";
  readonly types?: true;
}

const BETWEEN_PACKAGES: Readonly<Record<PackageName, readonly Allowance[]>> = {
  recorder: [],
  simulator: [{ from: "recorder", entries: ["./ports"], types: true }],
  scenarios: [{ from: "simulator", entries: "*" }],
  harness: [
    { from: "recorder", entries: [".", "./ports", "./ports/node"] },
    { from: "simulator", entries: "*" },
    { from: "scenarios", entries: "*" },
    { from: "reports", entries: "*" },
  ],
  reports: [],
};

/** Tests of services stand in the simulator's world (style.md, "Tests"). */
const IN_TESTS: Readonly<Partial<Record<PackageName, readonly Allowance[]>>> = {
  recorder: [{ from: "simulator", entries: "*" }],
  simulator: [{ from: "recorder", entries: ["./ports"], types: true }],
};

/** Open to all inside recorder; they see only each other. */
const LEAVES: ReadonlySet<string> = new Set(
  "alarms.ts association-facts.ts audio facts-contract.ts sdp ports assert.ts end-reason.ts errors.ts load-history.ts log.ts log-filters.ts log-tags.ts metrics.ts outcome.ts parsed.ts recording-monitor.ts rules-contract.ts schema-words.ts setup-contract.ts sizing.ts sizing-watch.ts".split(
    " ",
  ),
);

const ANYTHING = "*";
const MEDIA_WORKER = "media/worker.ts";

/**
 * Inside recorder, lower may not import higher. "x" allows values, "x:types" types only.
 * Beyond style.md's table, with reasons in ARCHITECTURE.md: recording reads journalled SIP messages
 * again after a crash (sip); rules ask the call model (calls); association reads the PBX's user
 * list with devlink3's codec; the media worker's entry is a main of its own.
 */
const INSIDE_RECORDER: Readonly<Record<string, readonly string[]>> = {
  sip: [],
  devlink3: [],
  rtp: [],
  calls: ["devlink3:types"],
  rules: ["calls", "devlink3:types"],
  media: ["rtp"],
  [MEDIA_WORKER]: ["media", "ports/node"],
  live: ["media"],
  responder: ["rtp", "sip"],
  recording: ["media", "sip"],
  association: ["calls", "rules", "recording", "devlink3"],
  storage: [],
  webhook: [],
  http: [`${ANYTHING}:types`],
  inspect: ["config.ts", "storage"],
  bundle: ["config.ts", "devlink3", "inspect", "storage"],
  "ports/node": [],
  cli: [
    ...["recorder.ts", "config.ts", "tls-files.ts", "ports/node"],
    ...["storage", "recording", "http", "devlink3", "association", "rules"],
    ...["inspect", "bundle", "responder"],
  ],
  "config.ts": ["rules"],
  "tls-files.ts": ["config.ts"],
  "recorder.ts": [ANYTHING],
  "index.ts": [ANYTHING],
  "main.ts": ["cli"],
};

/** Imports that cross a border they may not cross. */
export function checkImports(files: readonly SourceFile[]): readonly Finding[] {
  return files.flatMap((file) =>
    file.imports.flatMap((found) => {
      if (found.isFileName) return [];
      const message = packageProblem(file.path, found) ?? layerProblem(file.path, found);
      if (message === null) return [];
      return [
        { path: file.path, line: lineAt(file.text, found.at), rule: "import-table", message },
      ];
    }),
  );
}

function packageProblem(path: string, found: Import): string | null {
  const own = packageOf(path) as PackageName;
  if (found.specifier.startsWith(".")) {
    const target = packageOf(`${posix.join(posix.dirname(path), found.specifier)}/`);
    if (target === own) return null;
    return `"${found.specifier}" leaves the package; import "@tapeline/${target}" through its exports, if the table of style.md allows it`;
  }
  const match = /^@tapeline\/([\w-]+)(\/.*)?$/.exec(found.specifier);
  if (match === null) return null;
  const target = match[1] ?? "";
  const entry = match[2] === undefined ? "." : `.${match[2]}`;
  const rows = isInSource(path) ? BETWEEN_PACKAGES[own] : (IN_TESTS[own] ?? BETWEEN_PACKAGES[own]);
  const row = rows.find((allowance) => allowance.from === target);
  if (row === undefined) return `${own} may not import ${target}; ${remedyFor(own)}`;
  if (row.entries !== "*" && !row.entries.includes(entry)) {
    const allowed = row.entries.map((name) => posix.join(`@tapeline/${target}`, name));
    return `${own} may import only ${allowed.join(", ")} of ${target}`;
  }
  if (row.types === true && !found.isType) {
    return `${own} may take only types of ${target}; write "import type"`;
  }
  return null;
}

function remedyFor(own: PackageName): string {
  if (own === "simulator") return "write the PBX's own reading of the specification in wire/";
  if (own === "scenarios") return "say it in the language (scenarios/src/language)";
  const others = PACKAGES.filter((name) => name !== own).join(", ");
  return `it must not know ${others}; let the harness hand it over`;
}

function layerProblem(path: string, found: Import): string | null {
  if (!path.startsWith("recorder/src/") || !found.specifier.startsWith(".")) return null;
  const from = layerOf(path);
  const to = layerOf(posix.join(posix.dirname(path), found.specifier));
  if (from === to || LEAVES.has(to)) return null;
  const rows = INSIDE_RECORDER[from];
  if (LEAVES.has(from)) return `${from} is a leaf: it may import only leaves, not ${to}`;
  if (rows === undefined) {
    return `${from} has no row in the table of harness/src/tidy/import-table.ts; add one with style.md`;
  }
  if (rows.includes(to) || rows.includes(ANYTHING)) return null;
  const isTypeAllowed = rows.includes(`${to}:types`) || rows.includes(`${ANYTHING}:types`);
  if (isTypeAllowed && found.isType) return null;
  if (isTypeAllowed) {
    return `${from} may take only types of ${to}; write "import type", or be given it by recorder.ts`;
  }
  return `${from} may not import ${to}; move what both need into a leaf or below both, or be given it by recorder.ts`;
}

/** "sip", "ports/node", or the name of a file at recorder's top. */
function layerOf(path: string): string {
  const inside = path.slice("recorder/src/".length);
  if (inside.startsWith("ports/node/")) return "ports/node";
  if (inside === MEDIA_WORKER) return inside;
  if (inside.includes("/")) return inside.slice(0, inside.indexOf("/"));
  // The composition root in parts (recorder-options.ts, …), the configuration in parts.
  return /^(recorder|config)-[\w-]+\.ts$/.test(inside) ? inside.replace(/-.*$/, ".ts") : inside;
}
