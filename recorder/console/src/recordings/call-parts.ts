// The other parts of a recording's call, in full, for the timeline they share.
import { api } from "../api/client.ts";
import type { CallDetail, RecordingDetail } from "../api/types.ts";

/** Parts that one timeline shows; the rest is found by the call key. */
const MOST_PARTS = 40;

/** With the recording itself, by part. */
export async function partsOfCall(
  recording: RecordingDetail,
  signal: AbortSignal,
): Promise<readonly RecordingDetail[]> {
  const { callKey, recordingKey } = recording;
  if (callKey === null) return [recording];
  const path = `/api/v1/calls/${encodeURIComponent(callKey)}`;
  const { recordings } = await api.get<CallDetail>(path, {}, signal);
  const others = recordings
    .filter((one) => one.recordingKey !== recordingKey)
    .slice(0, MOST_PARTS)
    .map((one) =>
      api.get<RecordingDetail>(
        `/api/v1/recordings/${encodeURIComponent(one.recordingKey)}`,
        {},
        signal,
      ),
    );
  return [recording, ...(await Promise.all(others))];
}
