// A recording as the API shows it: the fields that buyers know (domain.md, "Recordings and the API
// that buyers know") beside our own.
import { createHash } from "node:crypto";
import { z } from "zod";
import type { CatalogRow } from "../ports/index.ts";
import type { RecordingView } from "../recording/recordings.ts";
import type { FoundRecording } from "./api.ts";
import { named } from "./schema.ts";

const SAMPLES_PER_MS = 8;

const text = z.string();
const optionalText = z.string().nullable();
const whole = z.int().min(0);

const fields = {
  recordingKey: text.describe('UUID "-" start in epoch ms.'),
  callKey: optionalText,
  part: whole.nullable(),
  startTime: whole.describe("Epoch ms of the first packet or, without one, of the answer."),
  startTimeMs: whole.describe("The same; our own name for it."),
  duration: whole.describe("Milliseconds."),
  samples: whole,
  status: z
    .enum(["SAVED", "SAVING", "RECORDING"])
    .describe("In a pool; complete and on its way there; in progress."),
  outcome: z.enum(["ok", "degraded", "failed", "blocked", "discarded"]).nullable(),
  why: optionalText.describe("A word of a closed list (errors.md)."),
  endReason: optionalText,
  recovered: z.boolean(),
  agent: optionalText,
  extension: optionalText,
  parties: z.array(text),
  liveStreamId: optionalText,
  sipCallId: text,
  pool: optionalText,
  poolId: z.uuid().nullable().describe("A UUID made of the pool's name: always the same."),
  drive: optionalText,
  path: optionalText,
  size: whole.describe("Bytes of the .spx; 0 while there is none."),
  bytes: whole.describe("The same; our own name for it."),
  recordingSystemId: text.describe("recorder.name of the configuration."),
  loss: z.number().describe("Share of the packets that were lost, 0 to 1."),
  mos: z.number().nullable().describe("Listening quality; null = not measured."),
  rule: optionalText.describe("Title of the rule that decided."),
  isHeld: z.boolean().describe("A legal hold lies on it."),
  purpose: z
    .literal("validation")
    .nullable()
    .describe("validation: made by a network's validation, and may be dropped."),
};

export const recordingSchema = named("Recording", z.strictObject(fields));

export const recordingDetailSchema = named(
  "RecordingDetail",
  z.strictObject({
    ...fields,
    eventId: optionalText.describe(
      "The call event (a stretch of talking) that it is the audio of.",
    ),
    sha256: optionalText.describe("Of the .ul as it was recorded."),
    events: z.array(
      z.strictObject({
        eventId: text,
        kind: text,
        fromSample: whole,
        toSample: whole,
        parties: z.array(text),
      }),
    ),
    pauses: z.array(
      z.strictObject({
        fromSample: whole,
        toSample: whole.nullable(),
        by: text,
        via: text,
      }),
    ),
    gaps: z.array(z.strictObject({ fromSample: whole, samples: whole, cause: text })),
  }),
);

export const recordingListSchema = named(
  "RecordingList",
  z.strictObject({
    recordings: z.array(recordingSchema),
    total: z.int().optional().describe("Where it was asked for: found, without limit and offset."),
  }),
);

export const activeRecordingSchema = named(
  "ActiveRecording",
  z.strictObject({
    recordingKey: text,
    liveStreamId: optionalText,
    sipCallId: text,
    state: text,
    isPaused: z.boolean(),
    beganTimeMs: z.number(),
    association: z
      .looseObject({
        rung: z.union([z.int(), z.literal("orphan")]),
        callKey: optionalText,
        part: whole.nullable(),
        deviceCallId: optionalText,
        agent: optionalText,
        extension: optionalText,
        parties: z.array(text),
      })
      .nullable(),
  }),
);

export function recordingBody(
  { row, status }: FoundRecording,
  recorder: string,
): z.output<typeof recordingSchema> {
  const isOver = status !== "RECORDING";
  return {
    recordingKey: row.recordingKey,
    callKey: row.callKey,
    part: row.part,
    startTime: Math.round(row.startTimeMs),
    startTimeMs: Math.round(row.startTimeMs),
    duration: Math.round(row.samples / SAMPLES_PER_MS),
    samples: row.samples,
    status,
    outcome: isOver ? (row.outcome as z.output<typeof recordingSchema>["outcome"]) : null,
    why: row.why,
    endReason: isOver ? row.endReason : null,
    recovered: row.recovered,
    agent: row.agent,
    extension: row.extension,
    parties: [...row.parties],
    liveStreamId: row.liveStreamId,
    sipCallId: row.sipCallId,
    pool: row.pool,
    poolId: row.pool === null ? null : poolId(row.pool),
    drive: row.drive,
    path: row.path,
    size: row.bytes,
    bytes: row.bytes,
    recordingSystemId: recorder,
    loss: row.loss,
    mos: row.mos,
    rule: row.rule ?? null,
    isHeld: row.isHeld ?? false,
    purpose: row.purpose === "validation" ? row.purpose : null,
  };
}

/** A row of the catalog: complete, and in a pool when it names one. */
export function foundRow(row: CatalogRow): FoundRecording {
  return { row, status: row.pool === null ? "SAVING" : "SAVED" };
}

/** What is known of a recording in progress, in the form of a row. */
export function rowOfView(view: RecordingView): CatalogRow {
  const { recordingKey, association, beganTimeMs, liveStreamId, sipCallId } = view;
  return {
    recordingKey,
    callKey: association?.callKey ?? null,
    part: association?.part ?? null,
    startTimeMs: beganTimeMs,
    samples: 0,
    outcome: "ok",
    why: null,
    endReason: "",
    recovered: false,
    agent: association?.agent ?? null,
    extension: association?.extension ?? null,
    parties: association?.parties ?? [],
    liveStreamId,
    sipCallId,
    pool: null,
    drive: null,
    path: null,
    bytes: 0,
    loss: 0,
    mos: null,
  };
}

/** A UUID of the form of version 8 (RFC 9562 §5.8), made of the pool's name. */
export function poolId(pool: string): string {
  const bytes = createHash("sha256").update(`tapeline pool ${pool}`).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  const cuts = [0, 8, 12, 16, 20, 32];
  return cuts
    .slice(1)
    .map((end, index) => hex.slice(cuts[index], end))
    .join("-");
}
