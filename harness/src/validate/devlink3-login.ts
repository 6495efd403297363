// One login to an IP Office over DevLink3, and the question for events: what it answers, no more.
// A client of the simulator's own codecs. It tries a password once: the PBX locks accounts.
// devlink3.md §5, §6.1, §13.2 (the gate of dl3rec/1)
import { createHash } from "node:crypto";
import type { TcpStream, TlsOptions } from "@tapeline/recorder/ports";
import {
  decodeText,
  encodeText,
  FrameReader,
  parsePacket,
  RESULT,
  serializeFrame,
  serializePacket,
  TUPLE,
  type DevLink3Packet,
} from "@tapeline/simulator/client";
import type { ValidatePorts } from "./probe.ts";
import { until } from "./waiting.ts";

const CONNECT_LIMIT_MS = 5_000;
const ANSWER_LIMIT_MS = 10_000;
/** Only 16 bytes of a password count. devlink3.md §5 */
const PASSWORD_BYTES = 16;
/** Our extension's announcement (devlink3.md §13.2): read, never sent. */
const EXTENSION_TUPLE = 0x7fe00001;
const FLAGS = "-SIPTrack";

export interface LoginFacts {
  /** Of the authentication: a result of devlink3.md §3; null = no answer. */
  readonly authResult: number | null;
  readonly authTrouble: string | null;
  readonly version: string | null;
  readonly variant: string | null;
  /** Recording control that the PBX announces; null = none. */
  readonly recordingControl: string | null;
  /** Of the event request; null = not asked, or no answer. */
  readonly eventResult: number | null;
  readonly flags: string;
}

export interface LoginOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: TlsOptions | null;
  readonly user: string;
  readonly password: string;
}

export async function tryLogin(options: LoginOptions, ports: ValidatePorts): Promise<LoginFacts> {
  const session = new Session(ports);
  try {
    await session.connect(options);
    return await session.login(options);
  } catch (error) {
    return { ...NO_LOGIN, authTrouble: error instanceof Error ? error.message : String(error) };
  } finally {
    session.close();
  }
}

const NO_LOGIN: LoginFacts = {
  authResult: null,
  authTrouble: null,
  version: null,
  variant: null,
  recordingControl: null,
  eventResult: null,
  flags: "",
};

class Session {
  readonly #ports: ValidatePorts;
  readonly #reader = new FrameReader();
  readonly #received: DevLink3Packet[] = [];
  #stream: TcpStream | null = null;
  #isClosed = false;
  #requestId = 0;

  constructor(ports: ValidatePorts) {
    this.#ports = ports;
  }

  async connect({ host, port, tls }: LoginOptions): Promise<void> {
    this.#stream = await this.#ports.tcp.connect(
      { remote: { host, port }, timeoutMs: CONNECT_LIMIT_MS, ...(tls === null ? {} : { tls }) },
      {
        onData: (data) => {
          for (const payload of this.#reader.push(data)) {
            const packet = parsePacket(payload);
            if (packet.ok) this.#received.push(packet.value);
          }
        },
        onClose: () => {
          this.#isClosed = true;
        },
      },
    );
  }

  close(): void {
    this.#stream?.close();
  }

  async login({ user, password, tls }: LoginOptions): Promise<LoginFacts> {
    const tuples = [{ code: TUPLE.applicationName, data: encodeText("Tapeline validate") }];
    this.#send({ type: "authRequest", requestId: this.#nextId(), user, tuples });
    let answer = await this.#next("authChallenge", "authResult");
    if (answer?.type === "authChallenge") {
      const { challenge } = answer;
      const requestId = this.#nextId();
      if (challenge !== null) {
        this.#send({ type: "authDigest", requestId, digest: digestOf(challenge, password) });
      } else if (tls === null) {
        const authTrouble = "it asks for the password in plain, which is not sent without TLS";
        return { ...NO_LOGIN, authTrouble };
      } else {
        this.#send({ type: "authPlain", requestId, password: new TextEncoder().encode(password) });
      }
      answer = await this.#next("authResult");
    }
    if (answer?.type !== "authResult") {
      return {
        ...NO_LOGIN,
        authTrouble: this.#isClosed ? "it closed the connection" : "no answer",
      };
    }
    const text = (code: number): string | null => {
      const tuple = answer.tuples.find((entry) => entry.code === code);
      return tuple === undefined ? null : decodeText(tuple.data);
    };
    const facts: LoginFacts = {
      ...NO_LOGIN,
      authResult: answer.result,
      version: text(TUPLE.pbxVersion),
      variant: text(TUPLE.devlinkVariant),
      recordingControl: text(EXTENSION_TUPLE),
    };
    return answer.result === RESULT.success ? this.#askForEvents(facts) : facts;
  }

  async #askForEvents(facts: LoginFacts): Promise<LoginFacts> {
    this.#send({ type: "eventRequest", requestId: this.#nextId(), flags: FLAGS });
    const answer = await this.#next("eventResponse");
    if (answer?.type !== "eventResponse") return facts;
    return { ...facts, eventResult: answer.result, flags: answer.flags };
  }

  #nextId(): number {
    this.#requestId += 1;
    return this.#requestId;
  }

  #send(packet: DevLink3Packet): void {
    const frame = serializeFrame(serializePacket(packet));
    if (frame.ok) this.#stream?.write(frame.value);
  }

  /** The next packet of one of these types; null = none in time. */
  async #next(...types: readonly DevLink3Packet["type"][]): Promise<DevLink3Packet | null> {
    const find = (): number => this.#received.findIndex(({ type }) => types.includes(type));
    await until(this.#ports.clock, () => find() >= 0 || this.#isClosed, ANSWER_LIMIT_MS);
    const index = find();
    return index < 0 ? null : (this.#received.splice(index, 1)[0] ?? null);
  }
}

/** SHA-1 over the challenge and the password, cut or padded to 16 bytes. */
export function digestOf(challenge: Uint8Array, password: string): Uint8Array {
  const padded = new Uint8Array(PASSWORD_BYTES);
  padded.set(new TextEncoder().encode(password).subarray(0, PASSWORD_BYTES));
  return new Uint8Array(createHash("sha1").update(challenge).update(padded).digest());
}
