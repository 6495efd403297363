// Who holds a recording paused, who may, and what a journal says of it after a restart (R21).
import assert from "node:assert/strict";
import { test } from "node:test";
import type { JournalLine } from "../../src/audio/journal-lines.ts";
import {
  holdsOf,
  isPauseAllowed,
  NO_HOLDS,
  stepPause,
  type PauseHolds,
  type PauseStep,
} from "../../src/recording/pause-holds.ts";

const STAMPS = { at: "2026-11-22T17:00:00.000Z", elapsedMs: 0, sample: 0 };
const AT_MS = Date.parse(STAMPS.at);

/** "pause api", "resume rule refused" …: who holds afterwards, and where each request went. */
function play(...requests: readonly string[]): { holds: string; went: string[] } {
  let holds: PauseHolds = NO_HOLDS;
  const went = requests.map((request) => {
    const [action, via, refused] = request.split(" ");
    const step = { action, via, by: `${via}'s`, wallMs: 7, isAllowed: refused === undefined };
    const next = stepPause(holds, step as PauseStep);
    holds = next.holds;
    const { decision } = next;
    return decision.to === "journal" ? decision.reason : decision.to;
  });
  return { holds: wordsOf(holds), went };
}

function wordsOf({ person, rule }: PauseHolds): string {
  return `${person?.by ?? "-"} ${rule?.by ?? "-"}`;
}

const NOT_NAMED = "pause.allow of the configuration does not name this agent.";

const PLAYS: readonly (readonly [string, readonly string[], string, readonly string[]])[] = [
  ["a person pauses", ["pause api"], "api's -", ["media"]],
  [
    "asked twice, the first one holds",
    ["pause api", "pause dashboard"],
    "api's -",
    ["media", "media"],
  ],
  ["anybody may resume", ["pause api", "resume dashboard"], "- -", ["media", "media"]],
  ["a resume of what is not paused is told by the media plane", ["resume api"], "- -", ["media"]],
  ["a rule pauses and lets go", ["pause rule", "resume rule"], "- -", ["media", "media"]],
  ["a rule that never held lets go of nothing", ["resume rule"], "- -", ["nothing"]],
  [
    "the end of a rule's event does not resume what a person paused",
    ["pause rule", "pause api", "resume rule"],
    "api's -",
    ["media", "media", "Still paused by api's."],
  ],
  [
    "the auto-resume does not resume what a rule holds back",
    ["pause api", "pause rule", "resume auto"],
    "- rule's",
    ["media", "media", "Still paused by rule's."],
  ],
  [
    "the auto-resume ends a person's pause",
    ["pause api", "resume auto"],
    "- -",
    ["media", "media"],
  ],
  ["an auto-resume that comes too late does nothing", ["resume auto"], "- -", ["nothing"]],
  [
    "who resumes by hand is obeyed, and the rule has let go with it",
    ["pause rule", "resume api", "resume rule"],
    "- -",
    ["media", "media", "nothing"],
  ],
  ["whose agent is not named may not", ["pause api refused"], "- -", [NOT_NAMED]],
  [
    "nor resume what a rule holds",
    ["pause rule", "resume api refused"],
    "- rule's",
    ["media", NOT_NAMED],
  ],
  [
    "what was allowed once can be undone after the permission is gone",
    ["pause api", "resume api refused"],
    "- -",
    ["media", "media"],
  ],
];

for (const [title, requests, holds, went] of PLAYS) {
  test(`R21: ${title}`, () => assert.deepEqual(play(...requests), { holds, went }));
}

function line(
  type: "pause" | "resume" | "pauseRequest",
  via: string,
  more: Partial<Record<string, unknown>> = {},
): JournalLine {
  const edge = type === "pauseRequest" ? {} : { fromSample: 0, toSample: 0, fill: "tone" };
  return { ...STAMPS, type, by: `${via}'s`, via, ...edge, ...more } as unknown as JournalLine;
}

const request = (action: string, via: string, result: string): JournalLine =>
  line("pauseRequest", via, { action, result });

test("R21: a journal tells who held the recording when the recorder was killed", () => {
  const paused = [line("pause", "api"), request("pause", "api", "applied")];
  assert.deepEqual(holdsOf(paused).person, { by: "api's", sinceWallMs: AT_MS });
  const lines = [
    [[], "- -"],
    [[line("pause", "rule")], "- rule's"],
    [[...paused, request("pause", "rule", "already")], "api's rule's"],
    [
      [...paused, request("pause", "rule", "already"), request("resume", "auto", "not-permitted")],
      "- rule's",
    ],
    [
      [...paused, request("pause", "rule", "already"), request("resume", "rule", "not-permitted")],
      "api's -",
    ],
    [[...paused, request("resume", "api", "not-permitted")], "api's -"],
    [[...paused, line("resume", "api"), request("resume", "api", "applied")], "- -"],
    [[request("pause", "api", "not-permitted")], "- -"],
  ] as const;
  for (const [journal, holds] of lines) assert.equal(wordsOf(holdsOf(journal)), holds);
});

test("R21: pause.allow names all, none, or some by extension or name", () => {
  const ann = { extension: "2001", agent: "Ann Agent" };
  assert.equal(isPauseAllowed("all", null), true);
  assert.equal(isPauseAllowed("none", ann), false);
  assert.equal(isPauseAllowed(["2001"], ann), true);
  assert.equal(isPauseAllowed(["ann agent"], ann), true);
  assert.equal(isPauseAllowed(["2002"], ann), false);
  assert.equal(isPauseAllowed(["2001"], null), false);
  assert.equal(isPauseAllowed(["2001"], { extension: null, agent: null }), false);
});
