// REST for recordings (design.md §6; shapes of domain.md; R21 for pauses).
import assert from "node:assert/strict";
import { test } from "node:test";
import { poolId } from "../../src/http/recording-view.ts";
import { ROW, Site, VIEW } from "./fakes.ts";

/** ROW as the API shows it. */
const SHOWN = {
  ...ROW,
  startTime: ROW.startTimeMs,
  duration: 2_000,
  status: "SAVED",
  poolId: poolId("main"),
  size: 3,
  recordingSystemId: "recorder-1",
  rule: null,
  isHeld: false,
  purpose: null,
};

const SEARCHES: readonly [query: string, expected: object][] = [
  ["", { limit: 100, offset: 0 }],
  ["?limit=5&offset=10", { limit: 5, offset: 10 }],
  ["?limit=1000", { limit: 1_000, offset: 0 }],
  ["?limit=0", { limit: 0, offset: 0 }],
  [
    "?startTime=1795366801000&endTime=1795366802000",
    { fromTimeMs: 1_795_366_801_000, toTimeMs: 1_795_366_802_000, limit: 100, offset: 0 },
  ],
  [
    "?callKey=call-1&extension=2001&outcome=degraded",
    { callKey: "call-1", extension: "2001", outcome: "degraded", limit: 100, offset: 0 },
  ],
];

for (const [query, expected] of SEARCHES) {
  test(`search ${query || "without parameters"}`, async (context) => {
    const site = await Site.open(context);
    site.api.rows = [ROW];
    const { status, body } = await site.ask("GET", `/api/v1/recordings${query}`);
    assert.deepEqual([status, body], [200, { recordings: [SHOWN] }]);
    assert.deepEqual(site.api.queries, [expected]);
  });
}

for (const [query, path] of [
  ["?startTime=yesterday", "startTime"],
  ["?endTime=-5", "endTime"],
  ["?limit=1.5", "limit"],
  ["?limit=1001", "limit"],
  ["?limit=", "limit"],
  ["?offset=1234567890123456", "offset"],
  ["?limit=1&limit=2", "limit"],
  ["?callKey=a&callKey=b", "callKey"],
  ["?outcome=good", "outcome"],
  ["?from=5", "from"],
] as const) {
  test(`a search with ${query} is refused with 400`, async (context) => {
    const site = await Site.open(context);
    const refusal = await site.refusal("GET", `/api/v1/recordings${query}`);
    assert.deepEqual(refusal, [400, "bad-query", path]);
    assert.deepEqual(site.api.queries, []);
  });
}

test("a recording's metadata with the story of its journal, or 404", async (context) => {
  const site = await Site.open(context);
  site.api.rows = [ROW];
  const nothing = { eventId: null, sha256: null, events: [], pauses: [], gaps: [] };
  const first = await site.ask("GET", "/api/v1/recordings/key-1");
  assert.deepEqual([first.status, first.body], [200, { ...SHOWN, ...nothing }]);
  const event = { eventId: "e-2", kind: "talking", fromSample: 0, toSample: 16_000, parties: [] };
  const story = {
    sha256: "a".repeat(64),
    events: [{ ...event, eventId: "e-1", kind: "ringing" }, event],
    pauses: [{ fromSample: 1, toSample: null, by: "Ann", via: "api" }],
    gaps: [{ fromSample: 5, samples: 2, cause: "loss" }],
  };
  site.api.story = { ...story, messages: [] };
  const second = await site.ask("GET", "/rest/api/v1/recordings/key-1");
  assert.deepEqual(second.body, { ...SHOWN, ...story, eventId: "e-2" });
  const url = "/api/v1/recordings/key-2";
  assert.deepEqual(await site.refusal("GET", url), [404, "not-found", url]);
});

test("metadata of a recording in progress: RECORDING, without outcome", async (context) => {
  const site = await Site.open(context);
  site.api.active = [VIEW];
  const { status, body } = await site.ask("GET", "/api/v1/recordings/key-live");
  assert.equal(status, 200);
  const known = body as Record<string, unknown>;
  assert.deepEqual(
    [known["status"], known["outcome"], known["endReason"], known["extension"]],
    ["RECORDING", null, null, "2001"],
  );
});

test("what is outside of a key's scope is left out, or is not there", async (context) => {
  const site = await Site.open(context);
  const orphan = { ...VIEW, recordingKey: "key-orphan", association: null };
  site.api.rows = [ROW, { ...ROW, recordingKey: "key-2", extension: "2002" }];
  site.api.active = [VIEW, orphan];
  const who = await site.scoped("supervisor", "2002", "2003");
  await site.ask("GET", "/api/v1/recordings?outcome=ok", who);
  assert.deepEqual(site.api.queries, [
    { outcome: "ok", limit: 100, offset: 0, extensions: ["2002", "2003"] },
  ]);
  assert.equal((await site.ask("GET", "/api/v1/recordings/key-2", who)).status, 200);
  for (const path of ["recordings/key-1", "recordings/key-1/audio", "recordings/key-live"]) {
    const url = `/api/v1/${path}`;
    assert.deepEqual(await site.refusal("GET", url, who), [404, "not-found", url]);
  }
  for (const list of ["/api/v1/active-recordings", "/api/v1/live"]) {
    const { body } = await site.ask("GET", list, who);
    assert.deepEqual(Object.values(body as object), [[]], list);
  }
  const state = await site.ask("GET", "/api/v1/agents/2001/active-recording", who);
  assert.deepEqual(state.body, { state: "NO_RECORDING" });
  for (const target of ["recordings/key-live", "agents/2001/active-recording"]) {
    const url = `/api/v1/${target}/pause`;
    assert.deepEqual(await site.refusal("POST", url, who), [404, "not-found", url]);
  }
  assert.deepEqual(site.api.pauses, []);
  const nobody = await site.scoped("supervisor");
  assert.equal((await site.ask("GET", "/api/v1/recordings/key-2", nobody)).status, 404);
});

