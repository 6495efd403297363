// The child process behind drive-disk.ts: runs one drive's file calls and answers each. It ends
// with its parent, whose death closes the channel.
import { unreachable } from "../../assert.ts";
import type { DiskFile } from "../disk.ts";
import type { DriveRequest } from "./drive-disk.ts";
import { nodeDisk } from "./disk.ts";
import { answerTo, type RequestMessage } from "./request-channel.ts";

const disk = nodeDisk();
const files = new Map<number, DiskFile>();
let nextFile = 1;

function fileOf(number: number): DiskFile {
  const file = files.get(number);
  if (file !== undefined) return file;
  throw Object.assign(new Error(`file ${number} is not open`), { code: "EBADF" });
}

async function open(path: string, mode: "create" | "update" | "read" | "append"): Promise<number> {
  const number = nextFile;
  nextFile += 1;
  files.set(number, await disk.open(path, mode));
  return number;
}

function run(request: DriveRequest): Promise<unknown> {
  switch (request.op) {
    case "open":
      return open(request.path, request.mode);
    case "rename":
      return disk.rename(request.path, request.to);
    case "makeDirectory":
    case "readFile":
    case "remove":
    case "list":
    case "status":
    case "syncDirectory":
    case "freeBytes":
      return disk[request.op](request.path);
    case "file.write":
      return fileOf(request.file).write(request.data, request.position);
    case "file.read":
      return fileOf(request.file).read(request.position, request.length);
    case "file.truncate":
      return fileOf(request.file).truncate(request.length);
    case "file.sync":
      return fileOf(request.file).sync();
    case "file.close": {
      const file = fileOf(request.file);
      files.delete(request.file);
      return file.close();
    }
    default:
      return unreachable(request);
  }
}

process.on("message", (message: RequestMessage<DriveRequest>) => {
  void answerTo(message, run).then((answer) => {
    if (process.connected) process.send?.(answer, undefined, undefined, () => undefined);
  });
});
process.on("disconnect", () => process.exit(0));
// Stopping is the parent's decision, told by the channel.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => undefined);
