// The support bundle as a download (R24): one zip with all that a fault report needs, made beside
// the recorder's own work. Audio of people is in it: for administrators, and audited.
import { z } from "zod";
import type { RecorderApi } from "./api.ts";
import { audit } from "./audit-trail.ts";
import { refuse, route, type Answer, type Route } from "./route.ts";
import { spanParameters, word } from "./schema.ts";

export type MadeBundle =
  | {
      readonly ok: true;
      readonly bytes: number;
      /** Read once, or given up: then the file is gone. */
      readonly content: AsyncIterable<Uint8Array>;
    }
  | { readonly ok: false; readonly code: "busy" | "failed"; readonly detail: string };

/** Makes one bundle at a time. */
export type BundleMaker = (asked: {
  readonly fromTimeMs: number | null;
  readonly toTimeMs: number | null;
  /** Any name of a recording; null: of all. */
  readonly recording: string | null;
}) => Promise<MadeBundle>;

const query = z.strictObject({
  ...spanParameters,
  recording: word.optional().describe("recordingKey, SIP Call-ID or live stream id."),
});

export function bundleRoutes(api: RecorderApi, make: BundleMaker): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/bundle",
      tag: "logs",
      summary: "A support bundle as a zip, of a time or of one recording; secrets masked",
      needs: "administrator",
      query,
      answers: {
        200: { description: "The zip.", types: ["application/zip"] },
        409: { description: "Another one is being made, or it could not be made." },
      },
      async handle({ query: { startTime, endTime, recording }, asker }): Promise<Answer> {
        const made = await make({
          fromTimeMs: startTime ?? null,
          toTimeMs: endTime ?? null,
          recording: recording ?? null,
        });
        const target = recording ?? "everything";
        const result = made.ok ? "ok" : made.code;
        await audit(api, asker, { action: "bundle", target, result });
        if (!made.ok) return refuse(409, { code: made.code, path: "bundle", remedy: made.detail });
        const day = new Date(api.clock.wallTimeMs()).toISOString().slice(0, 10);
        const headers = {
          "content-length": String(made.bytes),
          "content-disposition": `attachment; filename="tapeline-${day}.zip"`,
        };
        return { kind: "bytes", status: 200, type: "application/zip", headers, ...made };
      },
    }),
  ];
}
