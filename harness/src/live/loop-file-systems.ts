// File systems of their own for live runs, made with loop devices, so that one can be frozen as a
// real disk freezes. Needs root; where that is not to be had the run is skipped, with the reason.
import { spawnSync } from "node:child_process";
import { mkdirSync, renameSync, rmdirSync } from "node:fs";

const IMAGE_SIZE = "64M";
const TOOLS = ["mkfs.ext4", "mount", "umount", "fsfreeze", "truncate", "losetup"];

/** Why loop devices cannot be used here; null when they can. */
export function loopProblem(): string | null {
  if (process.platform !== "linux") return "loop devices are Linux's";
  if (process.getuid?.() !== 0) return "mounting a loop device needs root";
  const missing = TOOLS.filter((tool) => spawnSync("which", [tool]).status !== 0);
  if (missing.length > 0) return `not installed: ${missing.join(", ")}`;
  return spawnSync("losetup", ["--find"]).status === 0 ? null : "no loop device is free";
}

/** A file system in a file, mounted on a directory. */
export class LoopFileSystem {
  readonly #path: string;
  #isFrozen = false;
  #isMounted = true;

  private constructor(path: string) {
    this.#path = path;
  }

  static mount(path: string): LoopFileSystem {
    mkdirSync(path, { recursive: true });
    const image = `${path}.image`;
    run("truncate", ["--size", IMAGE_SIZE, image]);
    run("mkfs.ext4", ["-q", "-F", image]);
    run("mount", ["-o", "loop", image, path]);
    return new LoopFileSystem(path);
  }

  freeze(): void {
    if (!this.#isFrozen) run("fsfreeze", ["--freeze", this.#path]);
    this.#isFrozen = true;
  }

  thaw(): void {
    if (this.#isFrozen) run("fsfreeze", ["--unfreeze", this.#path]);
    this.#isFrozen = false;
  }

  /** What was on it stays at its path, for whoever looks at the run afterwards. */
  unmount(): void {
    if (!this.#isMounted) return;
    this.#isMounted = false;
    this.thaw();
    const copy = `${this.#path}.copy`;
    run("cp", ["-a", this.#path, copy]);
    run("umount", ["--detach-loop", this.#path]);
    rmdirSync(this.#path);
    renameSync(copy, this.#path);
  }
}

function run(command: string, args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  if (status === 0) return;
  throw new Error(`${command} ${args.join(" ")}: ${error?.message ?? stderr.trim()}`);
}
