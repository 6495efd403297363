// The package edge: what the testbed builds the recorder from. Customers use the command line.
export { checkConfig, parseConfig, type ConfigResult, type RecorderConfig } from "./config.ts";
export { readRawLog, type LoggedRecord, type RawLog } from "./devlink3/raw-log.ts";
export type { DetailRecord, LostRecord, Party } from "./devlink3/delta3-record.ts";
export type { RecorderApi } from "./http/api.ts";
export { HttpServer } from "./http/server.ts";
export { MediaPlaneService } from "./media/media-plane.ts";
export { Recorder, type RecorderDelegate } from "./recorder.ts";
export { Responder } from "./responder/responder.ts";
export {
  parseBitRate,
  size,
  SIZING_DEFAULTS,
  SIZING_LIMIT_COUNT,
  STREAM_BITS,
  type CardChoice,
  type Sizing,
  type SizingInput,
} from "./sizing.ts";
