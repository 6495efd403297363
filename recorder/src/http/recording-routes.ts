// REST for recordings: search, metadata, what is in progress, pause and resume by recording
// (design.md §6). What a key may not see is left out, or is as if it were not there.
import { z } from "zod";
import type { CatalogQuery } from "../ports/index.ts";
import { maySee, scopeQuery } from "./access.ts";
import type { FoundRecording, RecorderApi } from "./api.ts";
import type { ApiKey } from "./keys.ts";
import {
  activeRecordingSchema,
  foundRow,
  recordingBody,
  recordingDetailSchema,
  recordingListSchema,
} from "./recording-view.ts";
import { json, notFound, route, type Route } from "./route.ts";
import { DEFAULT_ROWS, named, pageParameters, spanParameters, word } from "./schema.ts";

export const recordingParams = z.strictObject({ key: word });

const OUTCOMES = ["ok", "degraded", "failed", "blocked", "discarded"] as const;

const searchSchema = z.strictObject({
  ...spanParameters,
  ...pageParameters,
  callKey: word.optional(),
  agent: word.optional(),
  extension: word.optional(),
  number: word.optional().describe("Part of a party's number or name."),
  rule: word.optional().describe("Title of a rule."),
  outcome: z.enum(OUTCOMES).optional(),
  sipCallId: word.optional(),
  liveStreamId: word.optional(),
  isHeld: z.enum(["true", "false"]).optional(),
  purpose: z.literal("validation").optional(),
  text: word
    .optional()
    .describe("Part of agent, extension, parties or rule; or how callKey or recordingKey begins."),
  total: z.enum(["true", "false"]).optional().describe("true: how many there are in all, too."),
});

const activeListSchema = named(
  "ActiveRecordingList",
  z.strictObject({ recordings: z.array(activeRecordingSchema) }),
);

const messageListSchema = named(
  "MessageList",
  z.strictObject({
    messages: z.array(
      z.strictObject({
        at: z.string().describe("ISO 8601."),
        direction: z.enum(["in", "out"]),
        transport: z.string(),
        from: z.string(),
        to: z.string(),
        text: z.string(),
      }),
    ),
  }),
);

const workSchema = named(
  "Work",
  z.strictObject({
    recordings: z.int().describe("In progress."),
    stores: z.int().describe("Complete, not yet in a pool."),
    calls: z.int().describe("In the call model."),
  }),
);

/** The recording of a key, if the asker's scope includes it. */
export async function visibleRecording(
  api: RecorderApi,
  key: ApiKey,
  recordingKey: string,
): Promise<FoundRecording | null> {
  const found = await api.findRecording(recordingKey);
  return found === null || !maySee(key, found.row.extension) ? null : found;
}

export function recordingRoutes(api: RecorderApi): Route[] {
  return [...searchRoutes(api), ...oneRecordingRoutes(api), ...progressRoutes(api)];
}

function searchRoutes(api: RecorderApi): Route[] {
  const { recorder } = api.settings;
  return [
    route({
      method: "GET",
      path: "/api/v1/recordings",
      aliases: ["/rest/api/v1/recordings"],
      tag: "recordings",
      summary: "Search, newest first",
      needs: "supervisor",
      query: searchSchema,
      answers: {
        200: { description: "Those within the key's scope.", schema: recordingListSchema },
      },
      async handle({ query, asker }) {
        const wanted = catalogQuery(query, asker.key);
        const [rows, total] = await Promise.all([
          api.searchRecordings(wanted),
          query.total === "true" ? api.countRecordings(wanted) : null,
        ]);
        const recordings = rows.map((row) => recordingBody(foundRow(row), recorder));
        return json(total === null ? { recordings } : { recordings, total });
      },
    }),
  ];
}

function oneRecordingRoutes(api: RecorderApi): Route[] {
  const { recorder } = api.settings;
  return [
    route({
      method: "GET",
      path: "/api/v1/recordings/{key}",
      aliases: ["/rest/api/v1/recordings/{key}"],
      tag: "recordings",
      summary: "All that is known of one, also while it is in progress",
      needs: "supervisor",
      params: recordingParams,
      answers: {
        200: { description: "The recording.", schema: recordingDetailSchema },
        404: { description: "There is none, or the key may not see it." },
      },
      async handle({ params, url, asker }) {
        const found = await visibleRecording(api, asker.key, params.key);
        if (found === null) return notFound(url);
        const story = found.status === "RECORDING" ? null : await api.storyOf(found.row);
        const { sha256 = null, events = [], pauses = [], gaps = [] } = story ?? {};
        const eventId = events.find(({ kind }) => kind === "talking")?.eventId ?? null;
        const body = recordingBody(found, recorder);
        return json({ ...body, eventId, sha256, events, pauses, gaps });
      },
    }),
    route({
      method: "GET",
      path: "/api/v1/recordings/{key}/messages",
      tag: "recordings",
      summary: "The SIP messages of one, as they were received and sent (R20)",
      needs: "supervisor",
      params: recordingParams,
      answers: {
        200: { description: "In the order of the journal.", schema: messageListSchema },
        404: { description: "There is none, it is in progress, or the key may not see it." },
      },
      async handle({ params, url, asker }) {
        const found = await visibleRecording(api, asker.key, params.key);
        if (found === null || found.status === "RECORDING") return notFound(url);
        const story = await api.storyOf(found.row);
        return json({ messages: [...(story?.messages ?? [])] });
      },
    }),
  ];
}

function progressRoutes(api: RecorderApi): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/active-recordings",
      tag: "recordings",
      summary: "Recordings in progress",
      needs: "supervisor",
      answers: { 200: { description: "Oldest first.", schema: activeListSchema } },
      handle: ({ asker }) => json({ recordings: visibleActive(api, asker.key) }),
    }),
    route({
      method: "GET",
      path: "/api/v1/work",
      tag: "recordings",
      summary: "How much is under way",
      needs: "supervisor",
      answers: { 200: { description: "Numbers of all recordings.", schema: workSchema } },
      handle: () =>
        json({
          recordings: api.activeRecordings().length,
          stores: api.pendingStores(),
          calls: api.metrics.get("calls_tracked"),
        }),
    }),
  ];
}

/** Recordings in progress within a key's scope. */
export function visibleActive(api: RecorderApi, key: ApiKey) {
  return api
    .activeRecordings()
    .filter(({ association }) => maySee(key, association?.extension ?? null));
}

function catalogQuery(query: z.output<typeof searchSchema>, key: ApiKey): CatalogQuery {
  const { startTime, endTime, limit, offset, isHeld, total: _asked, ...words } = query;
  const given = Object.entries(words).filter(([, value]) => value !== undefined);
  return {
    ...(startTime === undefined ? {} : { fromTimeMs: startTime }),
    ...(endTime === undefined ? {} : { toTimeMs: endTime }),
    limit: limit ?? DEFAULT_ROWS,
    offset: offset ?? 0,
    ...(isHeld === undefined ? {} : { isHeld: isHeld === "true" }),
    ...Object.fromEntries(given),
    ...scopeQuery(key),
  };
}
