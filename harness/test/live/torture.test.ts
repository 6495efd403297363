// RFC 4475 and RFC 5118 against the recorder's process: each torture message has its answer or is
// dropped, and a call of the IP Office beside them is recorded without a sample lost. Rows and
// messages are those of recorder/test/sip/torture/; they are read here by a reader of this file.
import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  HOST,
  journalOf,
  keysWith,
  linesOf,
  LIVE_TEST_LIMIT_MS,
  liveRecorder,
  REPOSITORY,
  simulatedIpOffice,
  until,
  untilIdle,
} from "./live-fixture.ts";

interface Row {
  readonly rfc: string;
  readonly section: string;
  readonly name: string;
  readonly status: number | null;
  readonly withTrueLength?: boolean;
}

const FOLDER = join(REPOSITORY, "recorder/test/sip/torture");
/** Ports that the messages' topmost Vias name: answers go there, at the sender's address. */
const ANSWER_PORTS = [5050, 5060, 5070, 6050, 19_823];
/** A loopback address that no other test process uses now. */
const SENDER = `127.${130 + ((process.pid >> 8) & 0x3f)}.${process.pid & 0xff}.9`;

function bytesOf(name: string): Buffer {
  const text = readFileSync(join(FOLDER, "messages", `${name}.txt`), "latin1")
    .replace(/<repeat count=(\d+)>(.*?)<\/repeat>/g, (_, count: string, unit: string) =>
      unit.repeat(Number(count)),
    )
    .replaceAll("\n", "\r\n")
    .replace(/<hex>(.*?)<\/hex>/g, (_, hex: string) => Buffer.from(hex, "hex").toString("latin1"));
  return Buffer.from(text, "latin1");
}

class Sender {
  readonly received: string[] = [];
  readonly #sockets: readonly Socket[];
  readonly #port: number;
  #branches = 0;

  private constructor(sockets: readonly Socket[], port: number) {
    this.#sockets = sockets;
    this.#port = port;
    for (const socket of sockets) {
      socket.on("message", (data: Buffer) => this.received.push(data.toString("latin1")));
    }
  }

  static async open(port: number): Promise<Sender> {
    const sockets = ANSWER_PORTS.map((answerPort) => {
      const socket = createSocket("udp4");
      socket.bind(answerPort, SENDER);
      return socket;
    });
    await Promise.all(sockets.map((socket) => once(socket, "listening")));
    return new Sender(sockets, port);
  }

  send(bytes: Buffer): void {
    this.#sockets[0]?.send(bytes, this.#port, HOST);
  }

  via(port: number): string {
    return `Via: SIP/2.0/UDP ${SENDER}:${port};branch=z9hG4bKtorture${this.#branches++}`;
  }

  /** Answered at every port: what was sent before has been dealt with. */
  async probe(): Promise<void> {
    for (const port of ANSWER_PORTS) {
      this.send(this.request("OPTIONS", port, ["Call-ID: torture-probe", "CSeq: 1 OPTIONS"]));
    }
    const isProbe = (text: string): boolean => text.includes("Call-ID: torture-probe");
    await until(
      "the probes are answered",
      () => this.received.filter(isProbe).length >= ANSWER_PORTS.length,
    );
    const others = this.received.filter((text) => !isProbe(text));
    this.received.splice(0, this.received.length, ...others);
  }

  request(method: string, port: number, headers: readonly string[]): Buffer {
    const own = headers.some((line) => line.startsWith("From:"))
      ? []
      : [`From: <sip:t@${SENDER}>;tag=p`, "To: <sip:recorder@127.0.0.1>"];
    const head = [`${method} sip:recorder@127.0.0.1 SIP/2.0`, this.via(port), ...own, ...headers];
    const lines = [...head, "Max-Forwards: 70", "Content-Length: 0", "", ""];
    return Buffer.from(lines.join("\r\n"), "latin1");
  }

