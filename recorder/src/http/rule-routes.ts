// The recording rules as people see and change them (rules-contract.ts): the list in force, its
// history, its replacement as a whole, and a check that changes nothing.
import { z } from "zod";
import type { RuleProblem, RuleSetView, RulesService } from "../rules-contract.ts";
import type { DryRun, RecorderApi } from "./api.ts";
import { audit } from "./audit-trail.ts";
import { json, refuse, route, type Answer, type Route } from "./route.ts";
import { maySee } from "./access.ts";
import { DEFAULT_ROWS, MAXIMUM_ROWS, named } from "./schema.ts";

/** Rules in one list. */
const MAXIMUM_RULES = 1_000;

const rule = z.looseObject({ title: z.string(), kind: z.string(), record: z.boolean() });

export const ruleSetSchema = named(
  "RuleSet",
  z.looseObject({
    version: z.literal(1),
    revision: z.int().describe("Counts the replacements; 0 = the configuration's rules."),
    source: z.enum(["configuration", "state"]),
    savedAt: z.string().nullable(),
    savedBy: z.string().nullable(),
    rules: z.array(rule),
  }),
);

const historySchema = named("RuleHistory", z.strictObject({ history: z.array(ruleSetSchema) }));

const newRulesSchema = named(
  "NewRules",
  z.strictObject({
    rules: z
      .array(z.record(z.string(), z.unknown()))
      .max(MAXIMUM_RULES, `Give at most ${MAXIMUM_RULES} rules.`),
    expectedRevision: z.int().min(0).optional(),
  }),
);

const dryRunSchema = named(
  "DryRunRequest",
  z.strictObject({
    rules: z
      .array(z.record(z.string(), z.unknown()))
      .max(MAXIMUM_RULES, `Give at most ${MAXIMUM_RULES} rules.`)
      .optional()
      .describe("Without it: the rules in force."),
    startTime: z.int().min(0).optional().describe("Epoch ms."),
    endTime: z.int().min(0).optional().describe("Epoch ms."),
    limit: z.int().min(1).max(MAXIMUM_ROWS).optional(),
  }),
);

const explanationSchema = named(
  "DryRun",
  z.strictObject({
    calls: z.array(
      z.looseObject({
        callKey: z.string(),
        startedAt: z.string(),
        wouldRecord: z.boolean(),
        rule: z.string().nullable(),
        because: z.string(),
      }),
    ),
    summary: z.strictObject({
      calls: z.int(),
      wouldRecord: z.int(),
      unreadableLines: z.int(),
    }),
  }),
);

export function dryRunRoutes(dryRun: DryRun): Route[] {
  return [
    route({
      method: "POST",
      path: "/api/v1/rules/dry-run",
      tag: "rules",
      summary: "Which past calls rules would record, and why; changes nothing",
      needs: "manager",
      body: dryRunSchema,
      answers: { 200: { description: "Newest first.", schema: explanationSchema } },
      async handle({ body, asker }): Promise<Answer> {
        const { rules = null, startTime = 0, limit = DEFAULT_ROWS } = body;
        const toTimeMs = body.endTime ?? Number.MAX_SAFE_INTEGER;
        const answer = await dryRun({ rules, fromTimeMs: startTime, toTimeMs, limit });
        if (!answer.ok) return invalid(answer.problems);
        const calls = answer.calls.filter(
          ({ parties }) =>
            asker.key.extensions === null || parties.some((party) => maySee(asker.key, party)),
        );
        const wouldRecord = calls.filter((call) => call.wouldRecord).length;
        const { unreadableLines } = answer;
        return json({ calls, summary: { calls: calls.length, wouldRecord, unreadableLines } });
      },
    }),
  ];
}

export function ruleRoutes(api: RecorderApi, rules: RulesService): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/rules",
      tag: "rules",
      summary: "The rules in force",
      needs: "supervisor",
      answers: {
        200: { description: "In order; the ETag is the revision's.", schema: ruleSetSchema },
      },
      handle: () => tagged(rules.current()),
    }),
    route({
      method: "GET",
      path: "/api/v1/rules/history",
      tag: "rules",
      summary: "Past lists of rules, newest first",
      needs: "manager",
      answers: { 200: { description: "As many as are kept.", schema: historySchema } },
      handle: () => json({ history: rules.history() }),
    }),
    route({
      method: "PUT",
      path: "/api/v1/rules",
      tag: "rules",
      summary: "Replace the rules as a whole; in force at once",
      needs: "manager",
      body: newRulesSchema,
      answers: {
        200: { description: "The rules in force now.", schema: ruleSetSchema },
        409: { description: "Somebody else saved meanwhile (expectedRevision)." },
        412: { description: "Somebody else saved meanwhile (If-Match)." },
      },
      async handle({ body, asker, headers }): Promise<Answer> {
        const match = headers["if-match"];
        const wanted = match === undefined ? null : revisionOf(match);
        if (wanted === "unreadable") return BAD_MATCH;
        const expectedRevision = wanted ?? body.expectedRevision;
        const answer = await rules.replace(body.rules, {
          by: asker.key.name,
          ...(expectedRevision === undefined ? {} : { expectedRevision }),
        });
        const result = answer.ok ? "ok" : answer.code;
        const detail = answer.ok ? { detail: `revision ${answer.view.revision}` } : {};
        await audit(api, asker, { action: "rules", target: "rules", result, ...detail });
        if (answer.ok) return tagged(answer.view);
        if (answer.code === "invalid") return invalid(answer.problems);
        const remedy = `Revision ${answer.view.revision} is in force: read it, then change that.`;
        return wanted === null
          ? refuse(409, { code: "conflict", path: "expectedRevision", remedy })
          : refuse(412, { code: "conflict", path: "if-match", remedy });
      },
    }),
  ];
}

/** With its revision as entity tag, for If-Match (RFC 9110 §13.1.1). */
function tagged(view: RuleSetView): Answer {
  return { ...json(view), headers: { etag: `"${view.revision}"` } };
}

/** null: any revision will do. */
function revisionOf(match: string): number | null | "unreadable" {
  if (match.trim() === "*") return null;
  const revision = /^\s*"(\d{1,15})"\s*$/.exec(match)?.[1];
  return revision === undefined ? "unreadable" : Number(revision);
}

const BAD_MATCH = refuse(400, {
  code: "bad-header",
  path: "if-match",
  remedy: 'Send the ETag of GET /api/v1/rules as it is, like "3".',
});

/** The first problem by its path; the others in the remedy, so that all are seen at once. */
function invalid(problems: readonly RuleProblem[]): Answer {
  const [first, ...others] = problems;
  if (first === undefined) return refuse(400, { code: "bad-rules", path: "rules", remedy: "?" });
  const sentence = ({ detail, remedy }: RuleProblem): string => `${detail}. ${remedy}`;
  const rest = others.map((problem) => `${problem.path} ${sentence(problem)}`);
  const remedy = [sentence(first), ...rest].join(" ");
  return refuse(400, { code: "bad-rules", path: first.path, remedy, problems });
}
