// The media plane (design.md §5): owns the RTP ports and all live recordings, and speaks the
// message protocol of ports/media-plane.ts. Live it runs in a worker thread, in the virtual world
// in-process. Datagrams and timers are synchronous callbacks; only disk and bind return promises.
import { join } from "node:path";
import { parseJournal } from "../audio/journal.ts";
import { type ErrorCode, RecorderError, wordsOf } from "../errors.ts";
import type {
  Clock,
  Disk,
  MediaCommand,
  MediaEvent,
  MediaPlaneOptions,
  Random,
  Timer,
  Udp,
} from "../ports/index.ts";
import { LiveRecording, type RecordingSurroundings } from "./live-recording.ts";
import { type Gate, PacketReception, type Seat } from "./packet-reception.ts";
import { recoveryFacts, type RecoveryFacts } from "./recovery-facts.ts";
import { type PortDelegate, type RtpPort, RtpPorts } from "./rtp-ports.ts";
import { SyncQueue } from "./sync-queue.ts";
import { TickWheel } from "./tick-wheel.ts";
import { WriteBudget } from "./write-queue.ts";

/** Recordings at once; an `open` beyond is refused. */
export const RECORDINGS_LIMIT = 4000;
/** A live pair that cannot be read in this time is given up. */
export const RESUME_PATIENCE_MS = 10_000;
/** `stop` waits so long for the disk. */
export const STOP_PATIENCE_MS = 5000;
const SECOND_MS = 1000;
/** Notices about foreign packets, at most so often each. */
const NOTICE_INTERVAL_MS = 60_000;

export interface MediaPlanePorts {
  readonly clock: Clock;
  readonly udp: Udp;
  readonly disk: Disk;
  readonly random: Random;
}

type OpenCommand = MediaCommand & { readonly type: "open" };
type ResumeCommand = MediaCommand & { readonly type: "resumeFile" };

export class MediaPlaneService {
  readonly #ports: MediaPlanePorts;
  readonly #onEvent: (event: MediaEvent) => void;
  readonly #budget = new WriteBudget();
  readonly #syncs = new SyncQueue();
  readonly #wheel: TickWheel<LiveRecording>;
  readonly #seats = new Map<string, Seat>();
  readonly #reception: PacketReception;
  readonly #ssrc: number;
  /** SRTP packets that no key fitted. */
  #unauthentic = 0;
  #state: "new" | "starting" | "running" | "stopping" | "stopped" = "new";
  /** Commands that came before the ports were bound. */
  #early: MediaCommand[] = [];
  #options: MediaPlaneOptions | null = null;
  /** With rtp.port: where the packets of all calls come. */
  #shared: Gate | null = null;
  /** With rtp.range: binds the port of one call. */
  #openOwn: ((delegate: PortDelegate, wanted: number | null) => Promise<RtpPort>) | null = null;
  #secondTimer: Timer | null = null;
  #listened = new Set<LiveRecording>();
  #namesChanged = false;
  #isSyncingNames = false;
  #namesSyncedMs = Number.NEGATIVE_INFINITY;
  readonly #told = new Map<string, number>();
  #onStopped: (() => void)[] = [];

