// The real encoder: speexenc and speexdec, or an ffmpeg with libspeex, as child processes. The
// child writes (or reads) the pool's file itself, so that a frozen drive holds the child and not
// us; audio streams through pipes, never a whole file in memory. encoder-programs.ts finds the
// program. Design: storage of design.md §5; what was tried: speexenc keeps the exact length.
import { spawn, type ChildProcess } from "node:child_process";
import { createReadStream } from "node:fs";
import { constants, setPriority } from "node:os";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { RecorderError } from "../../errors.ts";
import type { EncodeRequest, Encoder } from "../encoder.ts";
import { findPrograms, type Programs } from "./encoder-programs.ts";

/** A child that takes or gives no byte for so long is given up (a frozen drive, a hung program). */
const STALL_MS = 60_000;
/** So much of what the child said is kept for the message. */
const WORDS_CHARACTERS = 2000;
/** Samples of G.711 decoded at a time. */
const PIECE_BYTES = 65_536;
/** speexenc looks for a WAV header first and refuses input shorter than one (12 bytes). */
const SPEEXENC_MINIMUM_SAMPLES = 6;

export interface NodeEncoderOptions {
  /** "auto", or the path of speexenc (speexdec beside it or in the path) or of an ffmpeg. */
  readonly command: string;
  /** For tests: after so long without progress the child is given up. */
  readonly stallMs?: number;
}

/** Speex by the first program found; looked for again after each failure to find one. */
export function nodeEncoder(options: NodeEncoderOptions): Encoder {
  const stallMs = options.stallMs ?? STALL_MS;
  let found: Promise<Programs> | null = null;
  const programs = (): Promise<Programs> => {
    found ??= findPrograms(options.command).catch((error: unknown) => {
      // Perhaps it is installed by the next attempt.
      found = null;
      throw error;
    });
    return found;
  };
  return {
    describe: async () => (await programs()).description,
    encode: async (request) => encode(await programs(), request, stallMs),
    decode: async (path, onSamples) => decode(await programs(), { path, onSamples, stallMs }),
  };
}

async function encode(programs: Programs, request: EncodeRequest, stallMs: number): Promise<void> {
  const child = new Child(programs.encode(request), stallMs);
  const input = createReadStream(request.source, { highWaterMark: PIECE_BYTES });
  const feed = pipeline(input, new MulawToLinear(() => child.progress()), child.stdin);
  // The source's own failure (EIO, ENOENT) is the cause; a broken pipe is the child's to explain.
  const fed = feed.catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "EPIPE") return;
    child.fail(error instanceof Error ? error : new Error(String(error)));
  });
  try {
    await child.ended;
  } finally {
    input.destroy();
    await fed;
  }
}

async function decode(
  programs: Programs,
  job: { path: string; onSamples: (samples: Int16Array) => void; stallMs: number },
): Promise<void> {
  const child = new Child(programs.decode(job.path), job.stallMs);
  child.stdin.end();
  let carry: Uint8Array | null = null;
  child.stdout.on("data", (chunk: Uint8Array) => {
    child.progress();
    const bytes: Uint8Array = carry === null ? chunk : Buffer.concat([carry, chunk]);
    const wholeBytes = bytes.length - (bytes.length % 2);
    carry = wholeBytes === bytes.length ? null : bytes.slice(wholeBytes);
    if (wholeBytes > 0) job.onSamples(linearSamples(bytes.subarray(0, wholeBytes)));
  });
  await child.ended;
}

/** Little-endian bytes as samples; copied, since a chunk need not start at an even address. */
function linearSamples(bytes: Uint8Array): Int16Array {
  const samples = new Int16Array(bytes.length / 2);
  new Uint8Array(samples.buffer).set(bytes);
  return samples;
}

/** One run of a program: its pipes, its words, its end, and its limit of patience. */
class Child {
  readonly #process: ChildProcess;
  readonly #name: string;
  readonly #stallMs: number;
  readonly ended: Promise<void>;
  #reject: (error: Error) => void = () => undefined;
  #timer: NodeJS.Timeout;
  #words = "";

