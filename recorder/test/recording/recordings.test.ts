// From INVITE to row: the life of a recording against a media plane and a facts side of the test
// (design.md §2, §5; R3, R4, R7, R19, R20).
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CallEvent } from "../../src/association-facts.ts";
import { SETTLE_LIMIT_MS } from "../../src/recording/recordings.ts";
import { microtasks } from "../storage/manual-clock.ts";
import { FACTS, FakeSession, OFFER, Scene, sdp, STATISTICS } from "./fakes.ts";

const KEEP = { keep: true, why: null };
const REMOTE_BYE = { cause: "remote-bye", reason: null, atMs: 0 } as const;

function event(changes: Partial<CallEvent>): CallEvent {
  return { eventId: "e-1", kind: "talking", fromMs: 0, toMs: 0, parties: ["2001"], ...changes };
}

test("R3 the INVITE is answered when the media plane has opened the files", () => {
  const scene = new Scene();
  const { session, recordingKey } = scene.invite();
  assert.match(recordingKey, /^[0-9a-f-]{36}-1795366801000$/);
  const [open, ...more] = scene.media.take();
  assert.deepEqual(more, []);
  assert.deepEqual(open, {
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
      sipCallId: "77aa@192.0.2.1",
    },
    entries: [{ type: "sip", ...session.invite }],
    negotiation: {
      remote: { host: "192.0.2.1", port: 46_750 },
      signallingHost: "192.0.2.1",
      payloadTypes: { pcmu: 0, pcma: 8, telephoneEvent: 101, comfortNoise: null },
      expectsMedia: true,
    },
  });
  assert.deepEqual(session.sent, []);
  scene.opened(recordingKey);
  assert.deepEqual(session.sent, ["200"]);
  const answer = sdp(session.body);
  assert.equal(answer.connection?.address, "192.0.2.10");
  assert.equal(answer.media[0]?.port, 5004);
  assert.equal(scene.metrics.get("sip_calls_accepted_total"), 1);
  assert.equal(scene.metrics.get("recordings_open"), 1);
});

test("what the facts side knows at once stands in header and journal", () => {
  const scene = new Scene();
  scene.onBegan = ({ recordingKey }) => scene.recordings.associate(recordingKey, FACTS);
  scene.invite();
  const [open] = scene.media.take();
  assert.ok(open?.type === "open");
  assert.equal(open.header["liveStreamId"], "r7Qk2");
  assert.deepEqual(open.entries[1], { type: "association", ...FACTS });
});

test("§13.6 the facts side is shown the clues of the INVITE", () => {
  const scene = new Scene();
  const { recordingKey } = scene.invite({
    headers: ["X-DL3-Stream: r7Qk2", "X-DL3-End: 3f3", "P-Asserted-Identity: <tel:2002>"],
  });
  assert.deepEqual(scene.began, [
    {
      recordingKey,
      sipCallId: "77aa@192.0.2.1",
      requestUser: "r7Qk2",
      extensionHeaders: { "x-dl3-stream": "r7Qk2", "x-dl3-end": "3f3" },
      callerUsers: ["2001", "2002"],
      sourceHost: "192.0.2.1",
    },
  ]);
});

