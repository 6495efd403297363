// DevLink3 packets: the payload of a frame as a value, and back.  devlink3.md §3–§7. Codec for both
// directions. Types that are not in the public catalogue come out as "unknown", never as an error.
//
//   request, response   type (4) | RequestID (4) | body        response = request with bit 31 set
//   event               type (4) | PBX address (4) | counter (4) | tuples          no RequestID
import { unreachable } from "../assert.ts";
import { parsed, refused, type Parsed } from "../parsed.ts";
import { joinBytes, readU16, readU32, u16, u32 } from "./big-endian.ts";
import { parseText, parseTuples, serializeText, serializeTuples, type Tuple } from "./tuple.ts";

/** Public result codes (§3). Bit 31 set = error. */
export const RESULT = {
  success: 0x00000000,
  challengePlain: 0x00000001,
  challengeSha1: 0x00000002,
  partialSuccess: 0x00000009,
  payloadTooLong: 0x80000001,
  streamIntegrityLost: 0x80000002,
  streamAuthenticationFailed: 0x80000003,
  unknownFlag: 0x80000021,
  insufficientLicence: 0x80000022,
  featureNotAvailable: 0x80000023,
  authenticationFailed: 0x80000041,
  limitsExceeded: 0x80000042,
  retryLater: 0x80000043,
  licenceMissing: 0x80000044,
} as const;

/** Bit 31: an error; other non-zero results inform. */
export function isError(result: number): boolean {
  return result >= 0x80000000;
}

/** Longest payload of a Test packet in bytes. */
export const MAXIMUM_TEST_PAYLOAD_BYTES = 1_000;
/** Longest challenge that is read, in bytes; the documented length is 16. */
export const MAXIMUM_CHALLENGE_BYTES = 64;

const TYPE = {
  testRequest: 0x002a0001,
  testResponse: 0x802a0001,
  authRequest: 0x00300001,
  authResponse: 0x80300001,
  eventRequest: 0x00300011,
  eventResponse: 0x80300011,
  event: 0x10300011,
  fileRequest: 0x00300041,
  fileResponse: 0x80300041,
} as const;

/** Third word of an authentication request: which step it is. */
const AUTH_STEP = { user: 0x01, sha1: 0x50, plain: 0x51 } as const;

interface WithRequestId {
  readonly requestId: number;
}

export type Packet =
  | (WithRequestId & { readonly type: "testRequest"; readonly payload: Uint8Array })
  | (WithRequestId & {
      readonly type: "testResponse";
      readonly result: number;
      readonly payload: Uint8Array;
    })
  | (WithRequestId & {
      readonly type: "authRequest";
      readonly user: string;
      readonly tuples: readonly Tuple[];
    })
  | (WithRequestId & { readonly type: "authSha1"; readonly digest: Uint8Array })
  | (WithRequestId & { readonly type: "authPlain"; readonly password: Uint8Array })
  | (WithRequestId & { readonly type: "challengeSha1"; readonly challenge: Uint8Array })
  | (WithRequestId & { readonly type: "challengePlain" })
  | (WithRequestId & {
      readonly type: "authResult";
      readonly result: number;
      readonly tuples: readonly Tuple[];
    })
  /** Flags without blanks, each with its "-". */
  | (WithRequestId & { readonly type: "eventRequest"; readonly flags: readonly string[] })
  | (WithRequestId & {
      readonly type: "eventResponse";
      readonly result: number;
      readonly flags: readonly string[];
    })
  | {
      readonly type: "event";
      /** Dotted. */
      readonly address: string;
      readonly counter: number;
      readonly tuples: readonly Tuple[];
    }
  | (WithRequestId & { readonly type: "fileRequest"; readonly name: string })
  | (WithRequestId & {
      readonly type: "fileResponse";
      readonly result: number;
      readonly data: Uint8Array;
    })
  /** `payload` is everything, type included. */
  | { readonly type: "unknown"; readonly code: number; readonly payload: Uint8Array };

export type EventPacket = Extract<Packet, { type: "event" }>;

/** One payload as the deframer delivers it. */
export function parsePacket(payload: Uint8Array): Parsed<Packet> {
  if (payload.length < 4) return truncated(payload, "the type");
  const code = readU32(payload, 0);
  const parse = PARSERS.get(code);
  if (parse === undefined) return parsed({ type: "unknown", code, payload });
  if (payload.length < 8) return truncated(payload, "the RequestID");
  return parse(payload, readU32(payload, 4));
}

