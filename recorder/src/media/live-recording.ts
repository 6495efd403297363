// One recording in the media plane: its stream, its writer, its journal, and what it tells. It
// lives from `open` to `finished`. The plane routes packets and commands to it and ticks it every
// 250 ms; files go through the writer alone.
import { SAMPLES_PER_SECOND } from "../audio/g711.ts";
import { makeFill } from "../audio/tone.ts";
import type {
  Address,
  Clock,
  Disk,
  JournalEntry,
  MediaCommand,
  MediaEvent,
  MediaNegotiation,
  MediaPlaneOptions,
  Timer,
} from "../ports/index.ts";
import { serializeReceiverReport } from "../rtp/rtcp.ts";
import { JournalStamps } from "./journal-stamps.ts";
import { PacketQueue } from "./packet-queue.ts";
import type { MediaStart } from "./packet-placement.ts";
import { RecordingStream } from "./recording-stream.ts";
import { RecordingWriter } from "./recording-writer.ts";
import type { RecoveryFacts } from "./recovery-facts.ts";
import { SrtpStage } from "./srtp-stage.ts";
import type { WriteBudget } from "./write-queue.ts";

/** An answer is not kept waiting longer for a disk that hangs. */
export const DISK_PATIENCE_MS = 500;
/** So long a pause waits for the disk: until it is there nobody may rely on it (R21). */
export const PAUSE_PATIENCE_MS = 10_000;
/** `closed` waits so long for the `.ul` to be on the disk. */
export const CLOSE_PATIENCE_MS = 2000;
/** Without a packet for so long after the answer, `noMedia` is told. */
export const NO_MEDIA_MS = 2000;
export const REPORT_INTERVAL_MS = 5000;
export const SYNC_INTERVAL_MS = 10_000;
/** How long ago the process before has synced, nobody knows. */
export const RESUMED_SYNC_MS = 1_000;
/** Fill of this length or longer is explained on the medium at once, not at the next sync. */
const LONG_GAP_SAMPLES = SAMPLES_PER_SECOND;
/** Disk trouble of one recording is told at most so often. */
const TROUBLE_INTERVAL_MS = 10_000;

/** What a recording needs of its plane. */
export interface RecordingSurroundings {
  readonly clock: Clock;
  readonly disk: Disk;
  readonly budget: WriteBudget;
  readonly options: MediaPlaneOptions;
  readonly emit: (event: MediaEvent) => void;
  readonly onNamesChanged: () => void;
  /** When the newest sync of the names began that has succeeded; -Infinity before the first. */
  readonly namesSyncedMs: () => number;
  /** Syncs as soon as those of other recordings allow; `sync` must not reject. */
  readonly syncSoon: (sync: () => Promise<unknown>) => void;
  /** The RTP port's drop counter. */
  readonly kernelDrops: () => number;
  /** Sends to the source's RTCP port. */
  readonly sendReport: (report: (ssrc: number) => Uint8Array, target: Address) => void;
  /** An SRTP packet that none of the call's keys fits. */
  readonly onUnauthentic: () => void;
  /** Finished or erased: the plane forgets it. */
  readonly onGone: (recordingKey: string) => void;
}

export interface RecordingBirth {
  readonly recordingKey: string;
  readonly rtpPort: number;
  readonly negotiation: MediaNegotiation;
  /** null after a restart: it is in the file. */
  readonly header: JournalEntry | null;
  readonly entries: readonly JournalEntry[];
  readonly recovery: RecoveryFacts | null;
  /** Of SRTP: hidden in the entries, or, after a restart, kept already. */
  readonly keys?: readonly string[];
}

type PauseCommand = MediaCommand & { readonly type: "pause" | "resume" };

