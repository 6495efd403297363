// The recording extension "dl3rec/1": our own, not Avaya's. All its code points stand here and
// nowhere else in the simulator. Codec for the PBX's side and, for tests, the client's;
// devlink3.md §13.
//
//   request   003000F1 | RequestID | operation | tuples
//   response  803000F1 | RequestID | result    | tuples
//   status    103000F1 | PBX address | counter | tuples
import {
  decodeNumber,
  decodeText,
  encodeNumber,
  encodeText,
  parseTuples,
  serializeTuples,
  type Tuple,
} from "./devlink3-tuple.ts";
import { parsed, refused, type Parsed } from "./parsed.ts";

export const RECORDING_PACKET_TYPE = {
  request: 0x003000f1,
  response: 0x803000f1,
  status: 0x103000f1,
} as const;

/** Tuple of the authentication result, and its text, by which the PBX announces the extension. */
export const RECORDING_ANNOUNCEMENT = { code: 0x7fe00001, text: "dl3rec/1" } as const;

/** Version 1.0, major<<16 | minor. */
export const RECORDING_VERSION = 0x00010000;

const TUPLE_CODE = {
  version: 0x7fe00010,
  node: 0x7fe00011,
  callId: 0x7fe00012,
  endId: 0x7fe00013,
  recorderUri: 0x7fe00014,
  streamId: 0x7fe00015,
  mediaMode: 0x7fe00016,
  codecs: 0x7fe00017,
  tone: 0x7fe00018,
  maximumSeconds: 0x7fe00019,
  correlationData: 0x7fe0001a,
  state: 0x7fe00020,
  legEndId: 0x7fe00021,
  sipCallId: 0x7fe00022,
  sipStatus: 0x7fe00023,
  reason: 0x7fe00024,
  versions: 0x7fe00025,
  retryAfterMs: 0x7fe00026,
} as const;

type FieldName = keyof typeof TUPLE_CODE;

export const RECORDING_RESULT = {
  success: 0x00000000,
  unsupportedVersion: 0x800000e1,
  malformed: 0x800000e2,
  noSuchCall: 0x800000e3,
  noSuchParty: 0x800000e4,
  notConnected: 0x800000e5,
  alreadyRecording: 0x800000e6,
  noSuchRecording: 0x800000e7,
  vcmExhausted: 0x800000e8,
  conferenceExhausted: 0x800000e9,
  licenceMissing: 0x800000ea,
  sipFailure: 0x800000eb,
  recorderUnreachable: 0x800000ec,
  notPermitted: 0x800000ed,
  duplicateStreamId: 0x800000ee,
  internal: 0x800000ef,
} as const;

export const RECORDING_STATE = {
  inviting: 1,
  recording: 2,
  paused: 3,
  stopped: 4,
  failed: 5,
} as const;

export const RECORDING_OPERATION = { start: 1, stop: 2, pause: 3, resume: 4, query: 5 } as const;

/** The values of the extension's tuples, each at most once. */
export interface RecordingFields {
  readonly version?: number;
  readonly node?: string;
  readonly callId?: number;
  readonly endId?: string;
  readonly recorderUri?: string;
  readonly streamId?: string;
  readonly mediaMode?: number;
  readonly codecs?: string;
  readonly tone?: number;
  readonly maximumSeconds?: number;
  readonly correlationData?: string;
  readonly state?: number;
  readonly legEndId?: string;
  readonly sipCallId?: string;
  readonly sipStatus?: number;
  readonly reason?: string;
  readonly versions?: readonly number[];
  readonly retryAfterMs?: number;
}

export interface RecordingRequest {
  readonly requestId: number;
  readonly operation: number;
  readonly fields: RecordingFields;
  /** Code of the first tuple that cannot be used (wrong size, there twice); null = all are fine. */
  readonly damagedTuple: number | null;
}

export interface RecordingResponse {
  readonly requestId: number;
  readonly result: number;
  readonly fields: RecordingFields;
}

export interface RecordingStatus {
  readonly address: number;
  readonly counter: number;
  readonly fields: RecordingFields;
}

const NUMBER_FIELDS: ReadonlySet<FieldName> = new Set([
  "version",
  "callId",
  "mediaMode",
  "tone",
  "maximumSeconds",
  "state",
  "sipStatus",
  "retryAfterMs",
]);

const FIELD_NAMES = new Map<number, FieldName>(
  (Object.keys(TUPLE_CODE) as FieldName[]).map((name) => [TUPLE_CODE[name], name]),
);

/** The code of a field's tuple, for MALFORMED. */
export function recordingTupleCode(name: FieldName): number {
  return TUPLE_CODE[name];
}

type FieldValue = number | string | readonly number[];