test("R4 BYE → close → settled → statistics and end → row", () => {
  const scene = new Scene();
  const { session, recordingKey } = scene.answered();
  scene.recordings.associate(recordingKey, FACTS);
  scene.heard(recordingKey);
  session.end(REMOTE_BYE);
  assert.deepEqual(scene.media.types(), ["journal association", "close"]);
  assert.deepEqual(scene.told, [`ended ${recordingKey}`]);
  scene.recordings.settle(recordingKey, KEEP);
  assert.deepEqual(scene.media.types(), []);
  scene.closed(recordingKey);
  assert.deepEqual(scene.media.take(), [
    { type: "journal", recordingKey, entry: { type: "statistics", ...STATISTICS } },
    {
      type: "finish",
      recordingKey,
      end: { type: "end", reason: "remote-bye", outcome: "ok", samples: 16_000, sha256: "ab" },
    },
  ]);
  assert.equal(scene.recordings.list().length, 1);
  scene.finished(recordingKey);
  assert.deepEqual(scene.told.slice(1), [
    `audioEnded ${recordingKey} remote-bye`,
    `finished ${recordingKey} ok`,
  ]);
  assert.deepEqual(scene.rows, [
    {
      recordingKey,
      callKey: FACTS.callKey,
      part: 1,
      startTimeMs: 1_795_366_801_100,
      samples: 16_000,
      outcome: "ok",
      why: null,
      endReason: "remote-bye",
      recovered: false,
      agent: "Ann Agent",
      extension: "2001",
      parties: FACTS.parties,
      liveStreamId: "r7Qk2",
      sipCallId: "77aa@192.0.2.1",
      pool: null,
      drive: null,
      path: null,
      bytes: 0,
      loss: 0,
      mos: 4.4,
      rule: null,
    },
  ]);
  assert.deepEqual(scene.recordings.list(), []);
  assert.equal(scene.metrics.get("recordings_open"), 0);
  assert.equal(scene.metrics.get("recordings_total"), 1);
  assert.deepEqual(scene.clock.names(), []);
});

test("audio that is closed first waits for the verdict", () => {
  const scene = new Scene();
  const { session, recordingKey } = scene.answered();
  session.end(REMOTE_BYE);
  scene.closed(recordingKey);
  assert.deepEqual(scene.media.types(), ["close"]);
  assert.equal(scene.recordings.list()[0]?.state, "settling");
  scene.recordings.settle(recordingKey, KEEP);
  assert.deepEqual(scene.media.types(), ["journal statistics", "finish"]);
});

test("only the first verdict counts", () => {
  const scene = new Scene();
  const { session, recordingKey } = scene.answered();
  session.end(REMOTE_BYE);
  scene.recordings.settle(recordingKey, KEEP);
  scene.recordings.settle(recordingKey, { keep: false, why: null });
  scene.closed(recordingKey);
  assert.deepEqual(scene.media.types(), ["close", "journal statistics", "finish"]);
});

test("when nobody settles, the recording is kept 35 s after its end", () => {
  const scene = new Scene();
  const { session, recordingKey } = scene.answered();
  session.end(REMOTE_BYE);
  scene.closed(recordingKey);
  scene.media.take();
  scene.clock.advance(SETTLE_LIMIT_MS - 1);
  assert.deepEqual(scene.media.types(), []);
  scene.clock.advance(1);
  assert.deepEqual(scene.media.types(), ["journal statistics", "finish"]);
});

test("an orphan is kept, and counted", () => {
  const scene = new Scene();
  const { session, recordingKey } = scene.answered();
  const orphan = {
    ...FACTS,
    rung: "orphan",
    callKey: null,
    part: null,
    deviceCallId: null,
    endId: null,
    agent: null,
    extension: null,
    parties: ["2001"],
    liveStreamId: null,
  } as const;
  session.end(REMOTE_BYE);
  scene.closed(recordingKey);
  scene.recordings.associate(recordingKey, orphan);
  scene.recordings.settle(recordingKey, KEEP);
  scene.finished(recordingKey);
  assert.equal(scene.metrics.get("recordings_orphan_total"), 1);
  const [close, line] = scene.media.take();
  assert.equal(close?.type, "close");
  const { liveStreamId: _, ...written } = orphan;
  assert.deepEqual(line, {
    type: "journal",
    recordingKey,
    entry: { type: "association", ...written },
  });
  assert.equal(scene.rows[0]?.outcome, "ok");
  assert.equal(scene.rows[0]?.callKey, null);
});

test("a late association is written as such, with the stream id", () => {
  const scene = new Scene();
  const { session, recordingKey } = scene.answered();
  session.end(REMOTE_BYE);
  scene.media.take();
  scene.recordings.associate(recordingKey, { ...FACTS, rung: 2, late: true });
  assert.deepEqual(scene.media.take(), [
    {
      type: "journal",
      recordingKey,
      entry: { type: "association", ...FACTS, rung: 2, late: true },
    },
  ]);
});

