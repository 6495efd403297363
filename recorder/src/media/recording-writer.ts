// The live pair of one recording on disk: `.ul` and `.tmpvrtx` (formats.md). Writes are kicked by
// time, every 250 ms, and grow only when behind; one write a recording is under way at most. The
// disk may hang or fail: everything stays in memory and is tried again, other recordings never
// notice (design.md §5, "Media plane"). Nothing here throws or rejects.
import { createHash } from "node:crypto";
import { join } from "node:path";
import { KEYS_FILE_SUFFIX } from "../audio/keys-file.ts";
import { systemCode, wordsOf } from "../errors.ts";
import type { Clock, Disk } from "../ports/index.ts";
import { DurableFile } from "./durable-file.ts";
import { KeysFile } from "./keys-file.ts";
import { RunningDigest } from "./running-digest.ts";
import { type WriteBudget, WRITE_BATCH_LIMIT_BYTES, WriteQueue } from "./write-queue.ts";

/** After a failure the disk is left alone for so long. */
export const RETRY_MS = 1000;
/** Journal text held in memory a recording; further lines are refused. */
export const JOURNAL_BEHIND_LIMIT_BYTES = 4 * 1024 * 1024;

export interface WriterDelegate {
  /** The files exist and all lines so far are written; false = the first attempt failed. */
  onOpened(ok: boolean): void;
  /** Before all that waits is written: last call for lines that tell of it. */
  onWriting(): void;
  /** An attempt failed and will be repeated, or journal lines were refused. */
  onTrouble(detail: string): void;
  /** A name was made or changed in the live directory. */
  onNamesChanged(): void;
}

export interface WriterOptions {
  readonly directory: string;
  readonly recordingKey: string;
  readonly budget: WriteBudget;
  /** Fill for runs, decided when they are written. */
  readonly writeFill: (target: Uint8Array, fromSample: number) => void;
  /** Complete bytes already in the files (recovery); null = new files. */
  readonly existing: { readonly audioBytes: number; readonly journalBytes: number } | null;
  /** When the newest sync of the directory began that has succeeded; -Infinity before the first. */
  readonly namesSyncedMs: () => number;
  /** Of SRTP, that are in their file already. */
  readonly keys: readonly string[];
}

type Step = () => Promise<void>;

export class RecordingWriter {
  readonly #options: WriterOptions;
  readonly #ports: { readonly clock: Clock; readonly disk: Disk };
  readonly #delegate: WriterDelegate;
  readonly #queue: WriteQueue;
  readonly #audioPath: string;
  readonly #journalPath: string;
  /** Of all bytes in order; null when earlier ones are only in the file. */
  readonly #digest: RunningDigest | null;
  readonly #keys: KeysFile;
  #audio: DurableFile | null = null;
  #journal: DurableFile | null = null;
  #audioPosition: number;
  #journalPosition: number;
  #journalText: string[] = [];
  #journalWaiting = 0;
  #isOpen = false;
  #openedMs = Number.POSITIVE_INFINITY;
  #attempts = 0;
  #isRunning = false;
  #isHurried = false;
  #retryAtMs = Number.NEGATIVE_INFINITY;
  #syncing: Promise<boolean> | null = null;
  #isEnded = false;
  #isErased = false;
  #steps: Step[] = [];
  #afterJournal: (() => void)[] = [];

  constructor(
    options: WriterOptions,
    ports: { readonly clock: Clock; readonly disk: Disk },
    delegate: WriterDelegate,
  ) {
    this.#options = options;
    this.#ports = ports;
    this.#delegate = delegate;
    this.#queue = new WriteQueue(options.budget, options.writeFill);
    this.#audioPath = join(options.directory, `${options.recordingKey}.ul`);
    this.#journalPath = join(options.directory, `${options.recordingKey}.tmpvrtx`);
    const keysPath = join(options.directory, `${options.recordingKey}${KEYS_FILE_SUFFIX}`);
    this.#keys = new KeysFile(keysPath, ports.disk, options.keys);
    this.#audioPosition = options.existing?.audioBytes ?? 0;
    this.#journalPosition = options.existing?.journalBytes ?? 0;
    this.#digest = options.existing === null ? new RunningDigest() : null;
  }

