// Recording control by the private extension "dl3rec/1".  devlink3.md §13. Every private number
// stands here and nowhere else. It is our own extension, not the vendor's: LinkClient uses it only
// when the login result announces it, so that no private code ever reaches a real IP Office.
//
//   request    003000F1 | RequestID   | operation | tuples      client → PBX
//   response   803000F1 | RequestID   | result    | tuples      PBX → client
//   status     103000F1 | PBX address | counter   | tuples      PBX → client, a counter of its own
import { assert } from "../assert.ts";
import type { Logger } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { parsed, refused, type Parsed } from "../parsed.ts";
import type { Clock, Timer } from "../ports/index.ts";
import { hex32, joinBytes, readU32, u32 } from "./big-endian.ts";
import type {
  ControlFailure,
  ControlResult,
  RecordingControl,
  RecordingStatus,
  StartRecording,
} from "./recording-control.ts";
import {
  findNumber,
  findText,
  numberTuple,
  parseTuples,
  serializeTuples,
  textTuple,
  type Tuple,
} from "./tuple.ts";

/** A response is due within 2 s; half a second more for the way. */
export const CONTROL_TIMEOUT_MS = 2_500;
/** Requests without an answer; more are answered "internal" at once. */
export const MAXIMUM_OUTSTANDING_REQUESTS = 1_024;

const TYPE = { request: 0x003000f1, response: 0x803000f1, status: 0x103000f1 } as const;
const OPERATION = { start: 1, stop: 2, query: 5 } as const;
const ANNOUNCEMENT = { code: 0x7fe00001, text: "dl3rec/1" } as const;
/** 1.0, major<<16 | minor. */
const VERSION = 0x00010000;
/** One mixed mono stream, send-only. */
const MEDIA_MODE = 1;

const CODE = {
  version: 0x7fe00010,
  node: 0x7fe00011,
  callId: 0x7fe00012,
  endId: 0x7fe00013,
  recorderUri: 0x7fe00014,
  streamId: 0x7fe00015,
  mediaMode: 0x7fe00016,
  state: 0x7fe00020,
  legEndId: 0x7fe00021,
  sipCallId: 0x7fe00022,
  sipStatus: 0x7fe00023,
  reason: 0x7fe00024,
  retryAfterMs: 0x7fe00026,
} as const;

const FAILURES: ReadonlyMap<number, ControlFailure> = new Map<number, ControlFailure>([
  [0x800000e1, "version"],
  [0x800000e2, "malformed"],
  [0x800000e3, "no-call"],
  [0x800000e4, "no-party"],
  [0x800000e5, "not-connected"],
  [0x800000e6, "already"],
  [0x800000e7, "no-recording"],
  [0x800000e8, "vcm"],
  [0x800000e9, "conference"],
  [0x800000ea, "licence"],
  [0x800000eb, "sip"],
  [0x800000ec, "unreachable"],
  [0x800000ed, "not-permitted"],
  [0x800000ee, "duplicate"],
  [0x800000ef, "internal"],
]);

const STATES: ReadonlyMap<number, RecordingStatus["state"]> = new Map<
  number,
  RecordingStatus["state"]
>([
  [1, "inviting"],
  [2, "recording"],
  [3, "paused"],
  [4, "stopped"],
  [5, "failed"],
]);

const STREAM_ID = /^[A-Za-z0-9._-]{1,64}$/;

// ---- Codec -------------------------------------------------------------------------------------

/** All three packets have the same shape: two numbers and tuples. */
export interface ControlPacket {
  readonly kind: keyof typeof TYPE;
  /** RequestID, or the address of the PBX as a number. */
  readonly first: number;
  /** Operation, result, or counter. */
  readonly second: number;
  readonly tuples: readonly Tuple[];
}

/** null = not a packet of this extension. */
export function parseControlPacket(payload: Uint8Array): Parsed<ControlPacket> | null {
  if (payload.length < 4) return null;
  const code = readU32(payload, 0);
  const kind = (["request", "response", "status"] as const).find((name) => TYPE[name] === code);
  if (kind === undefined) return null;
  if (payload.length < 12) return refused("truncated", payload.length, "The packet is cut off.");
  const tuples = parseTuples(payload, 12);
  if (!tuples.ok) return tuples;
  const [first, second] = [readU32(payload, 4), readU32(payload, 8)];
  return parsed({ kind, first, second, tuples: tuples.value });
}

