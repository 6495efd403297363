// The real UDP port over node:dgram. On the hot path (25,000 datagrams a second): no await and no
// Address object a packet, sources are cached. The kernel's drop counter is read from
// /proc/net/udp[6], where the system has it (design.md §5, "Media plane").
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { readFileSync } from "node:fs";
import { isIPv6 } from "node:net";
import { Gathering } from "./gathering.ts";
import type { Address, Udp, UdpDelegate, UdpOptions, UdpSocket } from "../udp.ts";

/** Sources remembered a socket; at the limit all are forgotten and learnt again. */
const SOURCE_CACHE_ENTRIES = 8192;
/** The runtime reads at most so many from a socket before it looks at others. */
const DATAGRAMS_A_TURN = 32;
/** Turns after which a socket counts as drained, however much still comes. */
const DRAIN_TURNS_LIMIT = 1000;
/** One reading of the kernel's table serves all sockets of the process for so long. */
const DROP_TABLE_AGE_MS = 500;

/** What the sockets of one port share. */
interface Shared {
  readonly dropTable: DropTable;
  readonly gathering: Gathering | null;
}

/**
 * The system's UDP sockets. `hasThread`: the thread does nothing but receive, so that under load it
 * may sleep for moments (gathering.ts).
 */
export function nodeUdp({ hasThread = false } = {}): Udp {
  const gathering = hasThread ? new Gathering(GATHERING_PORTS, DATAGRAMS_A_TURN) : null;
  const shared = { dropTable: new DropTable(), gathering };
  return { bind: (options, delegate) => bind(options, delegate, shared) };
}

const SLEEP_CELL = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

const GATHERING_PORTS = {
  nowMs: () => performance.now(),
  sleep: (ms: number) => void Atomics.wait(SLEEP_CELL, 0, 0, ms),
  nextTurn: (callback: () => void) => void setImmediate(callback),
};

function bind(options: UdpOptions, delegate: UdpDelegate, shared: Shared) {
  const isSix = isIPv6(options.local.host);
  return new Promise<UdpSocket>((resolve, reject) => {
    const socket = createSocket({
      type: isSix ? "udp6" : "udp4",
      // Targets are IP literals (port contract), so no look-up and no turn of the loop a packet.
      lookup: (host, _options, callback) => callback(null, host, isSix ? 6 : 4),
    });
    socket.once("error", (error) => {
      socket.close();
      reject(error);
    });
    socket.bind({ address: options.local.host, port: options.local.port }, () => {
      socket.removeAllListeners("error");
      resolve(attach(socket, { options, delegate, ...shared }));
    });
  });
}

function attach(
  socket: Socket,
  use: { options: UdpOptions; delegate: UdpDelegate } & Shared,
): UdpSocket {
  const { delegate, dropTable, gathering } = use;
  const bound = socket.address();
  const local: Address = { host: bound.address, port: bound.port };
  if (use.options.receiveBufferBytes !== undefined) {
    askForBuffer(socket, use.options.receiveBufferBytes, delegate);
  }
  const sources = new SourceCache();
  let isOpen = true;
  let received = 0;
  const onSent = (error: Error | null): void => {
    if (error !== null && isOpen) delegate.onError(error);
  };
  socket.on("message", (data: Uint8Array, remote: RemoteInfo) => {
    received += 1;
    gathering?.onDatagram();
    if (isOpen) delegate.onDatagram(data, sources.of(remote.address, remote.port));
  });
  socket.on("error", (error) => {
    if (isOpen) delegate.onError(error);
  });
  return {
    local,
    send(data, target) {
      if (isOpen) socket.send(data, target.port, target.host, onSent);
    },
    receiveBufferBytes: () => (isOpen ? grantedBytes(socket) : 0),
    kernelDropCount: () => (isOpen ? dropTable.count(local) : null),
    whenDrained: (callback) => afterDraining(() => received, callback),
    close() {
      if (!isOpen) return;
      isOpen = false;
      socket.close();
    },
  };
}

/** A whole turn of the loop that found the socket empty before the runtime's limit. */
function afterDraining(received: () => number, callback: () => void): void {
  let turns = 0;
  let before = Number.NEGATIVE_INFINITY;
  const look = (): void => {
    const isEmpty = turns > 0 && received() - before < DATAGRAMS_A_TURN;
    if (isEmpty || turns === DRAIN_TURNS_LIMIT) {
      callback();
      return;
    }
    turns += 1;
    before = received();
    setImmediate(look);
  };
  setImmediate(look);
}

