// What people may do to stored recordings, and the state of the pools (design.md §6): legal hold,
// deletion, verification. Each deed is in the audit, also one that was refused.
import { z } from "zod";
import type { AdminAnswer, AdminRefusal, StorageAdmin } from "../storage/storage-admin.ts";
import type { RecorderApi } from "./api.ts";
import { audit } from "./audit-trail.ts";
import { recordingParams, visibleRecording } from "./recording-routes.ts";
import { json, notFound, refuse, route, type Answer, type Asker, type Route } from "./route.ts";
import { named } from "./schema.ts";

const driveFields = {
  pool: z.string(),
  path: z.string(),
  usedBytes: z.number(),
  freeBytes: z.number(),
  state: z.enum(["ok", "full", "failed", "missing"]),
  maxBytes: z.number().optional(),
  isHung: z.boolean().optional(),
};

export const poolsSchema = named(
  "Pools",
  z.strictObject({
    drives: z.array(z.looseObject(driveFields)),
    pools: z
      .array(
        z.looseObject({
          pool: z.string(),
          freeBytes: z.number(),
          recordings: z.number(),
          hoursLeft: z.number().nullable(),
          isFull: z.boolean(),
          isLow: z.boolean(),
        }),
      )
      .optional(),
    live: z
      .looseObject({
        directory: z.string(),
        freeBytes: z.number(),
        hoursLeft: z.number(),
        isLow: z.boolean(),
        waiting: z.number(),
      })
      .nullable()
      .optional(),
    waiting: z.int().describe("Recordings that are complete and in no pool yet."),
  }),
);

const doneSchema = named("Done", z.strictObject({ result: z.literal("ok") }));

export const holdSchema = named(
  "Hold",
  z.strictObject({
    recordingKey: z.string(),
    at: z.string(),
    by: z.string(),
    reason: z.string(),
  }),
);

const reasonSchema = named(
  "Reason",
  z.strictObject({
    reason: z.string().min(1, "Say why.").max(1_000, "Give at most 1,000 characters."),
  }),
);

export const verificationSchema = named(
  "Verification",
  z.looseObject({
    recordingKey: z.string(),
    state: z.enum(["ok", "damaged", "not-stored", "missing", "unreadable"]),
    problems: z.array(z.string()),
  }),
);

export function poolRoutes(api: RecorderApi): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/pools",
      tag: "storage",
      summary: "Pools and drives: space, state, hours left",
      needs: "supervisor",
      answers: { 200: { description: "As of now.", schema: poolsSchema } },
      handle: () =>
        json({
          drives: api.drives(),
          ...(api.storage === null
            ? {}
            : { pools: api.storage.pools(), live: api.storage.liveSpace() }),
          waiting: api.pendingStores(),
        }),
    }),
  ];
}

const NOT_SEEN = { 404: { description: "There is none, or the key may not see it." } } as const;
const REFUSED = { 409: { description: "Held, kept, in progress, or its drive fails." } } as const;

export function storageRoutes(api: RecorderApi, storage: StorageAdmin): Route[] {
  return [
    ...holdRoutes(api, storage),
    route({
      method: "DELETE",
      path: "/api/v1/recordings/{key}",
      tag: "recordings",
      summary: "Erase a recording for good: pool copy, live pair, catalog row",
      needs: "manager",
      params: recordingParams,
      query: reasonSchema.partial(),
      answers: { 200: { description: "Gone.", schema: doneSchema }, ...NOT_SEEN, ...REFUSED },
      handle: ({ params, query, url, asker }) =>
        act(api, { action: "delete", asker, url, key: params.key }, (reason) =>
          storage.erase(params.key, { by: asker.key.name, reason: query.reason ?? reason }),
        ),
    }),
    route({
      method: "POST",
      path: "/api/v1/recordings/{key}/verify",
      tag: "recordings",
      summary: "Check the stored copy against its journal",
      needs: "supervisor",
      params: recordingParams,
      answers: {
        200: { description: "What was found.", schema: verificationSchema },
        ...NOT_SEEN,
      },
      async handle({ params, url, asker }) {
        const found = await visibleRecording(api, asker.key, params.key);
        return found === null ? notFound(url) : json(await storage.verify(params.key));
      },
    }),
  ];
}

function holdRoutes(api: RecorderApi, storage: StorageAdmin): Route[] {
  const path = "/api/v1/recordings/{key}/hold";
  const deed = { action: "hold" } as const;
  return [
    route({
      method: "GET",
      path,
      tag: "recordings",
      summary: "The legal hold on a recording",
      needs: "supervisor",
      params: recordingParams,
      answers: {
        200: { description: "Since when, by whom, why.", schema: holdSchema },
        ...NOT_SEEN,
      },
      async handle({ params, url, asker }) {
        const found = await visibleRecording(api, asker.key, params.key);
        const hold = found === null ? null : await storage.holdOf(params.key);
        return hold === null ? notFound(url) : json(hold);
      },
    }),
    route({
      method: "PUT",
      path,
      tag: "recordings",
      summary: "Put a legal hold on a recording: it cannot be erased",
      needs: "manager",
      params: recordingParams,
      body: reasonSchema,
      answers: { 200: { description: "Held.", schema: doneSchema }, ...NOT_SEEN, ...REFUSED },
      handle: ({ params, body, url, asker }) =>
        act(api, { ...deed, asker, url, key: params.key, detail: body.reason }, () =>
          storage.hold(params.key, { by: asker.key.name, reason: body.reason }),
        ),
    }),
    route({
      method: "DELETE",
      path,
      tag: "recordings",
      summary: "Take a legal hold away",
      needs: "manager",
      params: recordingParams,
      answers: { 200: { description: "Not held.", schema: doneSchema }, ...NOT_SEEN, ...REFUSED },
      handle: ({ params, url, asker }) =>
        act(api, { action: "release-hold", asker, url, key: params.key }, (reason) =>
          storage.releaseHold(params.key, { by: asker.key.name, reason }),
        ),
    }),
  ];
}

interface StorageDeed {
  readonly action: string;
  readonly asker: Asker;
  readonly url: string;
  readonly key: string;
  readonly detail?: string;
}

const REMEDIES: Readonly<Record<Exclude<AdminRefusal, "not-found">, string>> = {
  "in-progress": "Wait for the end of the call.",
  held: "Take the legal hold away first.",
  kept: "Wait until keepAtLeastDays of the pool has passed.",
  "drive-failed": "Check the drive; then try again.",
};

async function act(
  api: RecorderApi,
  { action, asker, url, key, detail }: StorageDeed,
  work: (reason: string) => Promise<AdminAnswer>,
): Promise<Answer> {
  const found = await visibleRecording(api, asker.key, key);
  // What erases must be in the audit even if the power fails in the middle of it.
  if (found !== null && action === "delete") {
    await audit(api, asker, { action, target: key, result: "begun" });
  }
  const answer: AdminAnswer =
    found === null
      ? { ok: false, code: "not-found", detail: key }
      : await work(`asked for through the API by ${asker.key.name}`);
  const result = answer.ok ? "ok" : answer.code;
  await audit(api, asker, {
    action,
    target: key,
    result,
    ...(detail === undefined ? {} : { detail }),
  });
  if (answer.ok) return json({ result: "ok" });
  if (answer.code === "not-found") return notFound(url);
  return refuse(409, {
    code: answer.code,
    path: url,
    remedy: `${REMEDIES[answer.code]} (${answer.detail})`,
  });
}
