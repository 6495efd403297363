// DevLink3 packets, both directions: test, authentication, event request, events, read file.
// What they are, and their reading, between frames and the simulated IP Office's DevLink3 server
// (and the clients of tests); their writing is devlink3-packet-writer.ts. devlink3.md §3–§7.
// The recording extension's packets are "unknown" here: see recording-extension.ts.
//
//   | type (4) | RequestID (4, absent in events) | body by type |
import { parsed, refused, type Parsed } from "./parsed.ts";
import { decodeText, parseTuples, type Tuple } from "./devlink3-tuple.ts";

/** The documented packet types. A response is its request with bit 31, an event has bit 28. */
export const PACKET_TYPE = {
  testRequest: 0x002a0001,
  testResponse: 0x802a0001,
  authRequest: 0x00300001,
  authResponse: 0x80300001,
  eventRequest: 0x00300011,
  eventResponse: 0x80300011,
  event: 0x10300011,
  readRequest: 0x00300041,
  readResponse: 0x80300041,
} as const;

/** The documented results; notFound is a placeholder of ours (devlink3.md §7). */
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
  notFound: 0x80000061,
} as const;

/** A test packet may carry this much. */
export const MAXIMUM_TEST_PAYLOAD_BYTES = 1000;
export const CHALLENGE_BYTES = 16;
export const DIGEST_BYTES = 20;
export const PLAIN_PASSWORD_BYTES = 32;

/** The kinds of authentication requests. */
export const AUTH_KIND = { user: 1, sha1: 0x50, plain: 0x51 } as const;

export type DevLink3Packet =
  | {
      readonly type: "testRequest";
      readonly requestId: number;
      /** As declared; above the limit the payload is not read. */
      readonly payloadBytes: number;
      readonly payload: Uint8Array;
    }
  | {
      readonly type: "testResponse";
      readonly requestId: number;
      readonly result: number;
      readonly payload: Uint8Array;
    }
  | {
      readonly type: "authRequest";
      readonly requestId: number;
      readonly user: string;
      readonly tuples: readonly Tuple[];
    }
  | { readonly type: "authDigest"; readonly requestId: number; readonly digest: Uint8Array }
  /** The password's bytes without the padding. */
  | { readonly type: "authPlain"; readonly requestId: number; readonly password: Uint8Array }
  /** `challenge` null = the password is wanted in plain. */
  | {
      readonly type: "authChallenge";
      readonly requestId: number;
      readonly challenge: Uint8Array | null;
    }
  | {
      readonly type: "authResult";
      readonly requestId: number;
      readonly result: number;
      readonly tuples: readonly Tuple[];
    }
  | { readonly type: "eventRequest"; readonly requestId: number; readonly flags: string }
  | {
      readonly type: "eventResponse";
      readonly requestId: number;
      readonly result: number;
      readonly flags: string;
    }
  | {
      readonly type: "event";
      /** IPv4 address of the PBX as a 32-bit number. */
      readonly address: number;
      readonly counter: number;
      readonly tuples: readonly Tuple[];
    }
  | { readonly type: "readRequest"; readonly requestId: number; readonly name: string }
  | {
      readonly type: "readResponse";
      readonly requestId: number;
      readonly result: number;
      readonly data: Uint8Array;
    }
  | { readonly type: "unknown"; readonly code: number; readonly payload: Uint8Array };

/** Reads one frame's payload. */
export function parsePacket(payload: Uint8Array): Parsed<DevLink3Packet> {
  if (payload.length < 4) return refused("truncated", payload.length, "A packet has no type.");
  const reader = new Reader(payload);
  switch (reader.u32(0)) {
    case PACKET_TYPE.testRequest:
      return parseTestRequest(reader);
    case PACKET_TYPE.testResponse:
      return parseTestResponse(reader);
    case PACKET_TYPE.authRequest:
      return parseAuthRequest(reader);
    case PACKET_TYPE.authResponse:
      return parseAuthResponse(reader);
    case PACKET_TYPE.eventRequest:
      return parseEventRequest(reader);
    case PACKET_TYPE.eventResponse:
      return parseEventResponse(reader);
    case PACKET_TYPE.event:
      return parseEvent(reader);
    case PACKET_TYPE.readRequest:
      return parseReadRequest(reader);
    case PACKET_TYPE.readResponse:
      return parseReadResponse(reader);
    default:
      return parsed({ type: "unknown", code: reader.u32(0), payload });
  }
}

/** Big-endian reading; whoever reads has asked `has` before. */
class Reader {
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  has(sizeBytes: number): boolean {
    return this.bytes.length >= sizeBytes;
  }

  u16(at: number): number {
    return this.#view.getUint16(at);
  }

  u32(at: number): number {
    return this.#view.getUint32(at);
  }

  slice(from: number, to: number): Uint8Array {
    return this.bytes.slice(from, to);
  }
}

function truncated(reader: Reader, what: string): Parsed<never> {
  return refused("truncated", reader.bytes.length, `${what} ends too early.`);
}

function parseTestRequest(reader: Reader): Parsed<DevLink3Packet> {
  if (!reader.has(12)) return truncated(reader, "A test request");
  const requestId = reader.u32(4);
  const payloadBytes = reader.u32(8);
  if (payloadBytes > MAXIMUM_TEST_PAYLOAD_BYTES) {
    return parsed({ type: "testRequest", requestId, payloadBytes, payload: new Uint8Array(0) });
  }
  if (!reader.has(12 + payloadBytes)) return truncated(reader, "A test request");
  const payload = reader.slice(12, 12 + payloadBytes);
  return parsed({ type: "testRequest", requestId, payloadBytes, payload });
}

