// File systems of their own for live runs, made with loop devices, so that one can be frozen as a
// real disk freezes. Needs root; where that is not to be had the run is skipped, with the reason.
import { spawnSync } from "node:child_process";
import { mkdirSync, renameSync, rmdirSync, rmSync, statfsSync } from "node:fs";
import { join } from "node:path";

/** Sparse: what is not written takes no room. */
const IMAGE_SIZE = "1G";
const TOOLS = ["mkfs.ext4", "mount", "umount", "fsfreeze", "truncate", "losetup", "fallocate"];
/** They take the room that a scenario wants to be gone. */
const BALLAST = ".ballast";
const LAST_BALLAST = ".ballast-last";
/** A large file takes blocks for its own extents as well: what these leave, a small one takes. */
const LAST_BALLAST_BYTES = 1024 * 1024;

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
    // Nothing is set aside for root: full is full.
    run("mkfs.ext4", ["-q", "-F", "-m", "0", image]);
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

  /** Leaves so much room, to the block. */
  fill(leftBytes: number): void {
    this.empty();
    this.#leave(BALLAST, leftBytes + LAST_BALLAST_BYTES);
    this.#leave(LAST_BALLAST, leftBytes);
  }

  #leave(ballast: string, leftBytes: number): void {
    const { bavail, bsize } = statfsSync(this.#path);
    const bytes = bavail * bsize - leftBytes;
    if (bytes > 0) run("fallocate", ["--length", String(bytes), join(this.#path, ballast)]);
  }

  /** Room again, and no trace of what took it. */
  empty(): void {
    for (const name of [BALLAST, LAST_BALLAST]) rmSync(join(this.#path, name), { force: true });
  }

  /** What was on it stays at its path, for whoever looks at the run afterwards. */
  unmount(): void {
    if (!this.#isMounted) return;
    this.#isMounted = false;
    this.thaw();
    this.empty();
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
