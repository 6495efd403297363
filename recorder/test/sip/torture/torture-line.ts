// The endpoint on real sockets with a call up, and a sender of torture messages beside it. Answers
// on UDP go to the port that Via names, on the sender's address: so the sender has a loopback
// address of its own, with every such port bound. Silence is proved without waiting: a probe sent
// after the message to each port is answered there, and whatever came before it has come.
import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { Metrics } from "../../../src/metrics.ts";
import { nodeClock } from "../../../src/ports/node/clock.ts";
import { nodeRandom } from "../../../src/ports/node/random.ts";
import { nodeTcp } from "../../../src/ports/node/tcp.ts";
import { nodeUdp } from "../../../src/ports/node/udp.ts";
import { answerOffer } from "../../../src/sdp/answer.ts";
import { SipEndpoint, SIP_ENDPOINT_LIMITS } from "../../../src/sip/endpoint.ts";
import type { SipSession } from "../../../src/sip/session.ts";
import { SIP_TIMERS } from "../../../src/sip/sip-timers.ts";
import { invite, OUR_SDP, request, SessionLog, tagOf } from "../endpoint-fixture.ts";
import { TestLogger } from "../fake-ports.ts";

/** Ports that the messages' topmost Vias name. */
const ANSWER_PORTS = [5050, 5060, 5070, 6050, 19_823];
const CALL_ID = "the-call-beside";
const SESSION = { sessionId: "1", sessionVersion: 1 };
const LOCAL = { host: "127.0.0.1", rtpPort: 5004, ...SESSION, srtpKey: () => "" };

export interface TortureAnswer {
  readonly status: number;
  readonly text: string;
}

let lines = 0;

/** A loopback address that no other line of any test process uses now. */
function ownAddress(): string {
  lines = (lines + 1) % 250;
  return `127.${1 + ((process.pid >> 8) & 0x7f)}.${process.pid & 0xff}.${1 + lines}`;
}

export class TortureLine {
  readonly #endpoint: SipEndpoint;
  readonly #sockets: readonly Socket[];
  readonly #host: string;
  readonly #received: string[] = [];
  readonly #callLog: SessionLog[];
  #onReceived: () => void = () => undefined;
  #toTag = "";
  #sequence = 1;

  private constructor(
    endpoint: SipEndpoint,
    own: { host: string; sockets: readonly Socket[] },
    logs: SessionLog[],
  ) {
    this.#endpoint = endpoint;
    this.#host = own.host;
    this.#sockets = own.sockets;
    this.#callLog = logs;
    for (const socket of own.sockets) {
      socket.on("message", (data: Buffer) => {
        this.#received.push(data.toString("latin1"));
        this.#onReceived();
      });
    }
  }

  static async open(): Promise<TortureLine> {
    const logs: SessionLog[] = [];
    const endpoint = makeEndpoint(logs);
    await endpoint.start();
    const host = ownAddress();
    const sockets = await Promise.all(ANSWER_PORTS.map((port) => bound(host, port)));
    const line = new TortureLine(endpoint, { host, sockets }, logs);
    await line.#call();
    return line;
  }

  /** Sends the message by UDP; its final answer, or null when there is none. */
  async ask(message: Uint8Array): Promise<TortureAnswer | null> {
    this.#send(message);
    for (const port of ANSWER_PORTS) this.#send(this.#probe(port));
    await this.#until(() => this.#probeAnswers() === ANSWER_PORTS.length);
    const answers = this.#received.splice(0).filter((text) => !text.includes("torture-probe"));
    assert.ok(answers.length <= 1, answers.join("\n"));
    const [text] = answers;
    return text === undefined ? null : { status: Number(text.slice(8, 11)), text };
  }

  /** Sends bytes on a TCP stream; the statuses of the first `count` answers. */
  async askOnStream(bytes: Uint8Array, count: number): Promise<number[]> {
    const { port } = this.#address("tcp");
    const stream = connect({ host: "127.0.0.1", port });
    await once(stream, "connect");
    stream.write(bytes);
    let text = "";
    const statuses = (): number[] =>
      [...text.matchAll(/^SIP\/2\.0 (\d{3})/gm)].map(([, status]) => Number(status));
    while (statuses().length < count) text += String((await once(stream, "data"))[0]);
    stream.destroy();
    return statuses();
  }

  /** The call still answers, and was told of no end. */
  async callIsUndisturbed(): Promise<boolean> {
    const text = request("INFO", {
      callId: CALL_ID,
      toTag: this.#toTag,
      cseq: ++this.#sequence,
      via: this.#via(5060),
    });
    this.#send(Buffer.from(text));
    await this.#until(() => this.#received.length > 0);
    const [answer = ""] = this.#received.splice(0);
    return answer.startsWith("SIP/2.0 200 ") && this.#callLog[0]?.ends.length === 0;
  }

  async close(): Promise<void> {
    await this.#endpoint.close();
    for (const socket of this.#sockets) socket.close();
  }

  async #call(): Promise<void> {
    const via = this.#via(5060);
    this.#send(Buffer.from(invite({ callId: CALL_ID, via })));
    await this.#until(() => this.#received.some((text) => text.startsWith("SIP/2.0 200 ")));
    this.#toTag = tagOf(this.#received.splice(0).join(""));
    const ack = { callId: CALL_ID, toTag: this.#toTag, via: this.#via(5060) };
    this.#send(Buffer.from(request("ACK", ack)));
  }

  #probe(port: number): Uint8Array {
    return Buffer.from(request("OPTIONS", { callId: "torture-probe", via: this.#via(port) }));
  }

  #probeAnswers(): number {
    return this.#received.filter((text) => text.includes("torture-probe")).length;
  }

  #via(port: number): string {
    return `SIP/2.0/UDP ${this.#host}:${port};branch=z9hG4bKline${lines}n${branches++}`;
  }

  #send(bytes: Uint8Array): void {
    const { host, port } = this.#address("udp");
    this.#sockets[0]?.send(bytes, port, host);
  }

  #address(transport: "udp" | "tcp") {
    const found = this.#endpoint.localAddresses().find((one) => one.transport === transport);
    assert.ok(found !== undefined);
    return found.address;
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.#onReceived = resolve;
      });
    }
  }
}

let branches = 0;

function makeEndpoint(logs: SessionLog[]): SipEndpoint {
  return new SipEndpoint(
    {
      bindHost: "127.0.0.1",
      port: 0,
      transports: ["udp", "tcp"],
      advertisedHost: "127.0.0.1",
      allow: ["127.0.0.0/8"],
      limits: SIP_ENDPOINT_LIMITS,
      timers: SIP_TIMERS,
    },
    {
      clock: nodeClock(),
      random: nodeRandom(),
      udp: nodeUdp(),
      tcp: nodeTcp(),
      log: new TestLogger(),
      metrics: new Metrics(),
    },
    {
      onInvite: (session) => {
        const log = new SessionLog();
        log.follow(session);
        logs.push(log);
        answer(session);
      },
      onSourceRefused: () => assert.fail("nobody else calls"),
    },
  );
}

/** As a recording does. */
function answer(session: SipSession): void {
  const { offer } = session;
  if (offer === null) return session.accept(OUR_SDP);
  const answered = answerOffer(offer, LOCAL, { host: "127.0.0.1", isEncrypted: false });
  if (answered.ok) session.accept(answered.sdp);
  else session.reject(answered.status, "Not Acceptable Here");
}

async function bound(host: string, port: number): Promise<Socket> {
  const socket = createSocket("udp4");
  socket.bind(port, host);
  await once(socket, "listening");
  return socket;
}
