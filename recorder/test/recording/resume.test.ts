// A recording that goes on after a crash (design.md §5, "Live pair and crash"): still up, silent,
// or over.
import assert from "node:assert/strict";
import { test } from "node:test";
import { RECOVERY_SILENCE_MS } from "../../src/recording/revived-calls.ts";
import { planRecovery, type ResumePlan } from "../../src/recording/recovery-plan.ts";
import { sdp, FACTS, FakeSession, OFFER, Scene } from "./fakes.ts";
import {
  ACK,
  ANSWER_SDP,
  ASSOCIATION,
  HEADER,
  INVITE,
  journalOf,
  KEY,
  MEDIA,
  request,
  response,
  sipLine,
  UP,
} from "./journals.ts";

const KEEP = { keep: true, why: null };
const BYE = sipLine("in", request("BYE"));

function planOf(lines: Parameters<typeof journalOf>[0]): ResumePlan {
  const step = planRecovery(journalOf(lines), 8_000);
  assert.ok(step.kind === "resume");
  return step.plan;
}

/** A dialog as it is after a restart: up. */
function upSession(): FakeSession {
  const session = new FakeSession();
  session.state = "answered";
  return session;
}

/** Its BYE waits for an answer. */
function unanswered(session: FakeSession): void {
  session.bye = () => void session.sent.push("BYE");
}

function resumed(lines = [...UP, MEDIA, ASSOCIATION]) {
  const scene = new Scene();
  const session = upSession();
  scene.recordings.resume(planOf(lines), session);
  return { scene, session };
}

test("a call that is still up goes on in the same file", () => {
  const { scene, session } = resumed();
  assert.deepEqual(scene.media.take(), [
    {
      type: "resumeFile",
      recordingKey: KEY,
      negotiation: planOf(UP).negotiation,
      rtpPort: 20_010,
      source: { host: "192.0.2.1", port: 46_750 },
      entries: [],
    },
  ]);
  scene.opened(KEY, { samples: 8_000 });
  assert.deepEqual(scene.clock.names(), ["recording.silence"]);
  scene.heard(KEY, 12_000);
  assert.deepEqual(scene.clock.names(), []);
  assert.deepEqual(session.sent, []);
  session.end({ cause: "remote-bye", reason: null, atMs: scene.clock.nowMs() });
  scene.recordings.settle(KEY, KEEP);
  scene.closed(KEY);
  const finish = scene.media.take().at(-1);
  assert.ok(finish?.type === "finish");
  assert.deepEqual(finish.end, {
    type: "end",
    reason: "remote-bye",
    outcome: "degraded",
    why: "restart",
    samples: 16_000,
    sha256: "ab",
    recovered: true,
  });
  scene.finished(KEY);
  assert.equal(scene.rows[0]?.recovered, true);
  assert.equal(scene.rows[0]?.callKey, FACTS.callKey);
});

test("a hold, told by the PBX after the crash, shows that the call is up without audio", () => {
  const { scene, session } = resumed();
  scene.opened(KEY);
  session.message("out", "SIP/2.0 200 OK\r\n\r\n");
  assert.deepEqual(scene.clock.names(), ["recording.silence"]);
  session.message("in", "INVITE sip:x SIP/2.0\r\n\r\n");
  session.delegate.onReoffer(sdp(OFFER.replace("a=sendonly", "a=inactive")));
  session.message("in", "ACK sip:x SIP/2.0\r\n\r\n");
  assert.deepEqual(scene.clock.names(), []);
  scene.clock.advance(60_000);
  assert.deepEqual(session.sent, []);
});

test("a message of a call that was held before the crash shows that it is still up", () => {
  const { scene, session } = resumed();
  session.delegate.onReoffer(sdp(OFFER.replace("a=sendonly", "a=inactive")));
  scene.opened(KEY);
  session.message("out", "OPTIONS sip:x SIP/2.0\r\n\r\n");
  assert.deepEqual(scene.clock.names(), ["recording.silence"]);
  session.message("in", "UPDATE sip:x SIP/2.0\r\n\r\n");
  scene.clock.advance(60_000);
  assert.deepEqual(session.sent, []);
});

