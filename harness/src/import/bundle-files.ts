// The texts of a support bundle that an import needs: the raw DevLink3 stream, the journals, the
// rows of the links, the configuration. A journal that lies in the live directory and in a pool
// counts once. Whoever sent the bundle may have made anything of it: nothing is written to disk by
// its names, sizes are bounded, and what is wrong has a code.
import yauzl from "yauzl";

/** More than this in one text is no log that anybody replays. */
export const ENTRY_LIMIT_BYTES = 256 * 1024 * 1024;
/** Of all texts that are read. */
export const TEXTS_LIMIT_BYTES = 512 * 1024 * 1024;
/** Files in the zip, read or not. */
export const ENTRIES_LIMIT = 100_000;

export type BundleProblemCode =
  "BUNDLE_UNREADABLE" | "BUNDLE_UNSAFE_PATH" | "BUNDLE_TOO_LARGE" | "BUNDLE_INCOMPLETE";

/** A bundle that cannot be imported; the message says what to do. */
export class BundleProblem extends Error {
  override readonly name = "BundleProblem";
  readonly code: BundleProblemCode;

  constructor(code: BundleProblemCode, message: string) {
    super(`${code}: ${message}`);
    this.code = code;
  }
}

export interface BundleTexts {
  /** Rotated files first. */
  readonly rawLog: string;
  /** By recordingKey. */
  readonly journals: ReadonlyMap<string, string>;
  /** links.jsonl; "" where there is none. */
  readonly links: string;
  /** YAML; "" where there is none. */
  readonly configuration: string;
}

/** Rejects with a BundleProblem. */
export async function readBundle(path: string): Promise<BundleTexts> {
  const journals = new Map<string, string>();
  const logs: string[] = [];
  let [links, configuration] = ["", ""];
  await eachEntry(path, isWanted, (name, text) => {
    const key = /([0-9a-f-]{36}-\d+)\.(?:tmpvrtx|vrtx)$/.exec(name)?.[1];
    if (key !== undefined) {
      if ((journals.get(key)?.length ?? 0) < text.length) journals.set(key, text);
    } else if (/(^|\/)cd3_log[^/]*$/.test(name)) logs.push(text);
    else if (name.endsWith("links.jsonl")) links = text;
    else configuration = text;
  });
  if (logs.length === 0) {
    const what = journals.size === 0 ? "neither a cd3_log nor a journal" : "no cd3_log";
    throw new BundleProblem(
      "BUNDLE_INCOMPLETE",
      `there is ${what} in it. Name a zip that \`npx tapeline-recorder bundle\` made.`,
    );
  }
  // Lines carry their time, so that files need no order of their own.
  const lines = logs.flatMap((text) => text.split("\n")).filter((line) => line !== "");
  return { rawLog: lines.toSorted(byTime).join("\n"), journals, links, configuration };
}

function isWanted(name: string): boolean {
  return (
    /\.(?:tmpvrtx|vrtx)$/.test(name) ||
    /(^|\/)cd3_log[^/]*$/.test(name) ||
    /(^|\/)(?:links\.jsonl|configuration\.yaml)$/.test(name)
  );
}

/** ISO times compare as text; lines of one time stay as they are. */
function byTime(left: string, right: string): number {
  const [one, other] = [left.slice(0, 24), right.slice(0, 24)];
  return one < other ? -1 : Number(one > other);
}

function eachEntry(
  path: string,
  isChosen: (name: string) => boolean,
  take: (name: string, text: string) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (problem: Error): void => reject(coded(path, problem));
    yauzl.open(path, { lazyEntries: true, autoClose: true }, (problem, zip) => {
      if (problem !== null) return fail(problem);
      let textBytes = 0;
      zip.on("error", fail);
      zip.on("end", () => resolve());
      if (zip.entryCount > ENTRIES_LIMIT) {
        zip.close();
        return fail(tooLarge(`${zip.entryCount} files, more than ${ENTRIES_LIMIT}`));
      }
      zip.on("entry", (entry: yauzl.Entry) => {
        if (!isChosen(entry.fileName)) return zip.readEntry();
        textBytes += entry.uncompressedSize;
        if (entry.uncompressedSize > ENTRY_LIMIT_BYTES || textBytes > TEXTS_LIMIT_BYTES) {
          zip.close();
          return fail(tooLarge(`${entry.fileName} would be ${entry.uncompressedSize} bytes`));
        }
        // A stream that holds more than its entry says is an error of yauzl's own.
        zip.openReadStream(entry, (trouble, stream) => {
          if (trouble !== null) return fail(trouble);
          const chunks: Buffer[] = [];
          stream.on("error", fail);
          stream.on("data", (chunk: Buffer) => chunks.push(chunk));
          stream.on("end", () => {
            take(entry.fileName, Buffer.concat(chunks).toString());
            zip.readEntry();
          });
        });
      });
      zip.readEntry();
    });
  });
}

function tooLarge(what: string): BundleProblem {
  const remedy = "Make it of a shorter time: npx tapeline-recorder bundle --from … --to …";
  return new BundleProblem("BUNDLE_TOO_LARGE", `${what}. ${remedy}`);
}

/** yauzl refuses names that would leave a folder, and knows no codes of its own. */
function coded(path: string, problem: Error): BundleProblem {
  if (problem instanceof BundleProblem) return problem;
  if (/invalid relative path|absolute path|invalid characters in fileName/.test(problem.message)) {
    return new BundleProblem(
      "BUNDLE_UNSAFE_PATH",
      `${problem.message}. No bundle of a recorder has such names: do not unpack it.`,
    );
  }
  return new BundleProblem(
    "BUNDLE_UNREADABLE",
    `${path} cannot be read as a bundle (${problem.message}). ` +
      "Name a zip that `npx tapeline-recorder bundle` made.",
  );
}