test("active recordings, and the work that is left", async (context) => {
  const site = await Site.open(context);
  site.api.active = [VIEW];
  site.api.metrics.set("calls_tracked", 3);
  const active = await site.ask("GET", "/api/v1/active-recordings");
  assert.deepEqual(active.body, { recordings: [VIEW] });
  const work = await site.ask("GET", "/api/v1/work");
  assert.deepEqual(work.body, { recordings: 1, stores: 2, calls: 3 });
});

function doneTo(result: string, ...keys: readonly string[]) {
  const recordings = keys.map((recordingKey) => ({ recordingKey, result, sample: 4_000 }));
  return { result, sample: 4_000, recordings };
}

test("R21 an agent who consults has two calls: both are paused, and the state says so", async (context) => {
  const site = await Site.open(context);
  const url = "/api/v1/agents/2001/active-recording";
  site.api.active = [VIEW, { ...VIEW, recordingKey: "key-two", isPaused: true }];
  assert.deepEqual((await site.ask("GET", url)).body, { state: "RECORDING" });
  const { body } = await site.ask("POST", `${url}/pause`, "agent");
  assert.deepEqual(body, doneTo("applied", "key-live", "key-two"));
  assert.deepEqual(site.api.pauses, [
    "pause key-live by agent's via api",
    "pause key-two by agent's via api",
  ]);
  site.api.active = site.api.active.map((view) => ({ ...view, isPaused: true }));
  assert.deepEqual((await site.ask("GET", url)).body, { state: "PAUSED" });
});

for (const action of ["pause", "resume"] as const) {
  test(`R21 ${action} by recordingKey or live stream id: the edge, audited`, async (context) => {
    const site = await Site.open(context);
    site.api.active = [VIEW];
    for (const target of ["stream-1", "key-live"]) {
      const url = `/api/v1/recordings/${target}/${action}`;
      const applied = await site.ask("POST", url, "agent");
      assert.deepEqual([applied.status, applied.body], [200, doneTo("applied", "key-live")]);
    }
    const url = `/api/v1/recordings/stream-1/${action}`;
    site.api.pauseAnswer = { result: "already", sample: 4_000 };
    const already = await site.ask("POST", url, "agent");
    assert.deepEqual([already.status, already.body], [200, doneTo("already", "key-live")]);
    site.api.pauseAnswer = { result: "no-recording", sample: 0 };
    assert.deepEqual(await site.refusal("POST", url, "agent"), [404, "not-found", url]);
    site.api.pauseAnswer = { result: "not-permitted", sample: 0 };
    assert.deepEqual(await site.refusal("POST", url, "agent"), [403, "not-permitted", url]);
    assert.deepEqual(site.api.pauses, Array(5).fill(`${action} key-live by agent's via api`));
    assert.deepEqual(
      site.api.audited.map(({ result, detail }) => [result, detail]),
      ["applied", "applied", "already", "no-recording", "not-permitted"].map((result) => [
        result,
        "key-live",
      ]),
    );
  });

  test(`R21 ${action} by agent: extension or name; 404 without a recording, audited too`, async (context) => {
    const site = await Site.open(context);
    site.api.active = [VIEW];
    for (const agent of ["2001", "Ann%20Agent"]) {
      for (const prefix of ["/api/v1", "/rest/api/v1"]) {
        const url = `${prefix}/agents/${agent}/active-recording/${action}`;
        assert.equal((await site.ask("POST", url, "agent")).status, 200);
      }
    }
    assert.deepEqual(site.api.pauses, Array(4).fill(`${action} key-live by agent's via api`));
    const url = `/api/v1/agents/2002/active-recording/${action}`;
    assert.deepEqual(await site.refusal("POST", url, "agent"), [404, "not-found", url]);
    const last = site.api.audited.at(-1);
    assert.deepEqual([last?.by, last?.role, last?.via], ["agent's", "agent", "api"]);
    assert.equal(site.api.deeds().at(-1), `${action} 2002 no-recording`);
  });
}

test("agents/mapping: name and extension, within the scope", async (context) => {
  const site = await Site.open(context);
  site.api.known = [
    { extension: "2001", name: "Ann Agent" },
    { extension: "2002", name: "Bob" },
  ];
  const all = await site.ask("GET", "/rest/api/v1/agents/mapping");
  assert.deepEqual(all.body, { 2001: "Ann Agent(2001)", 2002: "Bob(2002)" });
  const who = await site.scoped("agent", "2002");
  const some = await site.ask("GET", "/api/v1/agents/mapping", who);
  assert.deepEqual(some.body, { 2002: "Bob(2002)" });
});

test("an agent's active recording: NO_RECORDING, RECORDING, PAUSED", async (context) => {
  const site = await Site.open(context);
  const state = async () =>
    (await site.ask("GET", "/api/v1/agents/2001/active-recording", "agent")).body;
  assert.deepEqual(await state(), { state: "NO_RECORDING" });
  site.api.active = [
    { ...VIEW, state: "settling" },
    { ...VIEW, association: null },
  ];
  assert.deepEqual(await state(), { state: "NO_RECORDING" });
  site.api.active = [VIEW];
  assert.deepEqual(await state(), { state: "RECORDING" });
  site.api.active = [{ ...VIEW, isPaused: true }];
  assert.deepEqual(await state(), { state: "PAUSED" });
});
