// Pauses of people and rules on their way to the media plane: permission, auto-resume, and what is
// left of them after a restart or the end (R21).
import assert from "node:assert/strict";
import { test } from "node:test";
import type { MediaCommand } from "../../src/ports/index.ts";
import type { PauseOptions } from "../../src/recording/pause-requests.ts";
import { FACTS, Scene } from "./fakes.ts";

const BY_ANN = { by: "Ann", via: "api" } as const;

class PauseScene {
  options: PauseOptions = { allow: "all", autoResumeMs: 0 };
  readonly scene = new Scene({ pause: () => this.options });
  #answered = 0;

  answered(): string {
    const { recordingKey } = this.scene.answered();
    this.scene.recordings.associate(recordingKey, FACTS);
    this.scene.media.take();
    return recordingKey;
  }

  /** "pause Ann api", "journal resume auto-resume not-permitted": what the plane was asked. */
  asked(): string[] {
    return this.scene.media.take().flatMap((command) => wordsOf(command));
  }

  /** The plane answers what it was asked last. */
  applies(recordingKey: string): void {
    this.#answered += 1;
    const [requestId, sample] = [this.#answered, 4_000];
    this.scene.event({ type: "pauseApplied", requestId, recordingKey, result: "applied", sample });
  }
}

function wordsOf(command: MediaCommand): string[] {
  if (command.type === "pause" || command.type === "resume") {
    return [`${command.type} ${command.by} ${command.via}`];
  }
  if (command.type !== "journal" || command.entry.type !== "pauseRequest") return [];
  const { action, by, result } = command.entry;
  return [`journal ${String(action)} ${String(by)} ${String(result)}`];
}

test("R21: what somebody forgets to resume is resumed by itself, once", async () => {
  const pauses = new PauseScene();
  pauses.options = { allow: "all", autoResumeMs: 60_000 };
  const recordingKey = pauses.answered();
  const asked = pauses.scene.recordings.pause(recordingKey, "pause", BY_ANN);
  pauses.applies(recordingKey);
  await asked;
  pauses.scene.clock.advance(30_000);
  // Asked again, it still counts from the first time.
  void pauses.scene.recordings.pause(recordingKey, "pause", BY_ANN);
  pauses.scene.clock.advance(29_999);
  assert.deepEqual(pauses.asked(), ["pause Ann api", "pause Ann api"]);
  pauses.scene.clock.advance(1);
  assert.deepEqual(pauses.asked(), ["resume auto-resume auto"]);
  pauses.scene.clock.advance(1_000_000);
  assert.deepEqual(pauses.asked(), []);
});

test("R21: who resumes in time, or hangs up, leaves no auto-resume behind", () => {
  const pauses = new PauseScene();
  pauses.options = { allow: "all", autoResumeMs: 60_000 };
  const [first, second] = [pauses.answered(), pauses.answered()];
  void pauses.scene.recordings.pause(first, "pause", BY_ANN);
  void pauses.scene.recordings.pause(first, "resume", BY_ANN);
  void pauses.scene.recordings.pause(second, "pause", BY_ANN);
  pauses.scene.recordings.stop(second);
  pauses.asked();
  pauses.scene.clock.advance(120_000);
  assert.deepEqual(pauses.asked(), []);
});

test("R21: a request that is not permitted stands in the journal, and nothing is paused", async () => {
  const pauses = new PauseScene();
  pauses.options = { allow: ["2002"], autoResumeMs: 0 };
  const recordingKey = pauses.answered();
  const refused = { result: "not-permitted", sample: 0 };
  assert.deepEqual(await pauses.scene.recordings.pause(recordingKey, "pause", BY_ANN), refused);
  assert.deepEqual(pauses.asked(), ["journal pause Ann not-permitted"]);
  assert.equal(pauses.scene.recordings.list()[0]?.isPaused, false);
  pauses.options = { allow: ["2001"], autoResumeMs: 0 };
  void pauses.scene.recordings.pause(recordingKey, "pause", BY_ANN);
  assert.deepEqual(pauses.asked(), ["pause Ann api"]);
});

test("R21: a rule pauses a recording before its first sample, whoever may pause", () => {
  const pauses = new PauseScene();
  pauses.options = { allow: "none", autoResumeMs: 0 };
  const { scene } = pauses;
  scene.onBegan = ({ recordingKey }) => scene.recordings.pauseByRule(recordingKey, "Payment desk");
  const { recordingKey } = scene.invite();
  const [open, pause] = scene.media.take();
  assert.equal(open?.type, "open");
  assert.deepEqual(pause === undefined ? [] : wordsOf(pause), ["pause Payment desk rule"]);
  scene.recordings.pauseByRule(recordingKey, null);
  scene.recordings.pauseByRule(recordingKey, null);
  assert.deepEqual(pauses.asked(), ["resume Payment desk rule"]);
  scene.recordings.pauseByRule("nobody", "Payment desk");
  assert.deepEqual(pauses.asked(), []);
});

test("R21: the end of a rule's event leaves a person's pause as it is, on record", () => {
  const pauses = new PauseScene();
  const recordingKey = pauses.answered();
  pauses.scene.recordings.pauseByRule(recordingKey, "On hold");
  void pauses.scene.recordings.pause(recordingKey, "pause", BY_ANN);
  pauses.scene.recordings.pauseByRule(recordingKey, null);
  assert.deepEqual(pauses.asked(), [
    "pause On hold rule",
    "pause Ann api",
    "journal resume On hold not-permitted",
  ]);
});
