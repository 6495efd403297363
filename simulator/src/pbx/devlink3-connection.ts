// One DevLink3 client's stream: test packets, login, requests, and the events it asked for.
// Between a TcpStream and devlink3-server.ts, which owns it. devlink3.md §2–§7.
import type { Clock, Random, TcpStream, TcpStreamDelegate, Timer } from "@tapeline/recorder/ports";
import { serializeCmExtn } from "../wire/cm-extn.ts";
import { FrameReader, MAXIMUM_FRAME_PAYLOAD_BYTES } from "../wire/devlink3-frame.ts";
import {
  CHALLENGE_BYTES,
  MAXIMUM_TEST_PAYLOAD_BYTES,
  parsePacket,
  RESULT,
  type DevLink3Packet,
} from "../wire/devlink3-packet.ts";
import { serializePacket } from "../wire/devlink3-packet-writer.ts";
import { encodeText, TUPLE, type Tuple } from "../wire/devlink3-tuple.ts";
import {
  parseRecordingRequest,
  RECORDING_ANNOUNCEMENT,
  RECORDING_PACKET_TYPE,
  serializeRecordingResponse,
  serializeRecordingStatus,
  type RecordingFields,
  type RecordingRequest,
} from "../wire/recording-extension.ts";
import { serializeSipTrack, sipTrackText } from "../wire/sip-track.ts";
import type { PbxEvent } from "./call-records.ts";
import { codeText, describeReceived, hexText, type LadderEntry } from "./devlink3-ladder.ts";
import type { DevLink3Oddities } from "./devlink3-oddities.ts";
import { DevLink3Outbox } from "./devlink3-outbox.ts";
import { judgeFlags, rightsOf, type EventSubscription } from "./event-flags.ts";
import { recordTuple } from "./event-record.ts";
import type { Proof } from "./login-guard.ts";
import { addressNumber, type Site } from "./site.ts";

/** An event to be swapped with the next one waits for it at most so long. */
const SWAP_WINDOW_MS = 1_000;

/** How the recording extension answers the client that asked. */
export interface RecordingClient {
  respond(result: number, fields: RecordingFields): void;
  /** A status event for this client alone (QUERY). */
  status(fields: RecordingFields): void;
}

/** The PBX behind the connections. */
export interface ConnectionHost {
  readonly site: Site;
  readonly oddities: DevLink3Oddities;
  readonly clock: Clock;
  readonly random: Random;
  judgeLogin(user: string, proof: Proof): number;
  /** Details of all calls in progress. */
  snapshot(): PbxEvent[];
  readFile(name: string): Uint8Array | null;
  onRecordingRequest(request: RecordingRequest, client: RecordingClient): void;
  onPacket(direction: "in" | "out", remote: string, entry: LadderEntry): void;
  /** The client did what the protocol forbids. */
  onViolation(code: string, detail: string): void;
  onConnectionClosed(connection: DevLink3Connection): void;
}

type Phase =
  | { readonly name: "fresh" }
  | { readonly name: "challenged"; readonly user: string; readonly challenge: Uint8Array | null }
  | { readonly name: "authenticated" }
  /** After a failed login: the client has to connect anew. */
  | { readonly name: "dead" };

export class DevLink3Connection implements TcpStreamDelegate {
  readonly #stream: TcpStream;
  readonly #host: ConnectionHost;
  readonly #remote: string;
  readonly #reader = new FrameReader();
  readonly #outbox: DevLink3Outbox;
  readonly #timers = new Set<Timer>();
  #phase: Phase = { name: "fresh" };
  #subscription: EventSubscription | null = null;
  #usesRecording = false;
  #eventNumber = 0;
  #counter: number;
  #statusCounter = 1;
  /** An event that is to leave after the one that follows it. */
  #swapped: (() => void) | null = null;
  #isClosed = false;

  constructor(stream: TcpStream, host: ConnectionHost) {
    this.#stream = stream;
    this.#host = host;
    this.#remote = `${stream.remote.host}:${stream.remote.port}`;
    this.#outbox = new DevLink3Outbox(stream, host.clock, host.oddities);
    this.#counter = host.site.devlink3.firstCounter;
  }