function askForBuffer(socket: Socket, bytes: number, delegate: UdpDelegate): void {
  try {
    socket.setRecvBufferSize(bytes);
  } catch (error) {
    // Linux cuts silently; other systems refuse. The owner compares granted with wanted anyway.
    delegate.onError(error instanceof Error ? error : new Error(String(error)));
  }
}

/** Linux doubles what was asked for its own bookkeeping and reports the double. */
function grantedBytes(socket: Socket): number {
  const reported = socket.getRecvBufferSize();
  return process.platform === "linux" ? reported / 2 : reported;
}

/** One Address object a source, instead of one a packet. */
class SourceCache {
  readonly #hosts = new Map<string, Map<number, Address>>();
  #count = 0;

  of(host: string, port: number): Address {
    const known = this.#hosts.get(host)?.get(port);
    if (known !== undefined) return known;
    if (this.#count >= SOURCE_CACHE_ENTRIES) {
      this.#hosts.clear();
      this.#count = 0;
    }
    const address: Address = { host, port };
    const ports = this.#hosts.get(host) ?? new Map<number, Address>();
    ports.set(port, address);
    this.#hosts.set(host, ports);
    this.#count += 1;
    return address;
  }
}

/** Drop counters of the kernel's UDP sockets by local address and port. */
class DropTable {
  #readAtMs = Number.NEGATIVE_INFINITY;
  #drops: ReadonlyMap<string, number> | null = null;

  count(local: Address): number | null {
    const [seconds, nanoseconds] = process.hrtime();
    const nowMs = seconds * 1000 + nanoseconds / 1e6;
    if (nowMs - this.#readAtMs >= DROP_TABLE_AGE_MS) {
      this.#drops = readDropTable();
      this.#readAtMs = nowMs;
    }
    const drops = this.#drops?.get(tableKey(local));
    if (drops !== undefined) return drops;
    // Bound after the table was read: nothing can be said of it but that it is new.
    return this.#drops === null ? null : 0;
  }
}

function readDropTable(): Map<string, number> | null {
  if (process.platform !== "linux") return null;
  const drops = new Map<string, number>();
  for (const path of ["/proc/net/udp", "/proc/net/udp6"]) {
    let text: string;
    try {
      // procfs answers from memory: this does not wait for a disk.
      text = readFileSync(path, "latin1");
    } catch {
      // Not every kernel has IPv6, and a container may hide the file.
      if (path === "/proc/net/udp") return null;
      continue;
    }
    for (const [key, count] of parseDropTable(text)) drops.set(key, count);
  }
  return drops;
}

/** `sl local_address rem_address st … inode ref pointer drops`: second and last column. */
export function parseDropTable(text: string): [key: string, drops: number][] {
  return text.split("\n").flatMap((line): [string, number][] => {
    const columns = line.trim().split(/\s+/);
    const address = columns[1];
    const count = Number(columns.at(-1));
    if (columns.length < 13 || address === undefined || !/^[0-9A-F]+:[0-9A-F]{4}$/.test(address)) {
      return [];
    }
    return Number.isSafeInteger(count) ? [[address, count]] : [];
  });
}

/** The address as the kernel prints it: 32-bit words in host order (little-endian), hex. */
export function tableKey(local: Address): string {
  const bytes = isIPv6(local.host) ? ipv6Bytes(local.host) : local.host.split(".").map(Number);
  let hex = "";
  for (let word = 0; word < bytes.length; word += 4) {
    for (let index = 3; index >= 0; index -= 1) hex += hexByte(bytes[word + index] ?? 0);
  }
  return `${hex}:${hexByte(local.port >> 8)}${hexByte(local.port & 0xff)}`;
}

function hexByte(value: number): string {
  return value.toString(16).toUpperCase().padStart(2, "0");
}

function ipv6Bytes(host: string): number[] {
  const [head = "", tail] = (host.split("%")[0] ?? "").split("::");
  const words = (part: string): number[] =>
    part === "" ? [] : part.split(":").flatMap((word) => wordsOf(word));
  const front = words(head);
  const back = tail === undefined ? [] : words(tail);
  const zeros = Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => 0);
  return [...front, ...zeros, ...back].flatMap((word) => [word >> 8, word & 0xff]);
}

/** A group of four hex digits, or the dotted tail of a mapped address (two groups). */
function wordsOf(group: string): number[] {
  if (!group.includes(".")) return [Number.parseInt(group, 16)];
  const [a = 0, b = 0, c = 0, d = 0] = group.split(".").map(Number);
  return [(a << 8) | b, (c << 8) | d];
}
