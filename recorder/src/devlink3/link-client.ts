// The DevLink3 link to one IP Office.  devlink3.md, R10, R17. Service: runs link-machine.ts over a
// LinkConnection and a clock, and tells the delegate records, SIP tracks and recording states in
// the IP Office's order. The recording extension is dl3rec.ts's; file reads are file-read.ts's.
import { ERRORS } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { Clock, Random, Tcp, Timer, TlsOptions } from "../ports/index.ts";
import { readU32 } from "./big-endian.ts";
import { readDelta3 } from "./delta3.ts";
import { Dl3rec, offersRecordingControl, recordingControlNone } from "./dl3rec.ts";
import { FileRead, type FileReadResult } from "./file-read.ts";
import { LinkConnection } from "./link-connection.ts";
import {
  beginLink,
  linkState,
  type LinkEvent,
  type LinkMachineState,
  type LinkOutput,
  type LinkSettings,
  type LinkTimer,
} from "./link-machine-state.ts";
import { step } from "./link-machine.ts";
import type { Trouble } from "./link-policy.ts";
import type { LinkState } from "./link-state.ts";
import type { Link, LinkDelegate } from "./link.ts";
import type { EventPacket, Packet } from "./packet.ts";
import type { RecordingControl } from "./recording-control.ts";
import { parseSipTrack } from "./sip-track.ts";
import { parseText, parseWideText, TUPLE_CODE, type Tuple } from "./tuple.ts";

/** File reads that wait for an earlier one; more are answered null at once. */
export const MAXIMUM_WAITING_FILES = 16;

/** Of a damaged text; the raw log has it whole. */
const MAXIMUM_LOGGED_CHARACTERS = 1_000;

export interface LinkClientOptions {
  readonly host: string;
  readonly port: number;
  /** Asked anew at each connection; absent = without TLS. */
  readonly tls?: () => TlsOptions;
  readonly user: string;
  readonly password: string;
  /** Ask for events of every node of the network. */
  readonly scn: boolean;
  readonly applicationName: string;
}

export interface LinkClientPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly tcp: Tcp;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** The raw log (cd3_log). Password and digest are masked. */
  readonly onBytes: (direction: "in" | "out", bytes: Uint8Array) => void;
}

interface WaitingFile {
  readonly name: string;
  readonly resolve: (data: Uint8Array | null) => void;
}

export class LinkClient implements Link {
  readonly pbx: string;
  readonly #options: LinkClientOptions;
  readonly #ports: LinkClientPorts;
  readonly #delegate: LinkDelegate;
  readonly #log: Logger;
  readonly #settings: LinkSettings;
  readonly #timers = new Map<LinkTimer, Timer>();
  readonly #inputs: LinkEvent[] = [];
  #isStepping = false;
  #machine: LinkMachineState;
  #told: LinkState;
  #connection: LinkConnection | null = null;
  #control: Dl3rec | null = null;
  #hasConnected = false;
  /** Drawn anew for each connection. */
  #chance = 0;
  #closing: Promise<void> | null = null;
  readonly #files: WaitingFile[] = [];
  #file: FileRead | null = null;
  #isPasswordRefused = false;