  constructor(ports: MediaPlanePorts, onEvent: (event: MediaEvent) => void) {
    this.#ports = ports;
    this.#onEvent = onEvent;
    const bytes = ports.random.bytes(4);
    this.#ssrc = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
    this.#reception = new PacketReception(ports.clock, {
      onNotice: (level, code, detail) => this.#noticeSeldom(level, code, detail),
      onKernelDrops: (gate) => {
        for (const seat of this.#seats.values()) if (seat.gate === gate) seat.live?.kernelDropped();
      },
    });
    this.#wheel = new TickWheel<LiveRecording>(ports.clock, {
      slot: (recordings, nowMs) => this.#tick(recordings, nowMs),
      every: (nowMs) => {
        for (const recording of this.#listened) recording.commit(nowMs);
      },
    });
  }

  post(command: MediaCommand): void {
    if (command.type === "stop") {
      this.#stop();
      return;
    }
    if (this.#state === "stopping" || this.#state === "stopped") return;
    if (command.type === "start") {
      void this.#start(command.options);
      return;
    }
    if (this.#state !== "running") {
      this.#early.push(command);
      return;
    }
    this.#handle(command);
  }

  /** Stops if need be; resolves when files and sockets are closed. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#state === "stopped") {
        resolve();
        return;
      }
      this.#onStopped.push(resolve);
      this.#stop();
    });
  }

  #handle(command: MediaCommand): void {
    switch (command.type) {
      case "open":
        return this.#open(command);
      case "resumeFile":
        return this.#resume(command);
      case "allowHosts":
        return this.#reception.allow(command.hosts);
      case "start":
      case "stop":
        return;
      default: {
        const seat = this.#seats.get(command.recordingKey);
        if (seat === undefined) this.#withoutRecording(command);
        else if (seat.live === null) seat.waiting.push(command);
        else this.#command(seat, seat.live, command);
      }
    }
  }

  #command(seat: Seat, live: LiveRecording, command: MediaCommand): void {
    switch (command.type) {
      case "renegotiate":
        live.renegotiate(command.negotiation);
        return this.#reception.renegotiate(seat, command.negotiation);
      case "journal":
        return live.journal(command.entry, command.keys);
      case "pause":
      case "resume":
        return live.setPause(command);
      case "close":
        return this.#close(seat, live, command.atMs);
      case "finish":
        return live.finish(command.end);
      case "erase":
        this.#leaveGate(seat);
        return live.erase();
      case "listen":
      case "unlisten":
        return this.#listen(live, command.type === "listen");
      case "start":
      case "open":
      case "resumeFile":
      case "allowHosts":
      case "stop":
        return;
    }
  }

  /** A pause must be answered; the rest comes too late to matter. */
  #withoutRecording(command: MediaCommand): void {
    if (command.type !== "pause" && command.type !== "resume") return;
    const { requestId, recordingKey } = command;
    this.#emit({
      type: "pauseApplied",
      requestId,
      recordingKey,
      result: "no-recording",
      sample: 0,
    });
  }

  // -- Start ---------------------------------------------------------------------------------

  async #start(options: MediaPlaneOptions): Promise<void> {
    if (this.#state !== "new") return;
    this.#state = "starting";
    this.#options = options;
    this.#reception.allow(options.allowedHosts);
    try {
      await this.#ports.disk.makeDirectory(options.liveDirectory);
    } catch (error) {
      this.#failed("DIRECTORY_NOT_WRITABLE", `${options.liveDirectory}: ${wordsOf(error)}`);
      return;
    }
    try {
      await this.#bindStart(options);
    } catch (error) {
      const code = error instanceof RecorderError ? error.code : "MEDIA_PLANE_FAILED";
      this.#failed(code, error instanceof RecorderError ? error.detail : wordsOf(error));
    }
  }

  async #bindStart(options: MediaPlaneOptions): Promise<void> {
    const ports = new RtpPorts(options, this.#ports.udp, {
      onNotice: (level, code, detail) => this.#notice(level, code, detail),
    });
    let granted: number;
    if ("port" in options.rtp) {
      const gate = this.#reception.makeGate(false);
      gate.port = await ports.openShared(options.rtp.port, this.#reception.portDelegate(gate));
      this.#shared = gate;
      granted = gate.port.receiveBufferBytes;
    } else {
      const { range } = options.rtp;
      this.#openOwn = (delegate, wanted) => ports.openFromRange(range, delegate, wanted);
      granted = await ports.probeBufferBytes();
    }
    if (this.#state !== "starting") {
      this.#shared?.port?.close();
      return;
    }
    this.#state = "running";
    this.#emit({
      type: "ready",
      receiveBufferBytes: granted,
      rtpPort: this.#shared?.port?.port ?? null,
    });
    if (granted < options.receiveBufferBytes) {
      const detail = `granted ${granted} of ${options.receiveBufferBytes} bytes`;
      this.#notice("warn", "RECEIVE_BUFFER_SMALL", detail);
    }
    this.#everySecond();
    const early = this.#early;
    this.#early = [];
    for (const command of early) this.#handle(command);
  }

  // -- Recordings ----------------------------------------------------------------------------

  #open(command: OpenCommand): void {
    const { recordingKey } = command;
    if (this.#seats.has(recordingKey) || this.#seats.size >= RECORDINGS_LIMIT) {
      const detail = this.#seats.has(recordingKey) ? "opened twice" : "too many recordings";
      this.#openFailed(recordingKey, "MEDIA_PLANE_FAILED", detail);
      return;
    }
    const begin = (seat: Seat): void => {
      this.#reception.claim(seat, command.negotiation);
      const birth = { ...command, rtpPort: portOf(seat), recovery: null };
      this.#begin(seat, new LiveRecording(birth, this.#surroundings(seat)));
    };
    if (this.#shared !== null) begin(this.#seat(recordingKey, this.#shared));
    else
      void this.#openOwnPort(this.#seat(recordingKey, this.#reception.makeGate(true)), null, begin);
  }

  #resume(command: ResumeCommand): void {
    const { recordingKey } = command;
    if (this.#seats.has(recordingKey)) {
      this.#openFailed(recordingKey, "MEDIA_PLANE_FAILED", "opened twice");
      return;
    }
    // The claim stands at once: what comes while the files are read waits in the seat.
    const begin = (seat: Seat): void => {
      this.#reception.reclaim(seat, command.negotiation, command.source ?? null);
      void this.#readPair(seat, command);
    };
    if (this.#shared !== null) {
      begin(this.#seat(recordingKey, this.#shared));
      return;
    }
    const seat = this.#seat(recordingKey, this.#reception.makeGate(true));
    void this.#openOwnPort(seat, command.rtpPort, begin);
  }

  #seat(recordingKey: string, gate: Gate): Seat {
    const seat: Seat = {
      ...{ recordingKey, gate, claim: null, live: null },
      ...{ early: [], waiting: [], doubtful: new Set(), doubtedMs: Number.NEGATIVE_INFINITY },
    };
    this.#seats.set(recordingKey, seat);
    return seat;
  }

  async #openOwnPort(
    seat: Seat,
    wanted: number | null,
    begin: (seat: Seat) => void,
  ): Promise<void> {
    try {
      const delegate = this.#reception.portDelegate(seat.gate);
      seat.gate.port = await this.#openOwn!(delegate, wanted);
    } catch (error) {
      const isCoded = error instanceof RecorderError;
      const code = isCoded ? error.code : "MEDIA_PLANE_FAILED";
      this.#drop(seat, code, isCoded ? error.detail : wordsOf(error));
      return;
    }
    if (this.#seats.get(seat.recordingKey) === seat) begin(seat);
    else seat.gate.port.close();
  }

  async #readPair(seat: Seat, command: ResumeCommand): Promise<void> {
    let isLate = false;
    const patience = this.#ports.clock.setTimer("media.resume", RESUME_PATIENCE_MS, () => {
      isLate = true;
      this.#drop(seat, "LIVE_WRITE_FAILED", "the live pair cannot be read in time");
    });
    const base = join(this.#options?.liveDirectory ?? "", seat.recordingKey);
    try {
      const journal = await this.#ports.disk.readFile(`${base}.tmpvrtx`);
      const audio = await this.#ports.disk.status(`${base}.ul`);
      if (isLate || this.#seats.get(seat.recordingKey) !== seat) return;
      this.#resumed(seat, command, { journal, audioBytes: audio?.sizeBytes ?? 0 });
    } catch (error) {
      if (!isLate) this.#drop(seat, "LIVE_WRITE_FAILED", `${base}: ${wordsOf(error)}`);
    } finally {
      patience.cancel();
    }
  }

  #resumed(
    seat: Seat,
    command: ResumeCommand,
    pair: { readonly journal: Uint8Array; readonly audioBytes: number },
  ): void {
    const { recordingKey, negotiation, entries, keys = [] } = command;
    const { clock } = this.#ports;
    const content = parseJournal(pair.journal);
    const now = { nowMs: clock.nowMs(), wallTimeMs: clock.wallTimeMs() };
    const facts = recoveryFacts(content, pair.audioBytes, now);
    if (!facts.ok) {
      this.#drop(seat, "JOURNAL_DAMAGED", facts.problem.detail);
      return;
    }
    if (content.problems.length > 0) {
      const detail = `${content.problems.length} lines of ${recordingKey} cannot be read`;
      this.#notice("warn", "JOURNAL_DAMAGED", detail, recordingKey);
    }
    const recovery: RecoveryFacts = facts.value;
    const birth = {
      recordingKey,
      negotiation,
      entries,
      recovery,
      header: null,
      keys,
      rtpPort: portOf(seat),
    };
    this.#begin(seat, new LiveRecording(birth, this.#surroundings(seat)));
  }

  #begin(seat: Seat, live: LiveRecording): void {
    seat.live = live;
    this.#wheel.add(live);
    live.start();
    if (seat.doubtful.size > 0) live.degrade("source-doubtful");
    this.#reception.deliver(seat, seat.early.splice(0));
    for (const command of seat.waiting.splice(0)) this.#command(seat, live, command);
  }

  #surroundings(seat: Seat): RecordingSurroundings {
    const { clock, disk } = this.#ports;
    return {
      clock,
      disk,
      budget: this.#budget,
      options: this.#options!,
      emit: (event) => this.#emit(event),
      syncSoon: (sync) => this.#syncs.push(sync),
      onNamesChanged: () => {
        this.#namesChanged = true;
      },
      namesSyncedMs: () => this.#namesSyncedMs,
      kernelDrops: () => seat.gate.port?.kernelDrops ?? 0,
      sendReport: (report, target) => {
        const { port } = seat.gate;
        if (port !== null && port.hasRtcp) port.sendRtcp(report(this.#ssrc), target);
      },
      onUnauthentic: () => {
        this.#unauthentic += 1;
      },
      onGone: (recordingKey) => this.#forget(recordingKey),
    };
  }

  /** BYE may overtake audio that waits in the kernel: that comes first. */
  #close(seat: Seat, live: LiveRecording, atMs?: number): void {
    const { port } = seat.gate;
    if (port === null) this.#closeNow(seat, live, atMs);
    else port.whenDrained(() => this.#closeNow(seat, live, atMs));
  }

  #closeNow(seat: Seat, live: LiveRecording, atMs?: number): void {
    // It may have been erased, or left to the next start, meanwhile.
    if (this.#state !== "running" || live.isClosed) return;
    this.#leaveGate(seat);
    // What closing sets free is heard too: the listeners are let go only then.
    live.close(atMs);
    this.#listen(live, false);
  }

  /** The call's packets end here; a port of its own is closed. */
  #leaveGate(seat: Seat): void {
    if (seat.claim === null) return;
    this.#reception.release(seat);
    if (seat.gate !== this.#shared) this.#reception.closeGate(seat.gate);
  }

  #listen(live: LiveRecording, isListened: boolean): void {
    const isHeard = isListened && !live.isClosed;
    live.setListened(isHeard);
    if (isHeard) this.#listened.add(live);
    else this.#listened.delete(live);
    this.#wheel.setEveryDue(this.#listened.size > 0);
  }

  /** The recording could not be opened. */
  #drop(seat: Seat, code: ErrorCode, detail: string): void {
    if (this.#seats.get(seat.recordingKey) !== seat) return;
    this.#seats.delete(seat.recordingKey);
    this.#reception.release(seat);
    if (seat.gate !== this.#shared) this.#reception.closeGate(seat.gate);
    this.#openFailed(seat.recordingKey, code, detail);
    for (const command of seat.waiting.splice(0)) this.#withoutRecording(command);
  }

  #forget(recordingKey: string): void {
    const seat = this.#seats.get(recordingKey);
    this.#seats.delete(recordingKey);
    if (seat?.live === null || seat === undefined) return;
    this.#wheel.remove(seat.live);
    this.#listen(seat.live, false);
  }

  // -- Time ----------------------------------------------------------------------------------

  #tick(recordings: ReadonlySet<LiveRecording>, nowMs: number): void {
    for (const recording of recordings) {
      if (recording.tick(nowMs)) this.#syncs.push(() => recording.sync());
    }
  }

  #everySecond(): void {
    this.#secondTimer = this.#ports.clock.setTimer("media.second", SECOND_MS, () => {
      this.#reception.watch(this.#ports.clock.nowMs());
      if (this.#namesChanged && !this.#isSyncingNames) void this.#syncNames();
      const { received, stray, ambiguous, kernelDrops } = this.#reception.counts;
      this.#emit({
        type: "metrics",
        packetsReceived: received,
        packetsStray: stray,
        packetsAmbiguous: ambiguous,
        packetsUnauthentic: this.#unauthentic,
        kernelDrops,
        writeBehindBytes: this.#budget.usedBytes,
        openRecordings: this.#seats.size,
      });
      this.#everySecond();
    });
  }

  /** One sync makes the names of all new recordings durable. */
  async #syncNames(): Promise<void> {
    this.#namesChanged = false;
    this.#isSyncingNames = true;
    const beganMs = this.#ports.clock.nowMs();
    try {
      await this.#ports.disk.syncDirectory(this.#options?.liveDirectory ?? "");
      this.#namesSyncedMs = beganMs;
    } catch (error) {
      this.#namesChanged = true;
      this.#noticeSeldom("error", "LIVE_WRITE_FAILED", wordsOf(error));
    }
    this.#isSyncingNames = false;
  }

  // -- Stop ----------------------------------------------------------------------------------

  #stop(): void {
    if (this.#state === "stopping" || this.#state === "stopped") return;
    this.#state = "stopping";
    this.#secondTimer?.cancel();
    this.#wheel.stop();
    this.#reception.closeAll();
    const lives = [...this.#seats.values()].flatMap((seat) => seat.live ?? []);
    let left = lives.length;
    if (left === 0) {
      this.#stopped(lives);
      return;
    }
    const timer = this.#ports.clock.setTimer("media.stop", STOP_PATIENCE_MS, () => {
      this.#stopped(lives);
    });
    for (const live of lives) {
      live.leave(() => {
        left -= 1;
        if (left > 0) return;
        timer.cancel();
        this.#stopped(lives);
      });
    }
  }

  #stopped(lives: readonly LiveRecording[]): void {
    for (const live of lives) live.abandon();
    this.#seats.clear();
    this.#syncs.clear();
    this.#emit({ type: "stopped" });
    this.#state = "stopped";
    for (const resolve of this.#onStopped.splice(0)) resolve();
  }

  // -- Events --------------------------------------------------------------------------------

  #emit(event: MediaEvent): void {
    if (this.#state !== "stopped") this.#onEvent(event);
  }

  #failed(code: ErrorCode, detail: string): void {
    this.#emit({ type: "failed", code, detail });
  }

  #openFailed(recordingKey: string, code: ErrorCode, detail: string): void {
    this.#emit({ type: "openFailed", recordingKey, code, detail });
  }

  #notice(
    level: "info" | "warn" | "error",
    code: ErrorCode,
    detail: string,
    recordingKey?: string,
  ): void {
    const key = recordingKey === undefined ? {} : { recordingKey };
    this.#emit({ type: "notice", level, code, detail, ...key });
  }

  #noticeSeldom(level: "info" | "warn" | "error", code: ErrorCode, detail: string): void {
    const nowMs = this.#ports.clock.nowMs();
    if (nowMs - (this.#told.get(code) ?? Number.NEGATIVE_INFINITY) < NOTICE_INTERVAL_MS) return;
    this.#told.set(code, nowMs);
    this.#notice(level, code, detail);
  }
}

function portOf(seat: Seat): number {
  return seat.gate.port?.port ?? 0;
}
