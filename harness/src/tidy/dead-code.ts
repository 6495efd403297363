// Files that nothing reaches, and exported functions and classes that nobody imports. A file lives
// when an entry leads to it: a package's exports and bins, the scripts of package.json, the
// scenarios, a worker file named by new URL(…), or a test (for files of the tests).
import { posix } from "node:path";
import { isScenarioFile } from "./scenario-files.ts";
import { isInSource, lineAt, packageOf } from "./source-file.ts";
import type { Finding, SourceFile } from "./source-file.ts";

/** Dead files and unused exports; `entries` are paths from the root. */
export function checkDeadCode(
  files: readonly SourceFile[],
  entries: readonly string[],
): readonly Finding[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const roots = files.filter(
    ({ path }) => entries.includes(path) || isScenarioFile(path) || path.endsWith(".test.ts"),
  );
  const fromProduct = reach(
    roots.filter(({ path }) => isInSource(path)),
    byPath,
  );
  const fromTests = reach(roots, byPath);
  const dead = files.flatMap((file) => {
    const isAlive = (isInSource(file.path) ? fromProduct : fromTests).has(file.path);
    if (
      isAlive ||
      file.path.endsWith(".d.ts") ||
      !(isInSource(file.path) || file.path.includes("/test/"))
    )
      return [];
    const message = isInSource(file.path)
      ? "no entry (main, package exports, script, worker) leads here; use it or delete it"
      : "no test imports it; use it or delete it";
    return [{ path: file.path, line: 1, rule: "dead-file", message }];
  });
  return [...dead, ...unusedExports(files, new Set(entries))];
}

function reach(
  roots: readonly SourceFile[],
  byPath: ReadonlyMap<string, SourceFile>,
): ReadonlySet<string> {
  const seen = new Set<string>();
  const queue = [...roots];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (seen.has(file.path)) continue;
    seen.add(file.path);
    for (const path of targetsOf(file)) {
      const next = byPath.get(path);
      if (next !== undefined && packageOf(path) === packageOf(file.path)) queue.push(next);
    }
  }
  return seen;
}

function targetsOf(file: SourceFile): readonly string[] {
  return file.imports
    .filter((found) => found.specifier.startsWith("."))
    .map((found) => posix.join(posix.dirname(file.path), found.specifier));
}

function unusedExports(
  files: readonly SourceFile[],
  entries: ReadonlySet<string>,
): readonly Finding[] {
  const used = new Set<string>();
  for (const file of files) {
    for (const found of file.imports) {
      if (!found.specifier.startsWith(".")) continue;
      const target = posix.join(posix.dirname(file.path), found.specifier);
      for (const name of found.names) used.add(`${target}#${name}`);
    }
  }
  return files
    .filter(({ path }) => isInSource(path) && !entries.has(path) && !isScenarioFile(path))
    .filter(({ path }) => !used.has(`${path}#*`))
    .flatMap((file) =>
      file.exports
        .filter((item) => item.isCode && !used.has(`${file.path}#${item.name}`))
        .map((item) => ({
          path: file.path,
          line: lineAt(file.text, item.at),
          rule: "unused-export",
          message: `nobody imports ${item.name}; drop "export", or delete it`,
        })),
    );
}
