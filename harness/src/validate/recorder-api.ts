// Reads of a recorder's API what a validation compares: the recording of a call, and the INVITE as
// its journal has it. Answers are strangers' bytes: what cannot be read is a sentence. Live only.
import type { RecorderApiReader, RecordingByApi } from "./probe.ts";

const LARGEST_ANSWER_BYTES = 4_000_000;

export function recorderApi(url: string, key: string): RecorderApiReader {
  const get = async (path: string): Promise<string> => {
    const answer = await fetch(new URL(path, url), { headers: { authorization: `Bearer ${key}` } });
    if (!answer.ok) throw new ApiRefusal(`the API at ${url} answers ${answer.status}`);
    const text = await answer.text();
    if (text.length > LARGEST_ANSWER_BYTES) throw new ApiRefusal("the API's answer is too long");
    return text;
  };
  return {
    async find(sipCallId) {
      try {
        const query = `/api/v1/recordings?sipCallId=${encodeURIComponent(sipCallId)}&limit=1`;
        const row = firstRecording(await get(query));
        if (row === null) return null;
        const path = `/api/v1/recordings/${encodeURIComponent(row.recordingKey)}/messages`;
        return { ...row, invite: inviteOf(await get(path)) };
      } catch (error) {
        if (error instanceof ApiRefusal) return error.message;
        return `the API at ${url} cannot be read: ${causeOf(error)}`;
      }
    },
  };
}

class ApiRefusal extends Error {
  override readonly name = "ApiRefusal";
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error ? cause.message : error.message;
}

function firstRecording(text: string): RecordingByApi | null {
  const body: unknown = JSON.parse(text);
  if (typeof body !== "object" || body === null || !("recordings" in body)) return null;
  const { recordings } = body;
  const row: unknown = Array.isArray(recordings) ? recordings[0] : null;
  if (typeof row !== "object" || row === null) return null;
  if (!("recordingKey" in row) || typeof row.recordingKey !== "string") return null;
  const samples = "samples" in row && typeof row.samples === "number" ? row.samples : 0;
  return { recordingKey: row.recordingKey, samples, invite: null };
}

/** The first INVITE that came in, of the messages of a recording. */
export function inviteOf(text: string): string | null {
  const body: unknown = JSON.parse(text);
  if (typeof body !== "object" || body === null || !("messages" in body)) return null;
  const messages: unknown[] = Array.isArray(body.messages) ? body.messages : [];
  for (const value of messages) {
    if (typeof value !== "object" || value === null || !("text" in value)) continue;
    const isIncoming = "direction" in value && value.direction === "in";
    if (isIncoming && typeof value.text === "string" && value.text.startsWith("INVITE ")) {
      return value.text;
    }
  }
  return null;
}