for (const [name, verdict, outcome, why] of [
  ["discarded", { keep: false, why: null }, "discarded", "rule"],
  ["blocked", { keep: false, why: "privacy" }, "blocked", "privacy"],
] as const) {
  test(`what is ${name} leaves a row, and is erased only once that is on the medium`, async () => {
    const scene = new Scene();
    let noted: (isDurable: boolean) => void = () => undefined;
    scene.onDiscard = () =>
      new Promise((resolve) => {
        noted = resolve;
      });
    const { session, recordingKey } = scene.answered();
    session.end(REMOTE_BYE);
    scene.recordings.settle(recordingKey, verdict);
    scene.closed(recordingKey);
    await microtasks();
    assert.equal(scene.told.at(-1), `discard ${recordingKey} ${outcome}`);
    assert.deepEqual(scene.media.types(), ["close"]);
    noted(true);
    await microtasks();
    assert.deepEqual(scene.media.types(), ["erase"]);
    scene.finished(recordingKey);
    assert.equal(scene.rows[0]?.outcome, outcome);
    assert.equal(scene.rows[0]?.why, why);
  });
}

test("a discard whose row cannot be written keeps its pair, for the next start", async () => {
  const scene = new Scene();
  scene.onDiscard = () => Promise.resolve(false);
  const { session, recordingKey } = scene.answered();
  session.end(REMOTE_BYE);
  scene.recordings.settle(recordingKey, { keep: false, why: null });
  scene.closed(recordingKey);
  await microtasks();
  assert.deepEqual(scene.media.types(), ["close"]);
  assert.deepEqual(scene.recordings.list(), []);
});

test("a stop does not wait for ever for the row of a discard", async () => {
  const scene = new Scene();
  scene.onDiscard = () => new Promise(() => undefined);
  const { session, recordingKey } = scene.answered();
  session.end(REMOTE_BYE);
  scene.recordings.settle(recordingKey, { keep: false, why: null });
  scene.closed(recordingKey);
  const closed = scene.recordings.close(() => ({ keep: true, why: null }));
  scene.clock.advance(5_000);
  await closed;
  assert.deepEqual(scene.media.types(), ["close"]);
});

test("an offer without G.711 is refused with 488, and nothing begins", () => {
  const scene = new Scene();
  const { session } = scene.invite({
    offer: OFFER.replace("0 8 101", "18").replace(/a=rtpmap.*\r\n/, ""),
  });
  assert.deepEqual(session.sent, [
    '488 Not Acceptable Here Warning: 305 tapeline "No PCMU or PCMA audio in the offer"',
  ]);
  assert.deepEqual(scene.began, []);
  assert.deepEqual(scene.media.types(), []);
});

test("at the limit calls are refused with 503; recordings whose call is over do not count", () => {
  const scene = new Scene({ maximumRecordings: 1 });
  const first = scene.answered();
  const refused = new FakeSession();
  scene.recordings.onInvite(refused);
  assert.deepEqual(refused.sent, ["503 Service Unavailable Retry-After: 10"]);
  assert.equal(scene.metrics.get("sip_calls_refused_total"), 1);
  first.session.end(REMOTE_BYE);
  for (let more = 0; more < 3; more += 1) {
    scene.answered().session.end(REMOTE_BYE);
  }
  // Four wait now for their verdict: the limit on those.
  const last = new FakeSession();
  scene.recordings.onInvite(last);
  assert.deepEqual(last.sent, ["503 Service Unavailable Retry-After: 10"]);
});

