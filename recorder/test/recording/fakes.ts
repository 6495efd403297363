// What surrounds the recordings in tests: a media plane that notes commands and lets the test send
// events, a SIP session that behaves as UasSession does, a facts side that notes what it is told.
import assert from "node:assert/strict";
import type { AssociationFacts, RecordingClues } from "../../src/association-facts.ts";
import type { LogFields, Logger } from "../../src/log.ts";
import { Metrics } from "../../src/metrics.ts";
import type {
  CatalogRow,
  MediaCommand,
  MediaEvent,
  MediaPlane,
  Random,
  RecordingStatistics,
} from "../../src/ports/index.ts";
import {
  Recordings,
  type RecordingsDelegate,
  type RecordingsOptions,
} from "../../src/recording/recordings.ts";
import {
  parseSessionDescription,
  type SessionDescription,
} from "../../src/sdp/session-description.ts";
import type { SipRequest } from "../../src/sip/message.ts";
import { parseMessage } from "../../src/sip/parse.ts";
import { SRTP_KEY_BYTES } from "../../src/sdp/security-descriptions.ts";
import type { SessionEnd, SipSession, SipTransport, WireMessage } from "../../src/sip/session.ts";
import { TestClock } from "../sip/fake-ports.ts";

export const OFFER = [
  "v=0",
  "o=pbx 1 1 IN IP4 192.0.2.1",
  "s=-",
  "c=IN IP4 192.0.2.1",
  "t=0 0",
  "m=audio 46750 RTP/AVP 0 8 101",
  "a=rtpmap:101 telephone-event/8000",
  "a=ptime:20",
  "a=sendonly",
  "",
].join("\r\n");

export function sdp(text: string): SessionDescription {
  const parsed = parseSessionDescription(text);
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.value;
}

export interface InviteOptions {
  readonly callId?: string;
  /** null = offerless. */
  readonly offer?: string | null;
  readonly uri?: string;
  readonly from?: string;
  readonly headers?: readonly string[];
  readonly transport?: SipTransport;
}

export function inviteText(options: InviteOptions = {}): string {
  const { callId = "77aa@192.0.2.1", offer = OFFER, from = "<sip:2001@192.0.2.1>" } = options;
  return [
    `INVITE ${options.uri ?? "sip:r7Qk2@192.0.2.10:5060"} SIP/2.0`,
    "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1",
    `From: ${from};tag=a`,
    "To: <sip:r7Qk2@192.0.2.10>",
    `Call-ID: ${callId}`,
    "CSeq: 1 INVITE",
    "Contact: <sip:pbx@192.0.2.1:5060>",
    ...(options.headers ?? []),
    ...(offer === null ? [] : ["Content-Type: application/sdp"]),
    `Content-Length: ${offer?.length ?? 0}`,
    "",
    offer ?? "",
  ].join("\r\n");
}

export function sipMessage(direction: "in" | "out", text: string): WireMessage {
  const [pbx, recorder] = ["192.0.2.1:5060", "192.0.2.10:5060"];
  return direction === "in"
    ? { direction, transport: "udp", from: pbx, to: recorder, text }
    : { direction, transport: "udp", from: recorder, to: pbx, text };
}

export function requestOf(text: string): SipRequest {
  const parsed = parseMessage(new TextEncoder().encode(text));
  assert.ok(parsed.ok && parsed.value.kind === "request", text);
  return parsed.value;
}

/** invited → answered → ended; refuses and ends as the real one does. */
export class FakeSession implements SipSession {
  readonly callId: string;
  readonly request: SipRequest;
  readonly offer: SessionDescription | null;
  readonly transport: SipTransport;
  readonly remote = { host: "192.0.2.1", port: 5060 };
  readonly invite: WireMessage;
  delegate: SipSession["delegate"];
  state: "invited" | "answered" | "ended" = "invited";
  /** "200", "BYE shutdown", "503 Service Unavailable Retry-After: 10" … */
  readonly sent: string[] = [];
  /** SDP of the 200. */
  body = "";