const PARSERS = new Map<number, (payload: Uint8Array, requestId: number) => Parsed<Packet>>([
  [TYPE.testRequest, parseTestRequest],
  [TYPE.testResponse, parseTestResponse],
  [TYPE.authRequest, parseAuthRequest],
  [TYPE.authResponse, parseAuthResponse],
  [TYPE.eventRequest, parseEventRequest],
  [TYPE.eventResponse, parseEventResponse],
  [TYPE.event, parseEvent],
  [TYPE.fileRequest, parseFileRequest],
  [TYPE.fileResponse, parseFileResponse],
]);

function truncated(payload: Uint8Array, missing: string) {
  return refused("truncated", payload.length, `The packet ends before the end of ${missing}.`);
}

function parseTestRequest(payload: Uint8Array, requestId: number): Parsed<Packet> {
  const body = parseSized(payload, 8, MAXIMUM_TEST_PAYLOAD_BYTES);
  return body.ok ? parsed({ type: "testRequest", requestId, payload: body.value }) : body;
}

function parseTestResponse(payload: Uint8Array, requestId: number): Parsed<Packet> {
  if (payload.length < 12) return truncated(payload, "the result");
  const result = readU32(payload, 8);
  const body = parseSized(payload, 12, MAXIMUM_TEST_PAYLOAD_BYTES);
  return body.ok ? parsed({ type: "testResponse", requestId, result, payload: body.value }) : body;
}

function parseAuthRequest(payload: Uint8Array, requestId: number): Parsed<Packet> {
  if (payload.length < 12) return truncated(payload, "the step");
  const step = readU32(payload, 8);
  if (step === AUTH_STEP.sha1) {
    const body = parseSized(payload, 12, MAXIMUM_CHALLENGE_BYTES);
    return body.ok ? parsed({ type: "authSha1", requestId, digest: body.value }) : body;
  }
  if (step === AUTH_STEP.plain) {
    const body = parseSized(payload, 12, MAXIMUM_CHALLENGE_BYTES);
    return body.ok ? parsed({ type: "authPlain", requestId, password: body.value }) : body;
  }
  if (step !== AUTH_STEP.user) return refused("bad-step", 8, "The authentication step is unknown.");
  const end = payload.indexOf(0, 12);
  if (end < 0) return truncated(payload, "the user name");
  const tuples = parseTuples(payload, end + 1);
  if (!tuples.ok) return tuples;
  const user = parseText(payload.subarray(12, end));
  return parsed({ type: "authRequest", requestId, user, tuples: tuples.value });
}

function parseAuthResponse(payload: Uint8Array, requestId: number): Parsed<Packet> {
  if (payload.length < 12) return truncated(payload, "the result");
  const result = readU32(payload, 8);
  if (result === RESULT.challengePlain) return parsed({ type: "challengePlain", requestId });
  if (result === RESULT.challengeSha1) {
    const body = parseSized(payload, 12, MAXIMUM_CHALLENGE_BYTES);
    return body.ok ? parsed({ type: "challengeSha1", requestId, challenge: body.value }) : body;
  }
  const tuples = parseTuples(payload, 12);
  // What follows a refusal must never hide it: a login repeated in ignorance locks the account.
  if (isError(result)) return parsed({ type: "authResult", requestId, result, tuples: [] });
  if (!tuples.ok) return tuples;
  return parsed({ type: "authResult", requestId, result, tuples: tuples.value });
}

function parseEventRequest(payload: Uint8Array, requestId: number): Parsed<Packet> {
  const text = parseName(payload, 8);
  return text.ok
    ? parsed({ type: "eventRequest", requestId, flags: splitFlags(text.value) })
    : text;
}

function parseEventResponse(payload: Uint8Array, requestId: number): Parsed<Packet> {
  if (payload.length < 12) return truncated(payload, "the result");
  const result = readU32(payload, 8);
  const text = parseName(payload, 12);
  // An error may come without flags at all.
  if (!text.ok && isError(result)) {
    return parsed({ type: "eventResponse", requestId, result, flags: [] });
  }
  if (!text.ok) return text;
  return parsed({ type: "eventResponse", requestId, result, flags: splitFlags(text.value) });
}

function parseEvent(payload: Uint8Array): Parsed<Packet> {
  if (payload.length < 12) return truncated(payload, "the counter");
  const tuples = parseTuples(payload, 12);
  if (!tuples.ok) return tuples;
  return parsed({
    type: "event",
    address: payload.subarray(4, 8).join("."),
    counter: readU32(payload, 8),
    tuples: tuples.value,
  });
}