test("CANCEL before the 200: the pair is erased, there is no row", () => {
  const scene = new Scene();
  const { session, recordingKey } = scene.invite();
  session.message("in", "CANCEL sip:r7Qk2@192.0.2.10 SIP/2.0\r\n\r\n");
  session.end({ cause: "cancelled", reason: null });
  assert.deepEqual(scene.told, [`ended ${recordingKey}`]);
  assert.deepEqual(scene.media.types(), ["open", "journal sip", "close"]);
  scene.opened(recordingKey);
  assert.deepEqual(session.sent, []);
  scene.recordings.settle(recordingKey, KEEP);
  scene.closed(recordingKey, 0);
  assert.deepEqual(scene.media.types(), ["erase"]);
  scene.finished(recordingKey);
  assert.deepEqual(scene.rows, []);
  assert.deepEqual(scene.recordings.list(), []);
  assert.deepEqual(scene.clock.names(), []);
});

test("a transport that fails before the 200 leaves no recording either", () => {
  const scene = new Scene();
  const { session, recordingKey } = scene.invite();
  session.end({ cause: "transport-failed", detail: "ECONNRESET" });
  scene.closed(recordingKey, 0);
  scene.finished(recordingKey);
  assert.deepEqual(scene.media.types(), ["open", "close", "erase"]);
  assert.deepEqual(scene.rows, []);
});

test("files that cannot be opened: 503, and the facts side is told", () => {
  const scene = new Scene();
  const { session, recordingKey } = scene.invite();
  scene.media.take();
  scene.event({
    type: "openFailed",
    recordingKey,
    code: "RTP_PORTS_EXHAUSTED",
    detail: "20000–20009",
  });
  assert.deepEqual(session.sent, ["503 Service Unavailable Retry-After: 10"]);
  assert.deepEqual(scene.told, [`ended ${recordingKey}`]);
  assert.deepEqual(scene.media.types(), []);
  assert.deepEqual(scene.recordings.list(), []);
  const { level, message, fields } = scene.log.lines.at(-1) ?? {};
  assert.deepEqual(
    [level, message, fields?.["code"]],
    ["error", "20000–20009", "RTP_PORTS_EXHAUSTED"],
  );
});

test("files that cannot be opened after a CANCEL need no answer", () => {
  const scene = new Scene();
  const { session, recordingKey } = scene.invite();
  session.end({ cause: "cancelled", reason: null });
  scene.event({ type: "openFailed", recordingKey, code: "LIVE_WRITE_FAILED", detail: "EIO" });
  assert.deepEqual(session.sent, []);
  assert.deepEqual(scene.told, [`ended ${recordingKey}`]);
  assert.deepEqual(scene.recordings.list(), []);
});

for (const [name, cause, reason] of [
  ["no ACK", { cause: "no-ack" }, "no-ack"],
  ["no refresh", { cause: "session-expired" }, "session-expired"],
  ["a lost transport", { cause: "transport-failed", detail: "x" }, "transport-failed"],
  ["our BYE", { cause: "local-bye" }, "local-bye"],
] as const) {
  test(`the end by ${name} is a normal end with its reason`, () => {
    const scene = new Scene();
    const { session, recordingKey } = scene.answered();
    session.end(cause);
    scene.recordings.settle(recordingKey, KEEP);
    scene.closed(recordingKey);
    scene.finished(recordingKey);
    assert.equal(scene.rows[0]?.endReason, reason);
  });
}

test("no audio at all: the message says where from and where to, the outcome is no-media", () => {
  const scene = new Scene();
  const { session, recordingKey } = scene.answered();
  scene.event({ type: "noMedia", recordingKey });
  const { level, message } = scene.log.lines.at(-1) ?? {};
  assert.equal(level, "warn");
  assert.equal(
    message,
    "The SIP call was answered, but no RTP reached 192.0.2.10:5004. " +
      "Open that port from 192.0.2.1, or configure rtp.range.",
  );
  session.end(REMOTE_BYE);
  scene.recordings.settle(recordingKey, KEEP);
  scene.closed(recordingKey, 0);
  scene.finished(recordingKey);
  assert.equal(scene.rows[0]?.outcome, "failed");
  assert.equal(scene.rows[0]?.why, "no-media");
  assert.equal(scene.rows[0]?.startTimeMs, 1_795_366_801_000);
});

