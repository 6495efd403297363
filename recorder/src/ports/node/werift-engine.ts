// Listening over WebRTC by werift (pure TypeScript): ICE-lite with host candidates only, DTLS-SRTP,
// PCMU as it was recorded (RFC 8445 §2.5, RFC 5763, RFC 3551). The library is loaded with the first
// listener. Signs of life are the listener's own ICE checks (RFC 7675).
import type * as WeriftModule from "werift";
import type { PeerConfig, RTCPeerConnection } from "werift";
import { RecorderError } from "../../errors.ts";
import { parsed, refused, type Parsed } from "../../parsed.ts";
import { parseListeningOffer } from "../../sdp/listening-offer.ts";
import type { Clock, Timer } from "../clock.ts";
import type {
  EarDelegate,
  ListeningEngine,
  ListeningEngineOptions,
  WebRtcEar,
} from "../listening-engine.ts";

type Werift = typeof WeriftModule;

/** Without a sign of life for so long, a listener is gone. */
export const SILENT_LIMIT_MS = 30_000;
const LOOK_MS = 5_000;
const PCMU = 0;

export function weriftEngine(options: ListeningEngineOptions, clock: Clock): ListeningEngine {
  const ears = new Set<WeriftEar>();
  return {
    name: "werift",
    async open(offer, delegate) {
      const read = parseListeningOffer(offer);
      if (!read.ok) return read;
      const library = await load();
      const ear = new WeriftEar(library, options, clock, {
        ...delegate,
        onGone: (gone) => void ears.delete(gone),
      });
      ears.add(ear);
      const answer = await ear.accept(read.value);
      if (!answer.ok) ear.close();
      return answer;
    },
    async close() {
      await Promise.all([...ears].map((ear) => ear.closeNow()));
    },
  };
}

async function load(): Promise<Werift> {
  try {
    return await import("werift");
  } catch (error) {
    throw new RecorderError("WEBRTC_UNAVAILABLE", "werift", { cause: error });
  }
}

interface OwnedDelegate extends EarDelegate {
  readonly onGone: (ear: WeriftEar) => void;
}

class WeriftEar {
  readonly #library: Werift;
  readonly #clock: Clock;
  readonly #delegate: OwnedDelegate;
  readonly #peer: RTCPeerConnection;
  readonly #track;
  #sequence = 0;
  #isConnected = false;
  #isClosed = false;
  #heardMs: number;
  #timer: Timer | null = null;

  constructor(
    library: Werift,
    options: ListeningEngineOptions,
    clock: Clock,
    delegate: OwnedDelegate,
  ) {
    this.#library = library;
    this.#clock = clock;
    this.#delegate = delegate;
    this.#heardMs = clock.nowMs();
    this.#track = new library.MediaStreamTrack({ kind: "audio" });
    this.#peer = new library.RTCPeerConnection(this.#config(options));
    this.#peer.connectionStateChange.subscribe((state) => this.#changed(state));
    this.#watch();
  }

  async accept(offer: string): Promise<Parsed<WebRtcEar>> {
    const peer = this.#peer;
    try {
      await peer.setRemoteDescription({ type: "offer", sdp: offer });
      const [transceiver] = peer.getTransceivers();
      if (transceiver === undefined) return refused("bad-offer", "m=", "It cannot be answered.");
      await transceiver.sender.replaceTrack(this.#track);
      transceiver.setDirection("sendonly");
      await peer.setLocalDescription(await peer.createAnswer());
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      return refused("bad-offer", 0, `The offer cannot be answered: ${words}`);
    }
    const answer = peer.localDescription?.sdp ?? "";
    if (!answer.includes("a=candidate:")) {
      throw new RecorderError("WEBRTC_UNAVAILABLE", "no local address or port to be offered");
    }
    return parsed({
      answer,
      send: (sample, data) => this.#send(sample, data),
      close: () => this.close(),
    });
  }

  close(): void {
    void this.closeNow();
  }

  async closeNow(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#delegate.onGone(this);
    await this.#peer.close();
  }

  #config({ hosts, ports }: ListeningEngineOptions): Partial<PeerConfig> {
    const pcmu = new this.#library.RTCRtpCodecParameters({
      mimeType: "audio/PCMU",
      clockRate: 8_000,
      channels: 1,
      payloadType: PCMU,
    });
    return {
      // Nobody else is asked for addresses: the library's default would be a public STUN server.
      iceServers: [],
      iceLite: true,
      // The addresses are ours to choose.
      iceUseIpv4: false,
      iceUseIpv6: false,
      iceAdditionalHostAddresses: [...hosts],
      ...(ports === null ? {} : { icePortRange: [ports[0], ports[1]] }),
      iceFilterStunResponse: () => {
        this.#heardMs = this.#clock.nowMs();
        return true;
      },
      codecs: { audio: [pcmu] },
      headerExtensions: {},
    };
  }

  #send(sample: number, data: Uint8Array): void {
    if (!this.#isConnected || this.#isClosed) return;
    const { RtpHeader, RtpPacket } = this.#library;
    const header = new RtpHeader({
      payloadType: PCMU,
      sequenceNumber: this.#sequence,
      timestamp: sample >>> 0,
      marker: this.#sequence === 0,
    });
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.#track.writeRtp(new RtpPacket(header, Buffer.from(data)));
  }

  #changed(state: string): void {
    if (this.#isClosed) return;
    if (state === "connected" && !this.#isConnected) {
      this.#isConnected = true;
      this.#delegate.onConnected();
    }
    if (state === "closed" || state === "failed") this.#gone(state === "closed" ? "left" : "lost");
  }

  #watch(): void {
    this.#timer = this.#clock.setTimer("webrtc.watch", LOOK_MS, () => {
      if (this.#clock.nowMs() - this.#heardMs < SILENT_LIMIT_MS) return this.#watch();
      this.#gone(this.#isConnected ? "lost" : "never-connected");
    });
  }

  #gone(reason: Parameters<EarDelegate["onClosed"]>[0]): void {
    this.close();
    this.#delegate.onClosed(reason);
  }
}