  constructor(command: readonly string[], stallMs: number) {
    const [program = "", ...parameters] = command;
    this.#name = program;
    this.#stallMs = stallMs;
    this.#process = spawn(program, parameters, { stdio: ["pipe", "pipe", "pipe"] });
    this.ended = new Promise((resolve, reject) => {
      this.#reject = reject;
      this.#process.on("error", (error) => {
        this.#finish();
        reject(new RecorderError("ENCODER_MISSING", error.message, { cause: error }));
      });
      this.#process.on("close", (code, signal) => {
        this.#finish();
        if (code === 0) resolve();
        else reject(this.#failure(`ended with ${signal ?? `exit code ${code}`}`));
      });
    });
    // Handled by whoever awaits `ended`; until then a rejection must not count as unhandled.
    this.ended.catch(() => undefined);
    this.#timer = this.#patience();
    this.#process.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#words = (this.#words + text).slice(-WORDS_CHARACTERS);
    });
    // A child that leaves early breaks its pipe; its exit code tells why.
    this.stdin.on("error", () => undefined);
    this.#lowerPriority();
  }

  get stdin(): NonNullable<ChildProcess["stdin"]> {
    return present(this.#process.stdin);
  }

  get stdout(): NonNullable<ChildProcess["stdout"]> {
    return present(this.#process.stdout);
  }

  /** The child took or gave something. */
  progress(): void {
    this.#timer.refresh();
  }

  /** Ends the child for `cause`. */
  fail(cause: Error): void {
    this.#finish();
    this.#process.kill("SIGKILL");
    this.#reject(cause);
  }

  #patience(): NodeJS.Timeout {
    return setTimeout(() => {
      // One that a frozen drive holds in the kernel cannot die yet: it is left behind.
      const what = `${this.#name} made no progress in ${this.#stallMs} ms`;
      this.fail(Object.assign(new Error(what), { code: "ETIMEDOUT" }));
      this.#process.unref();
      this.stdin.destroy();
      this.stdout.destroy();
    }, this.#stallMs);
  }

  #finish(): void {
    clearTimeout(this.#timer);
  }

  #failure(what: string): Error {
    const words = this.#words.trim();
    return new RecorderError("ENCODER_FAILED", `${this.#name} ${what}: ${words || "no message"}`);
  }

  #lowerPriority(): void {
    const { pid } = this.#process;
    if (pid === undefined) return;
    try {
      setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
    } catch {
      // It has already ended, or the system refuses: only its speed beside calls is concerned.
    }
  }
}

function present<T>(pipe: T | null): T {
  if (pipe === null) throw new RecorderError("ENCODER_FAILED", "the program has no pipe");
  return pipe;
}

/** µ-law bytes in, 16-bit little-endian linear samples out (ITU-T G.711). */
class MulawToLinear extends Transform {
  readonly #onPiece: () => void;
  #samples = 0;

  constructor(onPiece: () => void) {
    super();
    this.#onPiece = onPiece;
  }

  override _transform(piece: Uint8Array, _encoding: string, done: () => void): void {
    this.#samples += piece.length;
    const linear = new Uint8Array(piece.length * 2);
    const view = new DataView(linear.buffer);
    for (let index = 0; index < piece.length; index += 1) {
      view.setInt16(index * 2, LINEAR[piece[index] ?? 0xff] ?? 0, true);
    }
    this.#onPiece();
    this.push(linear);
    done();
  }

  override _flush(done: () => void): void {
    const missing = SPEEXENC_MINIMUM_SAMPLES - this.#samples;
    if (missing > 0) this.push(new Uint8Array(missing * 2));
    done();
  }
}

/**
 * G.711 µ-law to 16-bit linear. Its own table, since ports depend on nothing: sign, three bits of
 * exponent, four of mantissa, all inverted on the line.
 */
const LINEAR: readonly number[] = Array.from({ length: 256 }, (_, code) => {
  const bits = ~code & 0xff;
  const magnitude = ((((bits & 0x0f) << 3) + 0x84) << ((bits & 0x70) >> 4)) - 0x84;
  return (bits & 0x80) === 0 ? magnitude : -magnitude;
});
