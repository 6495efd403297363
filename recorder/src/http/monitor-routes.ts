// The Recording Monitor's four lists (domain.md), and what is wrong now: alarms with their
// remedies.
import { z } from "zod";
import type { RecordingMonitor } from "../recording-monitor.ts";
import { maySee } from "./access.ts";
import type { RecorderApi } from "./api.ts";
import type { ApiKey } from "./keys.ts";
import { json, route, type Route } from "./route.ts";
import { named } from "./schema.ts";

const call = {
  callKey: z.string().nullable(),
  pbx: z.string(),
  callingParty: z.string(),
  receivingParty: z.string(),
  startedAt: z.string(),
  durationMs: z.number(),
  rule: z.string().nullable(),
  reason: z.string(),
};

const monitorSchema = named(
  "Monitor",
  z.strictObject({
    version: z.literal(1),
    at: z.string(),
    record: z.array(z.looseObject({ ...call, port: z.int(), recordingKey: z.string() })),
    dontRecord: z.array(z.looseObject({ ...call, decision: z.string() })),
    other: z.array(z.looseObject({ ...call, decision: z.string() })),
    failed: z.array(z.looseObject({ ...call, why: z.string(), remedy: z.string() })),
  }),
);

const alarmsSchema = named(
  "AlarmList",
  z.strictObject({
    alarms: z.array(
      z.strictObject({
        code: z.string().describe("Of errors.md."),
        severity: z.enum(["warning", "critical"]),
        subject: z.string(),
        since: z.string(),
        detail: z.string(),
        remedy: z.string(),
      }),
    ),
  }),
);

export function alarmRoutes(api: RecorderApi): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/alarms",
      tag: "monitor",
      summary: "What is wrong now, and what to do about it",
      needs: "supervisor",
      answers: { 200: { description: "Oldest first.", schema: alarmsSchema } },
      handle: () => json({ alarms: api.alarms() }),
    }),
  ];
}

export function monitorRoutes(monitor: RecordingMonitor): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/monitor",
      tag: "monitor",
      summary: "Which calls are recorded, which are not, and why",
      needs: "supervisor",
      answers: { 200: { description: "Within the key's scope.", schema: monitorSchema } },
      handle({ asker }) {
        const { record, dontRecord, other, failed, ...rest } = monitor.lists();
        const byExtension = (row: { readonly extension: string | null }): boolean =>
          maySee(asker.key, row.extension);
        const byParty = (row: Parties): boolean => isParty(asker.key, row);
        return json({
          ...rest,
          record: record.filter(byExtension),
          dontRecord: dontRecord.filter(byParty),
          other: other.filter(byParty),
          failed: failed.filter(byExtension),
        });
      },
    }),
  ];
}

interface Parties {
  readonly callingParty: string;
  readonly receivingParty: string;
}

/** A call that was not recorded has no agent's extension: its parties say whose it was. */
function isParty(key: ApiKey, { callingParty, receivingParty }: Parties): boolean {
  return maySee(key, callingParty) || maySee(key, receivingParty);
}
