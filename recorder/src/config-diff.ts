// What differs between two configurations, as paths; never as values, for some of them are secrets.
// Pure; recorder-reload.ts decides what of it can be put in force without a restart.

/** Paths of the values that differ: "log.level", "pools[0].drives[1].path". Sorted. */
export function changedPaths(before: unknown, after: unknown): readonly string[] {
  return differences(before, after, "").sort();
}

function differences(before: unknown, after: unknown, path: string): string[] {
  if (Object.is(before, after)) return [];
  if (isList(before) && isList(after)) {
    // One item more or less: the list as a whole is another.
    if (before.length !== after.length) return [path];
    return before.flatMap((item, index) => differences(item, after[index], `${path}[${index}]`));
  }
  if (isSet(before) && isSet(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) =>
      differences(before[key], after[key], path === "" ? key : `${path}.${key}`),
    );
  }
  return [path];
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isSet(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
