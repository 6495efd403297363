// The browser's session: begins with a key in a body (never in a URL), goes on with a cookie, ends
// on request, with time, or with the key (design.md §5, "Access").
import { z } from "zod";
import type { RecorderApi } from "./api.ts";
import { audit } from "./audit-trail.ts";
import type { Gate } from "./authorise.ts";
import { ROLES } from "./keys.ts";
import { json, refuse, route, type Route } from "./route.ts";
import { named } from "./schema.ts";
import { sessionCookie, sessionTokenIn, type BrowserSessions } from "./sessions.ts";

const showKeySchema = named(
  "ShowKey",
  z.strictObject({ key: z.string().min(1, "Give the key.").max(200, "That is no key.") }),
);

export const sessionSchema = named(
  "Session",
  z.strictObject({
    name: z.string(),
    role: z.enum(ROLES),
    extensions: z.array(z.string()).nullable().describe("The scope; null = all."),
  }),
);

const endedSchema = named("EndedSession", z.strictObject({ result: z.literal("ok") }));

export interface SessionParts {
  readonly sessions: BrowserSessions;
  readonly gate: Gate;
  /** Over TLS the cookie is Secure. */
  readonly isSecure: boolean;
}

export function sessionRoutes(api: RecorderApi, parts: SessionParts): Route[] {
  const { sessions, gate, isSecure } = parts;
  const path = "/api/v1/session";
  return [
    route({
      method: "POST",
      path,
      tag: "session",
      summary: "Begin a browser session with a key; the answer sets the cookie",
      needs: "anyone",
      body: showKeySchema,
      answers: {
        200: { description: "The session's key, without its secret.", schema: sessionSchema },
        401: { description: "No such key." },
        403: { description: "Asked by a page of another origin." },
      },
      async handle({ body, asker, headers }) {
        const { origin, host } = headers;
        if (origin !== undefined && !isSameHost(origin, host)) return FOREIGN;
        const key = await gate.knock(body.key, asker.from);
        if ("kind" in key) return key;
        const { name, role, extensions } = key;
        const who = { key, via: "console", from: asker.from } as const;
        await audit(api, who, { action: "session-begin", target: key.id, result: "ok" });
        const cookie = sessionCookie(sessions.begin(key.id), isSecure);
        return { ...json({ name, role, extensions }), headers: { "set-cookie": cookie } };
      },
    }),
    route({
      method: "GET",
      path,
      tag: "session",
      summary: "Who one is: name, role and scope of the key or session",
      needs: "agent",
      answers: { 200: { description: "The key, without its secret.", schema: sessionSchema } },
      handle({ asker }) {
        const { name, role, extensions } = asker.key;
        return json({ name, role, extensions });
      },
    }),
    route({
      method: "DELETE",
      path,
      tag: "session",
      summary: "End the browser's session",
      needs: "agent",
      answers: { 200: { description: "Ended.", schema: endedSchema } },
      async handle({ asker, headers }) {
        const token = sessionTokenIn(headers["cookie"]);
        if (token !== null) sessions.end(token);
        await audit(api, asker, { action: "session-end", target: asker.key.id, result: "ok" });
        return {
          ...json({ result: "ok" }),
          headers: { "set-cookie": sessionCookie("", isSecure) },
        };
      },
    }),
  ];
}

const FOREIGN = refuse(403, {
  code: "foreign-origin",
  path: "origin",
  remedy: "Begin the session on the recorder's own page.",
});

function isSameHost(origin: string, host: string | undefined): boolean {
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
}
