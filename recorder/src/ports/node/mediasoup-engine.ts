// Listening over WebRTC by mediasoup, where somebody has installed it with its worker (a C++
// program; not a dependency of ours). Frames enter through a DirectTransport and leave as they are;
// the SDP answer is written here, since mediasoup speaks none (RFC 8829 §5.3, RFC 8445 §2.5).
import { RecorderError } from "../../errors.ts";
import { parsed, type Parsed } from "../../parsed.ts";
import { parseListeningOffer } from "../../sdp/listening-offer.ts";
import type {
  EarDelegate,
  ListeningEngine,
  ListeningEngineOptions,
  WebRtcEar,
} from "../listening-engine.ts";

/** What of mediasoup is used here. */
export interface Mediasoup {
  createWorker(settings: object): Promise<Worker>;
}

interface Worker {
  createRouter(settings: object): Promise<Router>;
  close(): void;
}

interface Router {
  createWebRtcTransport(settings: object): Promise<WebRtcTransport>;
  createDirectTransport(): Promise<DirectTransport>;
}

interface Fingerprint {
  readonly algorithm: string;
  readonly value: string;
}

interface WebRtcTransport {
  readonly iceParameters: { readonly usernameFragment: string; readonly password: string };
  readonly iceCandidates: readonly {
    readonly foundation: string;
    readonly priority: number;
    readonly ip: string;
    readonly port: number;
    readonly type: string;
  }[];
  readonly dtlsParameters: { readonly fingerprints: readonly Fingerprint[] };
  connect(settings: object): Promise<void>;
  consume(settings: object): Promise<Consumer>;
  on(event: "dtlsstatechange" | "icestatechange", told: (state: string) => void): unknown;
  close(): void;
}

interface Consumer {
  readonly rtpParameters: { readonly encodings?: readonly { readonly ssrc?: number }[] };
}

interface DirectTransport {
  produce(settings: object): Promise<{ readonly id: string; send(packet: Uint8Array): void }>;
  close(): void;
}

const PACKAGE = "mediasoup";
const PCMU = { mimeType: "audio/PCMU", clockRate: 8_000, channels: 1 } as const;
const OUR_SSRC = 1;
const RTP_HEADER_BYTES = 12;

