// Proves R21: what a supervisor does through the API can be seen in it: the agent's state, the
// recording from its beginning to the pool, the call, and each deed in the audit.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "api/what-is-seen-and-noted",
  title: "A recording is followed through the API, from live to saved, with its audit",
  proves: ["R21"],
  async story({ caller, agent, supervisor, recorder, talk }) {
    const outside = caller();
    const alice = agent("2001");
    const state = "/rest/api/v1/agents/2001/active-recording";
    await supervisor.finds(state, "nothing yet", (body) => has(body, '"NO_RECORDING"'));
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await supervisor.finds(state, "being recorded", (body) => has(body, '"RECORDING"'));
    await supervisor.finds("/api/v1/live", "a stream", (body) => has(body, '"2001"'));
    await supervisor.finds("/api/v1/monitor", "a port in use", (body) => has(body, '"port":1'));
    await supervisor.pauses(alice);
    await supervisor.finds(state, "paused", (body) => has(body, '"PAUSED"'));
    await talk({ seconds: 5, liveSeconds: 1 });
    await supervisor.resumes(alice);
    await talk({ seconds: 5, liveSeconds: 1 });
    await alice.hangsUp();
    await recorder.hasStored(1);
    await supervisor.finds("/api/v1/recordings?extension=2001", "saved", (body) =>
      has(body, '"status":"SAVED"'),
    );
    await supervisor.finds("/api/v1/calls", "the call", (body) => has(body, '"wanted":true'));
    await supervisor.finds("/api/v1/audit?action=pause", "the pause", (body) =>
      has(body, '"target":"2001"', '"result":"applied"'),
    );
    await supervisor.finds("/api/v1/audit?action=resume", "the resume", (body) =>
      has(body, '"result":"applied"'),
    );
  },
  expects: { recordings: [{ outcome: "ok", part: 1, extension: "2001" }] },
});

function has(body: unknown, ...words: readonly string[]): boolean {
  const text = JSON.stringify(body);
  return words.every((word) => text.includes(word));
}
