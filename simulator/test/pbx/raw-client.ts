// A DevLink3 client made of bytes only: it knows the frames and packets of devlink3.md as hex, not
// through the simulator's own codecs, so that a mistake in those cannot hide itself.
import { createHash } from "node:crypto";
import type { TcpStream } from "@tapeline/recorder/ports";
import { loadSite } from "../../src/pbx/built-in-site.ts";
import { SimulatedIpOffice } from "../../src/pbx/ip-office.ts";
import type { SiteInput } from "../../src/pbx/site-schema.ts";
import { makeVirtualCertificate, World, type VirtualProcess } from "../../src/world/index.ts";
import { FakeSipCaller } from "./fake-sip-caller.ts";

export const PBX_HOST = "192.168.10.1";
const LIMIT_MS = 1000;

/** Eight hex digits. */
export function u32(value: number): string {
  return (value >>> 0).toString(16).padStart(8, "0");
}

/** A frame in the short form around hex. */
export function frame(payloadHex: string): string {
  const length = payloadHex.length / 2 + 3;
  return `49${length.toString(16).padStart(4, "0")}${payloadHex}`;
}

/** A text with NUL as hex. */
export function textHex(text: string): string {
  return Buffer.from(`${text}\0`).toString("hex");
}

/** A tuple as hex. */
export function tupleHex(code: number, dataHex: string): string {
  return u32(code) + (dataHex.length / 2).toString(16).padStart(4, "0") + dataHex;
}

/** Tuples of a payload from an offset: code in hex → data in hex, joined where repeated. */
export function tuplesAt(payloadHex: string, offset: number): [code: string, data: string][] {
  const tuples: [string, string][] = [];
  let at = offset * 2;
  while (at < payloadHex.length) {
    const size = Number.parseInt(payloadHex.slice(at + 8, at + 12), 16) * 2;
    tuples.push([payloadHex.slice(at, at + 8), payloadHex.slice(at + 12, at + 12 + size)]);
    at += 12 + size;
  }
  return tuples;
}

export class RawClient {
  /** Payloads in hex, in order of arrival. */
  readonly packets: string[] = [];
  /** Sizes of the chunks that arrived. */
  readonly chunks: number[] = [];
  isClosed = false;
  readonly #world: World;
  #stream: TcpStream | null = null;
  #bytes = Buffer.alloc(0);
  #read = 0;

  constructor(world: World) {
    this.#world = world;
  }

  async connect(process: VirtualProcess, port: number, isSecure = false): Promise<void> {
    const delegate = {
      onData: (data: Uint8Array): void => this.#onData(data),
      onClose: (): void => {
        this.isClosed = true;
      },
    };
    const remote = { host: PBX_HOST, port };
    const tls = isSecure ? { tls: { verify: false } } : {};
    let problem: unknown = null;
    process.ports.tcp.connect({ remote, timeoutMs: 1000, ...tls }, delegate).then(
      (stream) => {
        this.#stream = stream;
      },
      (error: unknown) => {
        problem = error;
      },
    );
    await this.#world.runUntil(() => this.#stream !== null || problem !== null, LIMIT_MS);
    if (problem !== null) throw problem;
  }

  send(...frames: readonly string[]): void {
    this.#stream?.write(new Uint8Array(Buffer.from(frames.join(""), "hex")));
  }

  /** Each byte in a write of its own. */
  sendBytewise(bytes: string): void {
    for (const byte of Buffer.from(bytes, "hex")) this.#stream?.write(Uint8Array.of(byte));
  }

  close(): void {
    this.#stream?.close();
  }

