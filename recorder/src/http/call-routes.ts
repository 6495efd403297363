// Calls that the PBX reported, wanted or not, with the outcome of each part: the rows of
// calls.jsonl (formats.md, "State directory"), newest first. A row with `open` is replaced by a
// later one.
import { z } from "zod";
import type { ApiKey } from "./keys.ts";
import { maySee, scopeQuery } from "./access.ts";
import type { RecorderApi, StateRow } from "./api.ts";
import { foundRow, recordingBody, recordingSchema } from "./recording-view.ts";
import { json, notFound, route, type Route } from "./route.ts";
import {
  DEFAULT_ROWS,
  MAXIMUM_ROWS,
  named,
  pageParameters,
  spanParameters,
  word,
} from "./schema.ts";

const callSchema = named(
  "Call",
  z
    .looseObject({
      type: z.literal("call"),
      callKey: z.string(),
      deviceCallIds: z.array(z.string()),
      pbx: z.string(),
      startedAt: z.string().nullable(),
      answeredAt: z.string().nullable(),
      endedAt: z.string().nullable(),
      direction: z.string().nullable(),
      parties: z.array(z.string()),
      wanted: z.boolean(),
      parts: z.array(z.looseObject({ part: z.int(), agent: z.string(), extension: z.string() })),
    })
    .describe("A row of calls.jsonl; more fields may be added."),
);

const callListSchema = named("CallList", z.strictObject({ calls: z.array(callSchema) }));

export const callDetailSchema = named(
  "CallDetail",
  z.strictObject({ call: callSchema.nullable(), recordings: z.array(recordingSchema) }),
);

const searchSchema = z.strictObject({ ...spanParameters, ...pageParameters });

export function callRoutes(api: RecorderApi): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/calls",
      tag: "calls",
      summary: "Calls that are over, newest first",
      needs: "supervisor",
      query: searchSchema,
      answers: { 200: { description: "Those within the key's scope.", schema: callListSchema } },
      async handle({ query, asker }) {
        return json({ calls: await searchCalls(api, asker.key, query) });
      },
    }),
    route({
      method: "GET",
      path: "/api/v1/calls/{callKey}",
      tag: "calls",
      summary: "One call and its recordings",
      needs: "supervisor",
      params: z.strictObject({ callKey: word }),
      answers: {
        200: {
          description: "The call; its row is null while it goes on.",
          schema: callDetailSchema,
        },
        404: { description: "There is none, or the key may not see it." },
      },
      async handle({ params, url, asker }) {
        const { callKey } = params;
        const rows = await api.searchRecordings({
          callKey,
          limit: MAXIMUM_ROWS,
          offset: 0,
          ...scopeQuery(asker.key),
        });
        const call = await findCall(api, asker.key, callKey);
        if (call === null && rows.length === 0) return notFound(url);
        const { recorder } = api.settings;
        const recordings = rows
          .map((row) => recordingBody(foundRow(row), recorder))
          .sort((a, b) => (a.part ?? 0) - (b.part ?? 0) || a.startTime - b.startTime);
        return json({ call, recordings });
      },
    }),
  ];
}

async function searchCalls(
  api: RecorderApi,
  key: ApiKey,
  query: z.output<typeof searchSchema>,
): Promise<readonly StateRow[]> {
  const { startTime = 0, endTime = Number.MAX_SAFE_INTEGER } = query;
  const { limit = DEFAULT_ROWS, offset = 0 } = query;
  const seen = new Set<string>();
  const found: StateRow[] = [];
  await api.visitRows("calls", (row) => {
    const callKey = row["callKey"];
    if (row["type"] !== "call" || typeof callKey !== "string" || seen.has(callKey)) return "go-on";
    seen.add(callKey);
    const startedMs = timeOf(row["startedAt"]) ?? timeOf(row["endedAt"]) ?? 0;
    // Rows stand in the order in which calls ended: before one that ended too early all did.
    const endedMs = timeOf(row["endedAt"]);
    if (endedMs !== null && endedMs < startTime) return "stop";
    if (startedMs < startTime || startedMs >= endTime) return "go-on";
    const visible = withinScope(row, key);
    if (visible !== null) found.push(visible);
    return found.length >= offset + limit ? "stop" : "go-on";
  });
  return found.slice(offset, offset + limit);
}

async function findCall(api: RecorderApi, key: ApiKey, callKey: string): Promise<StateRow | null> {
  let found: StateRow | null = null;
  await api.visitRows("calls", (row) => {
    if (row["type"] !== "call" || row["callKey"] !== callKey) return "go-on";
    found = withinScope(row, key);
    return "stop";
  });
  return found;
}

/** The row without the parts that the key may not see; null when nothing of it may be seen. */
function withinScope(row: StateRow, key: ApiKey): StateRow | null {
  if (key.extensions === null) return row;
  const parts = listOf(row["parts"]).filter(
    (part) =>
      typeof part === "object" &&
      part !== null &&
      "extension" in part &&
      typeof part.extension === "string" &&
      maySee(key, part.extension),
  );
  const isParty = listOf(row["parties"]).some(
    (party) => typeof party === "string" && maySee(key, party),
  );
  return parts.length === 0 && !isParty ? null : { ...row, parts };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function timeOf(value: unknown): number | null {
  const timeMs = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(timeMs) ? null : timeMs;
}