export class LiveRecording {
  readonly recordingKey: string;
  readonly stream: RecordingStream;
  /** The way of packets to the stream. */
  readonly packets: PacketQueue;
  #isListened = false;
  /** The dialog ended. */
  isClosed = false;
  readonly #birth: RecordingBirth;
  readonly #surroundings: RecordingSurroundings;
  readonly #srtp: SrtpStage;
  readonly #writer: RecordingWriter;
  readonly #stamps: JournalStamps;
  readonly #bornMs: number;
  readonly #dropsAtBirth: number;
  readonly #degradedBy = new Set<string>();
  #openTimer: Timer | null = null;
  #closeTimer: Timer | null = null;
  #guardedUntilMs = Number.NEGATIVE_INFINITY;
  /** Edges of pauses that are not on the disk yet: each is answered as saved, or given up. */
  readonly #edges = new Set<(isSaved: boolean) => void>();
  #isOpened = false;
  #startTimeMs: number | null;
  #expectsMedia: boolean;
  /** Since when media is waited for; null = told, heard, or not expected. */
  #waitingSinceMs: number | null = null;
  #reportAtMs: number;
  #syncAtMs: number;
  #troubleToldMs = Number.NEGATIVE_INFINITY;
  #sha256: string | null = null;
  #isFinished = false;
  #isUnauthenticTold = false;
  /** Call events whose last samples have not come yet. */
  #events: JournalEntry[] = [];

