// A media plane on fakes, with what a test usually does to it: start, open a recording, send
// packets, look at events, files and journal.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { parseJournal, linesOfType } from "../../src/audio/journal.ts";
import type { JournalLineType } from "../../src/audio/journal-lines.ts";
import { MediaPlaneService } from "../../src/media/media-plane.ts";
import type {
  Address,
  MediaCommand,
  MediaEvent,
  MediaNegotiation,
  MediaPlaneOptions,
} from "../../src/ports/index.ts";
import { FakeClock, FakeDisk, FakeUdp, fakeRandom, turns } from "./media-fakes.ts";
import { packet, type PacketDefaults } from "./rtp-builder.ts";

export const PBX = "192.0.2.1";
export const LIVE = "/live";
export const RTP_PORT = 5004;

export function negotiation(changed: Partial<MediaNegotiation> = {}): MediaNegotiation {
  return {
    remote: { host: PBX, port: 49_152 },
    signallingHost: PBX,
    payloadTypes: { pcmu: 0, pcma: 8, telephoneEvent: 101, comfortNoise: 13 },
    expectsMedia: true,
    ...changed,
  };
}

/** Like deepEqual, but tells the first difference only: a whole diff would take minutes. */
export function assertBytes(actual: Uint8Array, expected: Uint8Array): void {
  const at = expected.findIndex((byte, index) => actual[index] !== byte);
  const where = `sample ${at}: ${actual[at]} instead of ${expected[at]}`;
  assert.ok(at < 0, where);
  assert.equal(actual.length, expected.length, "the length");
}

type EventOf<T extends MediaEvent["type"]> = Extract<MediaEvent, { readonly type: T }>;

export class PlaneBench {
  readonly clock = new FakeClock();
  readonly udp = new FakeUdp();
  readonly disk: FakeDisk;
  readonly events: MediaEvent[] = [];
  readonly plane: MediaPlaneService;

  constructor(disk = new FakeDisk()) {
    this.disk = disk;
    this.plane = new MediaPlaneService(
      { clock: this.clock, udp: this.udp, disk: this.disk, random: fakeRandom },
      (event) => this.events.push(event),
    );
  }

  async start(changed: Partial<MediaPlaneOptions> = {}): Promise<this> {
    this.post({
      type: "start",
      options: {
        bindHost: "192.0.2.10",
        rtp: { port: RTP_PORT },
        liveDirectory: LIVE,
        receiveBufferBytes: 4_194_304,
        pause: { fill: "tone", guardMs: 200 },
        allowedHosts: [PBX],
        ...changed,
      },
    });
    await turns();
    return this;
  }

  post(command: MediaCommand): void {
    this.plane.post(command);
  }

  async open(
    recordingKey = "rec",
    changed: Partial<MediaNegotiation> = {},
    keys: readonly string[] = [],
  ): Promise<void> {
    this.post({
      type: "open",
      recordingKey,
      header: {
        type: "header",
        format: "tapeline-vrtx",
        version: 1,
        recordingKey,
        recorder: "recorder-1",
        files: [`${recordingKey}.ul`],
        codec: "PCMU",
        sampleRate: 8000,
        sipCallId: "call-1",
      },
      entries: [
        {
          type: "sip",
          direction: "in",
          transport: "udp",
          from: "a:1",
          to: "b:2",
          text: "INVITE …",
        },
      ],
      negotiation: negotiation(changed),
      ...(keys.length === 0 ? {} : { keys }),
    });
    await turns();
  }

  /** A datagram now. */
  datagram(data: Uint8Array, source: Address = { host: PBX, port: 49_152 }, port = RTP_PORT): void {
    const socket = this.udp.at(port);
    assert.ok(socket !== undefined, `port ${port} is bound`);
    socket.delegate.onDatagram(data, { ...source });
  }

  /** Packets `from` … `to` − 1, 20 ms apart. */
  async send(
    from: number,
    to: number,
    of: PacketDefaults & { readonly source?: Address; readonly port?: number } = {},
  ): Promise<void> {
    for (let n = from; n < to; n += 1) {
      this.datagram(packet(n, of), of.source, of.port);
      await this.clock.advance(20);
    }
  }

  async pause(type: "pause" | "resume", recordingKey = "rec"): Promise<EventOf<"pauseApplied">> {
    const requestId = this.all("pauseApplied").length + 1;
    this.post({ type, requestId, recordingKey, by: "anna", via: "api" });
    await turns();
    const answer = this.all("pauseApplied").find((event) => event.requestId === requestId);
    assert.ok(answer !== undefined, "the pause is answered");
    return answer;
  }

  async close(recordingKey = "rec"): Promise<EventOf<"closed">> {
    this.post({ type: "close", recordingKey });
    await turns();
    const closed = this.all("closed").find((event) => event.recordingKey === recordingKey);
    assert.ok(closed !== undefined, "the recording is closed");
    const audio = this.audio(recordingKey);
    assert.equal(audio.length, closed.samples, "the file is as long as told");
    assert.equal(createHash("sha256").update(audio).digest("hex"), closed.sha256);
    return closed;
  }

  async finish(recordingKey = "rec"): Promise<void> {
    const end = { type: "end", reason: "remote-bye", outcome: "ok" };
    this.post({ type: "finish", recordingKey, end });
    await turns();
  }

  audio(recordingKey = "rec"): Uint8Array {
    return this.disk.files.get(`${LIVE}/${recordingKey}.ul`) ?? new Uint8Array();
  }

  journal(recordingKey = "rec") {
    const base = `${LIVE}/${recordingKey}`;
    const bytes = this.disk.files.get(`${base}.vrtx`) ?? this.disk.files.get(`${base}.tmpvrtx`);
    const content = parseJournal(bytes ?? new Uint8Array());
    assert.deepEqual(content.problems, []);
    return content.lines;
  }

  lines<T extends JournalLineType>(type: T, recordingKey = "rec") {
    return linesOfType(this.journal(recordingKey), type);
  }

  all<T extends MediaEvent["type"]>(type: T): EventOf<T>[] {
    return this.events.filter((event): event is EventOf<T> => event.type === type);
  }

  /** What listeners heard of a recording, checked to be without holes. */
  heard(recordingKey = "rec"): { readonly from: number; readonly bytes: Uint8Array } {
    const pieces = this.all("audio").filter((event) => event.recordingKey === recordingKey);
    const from = pieces[0]?.sample ?? 0;
    const bytes: number[] = [];
    for (const piece of pieces) {
      assert.equal(piece.sample, from + bytes.length, "audio comes without holes");
      bytes.push(...piece.data);
    }
    return { from, bytes: Uint8Array.from(bytes) };
  }

  /** Stops the plane and checks that nothing is left over. */
  async stop(): Promise<void> {
    this.post({ type: "stop" });
    await turns();
    assert.equal(this.all("stopped").length, 1);
    assert.deepEqual(this.clock.running(), []);
    assert.equal(this.disk.openFiles, 0);
    assert.deepEqual(this.udp.open(), []);
  }
}
