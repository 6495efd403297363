// A container engine for the tests alone: dockerd of Debian's docker.io with a socket and data of
// its own, without its default bridge and its firewall rules, so that nothing is left behind. No
// registry is needed: the image is this Node with the libraries it links, imported from a tar.
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { newFolder, removeFolder, until } from "../live/live-fixture.ts";

/** Nothing but Node: no shell, no package manager. */
export const NODE_IMAGE = "tapeline/node:test";

/** false, or why there can be no containers here. */
export function skipWithoutEngine(): string | false {
  if (process.getuid?.() !== 0) return "a container engine of its own needs root";
  if (process.env["CI"] === "true") return false;
  return "starts a container engine of its own as root: CI only (CI=true runs it here)";
}

/** What dockerd says where root is not allowed all that a root usually is. */
const UNPRIVILEGED = /permission denied|operation not permitted/i;

/**
 * Resolves with what stops it, or why this machine can have none; the environment names the engine
 * to testcontainers.
 */
export async function startEngine(): Promise<(() => Promise<void>) | string> {
  const folder = await newFolder();
  const socket = `unix://${join(folder, "docker.sock")}`;
  const log = openSync(join(folder, "dockerd.log"), "a");
  const engine = spawn(
    "dockerd",
    [
      ...["--data-root", join(folder, "data"), "--exec-root", join(folder, "run")],
      ...["--pidfile", join(folder, "docker.pid"), "--host", socket],
      ...["--bridge", "none", "--iptables=false", "--ip6tables=false"],
    ],
    { stdio: ["ignore", log, log] },
  );
  const failed = once(engine, "error");
  const exited = once(engine, "exit");
  const stop = async (): Promise<void> => {
    engine.kill("SIGTERM");
    await Promise.race([exited, failed]);
    await removeFolder(folder);
  };
  try {
    await prepare(engine, folder, socket);
  } catch (error) {
    await stop();
    if (error instanceof Error && UNPRIVILEGED.test(error.message)) return error.message;
    throw error;
  }
  return stop;
}

async function prepare(engine: ChildProcess, folder: string, socket: string): Promise<void> {
  const docker = (...args: readonly string[]) =>
    execFileSync("docker", ["--host", socket, ...args], { encoding: "utf8", stdio: "pipe" });
  await until("the container engine answers", () => {
    if (engine.exitCode !== null) {
      throw new Error(readFileSync(join(folder, "dockerd.log"), "utf8").slice(-2_000));
    }
    return isAnswering(docker);
  });
  process.env["DOCKER_HOST"] = socket;
  process.env["TESTCONTAINERS_RYUK_DISABLED"] = "true";
  // It would ask the default bridge, which is not there.
  process.env["TESTCONTAINERS_HOST_OVERRIDE"] = "127.0.0.1";
  docker("import", makeImageTar(folder), NODE_IMAGE);
}

function isAnswering(docker: (...args: readonly string[]) => string): boolean {
  try {
    return docker("version", "--format", "{{.Server.Version}}") !== "";
  } catch {
    return false;
  }
}

function makeImageTar(folder: string): string {
  const root = join(folder, "image");
  const copy = (path: string, to = path): void => {
    mkdirSync(join(root, dirname(to)), { recursive: true });
    copyFileSync(path, join(root, to));
  };
  copy(process.execPath, "/usr/local/bin/node");
  const linked = execFileSync("ldd", [process.execPath], { encoding: "utf8" });
  for (const [, path = ""] of linked.matchAll(/(\/\S+) \(0x/g)) copy(path);
  mkdirSync(join(root, "tmp"), { recursive: true });
  const tar = join(folder, "image.tar");
  execFileSync("tar", ["-C", root, "-cf", tar, "."]);
  return tar;
}