  /** ACK and BYE for an INVITE that was answered with 200. */
  async hangUp(ok: string): Promise<void> {
    // Names come back as the message wrote them, compact forms among them.
    const line = (name: string, compact: string): string => {
      const found = new RegExp(`^(?:${name}|${compact})\\s*:(.*)$`, "im").exec(ok)?.[1] ?? "";
      return `${name}:${found.trimEnd()}`;
    };
    const dialog = [line("From", "f"), line("To", "t"), line("Call-ID", "i")];
    const sequence = Number(/^CSeq\s*:\s*(\d+)/im.exec(ok)?.[1]);
    this.send(this.request("ACK", 5060, [...dialog, `CSeq: ${sequence} ACK`]));
    this.send(this.request("BYE", 5060, [...dialog, `CSeq: ${sequence + 1} BYE`]));
    const isBye = (text: string): boolean => text.includes(`CSeq: ${sequence + 1} BYE`);
    await until("BYE is answered", () => this.received.some(isBye));
    this.received.length = 0;
  }

  close(): void {
    for (const socket of this.#sockets) socket.close();
  }
}

function identityOf(text: string): string {
  const value = (name: string): string => new RegExp(`^${name}: *(.*)$`, "m").exec(text)?.[1] ?? "";
  return `${value("Call-ID")} ${value("CSeq")}`;
}

test(
  "RFC 4475, RFC 5118: the process answers each torture message as it should, beside a live call",
  { timeout: LIVE_TEST_LIMIT_MS },
  async (context) => {
    const rows = (
      JSON.parse(readFileSync(join(FOLDER, "expectations.json"), "utf8")) as Row[]
    ).filter(({ withTrueLength }) => withTrueLength !== true);
    assert.equal(rows.length, 61);
    const { pbx, devlink3 } = await simulatedIpOffice(context);
    const recorder = await liveRecorder(context, {
      devlink3: [devlink3],
      changes: { sip: { allow: ["127.0.0.0/8"] } },
    });
    await recorder.start();
    await until("the link is up", () => pbx.streamingConnections() > 0);
    const call = pbx.placeCall({ from: { number: "+4930123456" }, to: "2001" });
    await until("2001 rings", () => call.state === "ringing");
    pbx.answer("2001");
    await until("the call is recorded", () => keysWith(recorder.live, ".ul").length === 1);
    const [key = ""] = keysWith(recorder.live, ".ul");
    const sender = await Sender.open(recorder.sipPort);
    context.after(() => sender.close());
    const told: string[] = [];
    const repeated = new Set<string>();
    for (const { rfc, section, name, status } of rows) {
      const message = bytesOf(name);
      const finals = (): string[] =>
        sender.received.filter(
          (text) => !text.startsWith("SIP/2.0 1") && !repeated.has(identityOf(text)),
        );
      sender.send(message);
      if (status !== null) await until(`${name} is answered`, () => finals().length > 0);
      await sender.probe();
      const [answer = null] = finals();
      const found = answer === null ? null : Number(answer.slice(8, 11));
      if (found !== status) told.push(`${rfc} §${section} ${name}: ${found}, not ${status}`);
      const isInvite = message.toString("latin1").startsWith("INVITE");
      if (answer !== null && isInvite && found === 200) await sender.hangUp(answer);
      // A refused INVITE is answered again and again until the ACK, which never comes.
      else if (answer !== null && isInvite) repeated.add(identityOf(answer));
      sender.received.length = 0;
    }
    assert.deepEqual(told, []);
    pbx.hangUp("2001");
    await untilIdle(recorder);
    const journal = journalOf(join(recorder.live, `${key}.vrtx`));
    assert.equal(linesOf(journal, "end")[0]?.["outcome"], "ok");
    assert.deepEqual(linesOf(journal, "gap"), []);
    assert.equal(linesOf(journal, "statistics")[0]?.["lost"] ?? 0, 0);
  },
);
