// A container engine for the tests alone: dockerd of Debian's docker.io with a socket and data of
// its own, without its default bridge and its firewall rules, so that nothing is left behind. No
// registry is needed: the image is this Node with the libraries it links, imported from a tar.
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
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

/** "required": a machine that can run no container is a failure; the GitHub workflow says so. */
const DEMAND = "TAPELINE_CONTAINERS";
const REMEDY =
  "give CI's container --privileged (or a machine of its own), with cgroups, veth and bridges; " +
  `${DEMAND}=required makes this a failure`;
const ANSWER_LIMIT_MS = 300_000;
const NETWORK = "tapeline-trial";

/** The engine, or its machine, cannot run a container. */
class NoContainers extends Error {
  override readonly name = "NoContainers";
}

/**
 * Resolves with what stops it, or why this machine can run no container; the environment names the
 * engine to testcontainers. An engine that is not installed is an error: the judges' step brings
 * it.
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
  const gone = new Promise<Error | null>((resolve) => {
    engine.once("error", resolve);
    engine.once("exit", () => resolve(null));
  });
  const stop = async (): Promise<void> => {
    engine.kill("SIGTERM");
    await gone;
    await removeFolder(folder);
  };
  try {
    const started = engine.pid === undefined ? await gone : null;
    if (started !== null) {
      throw new Error(`no container engine: apt-get install docker.io (${started.message})`);
    }
    await prepare(engine, folder, socket);
  } catch (error) {
    await stop();
    const isRequired = process.env[DEMAND] === "required";
    if (!(error instanceof NoContainers) || isRequired) throw error;
    return error.message;
  }
  return stop;
}

function noContainers(why: string): NoContainers {
  return new NoContainers(`this machine runs no containers: ${REMEDY}. The engine says: ${why}`);
}

async function prepare(engine: ChildProcess, folder: string, socket: string): Promise<void> {
  const docker = (...args: readonly string[]) =>
    execFileSync("docker", ["--host", socket, ...args], { encoding: "utf8", stdio: "pipe" });
  try {
    const isSettled = (): boolean => engine.exitCode !== null || isAnswering(docker);
    await until("the container engine answers", isSettled, ANSWER_LIMIT_MS);
    if (engine.exitCode !== null) throw new Error(`dockerd ended with ${engine.exitCode}`);
  } catch (error) {
    const log = readFileSync(join(folder, "dockerd.log"), "utf8").slice(-2_000);
    throw noContainers(`${String(error)}\n${log}`);
  }
  process.env["DOCKER_HOST"] = socket;
  process.env["TESTCONTAINERS_RYUK_DISABLED"] = "true";
  // It would ask the default bridge, which is not there.
  process.env["TESTCONTAINERS_HOST_OVERRIDE"] = "127.0.0.1";
  const image = makeImageTar(folder);
  try {
    // What the test asks of the kernel, with nothing of ours in it.
    docker("import", image, NODE_IMAGE);
    docker("network", "create", NETWORK);
    docker("run", "--rm", "--network", NETWORK, NODE_IMAGE, "/usr/local/bin/node", "--version");
    docker("network", "rm", NETWORK);
  } catch (error) {
    throw noContainers(error instanceof Error ? error.message : String(error));
  }
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