  constructor(options: LinkClientOptions, ports: LinkClientPorts, delegate: LinkDelegate) {
    this.pbx = `${options.host}:${options.port}`;
    this.#options = options;
    this.#ports = ports;
    this.#delegate = delegate;
    this.#log = ports.log.child({ pbx: this.pbx });
    this.#settings = {
      user: options.user,
      applicationName: options.applicationName,
      isSecure: options.tls !== undefined,
      flags: options.scn ? ["-SCN", "-SIPTrack"] : ["-SIPTrack"],
    };
    this.#machine = beginLink(this.#settings);
    this.#told = linkState(this.#machine, false);
  }

  get control(): RecordingControl {
    return this.#control ?? recordingControlNone;
  }

  start(): void {
    this.#input({ type: "start" });
  }

  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      const connection = this.#connection;
      // Closed in order, before the machine would cut the connection off.
      if (connection === null) resolve();
      else connection.close(resolve);
      this.#connection = null;
      this.#input({ type: "close" });
      for (const { resolve: none } of this.#files.splice(0)) none(null);
      this.#file?.cancel();
    });
    return this.#closing;
  }

  state(): LinkState {
    return this.#told;
  }

  readFile(name: string): Promise<Uint8Array | null> {
    return new Promise((resolve) => {
      const isFull = this.#files.length >= MAXIMUM_WAITING_FILES;
      if (this.#closing !== null || isFull) {
        resolve(null);
        return;
      }
      this.#files.push({ name, resolve });
      this.#nextFile();
    });
  }

  // ---- Machine ---------------------------------------------------------------------------------

  /** A delegate may cause a further input: it waits until the present one is done. */
  #input(event: LinkEvent): void {
    this.#inputs.push(event);
    if (this.#isStepping) return;
    this.#isStepping = true;
    try {
      for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) {
        const { state, outputs } = step(
          this.#machine,
          { ...next, chance: this.#chance },
          this.#settings,
        );
        this.#machine = state;
        for (const output of outputs) this.#perform(output);
        this.#tellState();
      }
    } finally {
      this.#isStepping = false;
    }
  }

  #perform(output: LinkOutput): void {
    switch (output.type) {
      case "connect":
        return this.#connect();
      case "disconnect":
        return this.#disconnect();
      case "send":
        this.#log.debug("DevLink3 packet out", { type: output.packet.type });
        return this.#connection?.send(output.packet);
      case "answer": {
        const { requestId, challenge } = output;
        return this.#connection?.answer(requestId, challenge, this.#options.password);
      }
      case "loggedIn":
        return this.#loggedIn(output.tuples);
      case "start":
        return this.#startTimer(output.timer, output.delayMs);
      case "stop":
        return this.#stopTimer(output.timer);
      case "stopAll":
        for (const timer of this.#timers.keys()) this.#stopTimer(timer);
        return undefined;
      case "streamBegan":
        // What follows belongs to the new state.
        this.#tellState();
        return this.#delegate.onStreamBegan(output.epoch);
      case "snapshotFinished":
        return this.#delegate.onSnapshotFinished();
      case "streamEnded":
        return this.#delegate.onStreamEnded();
      case "deliver":
        return this.#deliver(output.event);
      case "report":
        return this.#report(output.trouble);
      case "note":
        return this.#log.debug(output.text);
    }
  }

  #tellState(): void {
    const state = linkState(this.#machine, this.#control !== null);
    if (isSame(state, this.#told)) return;
    this.#told = state;
    this.#log.info(`DevLink3 link: ${state.name}`, { ...state });
    this.#delegate.onState(state);
  }

  #report({ code, detail }: Trouble): void {
    const { meaning, remedy } = ERRORS[code];
    this.#log.warn(`${meaning} ${remedy}`, { code, detail });
    if (code === "DEVLINK3_EVENTS_LOST") {
      this.#ports.metrics.increment("devlink3_events_lost_total");
    }
  }

  #startTimer(timer: LinkTimer, delayMs: number): void {
    this.#stopTimer(timer);
    const running = this.#ports.clock.setTimer(`devlink3.${timer}`, delayMs, () => {
      this.#timers.delete(timer);
      this.#input({ type: "timer", timer });
    });
    this.#timers.set(timer, running);
  }

  #stopTimer(timer: LinkTimer): void {
    this.#timers.get(timer)?.cancel();
    this.#timers.delete(timer);
  }

  // ---- Connection ------------------------------------------------------------------------------

  #connect(): void {
    if (this.#hasConnected) this.#ports.metrics.increment("devlink3_reconnects_total");
    this.#hasConnected = true;
    this.#chance = readU32(this.#ports.random.bytes(4), 0) / 0x100000000;
    this.#connection = new LinkConnection(this.#options, this.#connectionPorts(), {
      onConnected: () => this.#input({ type: "connected" }),
      onFailed: (trouble) => this.#input({ type: "connectFailed", trouble }),
      onPacket: (packet) => this.#onPacket(packet),
      onDamaged: (detail) => this.#input({ type: "damaged", detail }),
      onLost: (detail) => this.#input({ type: "lost", detail }),
    });
    this.#connection.start();
  }

  #connectionPorts() {
    const { tcp, metrics, onBytes } = this.#ports;
    return { tcp, metrics, log: this.#log, onBytes };
  }

  #disconnect(): void {
    this.#connection?.destroy();
    this.#connection = null;
    const control = this.#control;
    // First none, for the answers below may lead to new requests.
    this.#control = null;
    control?.end();
  }

  #onPacket(packet: Packet): void {
    this.#log.debug("DevLink3 packet in", { type: packet.type });
    if (packet.type === "unknown" && this.#control?.receive(packet.payload) !== true) {
      this.#ports.metrics.increment("devlink3_packets_unknown_total");
      this.#log.debug("A DevLink3 packet of unknown type was ignored.", { type: packet.code });
    }
    // To the machine in any case: it is traffic.
    this.#input({ type: "packet", packet });
  }

  #loggedIn(tuples: readonly Tuple[]): void {
    if (!offersRecordingControl(tuples)) {
      this.#report({ code: "RECORDING_CONTROL_UNAVAILABLE", detail: "dl3rec/1 is not announced" });
      return;
    }
    const { clock, metrics } = this.#ports;
    const connection = this.#connection;
    this.#control = new Dl3rec({
      clock,
      metrics,
      log: this.#log,
      send: (payload) => connection?.sendPayload(payload),
      onStatus: (status) => this.#delegate.onRecordingStatus(status),
    });
  }

  // ---- Events ----------------------------------------------------------------------------------

  #deliver({ address, tuples }: EventPacket): void {
    for (const { code, data } of tuples) {
      if (code === TUPLE_CODE.callDelta3) this.#deliverRecords(parseText(data), address);
      else if (code === TUPLE_CODE.sipTrack) this.#deliverSipTrack(parseWideText(data));
    }
  }

  #deliverRecords(text: string, address: string): void {
    const { records, problems } = readDelta3(text);
    if (problems.length > 0 || records.some(({ kind }) => kind === "unknown")) {
      this.#ports.metrics.increment("devlink3_records_damaged_total");
      const shown = text.slice(0, MAXIMUM_LOGGED_CHARACTERS);
      this.#log.warn("A Delta3 record is damaged.", { node: address, problems, text: shown });
    }
    for (const record of records) this.#delegate.onRecord(record, address);
  }

  #deliverSipTrack(text: string): void {
    const track = parseSipTrack(text);
    if (track.ok) {
      this.#delegate.onSipTrack(track.value);
      return;
    }
    this.#ports.metrics.increment("devlink3_records_damaged_total");
    this.#log.warn("A SIPTrack cannot be read.", {
      ...track.problem,
      text: text.slice(0, MAXIMUM_LOGGED_CHARACTERS),
    });
  }

  // ---- Files -----------------------------------------------------------------------------------

  /** One at a time: an IP Office takes three connections only. */
  #nextFile(): void {
    if (this.#file !== null) return;
    const next = this.#files.shift();
    if (next === undefined) return;
    if (this.#isPasswordRefused || this.#told.name === "refused") {
      // A further attempt might lock the account.
      next.resolve(null);
      this.#nextFile();
      return;
    }
    const ports = { ...this.#connectionPorts(), clock: this.#ports.clock };
    this.#file = new FileRead({ ...this.#options, name: next.name }, ports, (result) =>
      this.#onFile(next, result),
    );
    this.#file.start();
  }

  #onFile({ name, resolve }: WaitingFile, result: FileReadResult): void {
    this.#file = null;
    this.#isPasswordRefused ||= result.isPasswordRefused;
    if (result.data === null) {
      this.#log.warn("A file of the IP Office cannot be read.", { name, detail: result.detail });
    }
    resolve(result.data);
    this.#nextFile();
  }
}

function isSame(one: LinkState, other: LinkState): boolean {
  const keys = Object.keys(one) as (keyof LinkState)[];
  return keys.every((key) => one[key] === other[key]);
}
