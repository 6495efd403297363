// The samples of a long run on disk: JSON lines, appended and synced, in the folder of the report.
// A torn last line, as a power cut leaves it, is cut off. Another recorder's file is refused.
import { mkdir, open, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { MinuteSample, SampleStore } from "./long-run.ts";

const FORMAT = "tapeline-samples";

export class SampleFileError extends Error {
  override readonly name = "SampleFileError";
}

interface Header {
  readonly format: typeof FORMAT;
  readonly version: 1;
  readonly recorder: string;
  readonly startedMs: number;
}

export function sampleFile(path: string, recorder: string): SampleStore {
  return {
    async load() {
      const text = await textOf(path);
      if (text === null) return { startedMs: null, samples: [] };
      const whole = text.slice(0, text.lastIndexOf("\n") + 1);
      if (whole.length < text.length) await writeFile(path, whole);
      const [first, ...lines] = whole.split("\n").filter((line) => line !== "");
      const header = first === undefined ? null : (parsedLine(first) as Partial<Header> | null);
      if (header?.format !== FORMAT || typeof header.startedMs !== "number") {
        throw new SampleFileError(`${path} is no file of samples. Give another folder by --out.`);
      }
      if (header.recorder !== recorder) {
        throw new SampleFileError(
          `${path} is of a run to ${header.recorder}. Give another folder by --out for ${recorder}.`,
        );
      }
      const samples = lines.flatMap((line) => {
        const sample = parsedLine(line) as MinuteSample | null;
        return sample === null ? [] : [sample];
      });
      return { startedMs: header.startedMs, samples };
    },
    async begin(startedMs) {
      await mkdir(dirname(path), { recursive: true });
      const header: Header = { format: FORMAT, version: 1, recorder, startedMs };
      await appendSynced(path, header);
    },
    append: (sample) => appendSynced(path, sample),
  };
}

async function appendSynced(path: string, line: unknown): Promise<void> {
  const file = await open(path, "a");
  try {
    await file.appendFile(`${JSON.stringify(line)}\n`);
    await file.datasync();
  } finally {
    await file.close();
  }
}

function parsedLine(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

async function textOf(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