test("what degrades a recording becomes its outcome; unknown words are only logged", () => {
  const scene = new Scene();
  const { session, recordingKey } = scene.answered();
  scene.event({ type: "degraded", recordingKey, why: "bad weather" });
  scene.event({ type: "degraded", recordingKey, why: "pair-claimed-twice" });
  session.end(REMOTE_BYE);
  scene.recordings.settle(recordingKey, KEEP);
  scene.closed(recordingKey);
  const finish = scene.media.take().at(-1);
  assert.ok(finish?.type === "finish");
  assert.equal(finish.end["outcome"], "degraded");
  assert.equal(finish.end["why"], "pair-claimed-twice");
  const warnings = scene.log.lines.filter(({ message }) => message === "recording degraded");
  assert.deepEqual(
    warnings.map(({ fields }) => fields["why"]),
    ["bad weather", "pair-claimed-twice"],
  );
});

test("a recording that waits for the rules is not ended by the limit on settling", () => {
  const scene = new Scene();
  const { session, recordingKey } = scene.answered();
  scene.heard(recordingKey);
  scene.recordings.awaitRules(recordingKey);
  session.end(REMOTE_BYE);
  assert.deepEqual(
    scene.clock.names(),
    ["recording.settle"],
    "while its call is up, that says nothing",
  );
  scene.recordings.awaitRules(recordingKey);
  scene.recordings.awaitRules("no such recording");
  assert.deepEqual(scene.clock.names(), []);
  scene.closed(recordingKey);
  scene.clock.advance(3_600_000);
  assert.equal(scene.rows.length, 0);
  scene.recordings.settle(recordingKey, KEEP);
  scene.finished(recordingKey);
  assert.equal(scene.rows[0]?.outcome, "ok");
});

test("what was recorded for a validation says so in its header and row, other words do not", () => {
  const purposeOf = (word: string): readonly unknown[] => {
    const scene = new Scene();
    const { session, recordingKey } = scene.invite({ headers: [`X-Tapeline-Purpose: ${word}`] });
    const [open] = scene.media.take();
    assert.ok(open?.type === "open");
    scene.opened(recordingKey);
    session.delegate.onConfirmed();
    scene.heard(recordingKey);
    session.end(REMOTE_BYE);
    scene.recordings.settle(recordingKey, KEEP);
    scene.closed(recordingKey);
    scene.finished(recordingKey);
    return [open.header["purpose"], scene.rows[0]?.purpose];
  };
  assert.deepEqual(purposeOf("validation"), ["validation", "validation"]);
  assert.deepEqual(purposeOf("fun"), [undefined, undefined]);
});

test("a hanging disk is answered all the same, with a warning", () => {
  const scene = new Scene();
  const { session, recordingKey } = scene.invite();
  scene.opened(recordingKey, { inMemory: true });
  assert.deepEqual(session.sent, ["200"]);
  assert.ok(scene.log.lines.some(({ level, message }) => level === "warn" && /slow/.test(message)));
});

test("R20 every SIP message goes to the journal", () => {
  const scene = new Scene();
  const { session, recordingKey } = scene.answered();
  session.message("out", "SIP/2.0 200 OK\r\n\r\n");
  session.delegate.onConfirmed();
  session.message("in", "ACK sip:x SIP/2.0\r\n\r\n");
  assert.deepEqual(
    scene.media.take().map((command) => command.type === "journal" && command.entry["text"]),
    ["SIP/2.0 200 OK\r\n\r\n", "ACK sip:x SIP/2.0\r\n\r\n"],
  );
  assert.equal(scene.recordings.list()[0]?.recordingKey, recordingKey);
});

test("R19 lines carry SIP call id, recording id and, once known, live stream id", () => {
  const scene = new Scene();
  const { recordingKey } = scene.answered();
  const tags = { sipCallId: "77aa@192.0.2.1", recordingId: recordingKey };
  for (const { fields } of scene.log.lines) {
    assert.deepEqual({ ...tags, ...fields }, fields);
    assert.equal(fields["liveStreamId"], null);
  }
  scene.recordings.associate(recordingKey, FACTS);
  scene.heard(recordingKey);
  for (const { fields } of scene.log.lines.slice(-2)) {
    assert.deepEqual({ ...fields, ...tags, liveStreamId: "r7Qk2" }, fields);
  }
});

