// `tapeline-recorder listen STREAM`: live audio to standard output, raw µ-law or wav, until the
// stream ends (R5). A player that is slow is waited for: then the recorder counts what this
// listener loses, and the place of it becomes silence, so that time stays right.
import { once } from "node:events";
import type { Writable } from "node:stream";
import { WebSocket } from "ws";
import { ULAW_SILENCE } from "../audio/g711.ts";
import { RecorderError } from "../errors.ts";
import type { LiveStream } from "../ports/index.ts";
import { muLawToPcm, STREAMED_WAV_HEADER } from "./audio-output.ts";
import { EXIT } from "./exit-codes.ts";
import { findStream } from "./find-stream.ts";

const FRAME_OFFSET_BYTES = 4;
/** Longest hole that is filled: more would be a broken frame. */
const HOLE_LIMIT_SAMPLES = 8_000 * 3_600;

export interface ListenOptions {
  /** liveStreamId, recordingKey, extension or agent. */
  readonly subject: string;
  readonly url: string;
  readonly key: string;
  readonly from: "now" | "beginning";
  readonly format: "raw" | "wav";
}

export interface ListenOutput {
  readonly audio: Writable;
  /** Lines for people. */
  readonly tell: (line: string) => void;
}

/** Resolves with the exit code when the stream is over, or the player has closed. */
export async function listenCommand(options: ListenOptions, output: ListenOutput): Promise<number> {
  try {
    const stream = await findStream(options);
    const agent = stream.association?.agent ?? stream.association?.extension ?? "nobody known";
    output.tell(`listening to ${stream.recordingKey} (${agent}), from ${options.from}`);
    return await hear(options, stream.recordingKey, output);
  } catch (error) {
    if (!(error instanceof RecorderError)) throw error;
    output.tell(error.message);
    return EXIT.failed;
  }
}

async function hear(
  options: ListenOptions,
  recordingKey: string,
  { audio, tell }: ListenOutput,
): Promise<number> {
  const { url, key, from, format } = options;
  const address = new URL(`/api/v1/live/${recordingKey}/audio`, url);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  address.searchParams.set("from", from);
  const socket = new WebSocket(address, { headers: { authorization: `Bearer ${key}` } });
  const over = Promise.withResolvers<number>();
  const listening = new Hearing(format, (bytes) => {
    if (audio.write(bytes)) return;
    // The player is slow: the recorder sees that its pings are not answered.
    socket.pause();
    void once(audio, "drain").then(() => socket.resume());
  });
  audio.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") over.resolve(EXIT.ok);
    else over.reject(error);
  });
  socket.on("message", (data: Buffer, isBinary: boolean) => {
    if (isBinary) return listening.frame(data);
    const line = listening.told(JSON.parse(data.toString("utf8")) as SocketMessage);
    if (line !== null) tell(line);
  });
  socket.on("error", (error) =>
    over.reject(new RecorderError("LISTEN_FAILED", `${options.url}: ${error.message}`)),
  );
  socket.on("close", (code: number, reason: Buffer) => {
    if (code === 1000) return over.resolve(EXIT.ok);
    over.reject(refusal(code, String(reason)));
  });
  try {
    return await over.promise;
  } finally {
    socket.terminate();
  }
}

function refusal(code: number, reason: string): RecorderError {
  if (code === 4404) return new RecorderError("LISTEN_NO_STREAM", reason);
  if (code === 4503) return new RecorderError("LISTEN_LIMIT", reason);
  return new RecorderError("LISTEN_LOST", reason === "" ? `close code ${code}` : reason);
}

interface SocketMessage {
  readonly type: string;
  readonly firstSample?: number;
  readonly frames?: number;
  readonly reason?: string;
  readonly stream?: LiveStream;
  readonly next?: { readonly liveStreamId: string | null; readonly agent: string | null } | null;
}

/** Messages and frames in, bytes for the player out; each sample at its time. */
class Hearing {
  readonly #format: ListenOptions["format"];
  readonly #write: (bytes: Uint8Array) => void;
  #nextSample: number | null = null;

  constructor(format: ListenOptions["format"], write: (bytes: Uint8Array) => void) {
    this.#format = format;
    this.#write = write;
  }

  frame(data: Buffer): void {
    const sample = data.readUInt32BE();
    const audio = data.subarray(FRAME_OFFSET_BYTES);
    const hole = sample - (this.#nextSample ?? sample);
    if (hole > 0 && hole <= HOLE_LIMIT_SAMPLES)
      this.#audio(new Uint8Array(hole).fill(ULAW_SILENCE));
    this.#audio(audio);
    this.#nextSample = sample + audio.length;
  }

  /** What a person should read; null = nothing. */
  told(message: SocketMessage): string | null {
    switch (message.type) {
      case "header":
        if (this.#format === "wav") this.#write(STREAMED_WAV_HEADER);
        return null;
      case "dropped":
        return `lost ${message.frames ?? 0} frames of 20 ms: this listener is too slow`;
      case "paused":
      case "resumed":
        return message.type;
      case "parties-changed":
        return `on the call now: ${message.stream?.parties.join(", ") ?? ""}`;
      case "end":
        return endLine(message);
      default:
        return null;
    }
  }

  #audio(bytes: Uint8Array): void {
    this.#write(this.#format === "wav" ? muLawToPcm(bytes) : bytes);
  }
}

function endLine({ reason = "", next = null }: SocketMessage): string {
  if (next === null) return `the stream has ended: ${reason}`;
  const { agent, liveStreamId } = next;
  return `the stream has ended: ${reason}; ${agent ?? "another"} goes on as ${liveStreamId ?? "?"}`;
}