test("a re-INVITE from before the crash keeps no call open that the PBX has ended", () => {
  const { scene, session } = resumed();
  scene.opened(KEY, { samples: 8_000 });
  scene.clock.advance(1_000);
  session.message("in", "INVITE sip:x SIP/2.0\r\n\r\n");
  session.delegate.onReoffer(sdp(OFFER));
  session.message("in", "ACK sip:x SIP/2.0\r\n\r\n");
  scene.clock.advance(RECOVERY_SILENCE_MS);
  assert.deepEqual(session.sent, ["BYE"]);
  assert.deepEqual(scene.told, [`ended ${KEY}`]);
});

test("a re-INVITE that comes before the file is open again is answered with the port of before", () => {
  const { session } = resumed();
  const answer = session.delegate.onReoffer(sdp(OFFER));
  assert.ok("sdp" in answer);
  assert.match(answer.sdp, /^m=audio 20010 /m);
});

test("silent for 10 s: it is over, closed as recovered, with a BYE in case the PBX still has it", () => {
  const { scene, session } = resumed();
  unanswered(session);
  scene.opened(KEY, { samples: 8_000 });
  scene.clock.advance(RECOVERY_SILENCE_MS - 1);
  assert.deepEqual(session.sent, []);
  scene.clock.advance(1);
  assert.deepEqual(session.sent, ["BYE"]);
  assert.deepEqual(scene.told, [`ended ${KEY}`]);
  scene.recordings.settle(KEY, KEEP);
  scene.media.take();
  scene.closed(KEY, 8_000);
  session.message("in", "SIP/2.0 200 OK\r\n\r\n");
  assert.deepEqual(
    scene.media.take().map(({ type }) => type),
    ["journal"],
    "the answer to our BYE comes before the end (R20)",
  );
  session.end({ cause: "local-bye" });
  assert.equal(scene.media.take().at(-1)?.type, "finish");
  scene.finished(KEY);
  assert.equal(scene.rows[0]?.endReason, "recovered");
  assert.equal(scene.rows[0]?.why, "restart");
  assert.deepEqual(scene.clock.names(), []);
});

test("a stop waits 5 s for the answer to the BYE of a silent call, and no longer", async () => {
  const { scene, session } = resumed();
  unanswered(session);
  scene.opened(KEY, { samples: 8_000 });
  scene.clock.advance(RECOVERY_SILENCE_MS);
  scene.closed(KEY, 8_000);
  const closing = scene.recordings.close(() => KEEP);
  scene.media.take();
  scene.clock.advance(5_000);
  assert.equal(scene.media.take().at(-1)?.type, "finish");
  scene.finished(KEY);
  await closing;
});

test("a call that ended before the crash is finished with its own reason, undegraded", () => {
  const scene = new Scene();
  scene.recordings.resume(planOf([...UP, BYE]), null);
  scene.opened(KEY, { samples: 8_000 });
  assert.deepEqual(scene.told, [`ended ${KEY}`]);
  scene.recordings.settle(KEY, KEEP);
  scene.closed(KEY, 8_000);
  scene.finished(KEY);
  assert.equal(scene.rows[0]?.endReason, "remote-bye");
  assert.equal(scene.rows[0]?.outcome, "ok");
  assert.equal(scene.rows[0]?.recovered, true);
});

test("where power loss took the association, the stream id is the header's", () => {
  const scene = new Scene();
  const plan = planOf([{ ...UP[0]!, liveStreamId: "r7Qk2" }, ...UP.slice(1), BYE]);
  scene.recordings.resume(plan, null);
  assert.equal(scene.recordings.list()[0]?.liveStreamId, "r7Qk2");
  scene.opened(KEY);
  scene.recordings.settle(KEY, KEEP);
  scene.closed(KEY, 8_000);
  scene.finished(KEY);
  assert.equal(scene.rows[0]?.liveStreamId, "r7Qk2");
});

test("a dialog that cannot be rebuilt is closed as recovered", () => {
  const scene = new Scene();
  scene.recordings.resume(planOf(UP), null);
  scene.opened(KEY, { samples: 8_000 });
  scene.recordings.settle(KEY, KEEP);
  scene.closed(KEY, 8_000);
  scene.finished(KEY);
  assert.equal(scene.rows[0]?.endReason, "recovered");
  assert.equal(scene.rows[0]?.outcome, "degraded");
});

