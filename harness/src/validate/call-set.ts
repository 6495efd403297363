// Calls with audio to the recorder, begun, kept and ended together: what the media probe, the ramp
// and a site's busy hour are made of. Owns their RTP streams; signalling is sip-client.ts.
import { RtpPacer, RtpPorts } from "@tapeline/simulator/client";
import { ANSWER_LIMIT_MS, type ProbeCall } from "./probe-call.ts";
import type { ValidatePorts } from "./probe.ts";
import { RtpStream, type StreamFacts } from "./rtp-stream.ts";
import { SipClient } from "./sip-client.ts";
import type { RecorderTarget } from "./target.ts";
import { until } from "./waiting.ts";

/** A BYE that is not answered in this time is not waited for any longer. */
const HANG_UP_LIMIT_MS = 5_000;
/** RTP leaves from here on, as from an IP Office (domain.md); 0 = any free pair. */
const ANY_PORT = 0;

export interface SetCall {
  readonly call: ProbeCall;
  readonly stream: RtpStream;
}

export class CallSet {
  readonly client: SipClient;
  readonly #ports: ValidatePorts;
  readonly #recorder: RecorderTarget;
  readonly #pacer: RtpPacer;
  readonly #rtpPorts: RtpPorts;
  readonly #open = new Set<SetCall>();
  #number = 0;

  constructor(
    options: { readonly recorder: RecorderTarget; readonly localHost: string },
    ports: ValidatePorts,
  ) {
    const { recorder, localHost } = options;
    this.#ports = ports;
    this.#recorder = recorder;
    this.client = new SipClient({ localHost, port: 0, recorderUser: recorder.user }, ports);
    this.#pacer = new RtpPacer(ports.clock);
    this.#rtpPorts = new RtpPorts(ports.udp, { host: localHost, basePort: ANY_PORT });
  }

  async start(): Promise<void> {
    await this.client.start();
  }

  /** Calls that are up now. */
  upCount(): number {
    return [...this.#open].filter(({ call }) => call.isUp).length;
  }

  /** Places a call; its RTP begins with the answer. Resolves when it is settled. */
  async begin(): Promise<SetCall> {
    this.#number += 1;
    const stream = await RtpStream.open(this.#ports, this.#rtpPorts, this.client.chance);
    const { host, transport } = this.#recorder;
    const port = transport === "tls" ? this.#recorder.tlsPort : this.#recorder.port;
    const call = this.client.call({
      target: { transport, host, port },
      displayName: `Tapeline validation ${this.#number}`,
      sizeBytes: 0,
      rtpPort: stream.port,
      session: null,
      withholdAck: false,
    });
    const both = { call, stream };
    this.#open.add(both);
    await until(this.#ports.clock, () => call.isSettled, ANSWER_LIMIT_MS + 1_000);
    const audio = call.description?.media.find(({ kind }) => kind === "audio");
    if (call.isAnswered && audio !== undefined && audio.port > 0) {
      const host = audio.connectionHost ?? this.#recorder.host;
      stream.start(this.#pacer, { rtp: { host, port: audio.port }, rtcpPort: audio.rtcpPort });
    }
    return both;
  }

  /** Hangs up and gives the stream's facts. */
  async end(both: SetCall): Promise<StreamFacts> {
    const { call, stream } = both;
    stream.stop();
    call.hangUp();
    await until(this.#ports.clock, () => call.isOver, HANG_UP_LIMIT_MS);
    const facts = stream.facts();
    stream.close();
    this.#open.delete(both);
    return facts;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open].map((both) => this.end(both)));
    this.#pacer.close();
    await this.client.close();
  }
}