function parseTestResponse(reader: Reader): Parsed<DevLink3Packet> {
  if (!reader.has(16)) return truncated(reader, "A test response");
  const payloadBytes = reader.u32(12);
  if (!reader.has(16 + payloadBytes)) return truncated(reader, "A test response");
  return parsed({
    type: "testResponse",
    requestId: reader.u32(4),
    result: reader.u32(8),
    payload: reader.slice(16, 16 + payloadBytes),
  });
}

function parseAuthRequest(reader: Reader): Parsed<DevLink3Packet> {
  if (!reader.has(12)) return truncated(reader, "An authentication request");
  const requestId = reader.u32(4);
  switch (reader.u32(8)) {
    case AUTH_KIND.user: {
      const end = reader.bytes.indexOf(0, 12);
      if (end < 0) return refused("no-terminator", 12, "The user name has no NUL.");
      const tuples = parseTuples(reader.bytes, end + 1);
      if (!tuples.ok) return tuples;
      const user = decodeText(reader.slice(12, end));
      return parsed({ type: "authRequest", requestId, user, tuples: tuples.value });
    }
    case AUTH_KIND.sha1: {
      const digest = parseSized(reader, DIGEST_BYTES);
      if (!digest.ok) return digest;
      return parsed({ type: "authDigest", requestId, digest: digest.value });
    }
    case AUTH_KIND.plain: {
      const password = parseSized(reader, PLAIN_PASSWORD_BYTES);
      if (!password.ok) return password;
      const end = password.value.indexOf(0);
      return parsed({
        type: "authPlain",
        requestId,
        password: end < 0 ? password.value : password.value.slice(0, end),
      });
    }
    default:
      return refused("bad-value", 8, "An authentication request is of an unknown kind.");
  }
}

/** A length of exactly `sizeBytes` at 12 and that many bytes at 16. */
function parseSized(reader: Reader, sizeBytes: number): Parsed<Uint8Array> {
  if (!reader.has(16)) return truncated(reader, "An authentication packet");
  if (reader.u32(12) !== sizeBytes) {
    return refused("bad-length", 12, `An authentication packet must carry ${sizeBytes} bytes.`);
  }
  if (!reader.has(16 + sizeBytes)) return truncated(reader, "An authentication packet");
  return parsed(reader.slice(16, 16 + sizeBytes));
}

function parseAuthResponse(reader: Reader): Parsed<DevLink3Packet> {
  if (!reader.has(12)) return truncated(reader, "An authentication response");
  const requestId = reader.u32(4);
  const result = reader.u32(8);
  if (result === RESULT.challengePlain) {
    return parsed({ type: "authChallenge", requestId, challenge: null });
  }
  if (result === RESULT.challengeSha1) {
    const challenge = parseSized(reader, CHALLENGE_BYTES);
    if (!challenge.ok) return challenge;
    return parsed({ type: "authChallenge", requestId, challenge: challenge.value });
  }
  const tuples = parseTuples(reader.bytes, 12);
  if (!tuples.ok) return tuples;
  return parsed({ type: "authResult", requestId, result, tuples: tuples.value });
}

function parseEventRequest(reader: Reader): Parsed<DevLink3Packet> {
  if (!reader.has(10)) return truncated(reader, "An event request");
  const flags = parseCountedText(reader, 8, 10);
  if (!flags.ok) return flags;
  return parsed({ type: "eventRequest", requestId: reader.u32(4), flags: flags.value });
}

/**
 * A text whose length stands before it. The vendor's sample halves the length (devlink3.md §12,
 * I9): where no NUL ends the text within the stated length, it goes up to the first NUL.
 */
function parseCountedText(reader: Reader, lengthAt: number, textAt: number): Parsed<string> {
  const statedEnd = textAt + reader.u16(lengthAt);
  if (!reader.has(statedEnd)) return truncated(reader, "A text");
  const nulAt = reader.bytes.indexOf(0, textAt);
  const end = nulAt < 0 ? statedEnd : nulAt;
  return parsed(decodeText(reader.slice(textAt, end)));
}

function parseEventResponse(reader: Reader): Parsed<DevLink3Packet> {
  if (!reader.has(14)) return truncated(reader, "An event response");
  const flags = parseCountedText(reader, 12, 14);
  if (!flags.ok) return flags;
  const requestId = reader.u32(4);
  return parsed({ type: "eventResponse", requestId, result: reader.u32(8), flags: flags.value });
}

function parseEvent(reader: Reader): Parsed<DevLink3Packet> {
  if (!reader.has(12)) return truncated(reader, "An event");
  const tuples = parseTuples(reader.bytes, 12);
  if (!tuples.ok) return tuples;
  return parsed({
    type: "event",
    address: reader.u32(4),
    counter: reader.u32(8),
    tuples: tuples.value,
  });
}

function parseReadRequest(reader: Reader): Parsed<DevLink3Packet> {
  if (!reader.has(10)) return truncated(reader, "A read request");
  const name = parseCountedText(reader, 8, 10);
  if (!name.ok) return name;
  return parsed({ type: "readRequest", requestId: reader.u32(4), name: name.value });
}

function parseReadResponse(reader: Reader): Parsed<DevLink3Packet> {
  if (!reader.has(12)) return truncated(reader, "A read response");
  return parsed({
    type: "readResponse",
    requestId: reader.u32(4),
    result: reader.u32(8),
    data: reader.slice(12, reader.bytes.length),
  });
}
