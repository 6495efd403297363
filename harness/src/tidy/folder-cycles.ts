// No cycle between folders, even of types (style.md, "Who may import whom"). A file at the top of a
// package counts as a folder of its own, because leaves and the root lie there side by side.
import { posix } from "node:path";
import { isInSource, lineAt } from "./source-file.ts";
import type { Finding, SourceFile } from "./source-file.ts";

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly finding: Omit<Finding, "message">;
}

/** One finding for each import that closes a shortest way back. */
export function checkFolderCycles(files: readonly SourceFile[]): readonly Finding[] {
  const edges = files.filter((file) => isInSource(file.path)).flatMap(edgesOf);
  const next = new Map<string, Set<string>>();
  for (const edge of edges) {
    const known = next.get(edge.from) ?? new Set();
    next.set(edge.from, known.add(edge.to));
  }
  const reported = new Set<string>();
  return edges.flatMap((edge) => {
    const back = wayBack(next, edge.to, edge.from);
    const key = `${edge.from} ${edge.to}`;
    if (back === null || reported.has(key)) return [];
    reported.add(key);
    const circle = [edge.from, ...back].join(" → ");
    const message = `cycle between folders: ${circle}; move what both need below both`;
    return [{ ...edge.finding, message }];
  });
}

function edgesOf(file: SourceFile): readonly Edge[] {
  const from = folderOf(file.path);
  return file.imports
    .filter((found) => found.specifier.startsWith(".") && !found.isFileName)
    .map((found) => ({
      from,
      to: folderOf(posix.join(posix.dirname(file.path), found.specifier)),
      finding: { path: file.path, line: lineAt(file.text, found.at), rule: "folder-cycle" },
    }))
    .filter((edge) => edge.from !== edge.to);
}

function folderOf(path: string): string {
  const folder = posix.dirname(path);
  return folder.split("/").length === 2 ? path : folder;
}

/** The shortest way from one folder to another, or null. */
function wayBack(
  next: ReadonlyMap<string, ReadonlySet<string>>,
  from: string,
  to: string,
): readonly string[] | null {
  const seen = new Set([from]);
  const queue: (readonly string[])[] = [[from]];
  for (let way = queue.shift(); way !== undefined; way = queue.shift()) {
    const last = way.at(-1) ?? "";
    if (last === to) return way;
    for (const step of next.get(last) ?? []) {
      if (seen.has(step)) continue;
      seen.add(step);
      queue.push([...way, step]);
    }
  }
  return null;
}
