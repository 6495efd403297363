// What a network's validation left behind can be dropped at once: every recording marked
// `purpose: validation`, each as a deletion of its own, with its lines in the audit. Held and
// running ones stay and are told.
import { z } from "zod";
import type { AdminAnswer, StorageAdmin } from "../storage/storage-admin.ts";
import { scopeQuery } from "./access.ts";
import type { RecorderApi } from "./api.ts";
import { audit } from "./audit-trail.ts";
import { json, route, type Asker, type Route } from "./route.ts";
import { named } from "./schema.ts";

/** Rows asked for at a time. */
const PAGE_ROWS = 500;
/** Erased in one request; a further request goes on. */
const DROP_LIMIT = 20_000;

const dropSchema = named(
  "DroppedValidation",
  z.strictObject({
    dropped: z.int().describe("Recordings that are gone."),
    left: z.array(
      z.strictObject({
        recordingKey: z.string(),
        why: z.string().describe("held, kept, in-progress, drive-failed or not-found"),
      }),
    ),
  }),
);

export function validationRoutes(api: RecorderApi, storage: StorageAdmin): Route[] {
  return [
    route({
      method: "DELETE",
      path: "/api/v1/validation-recordings",
      tag: "recordings",
      summary: "Erase every recording that a network's validation made",
      needs: "manager",
      answers: { 200: { description: "What is gone, and what is left.", schema: dropSchema } },
      handle: async ({ asker }) => json(await dropAll(api, storage, asker)),
    }),
  ];
}

async function dropAll(
  api: RecorderApi,
  storage: StorageAdmin,
  asker: Asker,
): Promise<z.output<typeof dropSchema>> {
  const left: { recordingKey: string; why: string }[] = [];
  const tried = new Set<string>();
  while (tried.size < DROP_LIMIT) {
    // What was dropped is no longer found, what was left comes first again.
    const page = { purpose: "validation", limit: PAGE_ROWS, offset: left.length };
    const rows = await api.searchRecordings({ ...page, ...scopeQuery(asker.key) });
    const fresh = rows.filter(({ recordingKey }) => !tried.has(recordingKey));
    if (fresh.length === 0) break;
    for (const { recordingKey } of fresh) {
      tried.add(recordingKey);
      const answer = await drop(api, storage, { asker, recordingKey });
      if (!answer.ok) left.push({ recordingKey, why: answer.code });
    }
  }
  return { dropped: tried.size - left.length, left };
}

async function drop(
  api: RecorderApi,
  storage: StorageAdmin,
  { asker, recordingKey }: { readonly asker: Asker; readonly recordingKey: string },
): Promise<AdminAnswer> {
  const deed = { action: "delete", target: recordingKey, detail: "validation" } as const;
  // As with any deletion: in the audit before it is done.
  await audit(api, asker, { ...deed, result: "begun" });
  const reason = "made by a validation of the network";
  const answer = await storage.erase(recordingKey, { by: asker.key.name, reason });
  await audit(api, asker, { ...deed, result: answer.ok ? "ok" : answer.code });
  return answer;
}
