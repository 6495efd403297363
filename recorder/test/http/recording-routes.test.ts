// REST for recordings (design.md §6; shapes of domain.md; R21 for pauses).
import assert from "node:assert/strict";
import { test } from "node:test";
import { ROW, Site, VIEW } from "./fakes.ts";

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
    "?callKey=c0a80a01-31-1&extension=2001&outcome=degraded",
    { callKey: "c0a80a01-31-1", extension: "2001", outcome: "degraded", limit: 100, offset: 0 },
  ],
];

for (const [query, expected] of SEARCHES) {
  test(`search ${query || "without parameters"}`, async (context) => {
    const site = await Site.open(context);
    site.api.rows = [ROW];
    const { status, body } = await site.ask("GET", `/api/v1/recordings${query}`);
    assert.deepEqual([status, body], [200, { recordings: [ROW] }]);
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

test("a recording's metadata, or 404", async (context) => {
  const site = await Site.open(context);
  site.api.rows = [ROW];
  const { status, body } = await site.ask("GET", "/api/v1/recordings/key-1");
  assert.deepEqual([status, body], [200, ROW]);
  const url = "/api/v1/recordings/key-2";
  assert.deepEqual(await site.refusal("GET", url), [404, "not-found", url]);
});

test("a recording's audio, audited; 404 while it is in no pool", async (context) => {
  const site = await Site.open(context);
  site.api.rows = [ROW, { ...ROW, recordingKey: "key-2", path: null }];
  const response = await site.server.app.inject({
    url: "/api/v1/recordings/key-1/audio",
    headers: site.headers("supervisor"),
  });
  assert.equal(response.headers["content-type"], "audio/ogg");
  assert.deepEqual([...response.rawPayload], [1, 2, 3]);
  assert.deepEqual(site.api.audited, [
    { by: "supervisor's", action: "export", target: "key-1", result: "ok" },
  ]);
  for (const key of ["key-2", "key-3"]) {
    const url = `/api/v1/recordings/${key}/audio`;
    assert.deepEqual(await site.refusal("GET", url), [404, "not-found", url]);
  }
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

for (const action of ["pause", "resume"] as const) {
  test(`${action} by recordingKey or live stream id: the result with its edge, audited`, async (context) => {
    const site = await Site.open(context);
    const url = `/api/v1/recordings/stream-1/${action}`;
    const applied = await site.ask("POST", url, "agent");
    assert.deepEqual([applied.status, applied.body], [200, { result: "applied", sample: 4_000 }]);
    site.api.pauseAnswer = { result: "already", sample: 4_000 };
    const already = await site.ask("POST", url, "agent");
    assert.deepEqual([already.status, already.body], [200, { result: "already", sample: 4_000 }]);
    site.api.pauseAnswer = { result: "no-recording", sample: 0 };
    assert.deepEqual(await site.refusal("POST", url, "agent"), [404, "not-found", url]);
    assert.deepEqual(site.api.pauses, Array(3).fill(`${action} stream-1 by agent's`));
    assert.deepEqual(
      site.api.audited.map(({ result }) => result),
      ["applied", "already", "no-recording"],
    );
  });

  test(`${action} by agent: extension or name; 404 without a recording, audited too`, async (context) => {
    const site = await Site.open(context);
    site.api.active = [VIEW];
    for (const agent of ["2001", "Ann%20Agent"]) {
      const url = `/api/v1/agents/${agent}/active-recording/${action}`;
      const { status } = await site.ask("POST", url, "agent");
      assert.equal(status, 200);
    }
    assert.deepEqual(site.api.pauses, Array(2).fill(`${action} key-1 by agent's`));
    const url = `/api/v1/agents/2002/active-recording/${action}`;
    assert.deepEqual(await site.refusal("POST", url, "agent"), [404, "not-found", url]);
    assert.deepEqual(site.api.audited.at(-1), {
      by: "agent's",
      action,
      target: "2002",
      result: "no-recording",
    });
  });
}

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