/** null: it is not installed. */
export async function loadMediasoup(): Promise<Mediasoup | null> {
  try {
    return (await import(PACKAGE)) as Mediasoup;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    if (code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND") return null;
    throw new RecorderError("WEBRTC_UNAVAILABLE", PACKAGE, { cause: error });
  }
}

/** `load` is asked with the first listener; null there rejects with WEBRTC_UNAVAILABLE. */
export function mediasoupEngine(
  options: ListeningEngineOptions,
  load: () => Promise<Mediasoup | null> = loadMediasoup,
): ListeningEngine {
  let started: Promise<{ readonly worker: Worker; readonly router: Router }> | null = null;
  const start = async () => {
    const library = await load();
    if (library === null) throw new RecorderError("WEBRTC_UNAVAILABLE", `${PACKAGE}: no package`);
    const { ports } = options;
    const range = ports === null ? {} : { rtcMinPort: ports[0], rtcMaxPort: ports[1] };
    const worker = await library.createWorker({ logLevel: "error", ...range });
    const codec = { kind: "audio", ...PCMU, preferredPayloadType: 0 };
    return { worker, router: await worker.createRouter({ mediaCodecs: [codec] }) };
  };
  return {
    name: PACKAGE,
    async open(offer, delegate) {
      const read = parseListeningOffer(offer);
      if (!read.ok) return read;
      started ??= start();
      try {
        const { router } = await started;
        return await openEar(router, options, { offer: read.value, delegate });
      } catch (error) {
        if (error instanceof RecorderError) throw error;
        throw new RecorderError("WEBRTC_UNAVAILABLE", PACKAGE, { cause: error });
      }
    },
    async close() {
      const running = await started?.catch(() => null);
      running?.worker.close();
    },
  };
}

async function openEar(
  router: Router,
  { hosts }: ListeningEngineOptions,
  { offer, delegate }: { readonly offer: string; readonly delegate: EarDelegate },
): Promise<Parsed<WebRtcEar>> {
  const transport = await router.createWebRtcTransport({
    listenIps: hosts.map((ip) => ({ ip })),
    enableUdp: true,
    enableTcp: false,
  });
  const direct = await router.createDirectTransport();
  const codecs = [{ ...PCMU, payloadType: 0 }];
  const producer = await direct.produce({
    kind: "audio",
    rtpParameters: { codecs, encodings: [{ ssrc: OUR_SSRC }] },
  });
  // Our answer is passive: the page begins the handshake.
  const dtlsParameters = { role: "client", fingerprints: [fingerprintOf(offer)] };
  await transport.connect({ dtlsParameters });
  const capabilities = [{ kind: "audio", ...PCMU, preferredPayloadType: 0, rtcpFeedback: [] }];
  const { rtpParameters } = await transport.consume({
    producerId: producer.id,
    rtpCapabilities: { codecs: capabilities, headerExtensions: [] },
  });
  let isClosed = false;
  const close = (): void => {
    if (isClosed) return;
    isClosed = true;
    transport.close();
    direct.close();
  };
  const gone = (reason: "left" | "lost"): void => {
    if (isClosed) return;
    close();
    delegate.onClosed(reason);
  };
  transport.on("dtlsstatechange", (state) => {
    if (state === "connected") delegate.onConnected();
    if (state === "closed" || state === "failed") gone(state === "closed" ? "left" : "lost");
  });
  transport.on("icestatechange", (state) => {
    if (state === "disconnected" || state === "closed") gone("lost");
  });
  const [encoding] = rtpParameters.encodings ?? [];
  let sequence = 0;
  return parsed({
    answer: answerOf(offer, transport, encoding?.ssrc ?? OUR_SSRC),
    send(sample, data) {
      if (!isClosed) producer.send(rtpPacket(sequence, sample, data));
      sequence = (sequence + 1) & 0xffff;
    },
    close,
  });
}

function fingerprintOf(offer: string): Fingerprint {
  const [, algorithm = "", value = ""] = /^a=fingerprint:(\S+) (\S+)/m.exec(offer) ?? [];
  return { algorithm: algorithm.toLowerCase(), value };
}

function answerOf(offer: string, transport: WebRtcTransport, ssrc: number): string {
  const { iceParameters, iceCandidates, dtlsParameters } = transport;
  const mid = /^a=mid:(\S+)/m.exec(offer)?.[1] ?? "0";
  const fingerprint =
    dtlsParameters.fingerprints.find(({ algorithm }) => algorithm === "sha-256") ??
    dtlsParameters.fingerprints[0];
  const candidates = iceCandidates.map(
    ({ foundation, priority, ip, port, type }) =>
      `a=candidate:${foundation} 1 udp ${priority} ${ip} ${port} typ ${type}`,
  );
  return [
    "v=0",
    "o=- 1 1 IN IP4 0.0.0.0",
    "s=-",
    "t=0 0",
    "a=ice-lite",
    `a=group:BUNDLE ${mid}`,
    "m=audio 9 UDP/TLS/RTP/SAVPF 0",
    "c=IN IP4 0.0.0.0",
    `a=ice-ufrag:${iceParameters.usernameFragment}`,
    `a=ice-pwd:${iceParameters.password}`,
    ...candidates,
    "a=end-of-candidates",
    `a=fingerprint:${fingerprint?.algorithm ?? ""} ${fingerprint?.value ?? ""}`,
    "a=setup:passive",
    `a=mid:${mid}`,
    "a=sendonly",
    "a=rtcp-mux",
    "a=rtpmap:0 PCMU/8000",
    `a=ssrc:${ssrc} cname:tapeline`,
    "",
  ].join("\r\n");
}

/** RFC 3550 §5.1: version 2, payload type 0. */
function rtpPacket(sequence: number, sample: number, data: Uint8Array): Buffer {
  const packet = Buffer.alloc(RTP_HEADER_BYTES + data.length);
  packet[0] = 0x80;
  packet.writeUInt16BE(sequence, 2);
  packet.writeUInt32BE(sample >>> 0, 4);
  packet.writeUInt32BE(OUR_SSRC, 8);
  packet.set(data, RTP_HEADER_BYTES);
  return packet;
}
