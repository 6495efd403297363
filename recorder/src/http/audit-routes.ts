// The audit trail, newest first (state/audit.jsonl; design.md §5, "Access").
import { z } from "zod";
import type { RecorderApi, StateRow } from "./api.ts";
import { json, route, type Route } from "./route.ts";
import { DEFAULT_ROWS, named, pageParameters, spanParameters, word } from "./schema.ts";

export const auditSchema = named(
  "AuditList",
  z.strictObject({
    entries: z.array(
      z.looseObject({
        at: z.string(),
        by: z.string(),
        action: z.string(),
        target: z.string(),
        result: z.string(),
      }),
    ),
    more: z.boolean().describe("Older entries fit, too: ask with an offset."),
  }),
);

const searchSchema = z.strictObject({
  ...spanParameters,
  ...pageParameters,
  by: word.optional().describe("Name of the key."),
  action: word.optional().describe("listen, export, pause, resume, delete, …"),
  target: word.optional(),
  q: word.optional().describe("Part of any field, whatever its case."),
});

export function auditRoutes(api: RecorderApi): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/audit",
      tag: "audit",
      summary: "Who did what, newest first",
      needs: "administrator",
      query: searchSchema,
      answers: { 200: { description: "The entries.", schema: auditSchema } },
      async handle({ query }) {
        const { limit = DEFAULT_ROWS, offset = 0, startTime = 0 } = query;
        const found: StateRow[] = [];
        await api.visitRows("audit", (row) => {
          const timeMs = Date.parse(String(row["at"]));
          if (timeMs < startTime) return "stop";
          if (isWanted(row, timeMs, query)) found.push(row);
          return found.length > offset + limit ? "stop" : "go-on";
        });
        const more = found.length > offset + limit;
        return json({ entries: found.slice(offset, offset + limit), more });
      },
    }),
  ];
}

function isWanted(row: StateRow, timeMs: number, query: z.output<typeof searchSchema>): boolean {
  const { endTime = Number.MAX_SAFE_INTEGER, by, action, target, q } = query;
  const fits = (field: string, wanted: string | undefined): boolean =>
    wanted === undefined || row[field] === wanted;
  const isOfWhom = fits("by", by) && fits("action", action) && fits("target", target);
  return timeMs < endTime && isOfWhom && (q === undefined || holds(row, q.toLowerCase()));
}

function holds(row: StateRow, text: string): boolean {
  return Object.values(row).some((value) => String(value).toLowerCase().includes(text));
}
