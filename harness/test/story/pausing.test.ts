// What a supervisor is told of a pause: done, or not saved because the live disk hangs; any other
// refusal is a failure of the story (R21).
import assert from "node:assert/strict";
import { test } from "node:test";
import { scenario } from "@tapeline/scenarios/language";
import { StepFailure, type ApiAnswer } from "../../src/environment/environment.ts";
import { pausing } from "../../src/story/pausing.ts";
import { tell } from "../../src/story/tell.ts";
import { VirtualEnvironment } from "../../src/virtual/virtual-environment.ts";

const SUBJECT = scenario({
  name: "test/pausing",
  title: "Nobody does anything",
  proves: ["T1"],
  story: () => Promise.resolve(),
});

const NOT_SAVED: ApiAnswer = { status: 503, body: { error: { code: "pause-not-saved" } } };

interface Situation {
  readonly answer?: ApiAnswer;
  readonly waitMs?: number;
  readonly isFrozen?: boolean;
  /** After half of the wait. */
  readonly isHealed?: boolean;
  readonly action?: "pauses" | "resumes";
}

/** What a supervisor makes of an answer that the recorder gives after so long. */
async function told(situation: Situation): Promise<string> {
  const { answer = NOT_SAVED, waitMs = 10_000, isFrozen = true, isHealed = false } = situation;
  const environment = await VirtualEnvironment.start({
    ...{ scenario: SUBJECT, seed: "1", trace: "hash" },
  });
  environment.api = async () => {
    await environment.sleep(waitMs / 2);
    if (isHealed) environment.faults.healLiveDisk();
    await environment.sleep(waitMs / 2);
    return answer;
  };
  if (isFrozen) environment.faults.freezeLiveDisk();
  const alice = tell(environment).story.agent("2001");
  let words = "";
  const ask = async (): Promise<void> => {
    try {
      words = await pausing(environment)[situation.action ?? "pauses"](alice);
    } catch (error) {
      if (!(error instanceof StepFailure)) throw error;
      words = error.message;
    }
  };
  await environment.drive(ask());
  await environment.abandon();
  return words;
}

test("R21: not saved is an answer where the live disk takes nothing for 10 s, and nowhere else", async () => {
  const refused = "pause of 2001: HTTP 503 pause-not-saved";
  assert.equal(await told({}), "pause-not-saved");
  assert.equal(await told({ waitMs: 9_990 }), refused);
  assert.equal(await told({ isFrozen: false }), refused);
  assert.equal(await told({ isHealed: true }), refused);
  assert.equal(await told({ action: "resumes" }), "resume of 2001: HTTP 503 pause-not-saved");
});

test("another 503 is a failure, however the live disk is", async () => {
  const other = { status: 503, body: { error: { code: "starting" } } };
  assert.equal(await told({ answer: other }), "pause of 2001: HTTP 503 starting");
  assert.equal(await told({ answer: { status: 503, body: null } }), "pause of 2001: HTTP 503");
  const refusal = { ...NOT_SAVED, status: 500 };
  assert.equal(await told({ answer: refusal }), "pause of 2001: HTTP 500 pause-not-saved");
});
