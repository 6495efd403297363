// What validation reads of a recorder's API (validate/recorder-api.ts), asked of a recorder of the
// virtual world directly.
import type { Recorder } from "@tapeline/recorder";
import type { RecorderApiReader } from "../../src/validate/probe.ts";

export function readerOf({ api }: Recorder): RecorderApiReader {
  return {
    find: async (sipCallId) => {
      const [row] = await api.searchRecordings({ sipCallId, limit: 1, offset: 0 });
      if (row === undefined) return null;
      const story = await api.storyOf(row);
      const invite = story?.messages.find(
        ({ direction, text }) => direction === "in" && text.startsWith("INVITE "),
      );
      return { recordingKey: row.recordingKey, samples: row.samples, invite: invite?.text ?? null };
    },
  };
}
