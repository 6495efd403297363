// Reports and reckonings: reconciliation of the PBX's calls with the recordings, sizing (R16).
import { z } from "zod";
import { parseBitRate, size, SIZING_DEFAULTS, SIZING_LIMIT_COUNT } from "../sizing.ts";
import type { Reconciliation } from "./api.ts";
import { json, refuse, route, type Route } from "./route.ts";
import { named, timeParameter } from "./schema.ts";

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
  z.looseObject({}).describe("The daily report as JSON."),
);

export function reconciliationRoutes(reconciliation: Reconciliation): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/reconciliation",
      tag: "reports",
      summary: "The PBX's calls against the recordings: recorded, partial, missing, not wanted",
      needs: "manager",
      query: z.strictObject({ startTime: timeParameter, endTime: timeParameter.optional() }),
      answers: { 200: { description: "The report.", schema: reconciliationSchema } },
      async handle({ query, asker }) {
        if (asker.key.extensions !== null) {
          const remedy = "The report is of all calls: use a key without a scope of extensions.";
          return refuse(403, { code: "forbidden", path: "authorization", remedy });
        }
        const { startTime, endTime = startTime + DAY_MS } = query;
        return json(await reconciliation.report({ fromTimeMs: startTime, toTimeMs: endTime }));
      },
    }),
  ];
}
