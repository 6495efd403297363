// Reports and reckonings: reconciliation of the PBX's calls with the recordings, sizing (R16).
import { z } from "zod";
import { parseBitRate, size, SIZING_DEFAULTS, SIZING_LIMIT_COUNT } from "../sizing.ts";
import type { RecorderApi, Reconciliation } from "./api.ts";
import { audit } from "./audit-trail.ts";
import { recordingParams, visibleRecording } from "./recording-routes.ts";
import { json, notFound, refuse, route, type Route } from "./route.ts";
import { named, timeParameter, word } from "./schema.ts";

const DAY_MS = 86_400_000;

const count = z
  .string()
  .regex(/^\d{1,9}$/, `Give a whole number from 0 to ${SIZING_LIMIT_COUNT}.`)
  .transform(Number)
  .refine(
    (value) => value <= SIZING_LIMIT_COUNT,
    `Give a whole number from 0 to ${SIZING_LIMIT_COUNT}.`,
  );

const sizingQuery = z.strictObject({
  calls: count.describe("Active calls at the busiest moment."),
  recordings: count.describe("Recordings at the same time."),
  queued: count.describe("Queued calls (Skilled)."),
  uplink: z.string().max(30).optional().describe("The line to the recorder: 20M, 512k, 1G."),
  hours: z
    .string()
    .regex(/^\d{1,2}(\.\d{1,2})?$/, "Give hours a day, above 0 and up to 24.")
    .transform(Number)
    .refine((value) => value > 0 && value <= 24, "Give hours a day, above 0 and up to 24.")
    .optional(),
  quality: z
    .string()
    .regex(/^(\d|10)$/, "Give 0 to 10, as encoder.quality has it.")
    .transform(Number)
    .optional(),
});

const whole = z.int();

const sizingSchema = named(
  "Sizing",
  z.strictObject({
    version: z.literal(1),
    input: z.strictObject({
      calls: whole,
      recordings: whole,
      queued: whole,
      uplinkBitsPerSecond: z.number().nullable(),
      hoursPerDay: z.number(),
      quality: whole,
    }),
    vcm: z.strictObject({
      needed: whole,
      sum: z.string(),
      limit: whole,
      isWithinLimit: z.boolean(),
      cards: z.array(
        z.strictObject({
          vcm64: whole,
          vcm32: whole,
          combination: whole,
          channels: whole,
          spare: whole,
        }),
      ),
    }),
    bandwidth: z.strictObject({
      payloadBitsPerSecond: z.number(),
      ipBitsPerSecond: z.number(),
      ethernetBitsPerSecond: z.number(),
      packetsPerSecond: z.number(),
      uplink: z
        .strictObject({
          bitsPerSecond: z.number(),
          carries: z.boolean(),
          spareBitsPerSecond: z.number(),
          maximumRecordings: whole,
        })
        .nullable(),
    }),
    storage: z.strictObject({
      hoursPerDay: z.number(),
      ulBytesPerDay: z.number(),
      spxBytesPerDay: z.number(),
      spxBitsPerSecond: z.number(),
    }),
    platforms: z.array(
      z.strictObject({
        platform: z.string(),
        fits: z.boolean(),
        recordingChannels: whole,
        callsDirect: whole.nullable(),
        callsIndirect: whole.nullable(),
        vcmLimit: whole.nullable(),
        remarks: z.array(z.string()),
      }),
    ),
    warnings: z.array(z.string()),
  }),
);

export function sizingRoutes(): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/sizing",
      tag: "reports",
      summary: "VCM channels, bandwidth and storage for a load (R16)",
      needs: "supervisor",
      query: sizingQuery,
      answers: {
        200: { description: "As `testbed size --json` prints it.", schema: sizingSchema },
      },
      handle({ query }) {
        const { calls, recordings, queued, uplink, hours, quality } = query;
        const bits = uplink === undefined ? null : parseBitRate(uplink);
        if (uplink !== undefined && bits === null) {
          const remedy = "Write it like 20M, 512k or 1G (bit/s).";
          return refuse(400, { code: "bad-query", path: "uplink", remedy });
        }
        return json(
          size({
            calls,
            recordings,
            queued,
            uplinkBitsPerSecond: bits,
            hoursPerDay: hours ?? SIZING_DEFAULTS.hoursPerDay,
            quality: quality ?? SIZING_DEFAULTS.quality,
          }),
        );
      },
    }),
  ];
}

const reconciliationSchema = named(
  "ReconciliationReport",
  z
    .looseObject({
      version: z.literal(1),
      day: z.string().nullable(),
      from: z.string(),
      to: z.string(),
      summary: z.looseObject({
        calls: whole,
        recorded: whole,
        partial: whole,
        missing: whole,
        notWanted: whole,
        open: whole,
        orphans: whole,
        unknownSeconds: whole,
      }),
      calls: z.array(
        z.looseObject({
          callKey: z.string(),
          startedAt: z.string(),
          endedAt: z.string().nullable(),
          status: z.enum(["recorded", "partial", "missing", "not-wanted"]),
          reason: z.string(),
          remedy: z.string().nullable(),
          parts: z.array(z.looseObject({ part: whole, recordingKeys: z.array(z.string()) })),
        }),
      ),
      carriedOver: z.array(z.looseObject({ callKey: z.string(), endedAt: z.string() })),
      orphans: z.array(z.looseObject({ recordingKey: z.string(), reason: z.string() })),
      unknown: z.array(
        z.looseObject({ pbx: z.string(), from: z.string(), to: z.string(), why: z.string() }),
      ),
    })
    .describe("The daily report; more fields may be added."),
);

