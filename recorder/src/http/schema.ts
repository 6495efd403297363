// The schemas that validate requests and of which the OpenAPI document is made: one registry, each
// schema of a body under a name (OpenAPI 3.1, components/schemas).
import { z } from "zod";

export const registry = z.registry<{ id: string }>();

/** Gives a body's schema its name in the document. */
export function named<T extends z.ZodType>(id: string, schema: T): T {
  registry.add(schema, { id });
  return schema;
}

/** Most rows that one answer holds. */
export const MAXIMUM_ROWS = 1_000;
export const DEFAULT_ROWS = 100;

const epochMs = z
  .string()
  .regex(/^\d{1,15}$/, "Give a whole number: milliseconds since 1970.")
  .transform(Number);

/** A point in time in a query. */
export const timeParameter = epochMs.meta({ example: "1795366801000" });

/** limit and offset of a list. */
export const pageParameters = {
  limit: z
    .string()
    .regex(/^\d{1,15}$/, "Give a whole number.")
    .transform(Number)
    .refine((rows) => rows <= MAXIMUM_ROWS, `Ask for at most ${MAXIMUM_ROWS} rows, and use offset.`)
    .optional(),
  offset: z
    .string()
    .regex(/^\d{1,15}$/, "Give a whole number.")
    .transform(Number)
    .optional(),
};

export const spanParameters = {
  startTime: timeParameter.optional(),
  endTime: timeParameter.optional(),
};

/** A name in a path or query: enough for keys, numbers and names of people. */
export const word = z.string().min(1, "Give a value.").max(200, "Give at most 200 characters.");