  get isAuthenticated(): boolean {
    return this.#phase.name === "authenticated";
  }

  get isStreaming(): boolean {
    return this.#subscription !== null;
  }

  onData(data: Uint8Array): void {
    if (this.#isClosed) return;
    for (const payload of this.#reader.push(data)) {
      this.#host.onPacket("in", this.#remote, describeReceived(payload));
      this.#handlePayload(payload);
    }
    const { problem } = this.#reader;
    if (problem === null) return;
    // No search for the next 0x49: the byte may stand inside data. The client has to reconnect.
    this.#host.onViolation("stream-integrity-lost", `${problem.detail} (byte ${problem.at})`);
    this.#outbox.flush();
    this.#stream.close();
  }

  onClose(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#subscription = null;
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    this.#swapped = null;
    this.#outbox.close();
    this.#host.onConnectionClosed(this);
  }

  /** Ends the stream at once, as a lost link. */
  destroy(): void {
    this.#stream.destroy();
  }

  /** Sends the event if the client asked for its kind. */
  sendEvent(event: PbxEvent): void {
    const { oddities } = this.#host;
    const subscription = this.#subscription;
    if (subscription === null || (subscription.onlyConnected && !event.wasConnected)) return;
    if (!subscription.hasNetwork && event.node !== this.#host.site.node) return;
    const hasSipTrack = event.sipTrack !== null && subscription.hasSipTrack;
    const isDelayed = hasSipTrack && oddities.delaySipTrackMs > 0;
    this.#sendTuples(event, hasSipTrack && !isDelayed);
    if (oddities.doubleRecords && event.delta3 !== null) this.#sendTuples(event, false);
    if (!isDelayed) return;
    const timer = this.#host.clock.setTimer("pbx.sipTrack", oddities.delaySipTrackMs, () => {
      this.#timers.delete(timer);
      this.#sendTuples({ ...event, delta3: null }, true);
    });
    this.#timers.add(timer);
  }

