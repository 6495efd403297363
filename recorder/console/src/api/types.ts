// The API's bodies as types, taken from the very schemas that the routes validate with and the
// OpenAPI document is made of. Types only: nothing of the recorder reaches the browser.
import type { z } from "zod";
import type { callDetailSchema } from "../../../src/http/call-routes.ts";
import type { problemSchema } from "../../../src/http/problem.ts";
import type {
  activeRecordingSchema,
  recordingDetailSchema,
  recordingListSchema,
  recordingSchema,
} from "../../../src/http/recording-view.ts";
import type { sessionSchema } from "../../../src/http/session-routes.ts";
import type { holdSchema, verificationSchema } from "../../../src/http/storage-routes.ts";
import type { waveformSchema } from "../../../src/http/waveform-routes.ts";
import type { MonitorLists } from "../../../src/recording-monitor.ts";

export type Problem = z.output<typeof problemSchema>["error"];
export type Session = z.output<typeof sessionSchema>;
export type Role = Session["role"];
export type Recording = z.output<typeof recordingSchema>;
export type RecordingDetail = z.output<typeof recordingDetailSchema>;
export type RecordingList = z.output<typeof recordingListSchema>;
export type ActiveRecording = z.output<typeof activeRecordingSchema>;
export type Waveform = z.output<typeof waveformSchema>;
export type CallDetail = z.output<typeof callDetailSchema>;
export type Verification = z.output<typeof verificationSchema>;
export type Hold = z.output<typeof holdSchema>;
export type Outcome = NonNullable<Recording["outcome"]>;
export type {
  FailedRow,
  MonitorCall,
  RecordRow,
  UnrecordedRow,
} from "../../../src/recording-monitor.ts";
export type Monitor = MonitorLists;
