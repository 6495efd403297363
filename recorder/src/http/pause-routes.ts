// Pause and resume, by recording and by agent, and the agents' state: the shapes that desktop tools
// know (domain.md; R21). Answered once the edge is fixed; audited also where nothing was done.
import { z } from "zod";
import type { PauseAnswer } from "../recording/pause-requests.ts";
import { maySee } from "./access.ts";
import type { RecorderApi } from "./api.ts";
import { audit } from "./audit-trail.ts";
import { recordingParams, visibleActive } from "./recording-routes.ts";
import { json, notFound, refuse, route, type Answer, type Asker, type Route } from "./route.ts";
import { named, word } from "./schema.ts";

const agentParams = z.strictObject({ id: word.describe("Extension or name.") });

const edge = {
  result: z.enum(["applied", "already"]),
  sample: z.int().describe("The edge, in samples of the recording."),
};

const pauseSchema = named(
  "PauseAnswer",
  z.strictObject({
    ...edge,
    recordings: z
      .array(z.strictObject({ recordingKey: z.string(), ...edge }))
      .describe("All that it was done to: an agent who consults has two calls."),
  }),
);

const stateSchema = named(
  "ActiveRecordingState",
  z.strictObject({ state: z.enum(["NO_RECORDING", "RECORDING", "PAUSED"]) }),
);

const mappingSchema = named(
  "AgentMapping",
  z.record(z.string(), z.string()).describe('{"agentId": "Name(ext)"}; agentId is the extension.'),
);

const ANSWERS = {
  200: { description: "Done, or already so.", schema: pauseSchema },
  403: { description: "pause.allow of the configuration does not name the agent." },
  404: { description: "No recording to act on, or the key may not see it." },
  503: { description: "Paused, but the live disk hangs: a crash would take the pause back." },
} as const;

/** In both spellings: ours, and the one that desktop tools use. */
function both(path: string) {
  return { path: `/api/v1${path}`, aliases: [`/rest/api/v1${path}`] } as const;
}

export function pauseRoutes(api: RecorderApi): Route[] {
  return (["pause", "resume"] as const).flatMap((action) => [
    route({
      method: "POST",
      ...both(`/recordings/{key}/${action}`),
      tag: "pause",
      summary: `${action === "pause" ? "Pause" : "Resume"} a recording by recordingKey or live stream id`,
      needs: "agent",
      params: recordingParams,
      answers: ANSWERS,
      handle: ({ params, url, asker }) =>
        act(api, { action, asker, url, target: params.key, find: matchesKey(params.key) }),
    }),
    route({
      method: "POST",
      ...both(`/agents/{id}/active-recording/${action}`),
      tag: "agents",
      summary: `${action === "pause" ? "Pause" : "Resume"} an agent's recording`,
      needs: "agent",
      params: agentParams,
      answers: ANSWERS,
      handle: ({ params, url, asker }) =>
        act(api, { action, asker, url, target: params.id, find: matchesAgent(params.id) }),
    }),
  ]);
}

export function agentRoutes(api: RecorderApi): Route[] {
  return [
    route({
      method: "GET",
      ...both("/agents/mapping"),
      tag: "agents",
      summary: "Who the agents are",
      needs: "agent",
      answers: { 200: { description: "Those within the key's scope.", schema: mappingSchema } },
      async handle({ asker }) {
        const agents = (await api.agents())
          .filter(({ extension }) => maySee(asker.key, extension))
          .map(({ extension, name }) => [extension, `${name}(${extension})`] as const);
        return json(Object.fromEntries(agents));
      },
    }),
    route({
      method: "GET",
      ...both("/agents/{id}/active-recording"),
      tag: "agents",
      summary: "Whether an agent is being recorded now",
      needs: "agent",
      params: agentParams,
      answers: {
        200: { description: "NO_RECORDING also of agents not seen.", schema: stateSchema },
      },
      handle({ params, asker }) {
        const active = visibleActive(api, asker.key).filter(matchesAgent(params.id));
        if (active.length === 0) return json({ state: "NO_RECORDING" });
        return json({ state: active.every(({ isPaused }) => isPaused) ? "PAUSED" : "RECORDING" });
      },
    }),
  ];
}

type View = ReturnType<RecorderApi["activeRecordings"]>[number];

function matchesKey(target: string): (view: View) => boolean {
  return ({ recordingKey, liveStreamId }) => recordingKey === target || liveStreamId === target;
}

function matchesAgent(id: string): (view: View) => boolean {
  // Of one that is being opened packets are kept already.
  return ({ state, association }) =>
    (state === "opening" || state === "answered") &&
    (association?.extension === id || association?.agent === id);
}

interface PauseDeed {
  readonly action: "pause" | "resume";
  readonly asker: Asker;
  readonly url: string;
  readonly target: string;
  readonly find: (view: View) => boolean;
}

async function act(api: RecorderApi, deed: PauseDeed): Promise<Answer> {
  const { action, asker, url, target } = deed;
  const via = asker.via === "console" ? "dashboard" : "api";
  const views = visibleActive(api, asker.key).filter(deed.find);
  if (views.length === 0) {
    await audit(api, asker, { action, target, result: "no-recording" });
    return notFound(url);
  }
  // All at once: what is said on one of an agent's calls must not be heard on another.
  const answers = await Promise.all(
    views.map(async ({ recordingKey }) => {
      const answer = await api.pause(recordingKey, action, { by: asker.key.name, via });
      return { recordingKey, ...answer };
    }),
  );
  for (const { recordingKey: detail, result } of answers) {
    await audit(api, asker, { action, target, result, detail });
  }
  return answers.some(({ isVolatile }) => isVolatile) ? volatile(url) : answerOf(answers, url);
}

/** In force while the process lives; who must rely on it asks again. */
function volatile(url: string): Answer {
  return refuse(503, {
    code: "pause-not-saved",
    path: url,
    remedy:
      "The recording is paused, but the live disk does not take the journal: after a crash it " +
      "would go on unpaused. Ask again, and see to the disk.",
  });
}

/** Applied if it was anywhere; refused only if it was nowhere done. */
function answerOf(
  answers: readonly (PauseAnswer & { readonly recordingKey: string })[],
  url: string,
): Answer {
  const recordings = answers.filter(({ result }) => result === "applied" || result === "already");
  const first = recordings.find(({ result }) => result === "applied") ?? recordings[0];
  if (first !== undefined) {
    const { result, sample } = first;
    return json({ result, sample, recordings });
  }
  if (!answers.some(({ result }) => result === "not-permitted")) return notFound(url);
  return refuse(403, {
    code: "not-permitted",
    path: url,
    remedy: "pause.allow of the recorder's configuration does not name this agent.",
  });
}
