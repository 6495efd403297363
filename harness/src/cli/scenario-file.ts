// Where a new scenario file goes, and how it is written: `new`, `pin` and `import` all make one. The
// name is its path below scenarios/src; a file that is there is never overwritten.
import { mkdir, open } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { UsageError } from "./exit-codes.ts";

/** Folder of all scenarios. */
const SCENARIOS = dirname(fileURLToPath(import.meta.resolve("@tapeline/scenarios")));
/** Folders that hold no scenarios. */
const RESERVED = new Set(["language"]);
const NAME_MAX_CHARACTERS = 120;

export interface NewScenario {
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  /** As a person would type it. */
  readonly shownPath: string;
  /** What the file imports the language by. */
  readonly language: string;
}

/** Checks a name. Throws UsageError with what is wrong and what would do. */
export function newScenario(name: string, folder: string = SCENARIOS): NewScenario {
  if (name.length > NAME_MAX_CHARACTERS || !/^[a-z0-9-]+(\/[a-z0-9-]+)+$/.test(name)) {
    throw new UsageError(
      `"${name}" is no name for a scenario. Write a folder, a slash and a short name, in lower ` +
        "case letters, digits and hyphens: my/first.",
    );
  }
  const parts = name.split("/");
  if (RESERVED.has(parts[0] ?? "")) {
    throw new UsageError(`scenarios/src/${parts[0]} holds no scenarios. Take another folder.`);
  }
  const path = join(folder, `${name}.ts`);
  return {
    name,
    path,
    shownPath: relative(process.cwd(), path),
    language: `${"../".repeat(parts.length - 1)}language/index.ts`,
  };
}

/** Writes the file. Throws UsageError when there is one. */
export async function writeScenario(target: NewScenario, text: string): Promise<void> {
  await mkdir(dirname(target.path), { recursive: true });
  try {
    const file = await open(target.path, "wx");
    try {
      await file.writeFile(text);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") {
      throw new UsageError(
        `${target.shownPath} is there already and is not overwritten. Take another name.`,
      );
    }
    throw error;
  }
}
