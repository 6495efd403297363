// Log filters and their levels, switched while the recorder runs (R18, R19; design.md §5, "Logs").
import { z } from "zod";
import type { LogFilters, RecorderApi } from "./api.ts";
import { audit } from "./audit-trail.ts";
import { json, notFound, route, type Route } from "./route.ts";
import { named, word } from "./schema.ts";

const LEVELS = ["debug", "info", "warn", "error"] as const;

const filterSchema = named(
  "LogFilter",
  z.strictObject({ name: z.string(), level: z.enum(LEVELS) }),
);
export const filterListSchema = named(
  "LogFilterList",
  z.strictObject({ filters: z.array(filterSchema) }),
);
const levelSchema = named("LogLevel", z.strictObject({ level: z.enum(LEVELS) }));

export function logFilterRoutes(api: RecorderApi, filters: LogFilters): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/log-filters",
      tag: "logs",
      summary: "The log filters and their levels",
      needs: "administrator",
      answers: { 200: { description: "All filters.", schema: filterListSchema } },
      handle: () => json({ filters: filters.list() }),
    }),
    route({
      method: "PUT",
      path: "/api/v1/log-filters/{name}",
      tag: "logs",
      summary: "Switch a filter's level at once",
      needs: "administrator",
      params: z.strictObject({ name: word }),
      body: levelSchema,
      answers: {
        200: { description: "The filter as it is now.", schema: filterSchema },
        404: { description: "There is no such filter." },
      },
      async handle({ params, body, url, asker }) {
        const isKnown = filters.set(params.name, body.level);
        const result = isKnown ? "ok" : "not-found";
        const deed = { action: "log-filter", target: params.name, result, detail: body.level };
        await audit(api, asker, deed);
        return isKnown ? json({ name: params.name, level: body.level }) : notFound(url);
      },
    }),
  ];
}
