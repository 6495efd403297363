// GET /api/v1/recordings/{key}/waveform: what a player draws before a byte of audio is asked for.
// Nothing can be heard from it, so that it is no listening in the sense of the audit.
import { z } from "zod";
import type { RecorderApi } from "./api.ts";
import { recordingParams, visibleRecording } from "./recording-routes.ts";
import { json, notFound, refuse, route, type Route } from "./route.ts";
import { named } from "./schema.ts";
import { PEAK_MOST, waveformOf } from "./waveform.ts";

const POINTS_DEFAULT = 4_000;
const POINTS_MOST = 20_000;

export const waveformSchema = named(
  "Waveform",
  z.strictObject({
    samples: z.int(),
    windowSamples: z.int().describe("Samples of one window, 160 at least."),
    peaks: z
      .array(z.int().min(0).max(PEAK_MOST))
      .describe(`The loudest sample of each window, 0 to ${PEAK_MOST}.`),
  }),
);

const query = z.strictObject({
  points: z
    .string()
    .regex(/^\d{1,5}$/, "Give a whole number.")
    .transform(Number)
    .refine((points) => points >= 1 && points <= POINTS_MOST, `Ask for 1 to ${POINTS_MOST} points.`)
    .optional()
    .describe(`Windows at most; ${POINTS_DEFAULT} if not said.`),
});

export function waveformRoutes(api: RecorderApi): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/recordings/{key}/waveform",
      tag: "recordings",
      summary: "The waveform: the loudest sample of each window",
      needs: "supervisor",
      params: recordingParams,
      query,
      answers: {
        200: { description: "The waveform.", schema: waveformSchema },
        404: { description: "There is no audio, or the key may not see it." },
        409: { description: "It is still being recorded." },
      },
      async handle({ params, query: asked, url, asker }) {
        const found = await visibleRecording(api, asker.key, params.key);
        if (found === null) return notFound(url);
        if (found.status === "RECORDING") {
          const remedy = "Ask again after the call, or listen live.";
          return refuse(409, { code: "still-recording", path: url, remedy });
        }
        const audio = await api.openAudio(found.row);
        if (audio === null) return notFound(url);
        try {
          return json(await waveformOf(audio, asked.points ?? POINTS_DEFAULT));
        } finally {
          await audio.close();
        }
      },
    }),
  ];
}
