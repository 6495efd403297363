// The texts of a support bundle that an import needs: the raw DevLink3 stream, the journals, the
// rows of the links, the configuration. A journal that lies in the live directory and in a pool
// counts once.
import yauzl from "yauzl";

/** More than this in one text is no log that anybody replays. */
const ENTRY_LIMIT_BYTES = 256 * 1024 * 1024;

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

export async function readBundle(path: string): Promise<BundleTexts> {
  const journals = new Map<string, string>();
  const logs: { readonly name: string; readonly text: string }[] = [];
  let [links, configuration] = ["", ""];
  await eachEntry(path, isWanted, (name, text) => {
    const key = /([0-9a-f-]{36}-\d+)\.(?:tmpvrtx|vrtx)$/.exec(name)?.[1];
    if (key !== undefined) {
      if ((journals.get(key)?.length ?? 0) < text.length) journals.set(key, text);
    } else if (/(^|\/)cd3_log[^/]*$/.test(name)) logs.push({ name, text });
    else if (name.endsWith("links.jsonl")) links = text;
    else configuration = text;
  });
  // Lines carry their time, so that files need no order of their own.
  const lines = logs.flatMap(({ text }) => text.split("\n")).filter((line) => line !== "");
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
    yauzl.open(path, { lazyEntries: true, autoClose: true }, (problem, zip) => {
      if (problem !== null) return reject(problem);
      zip.on("error", reject);
      zip.on("end", () => resolve());
      zip.on("entry", (entry: yauzl.Entry) => {
        if (!isChosen(entry.fileName) || entry.uncompressedSize > ENTRY_LIMIT_BYTES) {
          zip.readEntry();
          return;
        }
        zip.openReadStream(entry, (trouble, stream) => {
          if (trouble !== null) return reject(trouble);
          const chunks: Buffer[] = [];
          stream.on("error", reject);
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
