// A zip file as another program reads it, in the order of its entries: support bundles are judged
// by what stands in them, with a reader that is not the writer's.
import { fromBuffer, type Entry, type ZipFile } from "yauzl";

export interface ZippedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Rejects when the zip is damaged. */
export async function readZip(bytes: Uint8Array): Promise<ZippedFile[]> {
  const zip = await open(bytes);
  const files: ZippedFile[] = [];
  return new Promise((resolve, reject) => {
    zip.on("error", reject);
    zip.on("end", () => resolve(files));
    zip.on("entry", (entry: Entry) => {
      content(zip, entry).then((found) => {
        files.push({ name: entry.fileName, bytes: found });
        zip.readEntry();
      }, reject);
    });
    zip.readEntry();
  });
}

function open(bytes: Uint8Array): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    fromBuffer(Buffer.from(bytes), { lazyEntries: true }, (error, zip) => {
      if (error === null) resolve(zip);
      else reject(error);
    });
  });
}

function content(zip: ZipFile, entry: Entry): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => {
      if (error !== null) return reject(error);
      const pieces: Buffer[] = [];
      stream.on("data", (piece: Buffer) => pieces.push(piece));
      stream.on("error", reject);
      stream.on("end", () => resolve(Buffer.concat(pieces)));
    });
  });
}