  /** The next packet, as hex; "" when none comes within a second. */
  async next(): Promise<string> {
    await this.#world.runUntil(() => this.packets.length > this.#read, LIMIT_MS);
    const packet = this.packets[this.#read] ?? "";
    if (packet !== "") this.#read += 1;
    return packet;
  }

  /** The packets that have come and were not read. */
  async rest(): Promise<string[]> {
    await this.#world.runFor(LIMIT_MS);
    const rest = this.packets.slice(this.#read);
    this.#read = this.packets.length;
    return rest;
  }

  /** Logs in; returns the last answer. */
  async logIn(password = "Passw0rd!", user = "recorder"): Promise<string> {
    this.send(frame(`0030000100000011${u32(1)}${textHex(user)}`));
    const challenge = await this.next();
    const proof = challenge.startsWith("803000010000001100000002")
      ? u32(0x50) + u32(20) + this.digest(challenge.slice(32), password)
      : u32(0x51) + u32(32) + Buffer.from(password).toString("hex").padEnd(64, "0");
    this.send(frame(`0030000100000012${proof}`));
    return this.next();
  }

  digest(challengeHex: string, password: string): string {
    const padded = Buffer.alloc(16);
    Buffer.from(password).copy(padded, 0, 0, 16);
    return createHash("sha1").update(Buffer.from(challengeHex, "hex")).update(padded).digest("hex");
  }

  /** Asks for events; returns the answer. */
  subscribe(flags: string): Promise<string> {
    const text = textHex(flags);
    const length = (text.length / 2).toString(16).padStart(4, "0");
    this.send(frame(`0030001100000013${length}${text}`));
    return this.next();
  }

  #onData(data: Uint8Array): void {
    this.chunks.push(data.length);
    this.#bytes = Buffer.concat([this.#bytes, data]);
    for (;;) {
      const isLong = ((this.#bytes[1] ?? 0) & 0x80) !== 0;
      const headerBytes = isLong ? 4 : 3;
      if (this.#bytes.length < headerBytes) return;
      const [, b1 = 0, b2 = 0, b3 = 0] = this.#bytes;
      const length = isLong ? ((b1 & 0x7f) << 15) | ((b2 & 0x7f) << 8) | b3 : (b1 << 8) | b2;
      if (this.#bytes.length < length) return;
      this.packets.push(this.#bytes.subarray(headerBytes, length).toString("hex"));
      this.#bytes = this.#bytes.subarray(length);
    }
  }
}

export interface Office {
  readonly world: World;
  readonly pbx: SimulatedIpOffice;
  readonly sip: FakeSipCaller;
  readonly pbxProcess: VirtualProcess;
  readonly clientProcess: VirtualProcess;
  /** What the observer saw on the DevLink3 side: "in Test", "out Event Detail call 1". */
  readonly ladder: string[];
  client(): Promise<RawClient>;
  secureClient(): Promise<RawClient>;
}

/** A PBX in the virtual world, listening, with a SIP side that the test plays. */
export async function openOffice(changes: SiteInput = {}): Promise<Office> {
  const world = new World({ seed: "office", trace: "hash" });
  const pbxProcess = world.host("pbx", PBX_HOST).boot("pbx");
  const clientProcess = world.host("client", "192.168.10.2").boot("client");
  const sip = new FakeSipCaller();
  const ladder: string[] = [];
  const pbx = new SimulatedIpOffice(
    {
      site: loadSite(changes),
      listen: {
        host: PBX_HOST,
        devlink3Port: 50797,
        devlink3TlsPort: 50796,
        tls: { certificate: makeVirtualCertificate({ subject: "pbx" }) },
        sipPort: 5060,
        rtpPortBase: 40_000,
      },
      keepPayloads: true,
      sipCaller: sip,
    },
    pbxProcess.ports,
    {
      onSip: () => undefined,
      onDevLink3: ({ direction, title }) => ladder.push(`${direction} ${title}`),
    },
  );
  let isStarted = false;
  const starting = pbx.start().then(() => {
    isStarted = true;
  });
  await world.runUntil(() => isStarted, LIMIT_MS);
  await starting;
  const open = async (port: number, isSecure: boolean): Promise<RawClient> => {
    const client = new RawClient(world);
    await client.connect(clientProcess, port, isSecure);
    return client;
  };
  return {
    world,
    pbx,
    sip,
    pbxProcess,
    clientProcess,
    ladder,
    client: () => open(50797, false),
    secureClient: () => open(50796, true),
  };
}

/** Closes the PBX and tells what is left open. */
export async function closeOffice(office: Office): Promise<string[]> {
  let isClosed = false;
  const closing = office.pbx.close().then(() => {
    isClosed = true;
  });
  await office.world.runUntil(() => isClosed, LIMIT_MS);
  await closing;
  await office.world.runFor(100);
  return office.pbxProcess.leftovers();
}