  constructor(options: InviteOptions = {}) {
    const text = inviteText(options);
    this.request = requestOf(text);
    this.callId = options.callId ?? "77aa@192.0.2.1";
    this.offer = options.offer === null ? null : sdp(options.offer ?? OFFER);
    this.transport = options.transport ?? "udp";
    this.invite = { ...sipMessage("in", text), transport: this.transport };
    this.delegate = {
      onMessage: () => assert.fail("no delegate"),
      onConfirmed: () => assert.fail("no delegate"),
      onReoffer: () => assert.fail("no delegate"),
      onAnswer: () => assert.fail("no delegate"),
      onEnded: () => assert.fail("no delegate"),
    };
  }

  accept(body: string): void {
    if (this.state !== "invited") return;
    this.state = "answered";
    this.sent.push("200");
    this.body = body;
  }

  reject(
    status: number,
    phrase: string,
    headers: readonly (readonly [string, string])[] = [],
  ): void {
    if (this.state !== "invited") return;
    const extra = headers.map(([name, value]) => ` ${name}: ${value}`).join("");
    this.sent.push(`${status} ${phrase}${extra}`);
    this.end({ cause: "rejected", status });
  }

  bye(reason?: string): void {
    if (this.state === "invited") this.reject(480, "Temporarily Unavailable");
    if (this.state !== "answered") return;
    this.sent.push(reason === undefined ? "BYE" : `BYE ${reason}`);
    this.end({ cause: "local-bye" });
  }

  end(end: SessionEnd): void {
    assert.notEqual(this.state, "ended", "the session has ended already");
    this.state = "ended";
    this.delegate.onEnded(end);
  }

  message(direction: "in" | "out", text: string): void {
    this.delegate.onMessage(sipMessage(direction, text));
  }
}

export class FakeMedia implements MediaPlane {
  readonly #commands: MediaCommand[] = [];

  post(command: MediaCommand): void {
    // Commands cross a thread boundary: what cannot be cloned must not be in them.
    this.#commands.push(structuredClone(command));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Commands since the last call. */
  take(): MediaCommand[] {
    return this.#commands.splice(0);
  }

  /** Types of the commands since the last call; of journal commands the line's. */
  types(): string[] {
    return this.take().map((command) =>
      command.type === "journal" ? `journal ${command.entry.type}` : command.type,
    );
  }
}

export interface NotedLine {
  readonly level: string;
  readonly message: string;
  readonly fields: LogFields;
}

/** Notes lines with the tags of its ancestors. */
export class NotingLogger implements Logger {
  readonly lines: NotedLine[];
  readonly #tags: LogFields;

  constructor(tags: LogFields = {}, lines: NotedLine[] = []) {
    this.#tags = tags;
    this.lines = lines;
  }

  debug = (message: string, fields?: LogFields): void => this.#note("debug", message, fields);
  info = (message: string, fields?: LogFields): void => this.#note("info", message, fields);
  warn = (message: string, fields?: LogFields): void => this.#note("warn", message, fields);
  error = (message: string, fields?: LogFields): void => this.#note("error", message, fields);