  /** Audio in order. False when write-behind is full: then `appendFill` takes its place. */
  append(fromSample: number, bytes: Uint8Array): boolean {
    if (!this.#queue.push(fromSample, bytes)) return false;
    this.#digest?.update(bytes);
    return true;
  }

  appendFill(fromSample: number, samples: number): void {
    this.#queue.pushFill(fromSample, samples);
    if (this.#digest === null) return;
    for (let done = 0; done < samples;) {
      const piece = new Uint8Array(Math.min(WRITE_BATCH_LIMIT_BYTES, samples - done));
      this.#options.writeFill(piece, fromSample + done);
      this.#digest.update(piece);
      done += piece.length;
    }
  }

  /** Keys of SRTP, for the lines that follow. */
  keep(keys: readonly string[]): void {
    this.#keys.add(keys);
  }

  /** One serialized line. `onWritten` follows once it is in the kernel. */
  journal(line: string, onWritten?: () => void): void {
    if (this.#journalWaiting + line.length > JOURNAL_BEHIND_LIMIT_BYTES) {
      this.#delegate.onTrouble("The disk is too slow for the journal; a line was refused.");
      return;
    }
    this.#journalText.push(line);
    this.#journalWaiting += line.length;
    if (onWritten !== undefined) {
      this.#afterJournal.push(onWritten);
      this.kick(true);
    }
  }

  /** Writes what waits. `hurried`: also what comes while a write is under way. */
  kick(hurried = false): void {
    if (this.#isRunning) {
      this.#isHurried ||= hurried;
      return;
    }
    if (this.#isEnded || !this.#hasWork || this.#ports.clock.nowMs() < this.#retryAtMs) return;
    this.#isRunning = true;
    void this.#run();
  }

  /** fdatasync of both files beside the writes; one at a time. False = it failed. */
  sync(): Promise<boolean> {
    this.#syncing ??= this.#syncBoth().finally(() => {
      this.#syncing = null;
    });
    return this.#syncing;
  }

  /** Of all that is written by now: a sync that is under way may have begun before it was. */
  async syncWritten(): Promise<boolean> {
    if (this.#syncing !== null) await this.#syncing;
    return this.sync();
  }

  /**
   * The audio is complete: it is written, synced and closed, then `onClosed` gets its SHA-256.
   * Returned at once is what is known without reading the file.
   */
  closeAudio(onClosed: (sha256: string) => void): string | null {
    const known = this.#digest?.finish() ?? null;
    let sha256 = known;
    this.#then(
      async () => {
        sha256 ??= await this.#hashOfFile();
      },
      () => this.#closeAudioFile(),
      () => Promise.resolve(onClosed(sha256 ?? "")),
      // The call is over: nobody needs to hear more of it.
      ...(this.#keys.isThere ? [() => this.#keys.remove()] : []),
    );
    return known;
  }

  /**
   * The journal is complete: it gets its last line, is synced, closed and renamed. The line comes
   * behind the sync of the audio whose hash it has, and of its name, if the call was too short for
   * that: a loss of power leaves none that promises more.
   */
  finish(endLine: () => string, onFinished: () => void): void {
    const { directory, recordingKey } = this.#options;
    const target = join(directory, `${recordingKey}.vrtx`);
    this.#then(
      () => this.#closeAudioFile(),
      async () => {
        const isNamed = this.#options.namesSyncedMs() > this.#openedMs;
        if (!isNamed) await this.#ports.disk.syncDirectory(directory);
        this.journal(endLine());
      },
      () => this.#closeJournalFile(),
      () => this.#ports.disk.rename(this.#journalPath, target),
      () => this.#ports.disk.syncDirectory(directory),
      () => this.#end(onFinished),
    );
  }

  /** Removes the pair; what still waits is dropped. */
  erase(onErased: () => void): void {
    this.#isErased = true;
    this.#queue.clear();
    this.#journalText = [];
    this.#journalWaiting = 0;
    this.#steps = [];
    this.#then(
      () => this.#closeAudioFile(),
      () => this.#closeJournalFile(),
      () => this.#remove(this.#audioPath),
      () => this.#remove(this.#journalPath),
      ...(this.#keys.isThere ? [() => this.#keys.remove()] : []),
      () => this.#ports.disk.syncDirectory(this.#options.directory),
      () => this.#end(onErased),
    );
  }

  /** Writes what waits and closes the files as they are: the next start goes on with them. */
  leave(onLeft: () => void): void {
    this.#then(
      () => this.#closeAudioFile(),
      () => this.#closeJournalFile(),
      () => this.#end(onLeft),
    );
  }

  /** Nothing more is started. */
  abandon(): void {
    this.#isEnded = true;
    this.#queue.clear();
  }