  /** A status event of the recording extension, for clients that use it. */
  sendStatus(fields: RecordingFields): void {
    if (!this.#usesRecording) return;
    const address = addressNumber(this.#host.site.node);
    const counter = this.#statusCounter;
    this.#statusCounter = (counter + 1) >>> 0;
    const payload = serializeRecordingStatus({ address, counter, fields });
    const title = `Recording status ${fields.streamId ?? ""} ${fields.state ?? ""}`;
    this.#send(payload, { title, text: JSON.stringify(fields) });
  }

  #sendTuples(event: PbxEvent, withSipTrack: boolean): void {
    const tuples: Tuple[] = [];
    const texts: string[] = [];
    const record = recordTuple(event, this.#subscription);
    if (record !== null) {
      tuples.push(record.tuple);
      texts.push(record.text);
    }
    if (event.cmExtn !== undefined && this.#subscription?.hasCmExtn === true) {
      tuples.push({ code: TUPLE.cmExtn, data: serializeCmExtn(event.cmExtn) });
      texts.push(event.title);
    }
    if (withSipTrack && event.sipTrack !== null) {
      const { oddities } = this.#host;
      const sipCallId = oddities.wrongSipTrackCallId
        ? `wrong-${event.sipTrack.sipCallId}`
        : event.sipTrack.sipCallId;
      const sipTrack = { ...event.sipTrack, sipCallId };
      tuples.push({ code: TUPLE.sipTrack, data: serializeSipTrack(sipTrack) });
      texts.push(sipTrackText(sipTrack));
    }
    if (tuples.length === 0) return;
    const counter = this.#counter;
    this.#counter = (counter + 1) >>> 0;
    this.#eventNumber += 1;
    const { dropEvents, swapEvents } = this.#host.oddities;
    if (dropEvents > 0 && this.#eventNumber % dropEvents === 0) return;
    const address = addressNumber(event.node);
    const send = (): void => {
      this.#send(serializePacket({ type: "event", address, counter, tuples }), {
        title: `Event ${event.title}`,
        text: texts.join("\n"),
      });
    };
    const swapped = this.#swapped;
    this.#swapped = null;
    if (swapped === null && swapEvents > 0 && this.#eventNumber % swapEvents === 0) {
      this.#swapLater(send);
      return;
    }
    send();
    swapped?.();
  }

  /** Leaves after the next event, or alone if there is none for a while. */
  #swapLater(send: () => void): void {
    this.#swapped = send;
    const timer = this.#host.clock.setTimer("pbx.swap", SWAP_WINDOW_MS, () => {
      this.#timers.delete(timer);
      if (this.#swapped !== send) return;
      this.#swapped = null;
      send();
    });
    this.#timers.add(timer);
  }

  #send(payload: Uint8Array, entry: LadderEntry): void {
    if (this.#isClosed) return;
    if (this.#outbox.send(payload)) {
      this.#host.onPacket("out", this.#remote, entry);
      return;
    }
    this.#host.onViolation("client-too-slow", "The client does not read; its link is cut.");
    this.#stream.destroy();
  }

  /** RequestID 0 asks for no response. */
  #respond(packet: DevLink3Packet & { readonly requestId: number }, title: string): void {
    if (packet.requestId === 0) return;
    const payload = serializePacket(packet);
    this.#send(payload, { title, text: hexText(payload) });
  }

  #handlePayload(payload: Uint8Array): void {
    const packet = parsePacket(payload);
    if (!packet.ok) {
      this.#host.onViolation("malformed-packet", packet.problem.detail);
      return;
    }
    const { value } = packet;
    switch (value.type) {
      case "testRequest":
        this.#onTest(value);
        break;
      case "authRequest":
        this.#onLogin(value.requestId, value.user);
        break;
      case "authDigest":
        this.#onProof(value.requestId, { digest: value.digest });
        break;
      case "authPlain":
        this.#onProof(value.requestId, { password: value.password });
        break;
      case "eventRequest":
        this.#onEventRequest(value.requestId, value.flags);
        break;
      case "readRequest":
        this.#onReadRequest(value.requestId, value.name);
        break;
      case "unknown":
        this.#onUnknown(value.code, payload);
        break;
      default:
        this.#host.onViolation("unexpected-packet", `A client does not send ${value.type}.`);
    }
  }

  #onTest(request: DevLink3Packet & { readonly type: "testRequest" }): void {
    if (this.#host.oddities.silentTest) return;
    const isTooLong = request.payloadBytes > MAXIMUM_TEST_PAYLOAD_BYTES;
    const result =
      this.#phase.name === "dead"
        ? RESULT.streamAuthenticationFailed
        : isTooLong
          ? RESULT.payloadTooLong
          : RESULT.success;
    const payload = result === RESULT.success ? request.payload : new Uint8Array(0);
    const { requestId } = request;
    this.#respond(
      { type: "testResponse", requestId, result, payload },
      `Test response ${codeText(result)}`,
    );
  }

  #onLogin(requestId: number, user: string): void {
    if (this.#phase.name === "dead") {
      this.#refuseLogin(requestId, RESULT.authenticationFailed);
      return;
    }
    const { challenge: kind } = this.#host.site.devlink3;
    const isPlain = kind === "plain-always" || (kind === "plain" && this.#stream.secure);
    const challenge = isPlain ? null : this.#host.random.bytes(CHALLENGE_BYTES);
    this.#subscription = null;
    this.#phase = { name: "challenged", user, challenge };
    const title = `Auth challenge ${isPlain ? "PLAIN" : "SHA1"}`;
    this.#respond({ type: "authChallenge", requestId, challenge }, title);
  }

  #onProof(
    requestId: number,
    given: { readonly digest: Uint8Array } | { readonly password: Uint8Array },
  ): void {
    const phase = this.#phase;
    const proof = phase.name === "challenged" ? proofOf(phase.challenge, given) : null;
    if (phase.name !== "challenged" || proof === null) {
      this.#refuseLogin(requestId, RESULT.authenticationFailed);
      return;
    }
    const result = this.#host.judgeLogin(phase.user, proof);
    if (result !== RESULT.success) {
      this.#refuseLogin(requestId, result);
      return;
    }
    this.#phase = { name: "authenticated" };
    const { site } = this.#host;
    const tuples: Tuple[] = [
      { code: TUPLE.pbxVersion, data: encodeText(site.version) },
      { code: TUPLE.devlinkVariant, data: encodeText(site.variant) },
    ];
    if (site.devlink3.recordingExtension) {
      const { code, text } = RECORDING_ANNOUNCEMENT;
      tuples.push({ code, data: encodeText(text) });
    }
    this.#respond({ type: "authResult", requestId, result, tuples }, "Auth SUCCESS");
  }

  #refuseLogin(requestId: number, result: number): void {
    this.#phase = { name: "dead" };
    const title = `Auth refused ${codeText(result)}`;
    this.#respond({ type: "authResult", requestId, result, tuples: [] }, title);
  }

  #onEventRequest(requestId: number, flags: string): void {
    const verdict = this.isAuthenticated
      ? judgeFlags(flags, rightsOf(this.#host.site))
      : { result: RESULT.authenticationFailed, accepted: "", subscription: null };
    this.#subscription = verdict.subscription;
    const { result, accepted } = verdict;
    const title = `Event response ${codeText(result)} ${accepted}`.trimEnd();
    this.#respond({ type: "eventResponse", requestId, result, flags: accepted }, title);
    if (verdict.subscription === null) return;
    for (const event of this.#host.snapshot()) this.sendEvent(event);
  }

  #onReadRequest(requestId: number, name: string): void {
    const file = this.isAuthenticated ? this.#host.readFile(name) : null;
    if (file === null) {
      const result = this.isAuthenticated ? RESULT.notFound : RESULT.authenticationFailed;
      const data = new Uint8Array(0);
      const title = `Read file refused ${codeText(result)}`;
      this.#respond({ type: "readResponse", requestId, result, data }, title);
      return;
    }
    const pieceBytes = MAXIMUM_FRAME_PAYLOAD_BYTES - 12;
    const pieces = Math.max(1, Math.ceil(file.length / pieceBytes));
    for (let piece = 0; piece < pieces; piece += 1) {
      const data = file.slice(piece * pieceBytes, (piece + 1) * pieceBytes);
      const title = `Read file ${name}, ${data.length} bytes`;
      this.#respond({ type: "readResponse", requestId, result: RESULT.success, data }, title);
    }
  }

  #onUnknown(code: number, payload: Uint8Array): void {
    if (code === RECORDING_PACKET_TYPE.request && this.#host.site.devlink3.recordingExtension) {
      this.#onRecording(payload);
      return;
    }
    const isPrivate = code === RECORDING_PACKET_TYPE.request;
    this.#host.onViolation(
      isPrivate ? "private-code" : "unknown-packet",
      `${codeText(code)} is not known here${isPrivate ? ": dl3rec/1 was not announced" : ""}.`,
    );
  }

  #onRecording(payload: Uint8Array): void {
    const request = parseRecordingRequest(payload);
    if (!request.ok) {
      this.#host.onViolation("malformed-packet", request.problem.detail);
      return;
    }
    const { requestId } = request.value;
    const client: RecordingClient = {
      respond: (result, fields) => {
        if (requestId === 0) return;
        const title = `Recording response ${codeText(result)}`;
        const text = JSON.stringify(fields);
        this.#send(serializeRecordingResponse({ requestId, result, fields }), { title, text });
      },
      status: (fields) => this.sendStatus(fields),
    };
    if (!this.isAuthenticated) {
      client.respond(RESULT.authenticationFailed, {});
      return;
    }
    this.#usesRecording = true;
    this.#host.onRecordingRequest(request.value, client);
  }
}

/** null when the proof is not of the kind that was asked for. */
function proofOf(
  challenge: Uint8Array | null,
  given: { readonly digest: Uint8Array } | { readonly password: Uint8Array },
): Proof | null {
  if (challenge === null) {
    return "password" in given ? { kind: "plain", password: given.password } : null;
  }
  return "digest" in given ? { kind: "sha1", challenge, digest: given.digest } : null;
}
