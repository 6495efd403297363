// The set-up over HTTP (setup-contract.ts): what the file says, a test of each step, saving it,
// starting anew. For administrators; a first start's one-time key is one.
import { z } from "zod";
import type { Setup, SetupCheck, SetupSaved } from "../setup-contract.ts";
import type { RecorderApi } from "./api.ts";
import { audit } from "./audit-trail.ts";
import type { ApiKeys } from "./keys.ts";
import { json, refuse, route, type Answer, type Route } from "./route.ts";
import { named } from "./schema.ts";

const MAXIMUM_OFFICES = 50;
const MAXIMUM_TEXT_CHARACTERS = 1_000;

const text = z.string().max(MAXIMUM_TEXT_CHARACTERS, "Give at most 1,000 characters.");
const port = z.int().min(0).max(65_535);

export const settingsSchema = named(
  "SetupSettings",
  z.strictObject({
    offices: z
      .array(
        z.strictObject({
          host: text,
          port: port.nullable(),
          tls: z.boolean(),
          user: text,
          password: text.nullable().describe("null keeps the one that the file has."),
          scn: z.boolean(),
        }),
      )
      .max(MAXIMUM_OFFICES, `Give at most ${MAXIMUM_OFFICES} IP Offices.`),
    recorder: z.strictObject({ name: text, address: text, recordFromBeginning: z.boolean() }),
    ports: z.strictObject({
      sip: port,
      rtp: z.union([port, z.tuple([port, port])]),
      httpHost: text,
      http: port,
    }),
    storage: z.strictObject({ live: text, pool: text, maxBytes: text }),
  }),
);

const finding = { path: z.string(), detail: z.string(), remedy: z.string() };
const wayFields = ["from", "to", "protocol", "port", "why"] as const;
const way = z.looseObject(Object.fromEntries(wayFields.map((name) => [name, z.string()])));

export const setupSchema = named(
  "Setup",
  z.strictObject({
    isNeeded: z.boolean(),
    file: z.string(),
    revision: z.string(),
    settings: settingsSchema,
    passwordsOf: z.array(z.string()).describe("Hosts for which the file has one."),
    addresses: z.array(z.string()).describe("This machine's own."),
    needsRestart: z.array(z.string()),
    firewall: z.array(way),
  }),
);

export const checksSchema = named(
  "SetupChecks",
  z.strictObject({
    isGood: z.boolean().describe("No problem among them."),
    checks: z.array(
      z.strictObject({ ...finding, status: z.enum(["good", "warning", "problem", "unknown"]) }),
    ),
    firewall: z.array(way).describe("Who must reach whom with these settings (R9, R23)."),
  }),
);

export const savedSchema = named(
  "SetupSaved",
  z.strictObject({
    file: z.string(),
    backup: z.string().nullable().describe("The file as it was before; null: nothing changed."),
    applied: z.array(z.string()).describe("In force now."),
    needsRestart: z.array(z.string()).describe("Saved; in force after POST /api/v1/restart."),
    failed: z.array(z.strictObject({ part: z.string(), detail: z.string() })),
    warnings: z.array(z.strictObject(finding)),
  }),
);

export const firstStartSchema = named("FirstStart", z.strictObject({ isFirstStart: z.boolean() }));
const restartSchema = named("Restart", z.strictObject({ result: z.literal("restarting") }));

/** Known to all, so that the sign-in page can say where the first key is to be found. */
export function firstStartRoutes(keys: ApiKeys): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/first-start",
      tag: "setup",
      summary: "Whether nobody has a lasting key yet",
      needs: "anyone",
      answers: { 200: { description: "So it is.", schema: firstStartSchema } },
      handle: () => json({ isFirstStart: keys.isFirstStart() }),
    }),
  ];
}

export function setupRoutes(api: RecorderApi, setup: Setup): Route[] {
  const path = "/api/v1/setup";
  const common = { tag: "setup", needs: "administrator" } as const;
  return [
    route({
      method: "GET",
      path,
      ...common,
      summary: "What the set-up asks, as the configuration file has it",
      answers: { 200: { description: "Without passwords.", schema: setupSchema } },
      handle: async () => json(await setup.read()),
    }),
    route({
      method: "POST",
      path: `${path}/check`,
      ...common,
      summary: "Test one step with these settings; changes nothing",
      body: named(
        "SetupCheckRequest",
        z.strictObject({
          step: z.enum(["offices", "recorder", "ports", "storage"]),
          settings: settingsSchema,
        }),
      ),
      answers: { 200: { description: "What was found.", schema: checksSchema } },
      async handle({ body, asker }) {
        const { checks, firewall } = await setup.check(body.step, body.settings);
        const isGood = checks.every(({ status }) => status !== "problem");
        const result = isGood ? "ok" : "problem";
        await audit(api, asker, { action: "setup-check", target: body.step, result });
        return json({ isGood, checks: checks.map(shown), firewall });
      },
    }),
    route({
      method: "PUT",
      path,
      ...common,
      summary: "Save the settings in the configuration file, atomically; the old one stays beside",
      body: named(
        "SetupSave",
        z.strictObject({
          settings: settingsSchema,
          expectedRevision: z.string().max(100).optional(),
        }),
      ),
      answers: {
        200: { description: "Saved.", schema: savedSchema },
        409: { description: "The file was changed meanwhile, or cannot be written." },
      },
      async handle({ body, asker }): Promise<Answer> {
        const saved = await setup.save(body.settings, body.expectedRevision ?? null);
        const result = saved.ok ? "ok" : saved.code;
        await audit(api, asker, { action: "setup-save", target: "configuration", result });
        return answerOf(saved);
      },
    }),
    route({
      method: "POST",
      path: "/api/v1/restart",
      ...common,
      summary: "End all calls in order and start anew with the configuration file",
      answers: { 202: { description: "It ends now.", schema: restartSchema } },
      async handle({ asker }) {
        await audit(api, asker, { action: "restart", target: "recorder", result: "ok" });
        setup.restart();
        return json({ result: "restarting" }, 202);
      },
    }),
  ];
}

function shown({ path, status, detail, remedy }: SetupCheck): SetupCheck {
  return { path, status, detail, remedy };
}

function answerOf(saved: SetupSaved): Answer {
  if (saved.ok) {
    const { file, backup, reload, warnings } = saved;
    return json({ file, backup, ...reload, warnings });
  }
  switch (saved.code) {
    case "invalid": {
      const [first] = saved.problems;
      const remedy = first === undefined ? "" : `${first.detail}. ${first.remedy}`;
      const { problems } = saved;
      return refuse(400, {
        ...{ code: "bad-settings", path: first?.path ?? "settings", remedy },
        problems: problems.map(({ path, detail, remedy: what }) => ({
          path,
          detail,
          remedy: what,
        })),
      });
    }
    case "conflict":
      return refuse(409, {
        code: "conflict",
        path: "expectedRevision",
        remedy: "The file was changed meanwhile: load the set-up again, then save.",
      });
    case "not-writable":
      return refuse(409, {
        code: "not-writable",
        path: saved.detail,
        remedy: "Give the recorder's user write permission on the file and its directory.",
      });
  }
}
