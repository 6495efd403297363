// `bundle` as a process of its own beside the running recorder, for the download over HTTP: reading
// and packing gigabytes must not share threads with live writes. One at a time; the file is removed
// once it was read.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { rm, stat } from "node:fs/promises";
import { setPriority } from "node:os";
import { resolve } from "node:path";
import { systemCode } from "../errors.ts";
import type { BundleMaker, MadeBundle } from "../http/bundle-routes.ts";
import { EXIT } from "./exit-codes.ts";

const LOW_PRIORITY = 10;
/** Of what the child says when it fails. */
const MAXIMUM_WORDS = 2_000;

export function bundleMaker(configFile: string, stateDirectory: string): BundleMaker {
  let isBusy = false;
  return async (asked) => {
    if (isBusy) {
      const detail = "Another bundle is being made: wait until its download is through.";
      return { ok: false, code: "busy", detail };
    }
    isBusy = true;
    const release = (): void => void (isBusy = false);
    const out = resolve(stateDirectory, "bundle-for-download.zip");
    const args = ["bundle", "--config", configFile, "--out", out, ...optionsOf(asked)];
    const failure = await runChild(args);
    if (failure !== null) {
      release();
      return { ok: false, code: "failed", detail: failure };
    }
    return deliver(out, release);
  };
}

function optionsOf(asked: Parameters<BundleMaker>[0]): string[] {
  const { fromTimeMs, toTimeMs, recording } = asked;
  const time = (name: string, timeMs: number | null): string[] =>
    timeMs === null ? [] : [name, new Date(timeMs).toISOString()];
  return [
    ...time("--from", fromTimeMs),
    ...time("--to", toTimeMs),
    ...(recording === null ? [] : [`--recording=${recording}`]),
  ];
}

/** null: it is there; else why not, in the child's words. */
async function runChild(args: readonly string[]): Promise<string | null> {
  const main = process.argv[1] ?? "";
  const child = spawn(process.execPath, [...process.execArgv, main, ...args], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let words = "";
  child.stderr.on("data", (data: Buffer) => {
    words = (words + data.toString()).slice(-MAXIMUM_WORDS);
  });
  if (child.pid !== undefined) lower(child.pid);
  const [code] = (await once(child, "close")) as [number | null];
  if (code === EXIT.ok) return null;
  return words.trim() === "" ? `The bundle failed with code ${code}.` : words.trim();
}

/** Where that is not allowed it runs as it is. */
function lower(pid: number): void {
  try {
    setPriority(pid, LOW_PRIORITY);
  } catch (error) {
    if (systemCode(error) === null) throw error;
  }
}

async function deliver(path: string, release: () => void): Promise<MadeBundle> {
  const { size: bytes } = await stat(path);
  async function* content(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of createReadStream(path)) yield chunk as Uint8Array;
    } finally {
      await rm(path, { force: true });
      release();
    }
  }
  return { ok: true, bytes, content: content() };
}
