// Which stream is meant: by liveStreamId, recordingKey, extension or the agent's name, of those
// that the key may hear.
import { z } from "zod";
import { RecorderError } from "../errors.ts";

const streamsSchema = z.object({
  streams: z.array(
    z.object({
      recordingKey: z.string(),
      liveStreamId: z.string().nullable(),
      association: z
        .object({ agent: z.string().nullable(), extension: z.string().nullable() })
        .nullable(),
    }),
  ),
});

export type FoundStream = z.output<typeof streamsSchema>["streams"][number];

interface Asked {
  readonly subject: string;
  readonly url: string;
  readonly key: string;
}

/** Rejects with a RecorderError that says what to do. */
export async function findStream({ subject, url, key }: Asked): Promise<FoundStream> {
  const streams = await listStreams(url, key);
  const isNamed = (stream: FoundStream): boolean =>
    stream.recordingKey === subject || stream.liveStreamId === subject;
  const isOf = ({ association }: FoundStream): boolean =>
    association?.extension === subject ||
    association?.agent?.toLowerCase() === subject.toLowerCase();
  const found = streams.find(isNamed) ?? streams.findLast(isOf);
  if (found !== undefined) return found;
  const heard = streams.map(
    ({ association, liveStreamId, recordingKey }) =>
      association?.extension ?? liveStreamId ?? recordingKey,
  );
  const there = heard.length === 0 ? "none can be heard now" : `there are ${heard.join(", ")}`;
  throw new RecorderError("LISTEN_NO_STREAM", `${subject}; ${there}`);
}

async function listStreams(url: string, key: string): Promise<readonly FoundStream[]> {
  const headers = { authorization: `Bearer ${key}` };
  let answer: Response;
  try {
    answer = await fetch(new URL("/api/v1/live", url), { headers });
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    const words = cause instanceof Error ? cause.message : "no answer";
    throw new RecorderError("LISTEN_FAILED", `${url}: ${words}`, { cause: error });
  }
  if (answer.status === 401 || answer.status === 403) {
    throw new RecorderError("LISTEN_REFUSED", `${url}: HTTP ${answer.status}`);
  }
  const body = streamsSchema.safeParse(answer.ok ? await answer.json() : null);
  if (!body.success) throw new RecorderError("LISTEN_FAILED", `${url}: HTTP ${answer.status}`);
  return body.data.streams;
}
