// A pool drive's own Disk: each call runs in a child process (drive-child.ts), so that a frozen
// drive blocks neither live writes nor other drives; libuv's I/O threads are shared by all threads
// of a process, therefore a worker thread would not do (design.md §5, "Media plane").
// The child starts with the first call and again with the first call after its death.
import { fork, type ChildProcess } from "node:child_process";
import type { Disk, DiskEntry, DiskFile, DiskStatus } from "../disk.ts";
import { RequestChannel, siblingUrl, type AnswerMessage } from "./request-channel.ts";

/** One call of Disk or DiskFile as it crosses to the child. */
export type DriveRequest =
  | { readonly op: "makeDirectory"; readonly path: string }
  | {
      readonly op: "open";
      readonly path: string;
      readonly mode: "create" | "update" | "read" | "append";
    }
  | { readonly op: "readFile"; readonly path: string }
  | { readonly op: "rename"; readonly path: string; readonly to: string }
  | { readonly op: "remove"; readonly path: string }
  | { readonly op: "list"; readonly path: string }
  | { readonly op: "status"; readonly path: string }
  | { readonly op: "syncDirectory"; readonly path: string }
  | { readonly op: "freeBytes"; readonly path: string }
  | {
      readonly op: "file.write";
      readonly file: number;
      readonly data: Uint8Array;
      readonly position: number;
    }
  | {
      readonly op: "file.read";
      readonly file: number;
      readonly position: number;
      readonly length: number;
    }
  | { readonly op: "file.truncate"; readonly file: number; readonly length: number }
  | { readonly op: "file.sync" | "file.close"; readonly file: number };

/** A drive's disk, which also can be closed. */
export interface DriveDisk extends Disk {
  /** Ends the child; pending calls reject. Later calls reject too. */
  close(): Promise<void>;
  /** The child's process id while one runs. */
  childId(): number | null;
}

/** Code of calls whose child died before it answered, and of calls after `close`. */
export const DRIVE_PROCESS_GONE = "DRIVE_PROCESS_GONE";

/** A child that has not gone so long after being told to is killed. */
const CHILD_EXIT_MS = 1000;

interface Child {
  readonly process: ChildProcess;
  readonly channel: RequestChannel<DriveRequest>;
  readonly gone: Promise<void>;
}

/** A Disk whose calls run in a process of their own. */
export function nodeDriveDisk(
  childUrl: URL = siblingUrl("drive-child", import.meta.url),
): DriveDisk {
  let child: Child | null = null;
  let isClosed = false;

  const gone = (detail: string): Error =>
    Object.assign(new Error(`the drive's process ${detail}`), { code: DRIVE_PROCESS_GONE });

  const running = (): Child => {
    if (isClosed) throw gone("was closed");
    child ??= startChild(childUrl, (dead, detail) => {
      if (child?.process === dead) child = null;
      return gone(detail);
    });
    return child;
  };

  const ask = async (request: DriveRequest, on: Child = running()): Promise<unknown> => {
    // While calls are pending the child keeps this process alive, not longer.
    on.process.channel?.ref();
    try {
      return await on.channel.ask(request);
    } finally {
      if (on.channel.pendingCount === 0) on.process.channel?.unref();
    }
  };

  return {
    ...calls(ask),
    open: async (path, mode) => {
      const owner = running();
      const file = Number(await ask({ op: "open", path, mode }, owner));
      // Files live in the child that opened them: after its death they answer with an error.
      return remoteFile(path, file, (request) => {
        if (child !== owner) throw gone("that held the file is gone");
        return ask(request, owner);
      });
    },
    childId: () => child?.process.pid ?? null,
    async close() {
      isClosed = true;
      if (child !== null) await endChild(child);
    },
  };
}

type Ask = (request: DriveRequest) => Promise<unknown>;

function calls(ask: Ask): Omit<Disk, "open"> {
  return {
    makeDirectory: async (path) => void (await ask({ op: "makeDirectory", path })),
    readFile: async (path) => (await ask({ op: "readFile", path })) as Uint8Array,
    rename: async (path, to) => void (await ask({ op: "rename", path, to })),
    remove: async (path) => void (await ask({ op: "remove", path })),
    list: async (path) => (await ask({ op: "list", path })) as DiskEntry[],
    status: async (path) => (await ask({ op: "status", path })) as DiskStatus | null,
    syncDirectory: async (path) => void (await ask({ op: "syncDirectory", path })),
    freeBytes: async (path) => Number(await ask({ op: "freeBytes", path })),
  };
}

function remoteFile(path: string, file: number, ask: Ask): DiskFile {
  return {
    path,
    write: async (data, position) => void (await ask({ op: "file.write", file, data, position })),
    read: async (position, length) =>
      (await ask({ op: "file.read", file, position, length })) as Uint8Array,
    truncate: async (length) => void (await ask({ op: "file.truncate", file, length })),
    sync: async () => void (await ask({ op: "file.sync", file })),
    close: async () => void (await ask({ op: "file.close", file })),
  };
}

function startChild(url: URL, onGone: (process: ChildProcess, detail: string) => Error): Child {
  const process = fork(url, {
    serialization: "advanced",
    execArgv: [],
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    // A process group of its own: an interrupt at the terminal is the parent's to handle.
    detached: true,
  });
  const channel = new RequestChannel<DriveRequest>((message) => {
    process.send(message, (error) => {
      if (error !== null) channel.rejectAll(onGone(process, error.message));
    });
  });
  process.on("message", (answer: AnswerMessage) => channel.settle(answer));
  const gone = new Promise<void>((resolve) => {
    const end = (detail: string): void => {
      channel.rejectAll(onGone(process, detail));
      resolve();
    };
    process.on("error", (error) => end(`failed: ${error.message}`));
    process.on("exit", (code, signal) => end(`ended (${signal ?? `exit code ${code}`})`));
    // A frozen drive holds the dying child in the kernel; its channel closes only then.
    process.on("disconnect", () => end("left"));
  });
  process.unref();
  process.channel?.unref();
  return { process, channel, gone };
}

async function endChild(child: Child): Promise<void> {
  const timer = setTimeout(() => child.process.kill("SIGKILL"), CHILD_EXIT_MS);
  timer.unref();
  // The child leaves when its channel ends; calls it still runs are lost to us anyway.
  if (child.process.connected) child.process.disconnect();
  await child.gone;
}
