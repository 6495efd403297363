// An imported package stands in the package.json of the folder that imports it: otherwise the
// workspace's shared node_modules hides that a released package would not find it.
import { isBuiltin } from "node:module";
import { isInSource, lineAt, packageOf } from "./source-file.ts";
import type { Finding, SourceFile } from "./source-file.ts";

/** `declared` by package name; "." are the root's development dependencies, for tests only. */
export function checkDependencies(
  files: readonly SourceFile[],
  declared: ReadonlyMap<string, ReadonlySet<string>>,
): readonly Finding[] {
  return files.flatMap((file) =>
    file.imports
      .filter(({ specifier }) => !specifier.startsWith(".") && !isBuiltin(specifier))
      .flatMap((found) => {
        const name = found.specifier.split("/").slice(0, found.specifier.startsWith("@") ? 2 : 1);
        const wanted = name.join("/");
        const own = packageOf(file.path);
        if (wanted === `@tapeline/${own}`) return [];
        if (declared.get(own)?.has(wanted) === true) return [];
        const isForTests = !isInSource(file.path);
        if (isForTests && (declared.get(".")?.has(wanted) === true || isOurs(wanted))) return [];
        // What is erased needs no package at run time, only its types while we build.
        const types = `@types/${wanted.replace(/^@(.*)\/(.*)$/, "$1__$2")}`;
        if (found.isType && declared.get(".")?.has(types) === true) return [];
        const line = lineAt(file.text, found.at);
        const message = `declare ${wanted} in ${own}/package.json, or do without it`;
        return [{ path: file.path, line, rule: "dependency", message }];
      }),
  );
}

/** The import table decides about our own packages in tests. */
function isOurs(name: string): boolean {
  return name.startsWith("@tapeline/");
}