export function serializeControlPacket(packet: ControlPacket): Uint8Array {
  const { kind, first, second, tuples } = packet;
  return joinBytes([u32(TYPE[kind]), u32(first), u32(second), serializeTuples(tuples)]);
}

/** The gate: does the login result announce the extension? */
export function offersRecordingControl(authTuples: readonly Tuple[]): boolean {
  return findText(authTuples, ANNOUNCEMENT.code) === ANNOUNCEMENT.text;
}

export function startPacket(requestId: number, request: StartRecording): ControlPacket {
  const tuples = [
    numberTuple(CODE.version, VERSION),
    textTuple(CODE.node, request.node),
    numberTuple(CODE.callId, request.callId),
    textTuple(CODE.endId, request.endId),
    textTuple(CODE.recorderUri, request.recorderUri),
    textTuple(CODE.streamId, request.streamId),
    numberTuple(CODE.mediaMode, MEDIA_MODE),
  ];
  return { kind: "request", first: requestId, second: OPERATION.start, tuples };
}

export function stopPacket(requestId: number, streamId: string): ControlPacket {
  const tuples = [numberTuple(CODE.version, VERSION), textTuple(CODE.streamId, streamId)];
  return { kind: "request", first: requestId, second: OPERATION.stop, tuples };
}

/** Of one recording, or (null) of all. */
export function queryPacket(requestId: number, streamId: string | null): ControlPacket {
  const which = streamId === null ? [] : [textTuple(CODE.streamId, streamId)];
  const tuples = [numberTuple(CODE.version, VERSION), ...which];
  return { kind: "request", first: requestId, second: OPERATION.query, tuples };
}

export function controlResult(response: ControlPacket): ControlResult {
  const { second: result, tuples } = response;
  // "bit 31 set = error; other non-zero values are informational."  §3
  if (result < 0x80000000) {
    return { ok: true, state: STATES.get(findNumber(tuples, CODE.state) ?? 0) ?? null };
  }
  const failure = FAILURES.get(result) ?? "internal";
  const sipStatus = findNumber(tuples, CODE.sipStatus);
  const words = [hex32(result), sipStatus, findText(tuples, CODE.reason)];
  return {
    ok: false,
    failure,
    detail: words.filter((word) => word !== null && word !== "").join(" "),
    retryAfterMs: findNumber(tuples, CODE.retryAfterMs),
    sipStatus,
    activeStreamId: failure === "already" ? findText(tuples, CODE.streamId) : null,
  };
}

export function recordingStatus(event: ControlPacket): Parsed<RecordingStatus> {
  const { tuples } = event;
  const streamId = findText(tuples, CODE.streamId);
  if (streamId === null || streamId === "") return refused("no-stream", 12, "No stream id.");
  const state = STATES.get(findNumber(tuples, CODE.state) ?? 0);
  if (state === undefined) return refused("bad-state", 12, "The state is missing or unknown.");
  return parsed({
    streamId,
    state,
    legEndId: findText(tuples, CODE.legEndId),
    sipCallId: findText(tuples, CODE.sipCallId),
    sipStatus: findNumber(tuples, CODE.sipStatus),
    reason: findText(tuples, CODE.reason),
    callId: findNumber(tuples, CODE.callId),
  });
}

// ---- Service -----------------------------------------------------------------------------------

function failed(failure: ControlFailure, detail: string): ControlResult {
  const nothing = { retryAfterMs: null, sipStatus: null, activeStreamId: null };
  return { ok: false, failure, detail, ...nothing };
}

const UNAVAILABLE = failed("unavailable", "the IP Office offers no recording control");

/** Stands in while there is no link, or the IP Office offers no recording control. */
export const recordingControlNone: RecordingControl = {
  isAvailable: false,
  start: (_request, onResult) => onResult(UNAVAILABLE),
  stop: (_streamId, onResult) => onResult(UNAVAILABLE),
  query: (_streamId, onResult) => onResult(UNAVAILABLE),
};

export interface Dl3recPorts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  send(payload: Uint8Array): void;
  onStatus(status: RecordingStatus): void;
}

interface Outstanding {
  readonly timer: Timer;
  readonly onResult: (result: ControlResult) => void;
}