test("the BYE before the file is open again ends it all the same, at the time at which it came", () => {
  const { scene, session } = resumed();
  scene.media.take();
  const atMs = scene.clock.nowMs();
  scene.clock.advance(1_500);
  session.end({ cause: "remote-bye", reason: null, atMs });
  assert.deepEqual(scene.media.take(), [{ type: "close", recordingKey: KEY, atMs }]);
  scene.opened(KEY, { samples: 8_000 });
  scene.recordings.settle(KEY, KEEP);
  scene.closed(KEY, 8_000);
  scene.finished(KEY);
  assert.equal(scene.rows[0]?.endReason, "remote-bye");
});

test("a file that cannot be opened again: BYE; the pair waits for the next start", () => {
  const { scene, session } = resumed();
  scene.media.take();
  scene.event({ type: "openFailed", recordingKey: KEY, code: "LIVE_WRITE_FAILED", detail: "EIO" });
  assert.deepEqual(session.sent, ["BYE"]);
  assert.deepEqual(scene.told, [`ended ${KEY}`]);
  assert.deepEqual(scene.media.types(), []);
  assert.deepEqual(scene.recordings.list(), []);
});

test("paused before the crash is paused in the view, with its association and tags", () => {
  const pause = { type: "pause", fromSample: 1, by: "Ann", via: "api", fill: "tone" };
  const { scene } = resumed([
    { ...UP[0], type: "header", liveStreamId: "r7Qk2" },
    ...UP.slice(1),
    ASSOCIATION,
    pause,
  ]);
  const [view] = scene.recordings.list();
  assert.equal(view?.isPaused, true);
  assert.equal(view?.liveStreamId, "r7Qk2");
  assert.deepEqual(view?.association, FACTS);
  assert.equal(scene.log.lines.at(-1)?.fields["liveStreamId"], "r7Qk2");
});

test("who goes on after a restart keeps the stream id of its INVITE, whatever is asked anew", () => {
  const header = { ...UP[0], type: "header", liveStreamId: "r7Qk2" };
  const { scene } = resumed([header, ...UP.slice(1), MEDIA]);
  scene.opened(KEY, { samples: 8_000 });
  scene.recordings.associate(KEY, { ...FACTS, rung: 3, liveStreamId: "anew" });
  const [view] = scene.recordings.list();
  assert.equal(view?.liveStreamId, "r7Qk2");
  assert.equal(view?.association?.liveStreamId, "r7Qk2");
});

test("events before the first packet after a restart lie after what is in the file", () => {
  const { scene } = resumed();
  scene.opened(KEY, { samples: 8_000 });
  scene.media.take();
  const nowMs = scene.clock.nowMs();
  scene.clock.advance(1_000);
  const event = { eventId: "e", kind: "talking", parties: [] } as const;
  scene.recordings.callEvent(KEY, { ...event, fromMs: nowMs, toMs: nowMs + 1_000 });
  const [line] = scene.media.take();
  assert.ok(line?.type === "journal");
  assert.deepEqual([line.entry["fromSample"], line.entry["toSample"]], [8_000, 16_000]);
});

/** The version of the first answer after a restart, when the journal's last had `before`. */
function versionAfter(before: string): number {
  const ours = ANSWER_SDP.replace("o=tapeline 1 1 ", `o=tapeline 1 ${before} `);
  const { scene, session } = resumed([
    HEADER,
    INVITE,
    sipLine("out", response(200, "INVITE", ours)),
    ACK,
  ]);
  scene.opened(KEY);
  const answer = session.delegate.onReoffer(sdp(OFFER));
  assert.ok("sdp" in answer);
  return Number(sdp(answer.sdp).origin.sessionVersion);
}

test("our descriptions after a restart have a version above any before it, a second one too", () => {
  assert.equal(versionAfter("1"), 1_001);
  assert.equal(versionAfter("1001"), 2_001);
});

test("a version that no process wrote is not counted on", () => {
  assert.equal(versionAfter("9".repeat(40)), 1_000);
});
