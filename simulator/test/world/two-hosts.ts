// A small world for tests: a PBX and a recorder, a process on each.
import assert from "node:assert/strict";
import type { Address, TcpStream, TcpStreamDelegate, UdpSocket } from "@tapeline/recorder/ports";
import { World } from "../../src/world/index.ts";
import type { VirtualHost, VirtualProcess } from "../../src/world/index.ts";

export const PBX_ADDRESS = "192.0.2.1";
export const RECORDER_ADDRESS = "192.0.2.10";

export interface TwoHosts {
  readonly world: World;
  readonly pbxHost: VirtualHost;
  readonly recorderHost: VirtualHost;
  readonly pbx: VirtualProcess;
  readonly recorder: VirtualProcess;
}

export function twoHosts(seed = "test", trace: "hash" | "full" = "full"): TwoHosts {
  const world = new World({ seed, trace });
  const pbxHost = world.host("pbx", PBX_ADDRESS);
  const recorderHost = world.host("recorder", RECORDER_ADDRESS);
  const pbx = pbxHost.boot("pbx");
  const recorder = recorderHost.boot("recorder");
  return { world, pbxHost, recorderHost, pbx, recorder };
}

/** Drives the world until `promise` has settled; fails when that takes more than `limitMs`. */
export async function complete<T>(world: World, promise: Promise<T>, limitMs = 10_000): Promise<T> {
  let isSettled = false;
  const settled = (): void => {
    isSettled = true;
  };
  promise.then(settled, settled);
  const held = await world.runUntil(() => isSettled, limitMs);
  assert.ok(held, `a port call did not complete within ${limitMs} ms of virtual time`);
  return promise;
}

/** The `code` with which `promise` is rejected. */
export async function rejectionCode(world: World, promise: Promise<unknown>): Promise<string> {
  try {
    await complete(world, promise);
  } catch (error) {
    if (error instanceof Error && "code" in error) return String(error.code);
    throw error;
  }
  return "not rejected";
}

export interface ReceivedDatagram {
  readonly atMs: number;
  readonly data: Uint8Array;
  readonly source: Address;
}

/** A bound socket that keeps what it gets. */
export async function bindUdp(
  world: World,
  process: VirtualProcess,
  local: Address,
): Promise<{ socket: UdpSocket; received: ReceivedDatagram[]; errors: Error[] }> {
  const received: ReceivedDatagram[] = [];
  const errors: Error[] = [];
  const delegate = {
    onDatagram: (data: Uint8Array, source: Address) =>
      void received.push({ atMs: world.nowMs(), data, source }),
    onError: (error: Error) => void errors.push(error),
  };
  const socket = await complete(world, process.ports.udp.bind({ local }, delegate));
  return { socket, received, errors };
}

/** One end of a stream that keeps what happens to it. */
export class RecordingDelegate implements TcpStreamDelegate {
  readonly chunks: Uint8Array[] = [];
  readonly closings: (Error | null)[] = [];

  onData(data: Uint8Array): void {
    this.chunks.push(data);
  }

  onClose(error: Error | null): void {
    this.closings.push(error);
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString("latin1");
  }

  /** "open", "closed" or the error's code. */
  get state(): string {
    const [closing] = this.closings;
    if (closing === undefined) return "open";
    return closing !== null && "code" in closing ? String(closing.code) : "closed";
  }
}

export interface StreamPair {
  readonly client: TcpStream;
  readonly clientSide: RecordingDelegate;
  readonly server: TcpStream;
  readonly serverSide: RecordingDelegate;
}

/** PBX listens on 50797, the recorder connects. */
export async function connectStreams({ world, pbx, recorder }: TwoHosts): Promise<StreamPair> {
  const serverSide = new RecordingDelegate();
  const clientSide = new RecordingDelegate();
  const accepted: TcpStream[] = [];
  const listener = await complete(
    world,
    pbx.ports.tcp.listen({ local: { host: PBX_ADDRESS, port: 0 } }, (stream) => {
      accepted.push(stream);
      return serverSide;
    }),
  );
  const client = await complete(
    world,
    recorder.ports.tcp.connect({ remote: listener.local, timeoutMs: 5000 }, clientSide),
  );
  assert.ok(await world.runUntil(() => accepted.length === 1, 1000));
  await complete(world, listener.close());
  const [server] = accepted;
  assert.ok(server !== undefined);
  return { client, clientSide, server, serverSide };
}

export function bytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "latin1"));
}

export function textOf(data: Uint8Array | null): string | null {
  return data === null ? null : Buffer.from(data).toString("latin1");
}