test("RFC 3264 §8 a re-INVITE is answered with a higher version only if we say something else", () => {
  const scene = new Scene();
  const { session, recordingKey } = scene.answered();
  const versionOf = (answer: unknown): string => {
    assert.ok(typeof answer === "object" && answer !== null && "sdp" in answer);
    return sdp(String(answer.sdp)).origin.sessionVersion;
  };
  const same = session.delegate.onReoffer(sdp(OFFER));
  assert.equal(versionOf(same), "1");
  const hold = session.delegate.onReoffer(sdp(OFFER.replace("sendonly", "inactive")));
  assert.equal(versionOf(hold), "2");
  assert.equal(versionOf(session.delegate.onReoffer(sdp(OFFER))), "3");
  const commands = scene.media.take();
  assert.deepEqual(
    commands.map((command) => command.type === "renegotiate" && command.negotiation.expectsMedia),
    [true, false, true],
  );
  assert.ok(
    commands.every((command) => "recordingKey" in command && command.recordingKey === recordingKey),
  );
});

test("a re-offer without G.711 is refused with 488, and nothing changes", () => {
  const scene = new Scene();
  const { session } = scene.answered();
  const offer = sdp(OFFER.replace("0 8 101", "18").replace(/a=rtpmap.*\r\n/, ""));
  assert.deepEqual(session.delegate.onReoffer(offer), { status: 488 });
  assert.deepEqual(scene.media.types(), []);
});

test("an offerless INVITE gets our offer; the answer in the ACK decides the media", () => {
  const scene = new Scene();
  const { session, recordingKey } = scene.invite({ offer: null });
  const [open] = scene.media.take();
  assert.ok(open?.type === "open");
  assert.deepEqual(open.negotiation, {
    remote: null,
    signallingHost: "192.0.2.1",
    payloadTypes: { pcmu: 0, pcma: 8, telephoneEvent: 101, comfortNoise: 13 },
    expectsMedia: true,
  });
  scene.opened(recordingKey);
  assert.equal(sdp(session.body).media[0]?.port, 5004);
  session.delegate.onAnswer(sdp(OFFER));
  const [renegotiate] = scene.media.take();
  assert.ok(renegotiate?.type === "renegotiate");
  assert.deepEqual(renegotiate.negotiation.remote, { host: "192.0.2.1", port: 46_750 });
  const reoffer = session.delegate.onReoffer(null);
  assert.deepEqual(reoffer, { sdp: session.body });
});

test("an answer that cannot be recorded is logged", () => {
  const scene = new Scene();
  const { session } = scene.answered({ offer: null });
  session.delegate.onAnswer(sdp(OFFER.replace("46750", "0")));
  assert.deepEqual(scene.media.types(), []);
  assert.equal(scene.log.lines.at(-1)?.level, "warn");
});

test("R7 call events are tied to samples: from the first packet on, to the last at most", () => {
  const scene = new Scene();
  const { session, recordingKey } = scene.answered();
  const beganMs = scene.clock.nowMs();
  const spans = (): unknown[] =>
    scene.media
      .take()
      .flatMap((command) =>
        command.type === "journal" && command.entry.type === "event"
          ? [[command.entry["kind"], command.entry["fromSample"], command.entry["toSample"]]]
          : [],
      );
  const tell = (kind: CallEvent["kind"], fromMs: number, toMs: number): void =>
    scene.recordings.callEvent(recordingKey, event({ kind, fromMs, toMs }));
  tell("ringing", beganMs - 5_000, beganMs);
  assert.deepEqual(spans(), [["ringing", 0, 0]]);
  scene.clock.advance(500);
  scene.heard(recordingKey);
  tell("talking", beganMs, beganMs + 1_500);
  assert.deepEqual(spans(), [["talking", 0, 8_000]]);
  scene.clock.advance(3_000);
  session.end(REMOTE_BYE);
  tell("held", beganMs + 1_500, beganMs + 3_500);
  assert.deepEqual(spans(), []);
  scene.recordings.settle(recordingKey, KEEP);
  scene.closed(recordingKey, 20_000);
  const commands = scene.media.take();
  assert.deepEqual(
    commands.map(({ type }) => type),
    ["journal", "journal", "finish"],
  );
  const [held] = commands;
  assert.ok(held?.type === "journal");
  assert.deepEqual([held.entry["fromSample"], held.entry["toSample"]], [8_000, 20_000]);
  tell("talking", 0, 1);
  assert.deepEqual(spans(), []);
});

