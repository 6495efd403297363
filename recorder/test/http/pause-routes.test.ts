// R21: what an agent's own key sees and does: the own recording alone, whichever way it is asked.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Site, VIEW } from "./fakes.ts";

const OTHER = {
  ...VIEW,
  recordingKey: "key-of-bob",
  liveStreamId: "stream-of-bob",
  association:
    VIEW.association === null
      ? null
      : {
          ...VIEW.association,
          agent: "Bob Baker",
          extension: "2002",
          liveStreamId: "stream-of-bob",
        },
};

test("R21: an agent's key sees and pauses its own extension's recording, and no other's", async (context) => {
  const site = await Site.open(context, (api) => {
    api.active = [VIEW, OTHER];
    api.known = [
      { extension: "2001", name: "Ann Agent" },
      { extension: "2002", name: "Bob Baker" },
    ];
  });
  const who = await site.scoped("agent", "2001");
  const mapping = await site.ask("GET", "/api/v1/agents/mapping", who);
  assert.deepEqual(mapping.body, { "2001": "Ann Agent(2001)" });
  const stateOf = async (agent: string) =>
    (await site.ask("GET", `/api/v1/agents/${encodeURIComponent(agent)}/active-recording`, who))
      .body;
  assert.deepEqual(await stateOf("2001"), { state: "RECORDING" });
  for (const agent of ["2002", "Bob Baker"]) {
    assert.deepEqual(await stateOf(agent), { state: "NO_RECORDING" });
  }
  for (const url of [
    "/api/v1/agents/2002/active-recording/pause",
    "/rest/api/v1/agents/2002/active-recording/resume",
    "/api/v1/recordings/key-of-bob/pause",
    "/api/v1/recordings/stream-of-bob/pause",
  ]) {
    assert.deepEqual(await site.refusal("POST", url, who), [404, "not-found", url]);
  }
  assert.deepEqual(site.api.pauses, []);
  const own = await site.ask("POST", "/api/v1/agents/2001/active-recording/pause", who);
  assert.equal(own.status, 200);
  assert.equal(site.api.pauses.length, 1);
  for (const url of ["/api/v1/recordings", "/api/v1/active-recordings", "/api/v1/monitor"]) {
    const { status } = await site.ask("GET", url, who);
    assert.ok(status === 403 || status === 404, `${url} ${status}`);
  }
});

test("R21: a pause that a crash would take back is not answered as done", async (context) => {
  const site = await Site.open(context, (api) => {
    api.active = [VIEW];
    api.pauseAnswer = { result: "applied", sample: 4_000, isVolatile: true };
  });
  const who = await site.scoped("agent", "2001");
  const url = "/api/v1/agents/2001/active-recording/pause";
  assert.deepEqual(await site.refusal("POST", url, who), [503, "pause-not-saved", url]);
});
