// A copy of the repository's sources in a folder of its own, for those who change them: a planted
// fault, a scenario that fails. Dependencies are linked, our packages are the copies.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const REPOSITORY = fileURLToPath(new URL("../../..", import.meta.url));
const PACKAGES = ["recorder", "simulator", "scenarios", "harness", "reports"];
const OWN_SCOPE = "@tapeline";

export class CopiedRepository {
  readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  /** `more`: what else of each package is copied, besides its sources. */
  static async make(more: readonly string[] = []): Promise<CopiedRepository> {
    const root = await mkdtemp(join(tmpdir(), "tapeline-copy-"));
    for (const name of PACKAGES) {
      await mkdir(join(root, name));
      for (const part of ["src", "bin", "package.json", ...more]) {
        await copy(join(REPOSITORY, name, part), join(root, name, part));
      }
    }
    await copy(join(REPOSITORY, "package.json"), join(root, "package.json"));
    await linkModules(root);
    return new CopiedRepository(root);
  }

  /** Replaces text in a file; throws when it is not there, so that a plant never plants nothing. */
  async plant(path: string, from: string, to: string): Promise<void> {
    const file = join(this.root, path);
    const text = await readFile(file, "utf8");
    if (!text.includes(from)) throw new Error(`${path} no longer holds ${from}: adapt the test`);
    await writeFile(file, text.replace(from, to));
  }

  add(path: string, text: string): Promise<void> {
    return writeFile(join(this.root, path), text);
  }

  remove(): Promise<void> {
    return rm(this.root, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function copy(from: string, to: string): Promise<void> {
  try {
    await cp(from, to, { recursive: true });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
}

async function linkModules(root: string): Promise<void> {
  const modules = join(root, "node_modules");
  await mkdir(join(modules, OWN_SCOPE), { recursive: true });
  for (const name of await readdir(join(REPOSITORY, "node_modules"))) {
    if (name === OWN_SCOPE) continue;
    await symlink(join(REPOSITORY, "node_modules", name), join(modules, name));
  }
  for (const name of PACKAGES) {
    await symlink(join(root, name), join(modules, OWN_SCOPE, name));
  }
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs our Node to its end. */
export async function runNode(
  given: readonly string[],
  place: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Ended> {
  const child = spawn(process.execPath, given, {
    cwd: place.cwd ?? REPOSITORY,
    env: { ...process.env, NO_COLOR: "1", ...place.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout: stdout(), stderr: stderr() };
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString();
}

/** `testbed …` of a repository: this one, or a copy. */
export function testbed(
  given: readonly string[],
  place: {
    readonly root?: string;
    readonly cwd?: string;
    readonly env?: Record<string, string>;
  } = {},
): Promise<Ended> {
  const { root = REPOSITORY, ...rest } = place;
  return runNode([join(root, "harness/bin/testbed.js"), ...given], { cwd: root, ...rest });
}