function fieldValue(name: FieldName, data: Uint8Array): FieldValue | null {
  if (NUMBER_FIELDS.has(name)) return decodeNumber(data);
  if (name !== "versions") return decodeText(data);
  const versions: number[] = [];
  for (let at = 0; at < data.length; at += 4) {
    const version = decodeNumber(data.subarray(at, at + 4));
    if (version === null) return null;
    versions.push(version);
  }
  return versions;
}

interface ReadFields {
  readonly fields: RecordingFields;
  readonly damagedTuple: number | null;
}

function readFields(tuples: readonly Tuple[]): ReadFields {
  const fields: Partial<Record<FieldName, FieldValue>> = {};
  let damagedTuple: number | null = null;
  for (const tuple of tuples) {
    const name = FIELD_NAMES.get(tuple.code);
    if (name === undefined) continue;
    const value = fieldValue(name, tuple.data);
    if (value === null || fields[name] !== undefined) damagedTuple ??= tuple.code;
    else fields[name] = value;
  }
  return { fields: fields as RecordingFields, damagedTuple };
}

function fieldTuples(fields: RecordingFields): Tuple[] {
  const tuples: Tuple[] = [];
  for (const [name, code] of Object.entries(TUPLE_CODE)) {
    const value = fields[name as FieldName];
    if (value === undefined) continue;
    tuples.push({ code, data: fieldData(value) });
  }
  return tuples;
}

function fieldData(value: FieldValue): Uint8Array {
  if (typeof value === "number") return encodeNumber(value);
  if (typeof value === "string") return encodeText(value);
  const data = new Uint8Array(value.length * 4);
  for (const [index, version] of value.entries()) data.set(encodeNumber(version), index * 4);
  return data;
}

function numberAt(payload: Uint8Array, at: number): number {
  return new DataView(payload.buffer, payload.byteOffset, payload.byteLength).getUint32(at);
}

interface Packet {
  readonly first: number;
  readonly second: number;
  readonly tuples: readonly Tuple[];
}

function parseAs(payload: Uint8Array, type: number): Parsed<Packet> {
  if (payload.length < 12) return refused("truncated", payload.length, "The packet is too short.");
  if (numberAt(payload, 0) !== type) return refused("bad-value", 0, "The packet has another type.");
  const tuples = parseTuples(payload, 12);
  if (!tuples.ok) return tuples;
  return parsed({
    first: numberAt(payload, 4),
    second: numberAt(payload, 8),
    tuples: tuples.value,
  });
}

function serialize(numbers: readonly number[], fields: RecordingFields): Uint8Array {
  const tuples = serializeTuples(fieldTuples(fields));
  const payload = new Uint8Array(numbers.length * 4 + tuples.length);
  for (const [index, value] of numbers.entries()) payload.set(encodeNumber(value), index * 4);
  payload.set(tuples, numbers.length * 4);
  return payload;
}

/** Refused only when the packet cannot be answered: too short, or a tuple past its end. */
export function parseRecordingRequest(payload: Uint8Array): Parsed<RecordingRequest> {
  const packet = parseAs(payload, RECORDING_PACKET_TYPE.request);
  if (!packet.ok) return packet;
  const { first, second, tuples } = packet.value;
  return parsed({ requestId: first, operation: second, ...readFields(tuples) });
}

export function serializeRecordingRequest(
  request: Pick<RecordingRequest, "requestId" | "operation" | "fields">,
): Uint8Array {
  const { requestId, operation, fields } = request;
  return serialize([RECORDING_PACKET_TYPE.request, requestId, operation], fields);
}

export function parseRecordingResponse(payload: Uint8Array): Parsed<RecordingResponse> {
  const packet = parseAs(payload, RECORDING_PACKET_TYPE.response);
  if (!packet.ok) return packet;
  const { first, second, tuples } = packet.value;
  return parsed({ requestId: first, result: second, fields: readFields(tuples).fields });
}

export function serializeRecordingResponse(response: RecordingResponse): Uint8Array {
  const { requestId, result, fields } = response;
  return serialize([RECORDING_PACKET_TYPE.response, requestId, result], fields);
}

export function parseRecordingStatus(payload: Uint8Array): Parsed<RecordingStatus> {
  const packet = parseAs(payload, RECORDING_PACKET_TYPE.status);
  if (!packet.ok) return packet;
  const { first, second, tuples } = packet.value;
  return parsed({ address: first, counter: second, fields: readFields(tuples).fields });
}

export function serializeRecordingStatus(status: RecordingStatus): Uint8Array {
  const { address, counter, fields } = status;
  return serialize([RECORDING_PACKET_TYPE.status, address, counter], fields);
}