test("R5 audio of a recording goes on to the listeners, until it is closed", () => {
  const scene = new Scene();
  const { session, recordingKey } = scene.answered();
  const data = new Uint8Array(3);
  scene.event({ type: "audio", recordingKey, sample: 160, data, arrivedMs: null });
  session.end(REMOTE_BYE);
  scene.closed(recordingKey);
  assert.deepEqual(scene.told, [
    `audio ${recordingKey} 160 3`,
    `ended ${recordingKey}`,
    `audioEnded ${recordingKey} remote-bye`,
  ]);
});

test("what the plane notices of a recording is logged with its code", () => {
  const scene = new Scene();
  const { recordingKey } = scene.answered();
  scene.event({
    type: "notice",
    level: "warn",
    code: "RTP_AMBIGUOUS",
    detail: "two",
    recordingKey,
  });
  scene.event({ type: "failed", code: "LIVE_WRITE_FAILED", detail: "EIO", recordingKey });
  assert.deepEqual(
    scene.log.lines.slice(-2).map(({ message, fields }) => [message, fields["code"]]),
    [
      ["two", "RTP_AMBIGUOUS"],
      ["EIO", "LIVE_WRITE_FAILED"],
    ],
  );
});

test("events of recordings that are unknown or gone are ignored", () => {
  const scene = new Scene();
  const { session, recordingKey } = scene.answered();
  session.end(REMOTE_BYE);
  scene.recordings.settle(recordingKey, KEEP);
  scene.closed(recordingKey);
  scene.finished(recordingKey);
  const told = [...scene.told];
  scene.media.take();
  for (const key of [recordingKey, "nobody"]) {
    scene.opened(key);
    scene.closed(key);
    scene.finished(key);
    scene.recordings.associate(key, FACTS);
    scene.recordings.callEvent(key, event({}));
    scene.recordings.settle(key, KEEP);
    scene.recordings.stop(key);
  }
  scene.event({ type: "stopped" });
  assert.deepEqual(scene.told, told);
  assert.deepEqual(scene.media.types(), []);
});

test("stop ends the SIP call with BYE", () => {
  const scene = new Scene();
  const { session, recordingKey } = scene.answered();
  scene.recordings.stop(recordingKey);
  assert.deepEqual(session.sent, ["200", "BYE"]);
  assert.deepEqual(scene.media.types(), ["close"]);
});

test("a pause is answered when the media plane has fixed the edge", async () => {
  const scene = new Scene();
  const { recordingKey } = scene.answered();
  const asked = scene.recordings.pause(recordingKey, "pause", { by: "Ann", via: "api" });
  const [command] = scene.media.take();
  assert.deepEqual(command, {
    type: "pause",
    requestId: 1,
    recordingKey,
    by: "Ann",
    via: "api",
  });
  const applied = { type: "pauseApplied", recordingKey, result: "applied" } as const;
  scene.event({ ...applied, requestId: 1, sample: 4_000 });
  assert.deepEqual(await asked, { result: "applied", sample: 4_000 });
  assert.equal(scene.recordings.list()[0]?.isPaused, true);
  const again = scene.recordings.pause(recordingKey, "pause", { by: "Ann", via: "api" });
  scene.event({ ...applied, result: "already", requestId: 2, sample: 4_000 });
  assert.deepEqual(await again, { result: "already", sample: 4_000 });
  const resumed = scene.recordings.pause(recordingKey, "resume", { by: "Ann", via: "api" });
  scene.event({ ...applied, requestId: 3, sample: 9_000 });
  scene.event({ ...applied, requestId: 3, sample: 9_999 });
  assert.deepEqual(await resumed, { result: "applied", sample: 9_000 });
  assert.equal(scene.recordings.list()[0]?.isPaused, false);
});