const reconciliationQuery = z.strictObject({
  day: z
    .string()
    .regex(/^\d{4}-\d\d-\d\d$/, "Give a day like 2026-11-22 (UTC).")
    .refine((day) => startOfDay(day) !== null, "Give a day that exists.")
    .optional()
    .describe("A day of UTC; default: today, as far as it has come."),
  startTime: timeParameter.optional().describe("Instead of a day."),
  endTime: timeParameter.optional(),
  format: z.enum(["json", "csv", "md"]).optional(),
});

const associationBody = named(
  "ManualAssociation",
  z.strictObject({
    callKey: word.nullable().describe("null takes the tie back."),
    part: z.int().min(1).max(10_000).optional(),
    extension: word.optional(),
  }),
);

const associationAnswer = named(
  "ManualAssociationAnswer",
  z.strictObject({ callKey: z.string().nullable(), part: whole.nullable() }),
);

export function reconciliationRoutes(api: RecorderApi, reconciliation: Reconciliation): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/reconciliation",
      tag: "reports",
      summary: "The PBX's calls against the recordings: recorded, partial, missing, not wanted",
      needs: "manager",
      query: reconciliationQuery,
      answers: { 200: { description: "The report.", schema: reconciliationSchema } },
      async handle({ query, asker }) {
        if (asker.key.extensions !== null) {
          const remedy = "The report is of all calls: use a key without a scope of extensions.";
          return refuse(403, { code: "forbidden", path: "authorization", remedy });
        }
        const span = spanOf(query, api.clock.wallTimeMs());
        if (span === null) {
          const remedy = "Give an endTime after the startTime, at most 31 days later.";
          return refuse(400, { code: "bad-query", path: "endTime", remedy });
        }
        const report = await reconciliation.report(span);
        const { format = "json" } = query;
        if (format === "json") return json(report);
        const { type, text } = reconciliation.print(report, format);
        const content = new TextEncoder().encode(text);
        const headers = { "content-length": String(content.length) };
        return { kind: "bytes", status: 200, type, headers, content };
      },
    }),
    route({
      method: "POST",
      path: "/api/v1/recordings/{key}/association",
      tag: "recordings",
      summary: "Tie a stored recording to a call afterwards; the journal stays as it is",
      needs: "manager",
      params: recordingParams,
      body: associationBody,
      answers: {
        200: { description: "It is tied.", schema: associationAnswer },
        404: { description: "No such recording, or the key may not see it." },
        409: { description: "No row of calls.jsonl has this callKey." },
      },
      async handle({ params, body, url, asker }) {
        const visible = await visibleRecording(api, asker.key, params.key);
        if (visible === null) return notFound(url);
        const { callKey, part, extension } = body;
        const answer = await reconciliation.associate(params.key, {
          ...{ callKey, by: asker.key.name },
          ...(part === undefined ? {} : { part }),
          ...(extension === undefined ? {} : { extension }),
        });
        const result = answer.ok ? "applied" : answer.code;
        const detail = callKey ?? "none";
        await audit(api, asker, { action: "associate", target: params.key, result, detail });
        if (answer.ok) return json({ callKey: answer.callKey, part: answer.part });
        if (answer.code === "not-found") return notFound(url);
        const remedy = "/api/v1/calls lists the calls that are known.";
        return refuse(409, { code: "unknown-call", path: "callKey", remedy });
      },
    }),
  ];
}

const LONGEST_SPAN_MS = 31 * DAY_MS;

/** null where there is no such day. */
function startOfDay(day: string): number | null {
  const ms = Date.parse(`${day}T00:00:00.000Z`);
  // 31 June would be taken for 1 July.
  return Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== day ? null : ms;
}

/** null: it ends before it begins, or is too long. */
function spanOf(
  { day, startTime, endTime }: z.output<typeof reconciliationQuery>,
  nowMs: number,
): { fromTimeMs: number; toTimeMs: number; day: string | null } | null {
  if (startTime === undefined) {
    const named = day ?? new Date(nowMs).toISOString().slice(0, 10);
    const fromTimeMs = startOfDay(named) ?? 0;
    return { fromTimeMs, toTimeMs: fromTimeMs + DAY_MS, day: named };
  }
  const toTimeMs = endTime ?? startTime + DAY_MS;
  const lengthMs = toTimeMs - startTime;
  if (lengthMs <= 0 || lengthMs > LONGEST_SPAN_MS) return null;
  return { fromTimeMs: startTime, toTimeMs, day: null };
}