  constructor(birth: RecordingBirth, surroundings: RecordingSurroundings) {
    const { clock, options, disk, budget } = surroundings;
    const { recovery } = birth;
    this.recordingKey = birth.recordingKey;
    this.#birth = birth;
    this.#surroundings = surroundings;
    this.#bornMs = clock.nowMs();
    this.#reportAtMs = this.#bornMs + REPORT_INTERVAL_MS;
    this.#syncAtMs = this.#bornMs + (recovery === null ? SYNC_INTERVAL_MS : RESUMED_SYNC_MS);
    this.#dropsAtBirth = surroundings.kernelDrops();
    this.#expectsMedia = birth.negotiation.expectsMedia;
    this.#startTimeMs = recovery?.startTimeMs ?? null;
    this.#stamps = new JournalStamps(clock, this.#bornMs - (recovery?.elapsedMs ?? 0));
    this.stream = new RecordingStream(
      {
        pause: options.pause,
        negotiation: birth.negotiation,
        restoration: recovery?.restoration ?? null,
      },
      {
        onMedia: (start) => this.#mediaStarted(start),
        onAudio: (fromSample, bytes) => this.#audio(fromSample, bytes),
        onFill: (fromSample, samples) => this.#fill(fromSample, samples),
        onOverflow: () => this.#overflowed(),
      },
    );
    this.#srtp = new SrtpStage(this.stream, birth.negotiation, {
      onRefused: (reason) => this.#refused(reason),
    });
    this.packets = new PacketQueue(this.#srtp);
    this.#writer = new RecordingWriter(
      {
        directory: options.liveDirectory,
        recordingKey: birth.recordingKey,
        budget,
        writeFill: (target, fromSample) => this.stream.gate.writeFill(target, fromSample),
        existing:
          recovery === null
            ? null
            : { audioBytes: recovery.samples, journalBytes: recovery.journalBytes },
        namesSyncedMs: surroundings.namesSyncedMs,
        keys: recovery === null ? [] : (birth.keys ?? []),
      },
      { clock, disk },
      {
        onOpened: (ok) => this.#opened(!ok),
        onWriting: () => this.#journalGaps(),
        onTrouble: (detail) => this.#trouble(detail),
        onNamesChanged: () => surroundings.onNamesChanged(),
      },
    );
  }

  /** Creates or opens the files; `opened` follows. */
  start(): void {
    const { header, entries, keys = [], recovery } = this.#birth;
    if (recovery === null) this.#writer.keep(keys);
    if (header !== null) this.journal(header);
    for (const entry of entries) this.journal(entry);
    this.#openTimer = this.#surroundings.clock.setTimer("media.open", DISK_PATIENCE_MS, () => {
      this.#opened(true);
    });
    this.#writer.kick(true);
  }

  /** SRTP: its RTCP is encrypted too, so that none is read or sent. */
  get isSecure(): boolean {
    return this.#srtp.isSecure;
  }

  // -- Commands ------------------------------------------------------------------------------

  renegotiate(negotiation: MediaNegotiation): void {
    if (this.isClosed) return;
    this.packets.settle();
    if (negotiation.expectsMedia && !this.#expectsMedia) {
      this.#waitingSinceMs = this.#surroundings.clock.nowMs();
    }
    this.#expectsMedia = negotiation.expectsMedia;
    this.stream.negotiate(negotiation);
    this.#srtp.negotiate(negotiation);
  }

  /** `keys`: of SRTP, hidden in the entry. */
  journal(entry: JournalEntry, keys: readonly string[] = []): void {
    this.packets.settle();
    // `end` is the last line: what comes later is of no use to anybody.
    if (this.#isFinished) return;
    if (entry.type === "event") return this.#event(entry);
    if (!this.isClosed) this.#writer.keep(keys);
    this.#writer.journal(this.#stamps.line(entry, this.stream.end));
    // A dialog is rebuilt from these lines: after a kill a 200 that was sent must be among them.
    if (entry.type === "sip") this.#writer.kick(true);
  }

  /** The span of a call event waits until its samples are there; at the end it is cut to them. */
  #event(entry: JournalEntry): void {
    const samples = this.isClosed ? this.stream.samples : this.stream.end;
    if (!this.isClosed && Number(entry["toSample"]) > samples) {
      this.#events.push(entry);
      return;
    }
    const cut = (field: string): number => Math.min(Number(entry[field]), samples);
    const spanned = { ...entry, fromSample: cut("fromSample"), toSample: cut("toSample") };
    this.#writer.journal(this.#stamps.line(spanned, samples));
  }

  #releaseEvents(): void {
    if (this.#events.length === 0) return;
    const waiting = this.#events;
    this.#events = [];
    for (const entry of waiting) this.#event(entry);
  }

  setPause(command: PauseCommand): void {
    const { clock, emit } = this.#surroundings;
    const { requestId, recordingKey, by, via, type: action } = command;
    const nowMs = clock.nowMs();
    this.packets.settle();
    if (this.isClosed) {
      emit({
        type: "pauseApplied",
        requestId,
        recordingKey,
        result: "no-recording",
        sample: this.stream.samples,
      });
      return;
    }
    const edge = this.#moveEdge(command, nowMs);
    const result = edge === null ? "already" : "applied";
    const receivedAt = new Date(this.#stamps.wallTimeAt(nowMs)).toISOString();
    this.#confirmed(
      { type: "pauseRequest", by, via, action, receivedAt, result },
      { type: "pauseApplied", requestId, recordingKey, result, sample: edge ?? this.stream.end },
    );
  }

  /** BYE, taken at `atMs`: the audio is complete. A busy thread comes to it later. */
  close(atMs = Infinity): void {
    if (this.isClosed) return;
    this.packets.settle();
    this.#srtp.flush();
    this.isClosed = true;
    this.#opened(true);
    const nowMs = this.#surroundings.clock.nowMs();
    // Its end may be a while in coming; that the call is over is to outlast a loss of power.
    this.#syncAtMs = nowMs;
    this.stream.close(Math.min(atMs, nowMs));
    this.#journalGaps();
    this.#releaseEvents();
    const known = this.#writer.closeAudio((sha256) => this.#closed(sha256));
    if (known === null) return;
    // The digest is of what is in memory: a disk that hangs need not keep the call from ending.
    this.#closeTimer = this.#surroundings.clock.setTimer("media.close", CLOSE_PATIENCE_MS, () => {
      this.#closed(known);
    });
  }

  finish(end: JournalEntry): void {
    this.packets.settle();
    const sums = { samples: this.stream.samples, sha256: this.#sha256 ?? "" };
    this.#isFinished = true;
    this.#writer.finish(
      () => this.#stamps.line({ ...sums, ...end }, this.stream.end),
      () => this.#gone(),
    );
  }

  erase(): void {
    this.isClosed = true;
    this.#isFinished = true;
    this.#cancelTimers();
    this.#writer.erase(() => this.#gone());
  }

  /** The plane stops: what is there is written, the files stay as they are. */
  leave(onLeft: () => void): void {
    this.packets.settle();
    if (!this.isClosed) this.stream.flush();
    this.#journalGaps();
    this.#cancelTimers();
    this.#answerEdges(false);
    this.#writer.leave(onLeft);
  }

  /** It was left, and the disk took too long: nothing more is started. */
  abandon(): void {
    this.#writer.abandon();
  }

  /** Whether its audio is told as well; then each packet leaves as it comes (R5). */
  setListened(isListened: boolean): void {
    this.#isListened = isListened;
    this.packets.onArrival = isListened ? (nowMs) => this.commit(nowMs) : null;
  }

  // -- Time ----------------------------------------------------------------------------------

  /** Settled audio leaves for the listeners. */
  commit(nowMs: number): void {
    this.packets.settle();
    if (!this.isClosed) this.stream.commit(nowMs);
  }

  /** Every 250 ms. True = a sync of the files is due. */
  tick(nowMs: number): boolean {
    this.#journalGaps(nowMs);
    this.#releaseEvents();
    this.#writer.kick();
    if (!this.isClosed) {
      this.#watchMedia(nowMs);
      if (nowMs >= this.#reportAtMs) {
        this.#reportAtMs = nowMs + REPORT_INTERVAL_MS;
        this.#report(nowMs);
      }
    }
    if (this.#isFinished || nowMs < this.#syncAtMs) return false;
    this.#syncAtMs = nowMs + SYNC_INTERVAL_MS;
    return true;
  }

  /** Nothing, once the pair is on its way to its last name: that syncs it itself. */
  async sync(): Promise<void> {
    if (!this.#isFinished) await this.#writer.sync();
  }

  /** The kernel dropped packets of the port; whose, it does not say. */
  kernelDropped(): void {
    if (!this.isClosed) this.degrade("kernel-drops");
  }

  /** Paused, or resumed so lately that what was spoken before may still be on its way. */
  isPausedAt(nowMs: number): boolean {
    return this.stream.gate.isPaused || nowMs < this.#guardedUntilMs;
  }

  degrade(why: string): void {
    if (this.#degradedBy.has(why)) return;
    this.#degradedBy.add(why);
    this.#surroundings.emit({ type: "degraded", recordingKey: this.recordingKey, why });
  }

  // -- Inside --------------------------------------------------------------------------------

  #opened(inMemory: boolean): void {
    if (this.#isOpened) return;
    this.#isOpened = true;
    this.#openTimer?.cancel();
    const { clock, emit } = this.#surroundings;
    if (this.#expectsMedia) this.#waitingSinceMs = clock.nowMs();
    emit({
      type: "opened",
      recordingKey: this.recordingKey,
      rtpPort: this.#birth.rtpPort,
      inMemory,
      samples: this.#birth.recovery?.samples ?? 0,
    });
  }

  /** Fixes the edge in the gate and journals it; null = it stood there already. */
  #moveEdge(command: PauseCommand, nowMs: number): number | null {
    const { by, via } = command;
    const { gate } = this.stream;
    if (command.type === "pause") {
      const fromSample = this.stream.pause();
      if (fromSample === null) return null;
      const entry = { type: "pause", fromSample, by, via, fill: gate.fillKind };
      this.#writer.journal(this.#stamps.line(entry, fromSample, nowMs));
      return fromSample;
    }
    const span = this.stream.resume(nowMs);
    if (span === null) return null;
    this.#guardedUntilMs = nowMs + this.#surroundings.options.pause.guardMs;
    const entry = { type: "resume", ...span, by, via, fill: gate.fillKind };
    this.#writer.journal(this.#stamps.line(entry, this.stream.end, nowMs));
    return span.toSample;
  }

  /**
   * `answer` follows once the edge would survive a crash, or the disk has used up its time: then a
   * pause is in force, but cannot be promised. A resume that is taken back lets nothing be heard.
   */
  #confirmed(entry: JournalEntry, answer: MediaEvent & { readonly type: "pauseApplied" }): void {
    const isPause = entry["action"] === "pause";
    let isAnswered = false;
    const settle = (isSaved: boolean): void => {
      if (isAnswered) return;
      isAnswered = true;
      timer.cancel();
      this.#edges.delete(settle);
      this.#surroundings.emit(isSaved || !isPause ? answer : { ...answer, isVolatile: true });
    };
    const patienceMs = isPause ? PAUSE_PATIENCE_MS : DISK_PATIENCE_MS;
    const timer = this.#surroundings.clock.setTimer("media.edge", patienceMs, () => settle(false));
    this.#edges.add(settle);
    // An edge that power loss could take back would let the rest of the paused call be heard.
    const sync = (): void => void this.#writer.syncWritten().then(settle);
    this.#writer.journal(this.#stamps.line(entry, this.stream.end), sync);
  }

  #answerEdges(isSaved: boolean): void {
    for (const settle of this.#edges) settle(isSaved);
  }

  #mediaStarted(start: MediaStart): void {
    const { source, ssrc, payloadType, sample, rtpTimestamp, rtpSequence, arrivalMs } = start;
    const leadMs = Math.max(0, Math.round(arrivalMs - this.#bornMs));
    this.#waitingSinceMs = null;
    const entry = {
      type: "media",
      source: `${source.host}:${source.port}`,
      ssrc,
      payloadType,
      leadMs,
      rtpTimestamp,
      rtpSequence,
    };
    this.#writer.journal(this.#stamps.line(entry, sample, arrivalMs));
    // As the journal has it: a catalog that is made anew from it says the same.
    this.#startTimeMs ??= this.#stamps.lastTimeMs;
    this.#surroundings.emit({
      type: "media",
      recordingKey: this.recordingKey,
      source,
      ssrc,
      payloadType,
      leadMs,
      sample,
      atMs: arrivalMs,
    });
  }

  #audio(fromSample: number, bytes: Uint8Array): boolean {
    if (!this.#writer.append(fromSample, bytes)) return false;
    // A copy, because the event's buffer moves to the other thread.
    if (this.#isListened) this.#tellListeners(fromSample, bytes.slice(), this.#arrivedMs());
    return true;
  }

  #fill(fromSample: number, samples: number): void {
    this.#writer.appendFill(fromSample, samples);
    if (!this.#isListened) return;
    const fill = makeFill(fromSample, samples, "silence");
    this.stream.gate.writeFill(fill, fromSample);
    this.#tellListeners(fromSample, fill, null);
  }

  /** Of the packet that sets audio free now; null before the first of this process. */
  #arrivedMs(): number | null {
    const { lastArrivalMs } = this.packets;
    return Number.isFinite(lastArrivalMs) ? lastArrivalMs : null;
  }

  #tellListeners(sample: number, data: Uint8Array, arrivedMs: number | null): void {
    const { recordingKey } = this;
    this.#surroundings.emit({ type: "audio", recordingKey, sample, data, arrivedMs });
  }

  #overflowed(): void {
    if (!this.#degradedBy.has("write-overflow")) {
      this.#notice("WRITE_BEHIND_FULL", "The disk is too slow; audio is dropped and filled.");
    }
    this.degrade("write-overflow");
  }

  /**
   * Fill is told before it is written. A long one, as of a hold, is also synced at once: after a
   * loss of power nobody could tell it from silence that was heard. All that is settled leaves
   * first, so that a hole that is longer than the reorder window gets one line, not one a packet.
   */
  #journalGaps(nowMs = this.#surroundings.clock.nowMs()): void {
    this.commit(nowMs);
    const gaps = this.stream.drainGaps();
    const isLong = gaps.some(({ samples }) => samples >= LONG_GAP_SAMPLES);
    const sync = (): void => this.#surroundings.syncSoon(() => this.#writer.syncWritten());
    for (const [index, gap] of gaps.entries()) {
      const line = this.#stamps.line({ type: "gap", ...gap }, this.stream.end);
      // All lines wait before the last one sets the writer going.
      const isLast = index === gaps.length - 1;
      this.#writer.journal(line, isLong && isLast ? sync : undefined);
    }
  }

  #watchMedia(nowMs: number): void {
    const since = this.#waitingSinceMs;
    if (since === null || !this.#expectsMedia) return;
    if (this.stream.lastPacketMs >= since) {
      this.#waitingSinceMs = null;
    } else if (nowMs - since >= NO_MEDIA_MS) {
      this.#waitingSinceMs = null;
      this.#surroundings.emit({ type: "noMedia", recordingKey: this.recordingKey });
    }
  }

  #report(nowMs: number): void {
    const { reception } = this.stream;
    if (reception === null || this.isSecure) return;
    const { address, source } = reception;
    this.#surroundings.sendReport(
      (ssrc) =>
        serializeReceiverReport({
          ssrc,
          blocks: [source.takeReportBlock(nowMs)],
          cname: `tapeline@${this.#surroundings.options.bindHost}`,
        }),
      { host: address.host, port: address.port + 1 },
    );
  }

  #closed(sha256: string): void {
    if (this.#sha256 !== null) return;
    this.#sha256 = sha256;
    this.#cancelTimers();
    const drops = this.#surroundings.kernelDrops() - this.#dropsAtBirth;
    this.#surroundings.emit({
      type: "closed",
      recordingKey: this.recordingKey,
      samples: this.stream.samples,
      sha256,
      startTimeMs: this.#startTimeMs,
      statistics: this.stream.statistics(Math.max(0, drops)),
    });
  }

  #gone(): void {
    // Complete or erased: no crash can let any more of it be heard.
    this.#answerEdges(true);
    this.#surroundings.emit({ type: "finished", recordingKey: this.recordingKey });
    this.#surroundings.onGone(this.recordingKey);
  }

  /** Told of each that does not fit, in the log of the first: more come of it 50 times a second. */
  #refused(reason: "unauthentic" | "replayed"): void {
    this.stream.refused(reason);
    if (reason === "replayed") return;
    this.#surroundings.onUnauthentic();
    if (this.#isUnauthenticTold) return;
    this.#isUnauthenticTold = true;
    const { recordingKey } = this;
    const detail = "SRTP came that none of the call's keys fits.";
    const code = "SRTP_UNAUTHENTIC";
    this.#surroundings.emit({ type: "notice", level: "warn", code, detail, recordingKey });
  }

  #trouble(detail: string): void {
    const nowMs = this.#surroundings.clock.nowMs();
    if (nowMs - this.#troubleToldMs < TROUBLE_INTERVAL_MS) return;
    this.#troubleToldMs = nowMs;
    this.#notice("LIVE_WRITE_FAILED", detail);
  }

  #notice(code: "LIVE_WRITE_FAILED" | "WRITE_BEHIND_FULL", detail: string): void {
    const { recordingKey } = this;
    this.#surroundings.emit({ type: "notice", level: "error", code, detail, recordingKey });
  }

  #cancelTimers(): void {
    this.#openTimer?.cancel();
    this.#closeTimer?.cancel();
  }
}
