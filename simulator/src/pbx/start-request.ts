// Reads a recording request of dl3rec/1: which tuples must be there and what they may hold.
// Pure; devlink3.md §13.3. What the PBX then says about calls is recording-control.ts's.
import {
  RECORDING_OPERATION,
  RECORDING_RESULT,
  RECORDING_VERSION,
  recordingTupleCode,
  type RecordingFields,
  type RecordingRequest,
} from "../wire/recording-extension.ts";
import { codeText } from "./devlink3-ladder.ts";

const STREAM_ID = /^[A-Za-z0-9._-]{1,64}$/;
const RECORDER_URI =
  /^sip:([^@\s]+)@(\[[0-9a-fA-F:.]+\]|[^\s:;[\]]+)(:\d{1,5})?(;transport=(udp|tcp|tls))?$/;
const MAXIMUM_CORRELATION_BYTES = 128;
const ONLY_MEDIA_MODE = 1;

export interface StartRequest {
  readonly node: string;
  readonly callId: number;
  readonly endId: string;
  readonly recorderUri: string;
  readonly streamId: string;
  readonly maximumSeconds: number | null;
  readonly correlationData: string | null;
}

export interface Refusal {
  readonly result: number;
  readonly fields: RecordingFields;
}

export type Read<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal };

/** What all requests must have: a version of ours, sound tuples, a known operation. */
export function checkRequest(request: RecordingRequest): Refusal | null {
  const { version } = request.fields;
  if (request.damagedTuple !== null) return malformed(codeText(request.damagedTuple));
  if (version === undefined) return malformed(nameOf("version"));
  if (version >>> 16 !== RECORDING_VERSION >>> 16) {
    const versions = [RECORDING_VERSION];
    return { result: RECORDING_RESULT.unsupportedVersion, fields: { versions } };
  }
  const operations: readonly number[] = Object.values(RECORDING_OPERATION);
  if (!operations.includes(request.operation)) return malformed("operation");
  const { streamId } = request.fields;
  if (streamId === undefined) {
    return request.operation === RECORDING_OPERATION.query ? null : malformed(nameOf("streamId"));
  }
  return STREAM_ID.test(streamId) ? null : malformed(nameOf("streamId"));
}

/** The tuples of a START that passed `checkRequest`. */
export function readStart(fields: RecordingFields): Read<StartRequest> {
  const { node, callId, endId, recorderUri, streamId } = fields;
  if (node === undefined) return refuse("node");
  if (callId === undefined) return refuse("callId");
  if (endId === undefined || endId === "") return refuse("endId");
  if (recorderUri === undefined) return refuse("recorderUri");
  if (streamId === undefined) return refuse("streamId");
  if (RECORDER_URI.exec(recorderUri)?.[1] !== streamId) return refuse("recorderUri");
  if ((fields.mediaMode ?? ONLY_MEDIA_MODE) !== ONLY_MEDIA_MODE) return refuse("mediaMode");
  const { correlationData } = fields;
  if (correlationData !== undefined && !isShortLine(correlationData)) {
    return refuse("correlationData");
  }
  return {
    ok: true,
    value: {
      node,
      callId,
      endId,
      recorderUri,
      streamId,
      maximumSeconds: fields.maximumSeconds ?? null,
      correlationData: correlationData ?? null,
    },
  };
}

/** It becomes a SIP header, so it must not end one. */
function isShortLine(text: string): boolean {
  return Buffer.byteLength(text) <= MAXIMUM_CORRELATION_BYTES && !/[\r\n\0]/.test(text);
}

function nameOf(field: keyof RecordingFields): string {
  return codeText(recordingTupleCode(field));
}

function malformed(reason: string): Refusal {
  return { result: RECORDING_RESULT.malformed, fields: { reason } };
}

function refuse(field: keyof RecordingFields): Read<never> {
  return { ok: false, refusal: malformed(nameOf(field)) };
}
