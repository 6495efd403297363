// Which program encodes Speex on this machine: the first found of speexenc with speexdec (Debian's
// package `speex`), an ffmpeg with libspeex in the path, and the ffmpeg that the package
// @ffmpeg-installer/ffmpeg brings. Each differs in its arguments only.
import { execFile } from "node:child_process";
import { constants, mkdtempSync } from "node:fs";
import { access, chmod, copyFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { RecorderError, systemCode } from "../../errors.ts";
import type { EncodeRequest } from "../encoder.ts";

/** A program that does not tell its version in this time is not used. */
const PROBE_TIMEOUT_MS = 10_000;

/** How to call what was found. The first word of a command is the program. */
export interface Programs {
  /** Name and version. */
  readonly description: string;
  /** Takes linear 16-bit little-endian samples on standard input. */
  encode(request: EncodeRequest): readonly string[];
  /** Gives such samples on standard output. */
  decode(path: string): readonly string[];
}

/** Finds the programs of `command`: "auto", or the path of one. Rejects with ENCODER_MISSING. */
export async function findPrograms(command: string): Promise<Programs> {
  const refusals: string[] = [];
  for (const candidate of candidates(command)) {
    try {
      return await candidate();
    } catch (error) {
      refusals.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new RecorderError("ENCODER_MISSING", refusals.join("; "));
}

type Candidate = () => Promise<Programs>;

function candidates(command: string): readonly Candidate[] {
  if (command === "auto") {
    return [
      () => speexPrograms("speexenc", "speexdec"),
      () => ffmpegProgram("ffmpeg"),
      async () => ffmpegProgram(await bundledFfmpeg()),
    ];
  }
  if (!basename(command).includes("speexenc")) return [() => ffmpegProgram(command)];
  const beside = join(dirname(command), basename(command).replace("speexenc", "speexdec"));
  return [() => speexPrograms(command, beside), () => speexPrograms(command, "speexdec")];
}

async function speexPrograms(encoder: string, decoder: string): Promise<Programs> {
  const version = firstLine(await output(encoder, ["--version"]));
  await output(decoder, ["--version"]);
  return {
    description: `speexenc: ${version}`,
    encode: ({ target, quality }) => [
      encoder,
      "--quality",
      String(quality),
      "--rate",
      "8000",
      "--le",
      "--16bit",
      "-",
      target,
    ],
    decode: (path) => [decoder, "--mono", path, "-"],
  };
}

async function ffmpegProgram(ffmpeg: string): Promise<Programs> {
  const version = firstLine(await output(ffmpeg, ["-version"]));
  const encoders = await output(ffmpeg, ["-hide_banner", "-encoders"]);
  if (!encoders.includes("libspeex")) throw new Error(`${ffmpeg} has no libspeex`);
  const quiet = ["-hide_banner", "-nostdin", "-loglevel", "error"];
  const linear = ["-f", "s16le", "-ar", "8000", "-ac", "1"];
  return {
    description: version,
    encode: ({ target, quality }) => [
      ffmpeg,
      ...quiet,
      ...linear,
      "-i",
      "pipe:0",
      "-c:a",
      "libspeex",
      "-cbr_quality",
      String(quality),
      "-f",
      "ogg",
      "-y",
      `file:${target}`,
    ],
    decode: (path) => [ffmpeg, ...quiet, "-i", `file:${path}`, ...linear, "pipe:1"],
  };
}

/**
 * The packaged ffmpeg. Its install script makes it executable, and newer npm does not run such
 * scripts; where the package cannot be changed, a private copy is made.
 */
async function bundledFfmpeg(): Promise<string> {
  const require = createRequire(import.meta.url);
  const { path } = require("@ffmpeg-installer/ffmpeg") as { readonly path: string };
  return executable(path);
}

/** `path` itself when it can be run or be made so, else an executable copy of it. */
export async function executable(path: string): Promise<string> {
  if (await isExecutable(path)) return path;
  try {
    await chmod(path, 0o755);
    if (await isExecutable(path)) return path;
  } catch (error) {
    const code = systemCode(error);
    if (code !== "EPERM" && code !== "EACCES" && code !== "EROFS") throw error;
  }
  const copy = join(mkdtempSync(join(tmpdir(), "tapeline-encoder-")), basename(path));
  await copyFile(path, copy);
  await chmod(copy, 0o700);
  return copy;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch (error) {
    if (systemCode(error) === "EACCES") return false;
    throw error;
  }
}

/** What a program says on both outputs; speexdec tells its version on standard error. */
function output(program: string, parameters: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      program,
      parameters,
      { timeout: PROBE_TIMEOUT_MS },
      (error: Error | null, stdout: string, stderr: string) => {
        if (error === null) resolve(`${stdout}${stderr}`);
        else reject(new Error(`${program}: ${systemCode(error) ?? firstLine(error.message)}`));
      },
    );
  });
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0] ?? "";
}