  child(fields: LogFields): Logger {
    return new NotingLogger({ ...this.#tags, ...fields }, this.lines);
  }

  #note(level: string, message: string, fields: LogFields = {}): void {
    this.lines.push({ level, message, fields: { ...this.#tags, ...fields } });
  }
}

export const STATISTICS: RecordingStatistics = {
  packetsReceived: 100,
  packetsLost: 0,
  packetsLate: 0,
  packetsDuplicate: 0,
  packetsStray: 0,
  jitterMs: 0.5,
  mos: 4.4,
  mosMethod: "e-model",
  lossRatio: 0,
  kernelDrops: 0,
};

export const FACTS: AssociationFacts = {
  rung: 1,
  callKey: "c0a80a01-31-1795366801000",
  part: 1,
  deviceCallId: "c0a80a01-31",
  endId: "c0a80a01000003f3",
  agent: "Ann Agent",
  extension: "2001",
  parties: ["02079460000", "2001"],
  liveStreamId: "r7Qk2",
};

const OPTIONS: RecordingsOptions = {
  recorder: "recorder-1",
  address: "192.0.2.10",
  rtpText: "5004",
  maximumRecordings: 100,
  pause: () => ({ allow: "all", autoResumeMs: 0 }),
};

/** Recordings with all that they need, and what they said. */
export class Scene {
  readonly clock = new TestClock();
  readonly media = new FakeMedia();
  readonly metrics = new Metrics();
  readonly log = new NotingLogger();
  readonly began: RecordingClues[] = [];
  /** For listeners: "started KEY", "paused KEY", … */
  readonly news: string[] = [];
  /** "ended KEY", "finished KEY ok", "audio KEY 0 3", "audioEnded KEY remote-bye". */
  readonly told: string[] = [];
  readonly rows: CatalogRow[] = [];
  /** What the facts side does at once when a recording begins. */
  onBegan: (clues: RecordingClues) => void = () => undefined;
  /** What the facts side does at once when it has ended. */
  onEnded: (recordingKey: string) => void = () => undefined;
  /** Whether the row of a discard reaches the medium. */
  onDiscard: () => Promise<boolean> = () => Promise.resolve(true);
  readonly recordings: Recordings;

  constructor(options: Partial<RecordingsOptions> = {}) {
    const { clock, log, metrics, media } = this;
    const ports = { clock, random: countingUuids(), log, metrics };
    this.recordings = new Recordings({ ...OPTIONS, ...options }, ports, media, this.#delegate());
  }

  #delegate(): RecordingsDelegate {
    return {
      onBegan: (clues) => {
        this.began.push(clues);
        this.onBegan(clues);
      },
      onEnded: (recordingKey) => {
        this.told.push(`ended ${recordingKey}`);
        this.onEnded(recordingKey);
      },
      onDiscard: (row) => {
        this.told.push(`discard ${row.recordingKey} ${row.outcome}`);
        return this.onDiscard();
      },
      onFinished: (recordingKey, row, outcome) => {
        assert.equal(row.outcome, outcome);
        this.told.push(`finished ${recordingKey} ${outcome}`);
        this.rows.push(row);
      },
      onAudio: ({ recordingKey, sample, data }) =>
        this.told.push(`audio ${recordingKey} ${sample} ${data.length}`),
      onNews: ({ recordingKey }, news) => {
        this.news.push(`${news.type} ${recordingKey}`);
        if (news.type === "ended") this.told.push(`audioEnded ${recordingKey} ${news.reason}`);
      },
    };
  }

  /** An INVITE comes in. */
  invite(options: InviteOptions = {}): { session: FakeSession; recordingKey: string } {
    const session = new FakeSession(options);
    this.recordings.onInvite(session);
    return { session, recordingKey: this.began.at(-1)?.recordingKey ?? "" };
  }

  /** A call that has been answered; its commands are taken. */
  answered(options: InviteOptions = {}): { session: FakeSession; recordingKey: string } {
    const call = this.invite(options);
    this.opened(call.recordingKey);
    assert.deepEqual(call.session.sent, ["200"]);
    this.media.take();
    return call;
  }

  event(event: MediaEvent): void {
    this.recordings.onMediaEvent(event);
  }

  opened(recordingKey: string, more: { inMemory?: boolean; samples?: number } = {}): void {
    const { inMemory = false, samples = 0 } = more;
    this.event({ type: "opened", recordingKey, rtpPort: 5004, inMemory, samples });
  }

  /** The first packet, or another after a change. */
  heard(recordingKey: string, sample = 0): void {
    this.event({
      type: "media",
      recordingKey,
      source: { host: "192.0.2.1", port: 46_750 },
      ssrc: 7,
      payloadType: 0,
      leadMs: 20,
      sample,
      atMs: this.clock.nowMs(),
    });
  }

  closed(recordingKey: string, samples = 16_000, statistics = STATISTICS): void {
    const startTimeMs = samples === 0 ? null : 1_795_366_801_100;
    this.event({ type: "closed", recordingKey, samples, sha256: "ab", startTimeMs, statistics });
  }

  finished(recordingKey: string): void {
    this.event({ type: "finished", recordingKey });
  }
}

function countingUuids(): Random {
  let count = 0;
  return {
    bytes: (bytes) => {
      assert.equal(bytes, SRTP_KEY_BYTES, "no other chance is needed here");
      return new Uint8Array(bytes).fill(count);
    },
    uuid: () => `00000000-0000-4000-8000-${String(++count).padStart(12, "0")}`,
  };
}