test("a pause without a recording in progress says so", async () => {
  const scene = new Scene();
  const request = { by: "Ann", via: "api" } as const;
  const none = { result: "no-recording", sample: 0 };
  assert.deepEqual(await scene.recordings.pause("nobody", "pause", request), none);
  const { session, recordingKey } = scene.answered();
  session.end(REMOTE_BYE);
  assert.deepEqual(await scene.recordings.pause(recordingKey, "pause", request), none);
});

test("a recording whose files a slow disk is still opening is paused like any (R21)", async () => {
  const scene = new Scene();
  const { recordingKey } = scene.invite();
  const asked = scene.recordings.pause(recordingKey, "pause", { by: "Ann", via: "api" });
  scene.event({ type: "pauseApplied", recordingKey, requestId: 1, result: "applied", sample: 0 });
  assert.deepEqual(await asked, { result: "applied", sample: 0 });
  assert.equal(scene.recordings.list()[0]?.isPaused, true);
});

test("who asked for a pause is not left waiting when the recording goes", async () => {
  const scene = new Scene();
  const { session, recordingKey } = scene.answered();
  const asked = scene.recordings.pause(recordingKey, "pause", { by: "Ann", via: "api" });
  session.end(REMOTE_BYE);
  scene.recordings.settle(recordingKey, KEEP);
  scene.closed(recordingKey);
  scene.finished(recordingKey);
  assert.deepEqual(await asked, { result: "no-recording", sample: 0 });
});

test("recordings in progress can be seen, oldest first", () => {
  const scene = new Scene();
  const first = scene.answered();
  scene.clock.advance(1_000);
  const second = scene.invite({ callId: "other" });
  scene.recordings.associate(first.recordingKey, FACTS);
  assert.deepEqual(scene.recordings.list(), [
    {
      recordingKey: first.recordingKey,
      liveStreamId: "r7Qk2",
      sipCallId: "77aa@192.0.2.1",
      state: "answered",
      isPaused: false,
      beganTimeMs: 1_795_366_801_000,
      association: FACTS,
    },
    {
      recordingKey: second.recordingKey,
      liveStreamId: null,
      sipCallId: "other",
      state: "opening",
      isPaused: false,
      beganTimeMs: 1_795_366_802_000,
      association: null,
    },
  ]);
});

test("close ends every call, keeps every recording, takes no new one", async () => {
  const scene = new Scene();
  const up = scene.answered();
  const over = scene.answered();
  over.session.end(REMOTE_BYE);
  const opening = scene.invite();
  scene.media.take();
  let isDone = false;
  const closing = scene.recordings
    .close(() => ({ keep: true, why: null }))
    .then(() => {
      isDone = true;
    });
  assert.deepEqual(up.session.sent, ["200", "BYE shutdown"]);
  assert.deepEqual(opening.session.sent, ["480 Temporarily Unavailable"]);
  assert.deepEqual(scene.media.types(), ["close", "close"]);
  const late = new FakeSession();
  scene.recordings.onInvite(late);
  assert.deepEqual(late.sent, ["503 Service Unavailable Retry-After: 10"]);
  for (const { recordingKey } of [up, over, opening]) {
    scene.closed(recordingKey);
    assert.equal(isDone, false);
    scene.finished(recordingKey);
  }
  await closing;
  assert.deepEqual(
    scene.rows.map(({ recordingKey, outcome }) => [recordingKey, outcome]),
    [
      [up.recordingKey, "ok"],
      [over.recordingKey, "ok"],
    ],
  );
  assert.deepEqual(scene.clock.names(), []);
});

test("close without recordings is done at once", async () => {
  await new Scene().recordings.close(() => ({ keep: true, why: null }));
});
