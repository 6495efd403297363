// Reads one pseudo-file of the IP Office on a connection of its own.  devlink3.md §7. Service:
// log in, ask, collect until 2 s of silence or the end of the connection, close. It is short,
// because an IP Office takes three connections only.
import type { Clock, Timer } from "../ports/index.ts";
import { hex32, joinBytes } from "./big-endian.ts";
import { LinkConnection, type ConnectionOptions, type ConnectionPorts } from "./link-connection.ts";
import { stepLogin, type LoginState } from "./login-machine.ts";
import { isError, RESULT, type Packet } from "./packet.ts";

/** For each answer before the file's first piece. */
export const FILE_ANSWER_TIMEOUT_MS = 10_000;
/** There is no length field: so much silence ends the file. */
export const FILE_SILENCE_MS = 2_000;
/** For the whole file, from the connection on. */
export const FILE_MAXIMUM_MS = 120_000;
/** Longest file in bytes. */
export const MAXIMUM_FILE_BYTES = 16_777_216;

export interface FileReadOptions extends ConnectionOptions {
  readonly user: string;
  readonly password: string;
  readonly name: string;
}

export interface FileReadResult {
  /** null = not to be had. */
  readonly data: Uint8Array | null;
  /** Why there is none. */
  readonly detail: string;
  /** The password was refused: a further attempt might lock the account. */
  readonly isPasswordRefused: boolean;
}

type Phase = "login" | "asked" | "collecting" | "over";

const LOGIN_REQUEST_ID = 1;
const ANSWER_REQUEST_ID = 2;
const FILE_REQUEST_ID = 3;

export class FileRead {
  readonly #options: FileReadOptions;
  readonly #clock: Clock;
  readonly #onResult: (result: FileReadResult) => void;
  readonly #connection: LinkConnection;
  #phase: Phase = "login";
  #login: LoginState = { name: "userSent", requestId: LOGIN_REQUEST_ID };
  #pieces: Uint8Array[] = [];
  #sizeBytes = 0;
  #silence: Timer | null = null;
  #limit: Timer | null = null;

  constructor(
    options: FileReadOptions,
    ports: ConnectionPorts & { readonly clock: Clock },
    onResult: (result: FileReadResult) => void,
  ) {
    this.#options = options;
    this.#clock = ports.clock;
    this.#onResult = onResult;
    this.#connection = new LinkConnection(options, ports, {
      onConnected: () => this.#onConnected(),
      onFailed: ({ code, detail }) => this.#end(null, `${code} ${detail}`),
      onPacket: (packet) => this.#onPacket(packet),
      onDamaged: (detail) => this.#end(null, detail),
      onLost: (detail) => this.#finish(detail),
    });
  }

  start(): void {
    this.#limit = this.#clock.setTimer("devlink3.file", FILE_MAXIMUM_MS, () =>
      this.#end(null, "the file takes too long"),
    );
    this.#connection.start();
  }

  /** Ends without a file; the result is told. */
  cancel(): void {
    this.#end(null, "closed");
  }

  #onConnected(): void {
    const { user } = this.#options;
    const requestId = LOGIN_REQUEST_ID;
    this.#restartSilence(FILE_ANSWER_TIMEOUT_MS);
    this.#connection.send({ type: "authRequest", requestId, user, tuples: [] });
  }

  #onPacket(packet: Packet): void {
    if (this.#phase === "login") this.#onLoginPacket(packet);
    else if (packet.type === "fileResponse" && packet.requestId === FILE_REQUEST_ID) {
      this.#onPiece(packet.result, packet.data);
    }
  }

  #onLoginPacket(packet: Packet): void {
    const isSecure = this.#options.tls !== undefined;
    const context = { isSecure, nextRequestId: ANSWER_REQUEST_ID };
    const login = stepLogin(this.#login, packet, context);
    switch (login.type) {
      case "ignore":
        return;
      case "answer":
        this.#login = login.state;
        this.#restartSilence(FILE_ANSWER_TIMEOUT_MS);
        this.#connection.answer(ANSWER_REQUEST_ID, login.challenge, this.#options.password);
        return;
      case "success": {
        this.#phase = "asked";
        const { name } = this.#options;
        this.#restartSilence(FILE_ANSWER_TIMEOUT_MS);
        this.#connection.send({ type: "fileRequest", requestId: FILE_REQUEST_ID, name });
        return;
      }
      case "failure": {
        const isPasswordRefused = login.result === RESULT.authenticationFailed;
        const detail = `login refused: ${hex32(login.result)}`;
        this.#end(null, detail, isPasswordRefused);
        return;
      }
      case "plainRefused":
      case "askedAgain":
        this.#end(null, login.type);
    }
  }

  #onPiece(result: number, data: Uint8Array): void {
    // "NOT FOUND has no published number: any non-zero code is a failure."  §7
    if (result !== RESULT.success) {
      const kind = isError(result) ? "refused" : "not given";
      this.#end(null, `${kind}: ${hex32(result)}`);
      return;
    }
    this.#phase = "collecting";
    this.#pieces.push(data);
    this.#sizeBytes += data.length;
    if (this.#sizeBytes > MAXIMUM_FILE_BYTES) this.#end(null, "the file is too long");
    else this.#restartSilence(FILE_SILENCE_MS);
  }

  #restartSilence(delayMs: number): void {
    this.#silence?.cancel();
    this.#silence = this.#clock.setTimer("devlink3.fileSilence", delayMs, () =>
      this.#finish("no answer"),
    );
  }

  /** Silence, or the end of the connection: what has been collected is the file. */
  #finish(detail: string): void {
    if (this.#phase === "collecting") this.#end(joinBytes(this.#pieces), "");
    else this.#end(null, detail);
  }

  #end(data: Uint8Array | null, detail: string, isPasswordRefused = false): void {
    if (this.#phase === "over") return;
    this.#phase = "over";
    this.#pieces = [];
    this.#silence?.cancel();
    this.#limit?.cancel();
    this.#connection.destroy();
    this.#onResult({ data, detail, isPasswordRefused });
  }
}