function parseFileRequest(payload: Uint8Array, requestId: number): Parsed<Packet> {
  const name = parseName(payload, 8);
  return name.ok ? parsed({ type: "fileRequest", requestId, name: name.value }) : name;
}

function parseFileResponse(payload: Uint8Array, requestId: number): Parsed<Packet> {
  if (payload.length < 12) return truncated(payload, "the result");
  const result = readU32(payload, 8);
  return parsed({ type: "fileResponse", requestId, result, data: payload.slice(12) });
}

/** length (4) | bytes */
function parseSized(payload: Uint8Array, at: number, maximumBytes: number): Parsed<Uint8Array> {
  if (payload.length < at + 4) return truncated(payload, "a length");
  const length = readU32(payload, at);
  if (length > maximumBytes)
    return refused("too-long", at, `${length} bytes are beyond the limit.`);
  const end = at + 4 + length;
  if (end > payload.length) return truncated(payload, "the data");
  return parsed(payload.slice(at + 4, end));
}

/**
 * length (2, NUL included) | text | NUL. The vendor's sample states half the length of its flags;
 * then the text goes on to the first NUL (§12, I9).
 */
function parseName(payload: Uint8Array, at: number): Parsed<string> {
  if (payload.length < at + 2) return truncated(payload, "a length");
  const begin = at + 2;
  const end = begin + readU16(payload, at);
  if (end > payload.length) return truncated(payload, "the text");
  const nul = payload.indexOf(0, begin);
  return parsed(parseText(payload.subarray(begin, nul < 0 || end === begin ? end : nul)));
}

function splitFlags(text: string): string[] {
  return text.split(" ").filter((flag) => flag !== "");
}

/** The payload for `serializeFrame`. */
export function serializePacket(packet: Packet): Uint8Array {
  switch (packet.type) {
    case "testRequest":
      return request(TYPE.testRequest, packet, ...sized(packet.payload));
    case "testResponse":
      return request(TYPE.testResponse, packet, u32(packet.result), ...sized(packet.payload));
    case "authRequest": {
      const user = serializeText(packet.user);
      const tuples = serializeTuples(packet.tuples);
      return request(TYPE.authRequest, packet, u32(AUTH_STEP.user), user, tuples);
    }
    case "authSha1":
      return request(TYPE.authRequest, packet, u32(AUTH_STEP.sha1), ...sized(packet.digest));
    case "authPlain":
      return request(TYPE.authRequest, packet, u32(AUTH_STEP.plain), ...sized(packet.password));
    case "challengeSha1": {
      const challenge = sized(packet.challenge);
      return request(TYPE.authResponse, packet, u32(RESULT.challengeSha1), ...challenge);
    }
    case "challengePlain":
      return request(TYPE.authResponse, packet, u32(RESULT.challengePlain));
    case "authResult": {
      const tuples = serializeTuples(packet.tuples);
      return request(TYPE.authResponse, packet, u32(packet.result), tuples);
    }
    case "eventRequest":
      return request(TYPE.eventRequest, packet, ...name(packet.flags.join(" ")));
    case "eventResponse": {
      const flags = packet.flags.length === 0 ? [u16(0)] : name(packet.flags.join(" "));
      return request(TYPE.eventResponse, packet, u32(packet.result), ...flags);
    }
    case "event": {
      const address = Uint8Array.from(packet.address.split("."), Number);
      const counter = u32(packet.counter);
      return joinBytes([u32(TYPE.event), address, counter, serializeTuples(packet.tuples)]);
    }
    case "fileRequest":
      return request(TYPE.fileRequest, packet, ...name(packet.name));
    case "fileResponse":
      return request(TYPE.fileResponse, packet, u32(packet.result), packet.data);
    case "unknown":
      return packet.payload;
    default:
      return unreachable(packet);
  }
}

function request(type: number, { requestId }: WithRequestId, ...body: Uint8Array[]): Uint8Array {
  return joinBytes([u32(type), u32(requestId), ...body]);
}

function sized(bytes: Uint8Array): [Uint8Array, Uint8Array] {
  return [u32(bytes.length), bytes];
}

/** The stated length counts bytes, NUL included. */
function name(text: string): [Uint8Array, Uint8Array] {
  const bytes = serializeText(text);
  return [u16(bytes.length), bytes];
}