/** Recording control over one login; a new login makes a new one. */
export class Dl3rec implements RecordingControl {
  readonly isAvailable = true;
  readonly #ports: Dl3recPorts;
  readonly #outstanding = new Map<number, Outstanding>();
  #lastRequestId = 0;
  /** Last counter of status events by PBX address. */
  readonly #counters = new Map<number, number>();
  #isEnded = false;

  constructor(ports: Dl3recPorts) {
    this.#ports = ports;
  }

  start(request: StartRecording, onResult: (result: ControlResult) => void): void {
    assert(STREAM_ID.test(request.streamId), "A stream id has 1 to 64 of A-Z a-z 0-9 . _ -");
    if (request.callId !== request.callId >>> 0) {
      onResult(failed("no-call", `CallID ${request.callId} has not 32 bits`));
      return;
    }
    this.#request((requestId) => startPacket(requestId, request), onResult);
  }

  stop(streamId: string, onResult: (result: ControlResult) => void): void {
    this.#request((requestId) => stopPacket(requestId, streamId), onResult);
  }

  query(streamId: string | null, onResult: (result: ControlResult) => void): void {
    this.#request((requestId) => queryPacket(requestId, streamId), onResult);
  }

  /** False = the packet is not of this extension. */
  receive(payload: Uint8Array): boolean {
    const packet = parseControlPacket(payload);
    if (packet === null) return false;
    if (!packet.ok) this.#drop(packet.problem.detail);
    else if (packet.value.kind === "response") this.#respond(packet.value);
    else if (packet.value.kind === "status") this.#status(packet.value);
    else this.#drop("A request came from the IP Office.");
    return true;
  }

  /** The link is lost: whatever is outstanding is answered "internal". */
  end(): void {
    this.#isEnded = true;
    const outstanding = [...this.#outstanding.values()];
    this.#outstanding.clear();
    for (const { timer } of outstanding) timer.cancel();
    for (const { onResult } of outstanding) onResult(failed("internal", "the link was lost"));
  }

  #request(
    build: (requestId: number) => ControlPacket,
    onResult: (result: ControlResult) => void,
  ): void {
    if (this.#isEnded) {
      onResult(UNAVAILABLE);
      return;
    }
    if (this.#outstanding.size >= MAXIMUM_OUTSTANDING_REQUESTS) {
      onResult(failed("internal", "too many requests are outstanding"));
      return;
    }
    this.#lastRequestId = (this.#lastRequestId % 0xffffffff) + 1;
    const requestId = this.#lastRequestId;
    const timer = this.#ports.clock.setTimer("devlink3.control", CONTROL_TIMEOUT_MS, () => {
      this.#outstanding.delete(requestId);
      onResult(failed("internal", `no answer in ${CONTROL_TIMEOUT_MS} ms`));
    });
    this.#outstanding.set(requestId, { timer, onResult });
    this.#ports.send(serializeControlPacket(build(requestId)));
  }

  #respond(packet: ControlPacket): void {
    const outstanding = this.#outstanding.get(packet.first);
    const result = controlResult(packet);
    if (outstanding === undefined) {
      this.#ports.log.warn("A recording answer came too late, or was never asked for.", {
        requestId: packet.first,
        result,
      });
      return;
    }
    this.#outstanding.delete(packet.first);
    outstanding.timer.cancel();
    outstanding.onResult(result);
  }

  #status(packet: ControlPacket): void {
    const isGap = this.#isGap(packet);
    const status = recordingStatus(packet);
    if (status.ok) this.#ports.onStatus(status.value);
    else this.#drop(status.problem.detail);
    // A lost status is asked for again; the event stream itself is not disturbed.  §13.5
    if (isGap) this.query(null, () => undefined);
  }

  #isGap({ first: address, second: counter }: ControlPacket): boolean {
    const last = this.#counters.get(address);
    const lost = last === undefined ? 0 : (counter - last - 1) >>> 0;
    if (last !== undefined && lost >= 0x80000000) return false;
    this.#counters.set(address, counter);
    if (lost === 0) return false;
    this.#ports.metrics.increment("devlink3_events_lost_total");
    this.#ports.log.warn("Recording status events were lost; all are asked for.", { lost });
    return true;
  }

  #drop(detail: string): void {
    this.#ports.metrics.increment("devlink3_packets_malformed_total");
    this.#ports.log.warn("A recording packet was dropped.", { detail });
  }
}
