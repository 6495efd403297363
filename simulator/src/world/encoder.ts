// The virtual encoder: takes virtual time as speexenc takes real time, writes the stand-in
// container (stand-in-speex.ts) through the virtual disk in several writes, and fails when told
// to. Like the process it stands for, it dies with the recorder and then leaves a part of its
// file.
import type { Disk, DiskFile, EncodeRequest, Encoder } from "@tapeline/recorder/ports";
import type { VirtualEncoderFaults } from "./contract.ts";
import { PendingCall } from "./process-scope.ts";
import type { ProcessScope } from "./process-scope.ts";
import { linearFromMuLaw, parseStandInSpeex, serializeStandInSpeex } from "./stand-in-speex.ts";
import { codeOf, SystemError } from "./system-error.ts";
import type { Trace } from "./trace.ts";

/** tools.md: how much faster than real time speexenc is at quality 8. */
const SPEED = 330;
const SAMPLES_PER_MS = 8;
const START_MS = 3;
const WRITE_BYTES = 8192;
/** Ten seconds a piece. */
const DECODE_PIECE_SAMPLES = 80_000;

/** The encoder as installed on one host. */
export class HostEncoder implements VirtualEncoderFaults {
  readonly #hostName: string;
  readonly #trace: Trace;
  #isMissing = false;
  #isHanging = false;
  #failuresLeft = 0;
  #corruptionsLeft = 0;
  #hung: (() => void)[] = [];

  constructor(hostName: string, trace: Trace) {
    this.#hostName = hostName;
    this.#trace = trace;
  }

  portFor(scope: ProcessScope, disk: Disk): Encoder {
    return new VirtualEncoder(this, scope, disk);
  }

  missing(): void {
    this.#note("missing");
    this.#isMissing = true;
  }

  failTimes(count: number): void {
    this.#note(`fail ${count}`);
    this.#failuresLeft = count;
  }

  hang(): void {
    this.#note("hang");
    this.#isHanging = true;
  }

  corruptTimes(count: number): void {
    this.#note(`corrupt ${count}`);
    this.#corruptionsLeft = count;
  }

  heal(): void {
    this.#isMissing = false;
    this.#isHanging = false;
    this.#failuresLeft = 0;
    this.#corruptionsLeft = 0;
    const hung = this.#hung;
    this.#hung = [];
    for (const goOn of hung) goOn();
  }

  checkInstalled(): void {
    if (this.#isMissing) throw new SystemError("ENOENT", "spawn", "speexenc");
  }

  /** Counts one failure down. */
  takeFailure(): boolean {
    if (this.#failuresLeft === 0) return false;
    this.#failuresLeft -= 1;
    return true;
  }

  takeCorruption(): boolean {
    if (this.#corruptionsLeft === 0) return false;
    this.#corruptionsLeft -= 1;
    return true;
  }

  /** The child process works, or hangs until healed. */
  work(scope: ProcessScope, name: string, durationMs: number): Promise<void> {
    const call = new PendingCall<void>(scope, name);
    const goOn = (): void => call.completeAfter(durationMs, () => undefined);
    if (this.#isHanging) this.#hung.push(goOn);
    else goOn();
    return call.promise;
  }

  #note(text: string): void {
    this.#trace.add(`fault encoder ${this.#hostName} ${text}`);
  }
}

class VirtualEncoder implements Encoder {
  readonly #host: HostEncoder;
  readonly #scope: ProcessScope;
  readonly #disk: Disk;

  constructor(host: HostEncoder, scope: ProcessScope, disk: Disk) {
    this.#host = host;
    this.#scope = scope;
    this.#disk = disk;
  }

  async describe(): Promise<string> {
    await this.#scope.call("encoder.describe", START_MS, () => this.#host.checkInstalled());
    return "stand-in-speex 2";
  }

  async encode(request: EncodeRequest): Promise<void> {
    this.#host.checkInstalled();
    await this.#host.work(this.#scope, `encoder.start ${request.source}`, START_MS);
    const muLaw = await this.#disk.readFile(request.source);
    await this.#host.work(this.#scope, `encoder.encode ${request.source}`, durationMs(muLaw));
    if (this.#host.takeFailure()) {
      throw new Error("speexenc: exit status 1: simulated failure of the encoder");
    }
    const isCorrupt = this.#host.takeCorruption();
    // Well-formed, of the right length, and another sound: only the comparison can tell.
    const encoded = isCorrupt ? muLaw.map((code, index) => code ^ ((index >> 8) & 0x7f)) : muLaw;
    await this.#writeAll(request.target, serializeStandInSpeex(encoded, request.quality));
  }

  async decode(path: string, onSamples: (samples: Int16Array) => void): Promise<void> {
    this.#host.checkInstalled();
    await this.#host.work(this.#scope, `encoder.start ${path}`, START_MS);
    const file = parseStandInSpeex(await this.#disk.readFile(path));
    if (!file.ok) throw new Error(`speexdec: ${file.problem}`);
    for (let start = 0; start < file.muLaw.length; start += DECODE_PIECE_SAMPLES) {
      const piece = file.muLaw.subarray(start, start + DECODE_PIECE_SAMPLES);
      await this.#host.work(this.#scope, `encoder.decode ${path}`, durationMs(piece));
      onSamples(linearFromMuLaw(piece));
    }
  }

  async #writeAll(target: string, bytes: Uint8Array): Promise<void> {
    const file = await this.#openTruncated(target);
    try {
      for (let position = 0; position < bytes.length; position += WRITE_BYTES) {
        await file.write(bytes.subarray(position, position + WRITE_BYTES), position);
      }
    } finally {
      await file.close();
    }
  }

  async #openTruncated(target: string): Promise<DiskFile> {
    try {
      return await this.#disk.open(target, "create");
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
      const file = await this.#disk.open(target, "update");
      try {
        await file.truncate(0);
      } catch (failed) {
        // As the end of a process closes its files.
        await file.close();
        throw failed;
      }
      return file;
    }
  }
}

function durationMs(muLaw: Uint8Array): number {
  return muLaw.length / SAMPLES_PER_MS / SPEED;
}
