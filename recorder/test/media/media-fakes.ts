// Fakes of the ports that the media plane uses: a clock moved by hand, a network of one socket a
// port, a disk in memory that can hang and fail. They implement the real interfaces and refuse
// what was not planned.
import type {
  Address,
  Clock,
  Disk,
  DiskFile,
  Random,
  Udp,
  UdpDelegate,
  UdpSocket,
} from "../../src/ports/index.ts";

export class FakeClock implements Clock {
  #nowMs = 1000;
  wallOffsetMs = 1_800_000_000_000;
  #order = 0;
  readonly #timers = new Set<{ atMs: number; order: number; name: string; call: () => void }>();

  nowMs(): number {
    return this.#nowMs;
  }

  wallTimeMs(): number {
    return this.#nowMs + this.wallOffsetMs;
  }

  setTimer(name: string, delayMs: number, callback: () => void) {
    this.#order += 1;
    const timer = { atMs: this.#nowMs + delayMs, order: this.#order, name, call: callback };
    this.#timers.add(timer);
    return {
      cancel: () => {
        this.#timers.delete(timer);
      },
    };
  }

  /** Names of the timers that run. */
  running(): string[] {
    return [...this.#timers].map((timer) => timer.name);
  }

  /** Moves time, firing what falls due; pending promises get their turn after each timer. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await turns(32);
    for (;;) {
      const due = [...this.#timers]
        .filter((timer) => timer.atMs <= untilMs)
        .sort((one, other) => one.atMs - other.atMs || one.order - other.order)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#nowMs = Math.max(this.#nowMs, due.atMs);
      due.call();
      await turns(16);
    }
    this.#nowMs = untilMs;
    await turns(32);
  }

  /** Time passes and no timer gets its turn: the thread was stopped. */
  stall(ms: number): void {
    this.#nowMs += ms;
  }
}

/** Lets chains of promises run out. */
export async function turns(count = 60): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await Promise.resolve();
}

export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: planned by the test`), { code });
}

export interface FakeSocket {
  readonly local: Address;
  readonly sent: { readonly data: Uint8Array; readonly target: Address }[];
  readonly delegate: UdpDelegate;
  isOpen: boolean;
  drops: number | null;
}

export class FakeUdp implements Udp {
  readonly sockets: FakeSocket[] = [];
  /** Binding these ports fails so. */
  readonly refusals = new Map<number, string>();
  grantedBytes = 4_194_304;
  /** Replaced by tests in which datagrams wait in the kernel. */
  drain: (callback: () => void) => void = (callback) => callback();
  #nextPort = 40_000;

  bind(
    options: { readonly local: Address; readonly receiveBufferBytes?: number },
    delegate: UdpDelegate,
  ): Promise<UdpSocket> {
    const port = options.local.port === 0 ? (this.#nextPort += 2) : options.local.port;
    const refusal = this.refusals.get(port);
    if (refusal !== undefined) return Promise.reject(systemError(refusal));
    if (this.at(port) !== undefined) return Promise.reject(systemError("EADDRINUSE"));
    const local = { host: options.local.host, port };
    const socket: FakeSocket = { local, sent: [], delegate, isOpen: true, drops: 0 };
    this.sockets.push(socket);
    return Promise.resolve({
      local,
      send: (data, target) => {
        socket.sent.push({ data, target });
      },
      receiveBufferBytes: () => this.grantedBytes,
      kernelDropCount: () => socket.drops,
      whenDrained: (callback) => this.drain(callback),
      close: () => {
        socket.isOpen = false;
      },
    });
  }

  at(port: number): FakeSocket | undefined {
    return this.sockets.find((socket) => socket.isOpen && socket.local.port === port);
  }

  open(): FakeSocket[] {
    return this.sockets.filter((socket) => socket.isOpen);
  }
}

/** What the disk does to the next calls. */
export type DiskMood = "well" | "hangs" | string;

export class FakeDisk implements Disk {
  readonly files = new Map<string, Uint8Array>();
  readonly directories = new Set<string>();
  readonly calls: string[] = [];
  openFiles = 0;
  /** "well", "hangs", or the code that every call fails with. */
  mood: DiskMood = "well";
  /** Only calls that this accepts are concerned; all by default. */
  concerns: (call: string) => boolean = () => true;
  #hanging: (() => void)[] = [];

  /** Calls that hung go on. */
  heal(): void {
    this.mood = "well";
    for (const resume of this.#hanging.splice(0)) resume();
  }

  async #call(call: string): Promise<void> {
    this.calls.push(call);
    if (!this.concerns(call)) return;
    if (this.mood === "hangs") {
      await new Promise<void>((resolve) => this.#hanging.push(resolve));
    } else if (this.mood !== "well") {
      throw systemError(this.mood);
    }
  }

  text(path: string): string {
    return new TextDecoder().decode(this.files.get(path) ?? new Uint8Array());
  }

  async makeDirectory(path: string): Promise<void> {
    await this.#call(`makeDirectory ${path}`);
    this.directories.add(path);
  }

  async open(path: string, mode: "create" | "update" | "read" | "append"): Promise<DiskFile> {
    await this.#call(`open ${path} ${mode}`);
    if (mode === "create" && this.files.has(path)) throw systemError("EEXIST");
    if (mode === "update" && !this.files.has(path)) throw systemError("ENOENT");
    const isMade = mode === "create" || (mode === "append" && !this.files.has(path));
    if (isMade) this.files.set(path, new Uint8Array());
    this.openFiles += 1;
    return this.#file(path);
  }

  #file(path: string): DiskFile {
    const content = (): Uint8Array => this.files.get(path) ?? new Uint8Array();
    let isOpen = true;
    const use = async (call: string): Promise<void> => {
      if (!isOpen) throw systemError("EBADF");
      await this.#call(`${call} ${path}`);
    };
    return {
      path,
      write: async (data, position) => {
        const copy = data.slice();
        await use(`write ${data.length}@${position}`);
        const grown = new Uint8Array(Math.max(content().length, position + copy.length));
        grown.set(content());
        grown.set(copy, position);
        this.files.set(path, grown);
      },
      read: async (position, length) => {
        await use("read");
        return content().slice(position, position + length);
      },
      truncate: async (length) => {
        await use("truncate");
        const cut = new Uint8Array(length);
        cut.set(content().subarray(0, length));
        this.files.set(path, cut);
      },
      sync: () => use("sync"),
      close: async () => {
        await use("close");
        isOpen = false;
        this.openFiles -= 1;
      },
    };
  }

  async readFile(path: string): Promise<Uint8Array> {
    await this.#call(`readFile ${path}`);
    const content = this.files.get(path);
    if (content === undefined) throw systemError("ENOENT");
    return content.slice();
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#call(`rename ${from}`);
    const content = this.files.get(from);
    if (content === undefined) throw systemError("ENOENT");
    this.files.delete(from);
    this.files.set(to, content);
  }

  async remove(path: string): Promise<void> {
    await this.#call(`remove ${path}`);
    if (!this.files.delete(path)) throw systemError("ENOENT");
  }

  list(): Promise<never> {
    return Promise.reject(new Error("the media plane lists nothing"));
  }

  async status(path: string) {
    await this.#call(`status ${path}`);
    const content = this.files.get(path);
    if (content === undefined) return null;
    return { sizeBytes: content.length, kind: "file" as const, modifiedTimeMs: 0 };
  }

  async syncDirectory(path: string): Promise<void> {
    await this.#call(`syncDirectory ${path}`);
  }

  freeBytes(): Promise<never> {
    return Promise.reject(new Error("the media plane asks for no free space"));
  }
}

export const fakeRandom: Random = {
  bytes: (count) => Uint8Array.from({ length: count }, (_, index) => index + 1),
  uuid: () => "00000000-0000-4000-8000-000000000000",
};