  get #hasWork(): boolean {
    const hasBytes = !this.#queue.isEmpty || this.#journalText.length > 0;
    return hasBytes || this.#steps.length > 0 || !this.#isOpen;
  }

  /** Nothing waits that could still be written: a file that is closed takes no more. */
  get #isDrained(): boolean {
    const isAudioDone = this.#queue.isEmpty || (this.#isOpen && this.#audio === null);
    const isJournalDone =
      this.#journalText.length === 0 || (this.#isOpen && this.#journal === null);
    return isAudioDone && isJournalDone;
  }

  #then(...steps: Step[]): void {
    this.#steps.push(...steps);
    this.kick(true);
  }

  #end(callback: () => void): Promise<void> {
    this.#isEnded = true;
    this.#queue.clear();
    callback();
    return Promise.resolve();
  }

  async #run(): Promise<void> {
    try {
      do {
        this.#isHurried = false;
        await this.#pass();
      } while (this.#isHurried && !this.#isEnded);
    } catch (error) {
      this.#failed(error);
    }
    this.#isRunning = false;
  }

  /**
   * One turn: open what is not open, journal first, then audio, then steps that waited for both.
   */
  async #pass(): Promise<void> {
    if (!this.#isErased) await this.#writeAll();
    const step = this.#steps[0];
    if (step !== undefined && !this.#isDrained && !this.#isErased) {
      this.#isHurried = true;
      return;
    }
    if (step === undefined) return;
    await step();
    // `erase` may have replaced the steps meanwhile.
    if (this.#steps[0] === step) this.#steps.shift();
    this.#isHurried = this.#steps.length > 0 || this.#isHurried;
  }

  async #writeAll(): Promise<void> {
    if (!this.#isOpen) await this.#open();
    this.#delegate.onWriting();
    // Only what the lines tell of by now: a kill leaves no fill that no line explains.
    const bytes = this.#queue.peek();
    await this.#writeJournal();
    if (bytes.length === 0 || this.#audio === null) return;
    await this.#audio.write(bytes, this.#audioPosition);
    this.#audioPosition += bytes.length;
    this.#queue.drop(bytes.length);
    // A full batch means that more waits.
    this.#isHurried ||= bytes.length >= WRITE_BATCH_LIMIT_BYTES;
  }

  async #open(): Promise<void> {
    const isRetry = this.#attempts > 0;
    this.#attempts += 1;
    const { existing } = this.#options;
    this.#audio ??= await this.#openFile(this.#audioPath, isRetry || existing !== null);
    this.#journal ??= await this.#openFile(this.#journalPath, isRetry || existing !== null);
    if (existing !== null) {
      await this.#audio.truncate(existing.audioBytes);
      await this.#journal.truncate(existing.journalBytes);
    }
    await this.#writeJournal();
    this.#isOpen = true;
    this.#openedMs = this.#ports.clock.nowMs();
    this.#delegate.onNamesChanged();
    this.#delegate.onOpened(true);
  }

  /** A file that may be there already (recovery, or an attempt that failed half-way) is kept. */
  async #openFile(path: string, mayExist: boolean): Promise<DurableFile> {
    const { disk } = this.#ports;
    const isThere = mayExist && (await disk.status(path)) !== null;
    return new DurableFile(await disk.open(path, isThere ? "update" : "create"));
  }

  async #writeJournal(): Promise<void> {
    if (this.#journalText.length === 0 || this.#journal === null) return;
    if (this.#keys.isPending) await this.#keys.write();
    const text = this.#journalText;
    const callbacks = this.#afterJournal;
    this.#journalText = [];
    this.#afterJournal = [];
    const bytes = new TextEncoder().encode(text.join(""));
    try {
      await this.#journal.write(bytes, this.#journalPosition);
    } catch (error) {
      this.#journalText = [...text, ...this.#journalText];
      this.#afterJournal = [...callbacks, ...this.#afterJournal];
      throw error;
    }
    this.#journalPosition += bytes.length;
    this.#journalWaiting -= text.reduce((sum, line) => sum + line.length, 0);
    for (const callback of callbacks) callback();
  }

  #failed(error: unknown): void {
    const wasFirst = !this.#isOpen && this.#attempts === 1;
    this.#retryAtMs = this.#ports.clock.nowMs() + RETRY_MS;
    this.#delegate.onTrouble(`${this.#options.recordingKey}: ${wordsOf(error)}`);
    if (wasFirst) this.#delegate.onOpened(false);
  }

  /** The journal first, as it is written: what it explains may follow. */
  async #syncBoth(): Promise<boolean> {
    try {
      await this.#journal?.sync(this.#journalPosition);
      await this.#audio?.sync(this.#audioPosition);
      return true;
    } catch (error) {
      this.#delegate.onTrouble(`${this.#options.recordingKey}: ${wordsOf(error)}`);
      return false;
    }
  }

  async #hashOfFile(): Promise<string> {
    const hash = createHash("sha256");
    for (let at = 0; at < this.#audioPosition;) {
      const wanted = Math.min(WRITE_BATCH_LIMIT_BYTES, this.#audioPosition - at);
      const bytes = await this.#audio?.read(at, wanted);
      if (bytes === undefined || bytes.length === 0) break;
      hash.update(bytes);
      at += bytes.length;
    }
    return hash.digest("hex");
  }

  async #closeAudioFile(): Promise<void> {
    if (this.#audio === null) return;
    // A sync beside us holds the file open.
    await this.#syncing;
    await this.#audio.sync(this.#audioPosition);
    const file = this.#audio;
    this.#audio = null;
    await file.close();
  }

  async #closeJournalFile(): Promise<void> {
    if (this.#journal === null) return;
    await this.#syncing;
    await this.#journal.sync(this.#journalPosition);
    const file = this.#journal;
    this.#journal = null;
    await file.close();
  }

  async #remove(path: string): Promise<void> {
    try {
      await this.#ports.disk.remove(path);
    } catch (error) {
      if (systemCode(error) !== "ENOENT") throw error;
    }
  }
}
