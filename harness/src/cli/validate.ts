// `testbed validate`: is this network fit for recording? Reads the options, looks up names, guards
// what may be sent, runs the validation on real sockets and writes the report. T3, R9, R15, R23
import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import type { CapturedPacket, ValidationResult } from "@tapeline/reports";
import { parseSite, type Site } from "@tapeline/simulator/pbx";
import type { Command } from "commander";
import { capturingTcp, capturingUdp } from "../live/capturing-ports.ts";
import { nftMarking } from "../live/dscp-marking.ts";
import { realPorts } from "../live/real-ports.ts";
import { udpRejection } from "../live/udp-rejection.ts";
import {
  DEVLINK3_PORT,
  DEVLINK3_TLS_PORT,
  readCalls,
  readHostPort,
  readLength,
  readMinutes,
  readRamp,
  readRecorder,
  type Read,
} from "../validate/arguments.ts";
import { localAddressTowards, resolveHost } from "../validate/local-address.ts";
import type { ValidateOptions } from "../validate/probe.ts";
import { isPublicAddress } from "../validate/public-address.ts";
import { recorderApi } from "../validate/recorder-api.ts";
import { findChromium, writeReport } from "../validate/report-files.ts";
import { planTraffic, runValidation, StopSwitch } from "../validate/run-validation.ts";
import type { IpOfficeTarget, RecorderTarget, ValidationTarget } from "../validate/target.ts";
import type { SampleStore } from "../validate/long-run.ts";
import { sampleFile, SampleFileError } from "../validate/sample-file.ts";
import { planText, resultText } from "../validate/terminal-text.ts";
import { EXIT, UsageError } from "./exit-codes.ts";
import { commitHash } from "./suite-runner.ts";

/** As typed. */
export interface ValidateCommandOptions {
  readonly recorder: string;
  readonly ipoffice?: string;
  readonly devlink3?: string;
  readonly devlink3TlsPort?: string;
  readonly user?: string;
  readonly passwordFile?: string;
  readonly ca?: string;
  readonly calls: string;
  readonly minutes: string;
  readonly transports?: string;
  readonly ramp?: string;
  readonly site?: string;
  readonly for?: string;
  readonly responder?: boolean;
  readonly api?: string;
  readonly keyFile?: string;
  readonly from?: string;
  readonly out: string;
  readonly dryRun?: boolean;
  readonly iMay?: boolean;
  readonly json?: boolean;
}

/** Packets kept for the capture; RTP of long runs is not evidence of anything more. */
const CAPTURED_PACKETS = 50_000;
const PASSWORD_VARIABLE = "DEVLINK3_PASSWORD";

export function addValidateCommand(program: Command, exit: (code: number) => void): void {
  program
    .command("validate")
    .description(
      "is this network fit for recording? From where the IP Office will be, to a recorder",
    )
    .requiredOption("--recorder <uri>", "the recorder: sip:192.0.2.10, with ;transport=tcp or tls")
    .option("--ipoffice <host>", "the IP Office: host, or host:port of DevLink3")
    .option("--devlink3 <which>", "DevLink3 by tcp, tls or both", "both")
    .option(
      "--devlink3-tls-port <port>",
      `port of DevLink3 with TLS (default: ${DEVLINK3_TLS_PORT})`,
    )
    .option("--user <name>", `log in there; password by file, ${PASSWORD_VARIABLE} or prompt`)
    .option("--password-file <file>", "first line: the password of --user")
    .option("--ca <file>", "PEM of the authority of the IP Office's certificate")
    .option("--transports <list>", "SIP transports that must work: udp,tcp,tls")
    .option("--calls <n>", "calls at the same time", "5")
    .option("--minutes <n>", "length of the calls", "5")
    .option("--ramp <1..n>", "find how many recordings at once the path carries, up to n")
    .option("--site <file>", "play the busy hour of a site (YAML) for --minutes")
    .option("--for <length>", "sample each minute for so long: 7d; can be stopped and continued")
    .option("--responder", "the far end is `tapeline-recorder responder`")
    .option("--api <url>", "the recorder's API, to compare with its journal")
    .option("--key-file <file>", "file with an API key for --api")
    .option("--from <address>", "send from this address of this machine")
    .option("--out <directory>", "folder of the report", "out/validate")
    .option("--dry-run", "print what would be sent to whom, and send nothing")
    .option("--i-may", "I may send to this public address")
    .option("--json", "print the result as one JSON document on standard output")
    .addHelpText("after", EXAMPLES)
    .action(async (options: ValidateCommandOptions) => exit(await validateCommand(options)));
}

const EXAMPLES = `
Examples:
  npx testbed validate --recorder sip:192.0.2.10 --dry-run
  npx testbed validate --recorder sip:192.0.2.10 --ipoffice 192.0.2.1 --user recorder
  npx testbed validate --recorder "sip:192.0.2.10;transport=tls" --calls 20 --minutes 10
  npx testbed validate --recorder sip:192.0.2.10 --ramp 1..100
  npx testbed validate --recorder sip:192.0.2.10 --site site.yaml --minutes 15
  npx testbed validate --recorder sip:192.0.2.10 --for 7d --out week

Exit code: 0 good (warnings included), 1 something must be changed, 2 usage.`;

async function validateCommand(typed: ValidateCommandOptions): Promise<number> {
  const options = await readOptions(typed);
  guardPublic(options.target, typed);
  if (typed.dryRun === true) {
    printPlan(options, typed.json === true);
    return EXIT.ok;
  }
  const result = await runLive(await withPassword(options, typed), typed);
  process.stdout.write(
    typed.json === true ? `${JSON.stringify(result, null, 2)}\n` : resultText(result),
  );
  return result.verdict === "fail" ? EXIT.failed : EXIT.ok;
}

async function runLive(
  options: ValidateOptions,
  typed: ValidateCommandOptions,
): Promise<ValidationResult> {
  const real = realPorts();
  const packets: CapturedPacket[] = [];
  const capture = (packet: CapturedPacket): void => {
    if (packets.length < CAPTURED_PACKETS) packets.push(packet);
  };
  const stop = new StopSwitch();
  const onSignal = (): void => {
    process.stderr.write("Stopping: calls are hung up, what was measured is judged.\n");
    stop.press();
  };
  process.once("SIGINT", onSignal).once("SIGTERM", onSignal);
  const { api, recorder } = options.target;
  const samples = sampleFile(join(typed.out, "samples.jsonl"), recorder.uri);
  if (options.forSeconds !== null) await readable(samples);
  const marking = nftMarking();
  const result = await runValidation({
    options,
    ports: {
      ...real,
      ...{ isUdpRejected: udpRejection(real.clock), marking },
      udp: capturingUdp(real.udp, real.clock, capture),
      tcp: capturingTcp(real.tcp, real.clock, capture),
    },
    api: api === null ? null : recorderApi(api.url, api.key),
    samples,
    commit: commitHash(),
    progress: (text) => void process.stderr.write(`${text}\n`),
    stop,
  }).finally(() => marking.end());
  process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  return writeReport(result, {
    directory: typed.out,
    captures: [{ name: "validation.pcapng", packets }],
    chromium: findChromium(process.env["PATH"] ?? ""),
  });
}

/** A file of another run is a mistake of the user's, told before anything is sent. */
async function readable(samples: SampleStore): Promise<void> {
  try {
    await samples.load();
  } catch (error) {
    throw error instanceof SampleFileError ? new UsageError(error.message) : error;
  }
}

function printPlan(options: ValidateOptions, isJson: boolean): void {
  const traffic = planTraffic(options);
  if (!isJson) {
    process.stdout.write(planText(traffic, options.localHost));
    return;
  }
  const document = {
    format: "tapeline-validation-plan",
    version: 1,
    from: options.localHost,
    traffic,
  };
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}

/** Nobody's network is loaded by a slip of the finger. */
function guardPublic(
  { recorder, ipOffice }: ValidationTarget,
  typed: ValidateCommandOptions,
): void {
  if (typed.iMay === true) return;
  const hosts = [recorder.host, ...(ipOffice === null ? [] : [ipOffice.host])];
  const open = hosts.find((host) => isPublicAddress(host));
  if (open === undefined) return;
  throw new UsageError(
    `${open} is a public address. Add --i-may if you may send this traffic there; --dry-run together with --i-may shows it without sending.`,
  );
}

async function readOptions(typed: ValidateCommandOptions): Promise<ValidateOptions> {
  const calls = must(readCalls(typed.calls));
  const minutes = must(readMinutes(typed.minutes));
  const rampTo = typed.ramp === undefined ? null : must(readRamp(typed.ramp));
  const forSeconds = typed.for === undefined ? null : must(readLength(typed.for));
  const exclusive = [rampTo, typed.site ?? null, forSeconds].filter((value) => value !== null);
  if (exclusive.length > 1) {
    throw new UsageError("--ramp, --site and --for are runs of their own: give one of them.");
  }
  const recorder = await readRecorderTarget(typed);
  const target: ValidationTarget = {
    recorder,
    ipOffice: await readOffice(typed),
    api: await readApi(typed, recorder.host),
  };
  return {
    ...{ target, calls, minutes, rampTo, forSeconds },
    site: typed.site === undefined ? null : await readSite(typed.site),
    responder: typed.responder === true,
    localHost: await readLocalHost(typed, recorder),
  };
}

async function readRecorderTarget(typed: ValidateCommandOptions): Promise<RecorderTarget> {
  const words = must(readRecorder(typed.recorder, typed.transports));
  const host = await resolved("--recorder", words.host);
  return { ...words, uri: typed.recorder, host, transports: ["udp", "tcp", "tls"] };
}

async function readLocalHost(
  { from }: ValidateCommandOptions,
  { host, port }: RecorderTarget,
): Promise<string> {
  if (from !== undefined && isIP(from) !== 0) return from;
  if (from !== undefined) {
    throw new UsageError(`--from ${from} is no IP address. Give one of this machine's own.`);
  }
  const local = await localAddressTowards(host, port);
  if (local !== null) return local;
  throw new UsageError(`There is no route to ${host}. Connect this machine to the network first.`);
}

async function readOffice(typed: ValidateCommandOptions): Promise<IpOfficeTarget | null> {
  const { ipoffice, user, devlink3 = "both" } = typed;
  if (ipoffice === undefined) {
    if (user === undefined) return null;
    throw new UsageError("--user logs in to an IP Office: give it with --ipoffice HOST.");
  }
  if (!["tcp", "tls", "both"].includes(devlink3)) {
    throw new UsageError(`--devlink3 ${devlink3} is unknown. Use tcp, tls or both.`);
  }
  const { host, port } = must(readHostPort("--ipoffice", ipoffice));
  const tlsPort = readTlsPort(typed);
  // A port that is written means just that one, unless another is named as well.
  const isOne = port !== null && tlsPort === null && devlink3 === "both";
  const isTlsPort = isOne && port === DEVLINK3_TLS_PORT;
  const usesTcp = devlink3 !== "tls" && !isTlsPort;
  const usesTls = devlink3 !== "tcp" && (!isOne || isTlsPort);
  return {
    host: await resolved("--ipoffice", host),
    port: usesTcp ? (port ?? DEVLINK3_PORT) : null,
    tlsPort: usesTls
      ? (tlsPort ??
        (devlink3 === "tls" || isTlsPort ? (port ?? DEVLINK3_TLS_PORT) : DEVLINK3_TLS_PORT))
      : null,
    certificateAuthority: typed.ca === undefined ? null : await fileText("--ca", typed.ca),
    user: user ?? null,
    password: null,
  };
}

function readTlsPort({ devlink3TlsPort }: ValidateCommandOptions): number | null {
  if (devlink3TlsPort === undefined) return null;
  const port = /^\d{1,5}$/.test(devlink3TlsPort) ? Number(devlink3TlsPort) : 0;
  if (port >= 1 && port <= 65_535) return port;
  throw new UsageError(`--devlink3-tls-port ${devlink3TlsPort} is no port. Give 1 to 65535.`);
}

async function readApi(
  typed: ValidateCommandOptions,
  host: string,
): Promise<ValidationTarget["api"]> {
  const { api, keyFile } = typed;
  if (api === undefined && keyFile === undefined) return null;
  if (keyFile === undefined) {
    throw new UsageError("--api needs a key: --key-file FILE (tapeline-recorder key create).");
  }
  const literal = host.includes(":") ? `[${host}]` : host;
  const url = api ?? `http://${literal}:8080`;
  if (!URL.canParse(url))
    throw new UsageError(`--api ${url} is no URL, like http://192.0.2.10:8080.`);
  return { url, key: (await fileText("--key-file", keyFile)).trim() };
}

async function readSite(path: string): Promise<Site> {
  const loaded = parseSite(await fileText("--site", path));
  if (loaded.ok) return loaded.site;
  const list = loaded.problems.map(
    ({ path: at, problem, remedy }) => `${at}: ${problem} ${remedy}`,
  );
  throw new UsageError(list.join("\n"));
}

async function withPassword(
  options: ValidateOptions,
  { passwordFile }: ValidateCommandOptions,
): Promise<ValidateOptions> {
  const { ipOffice } = options.target;
  if (ipOffice === null || ipOffice.user === null) return options;
  const password =
    passwordFile === undefined
      ? (process.env[PASSWORD_VARIABLE] ?? (await askPassword(ipOffice.user)))
      : ((await fileText("--password-file", passwordFile)).split(/\r?\n/)[0] ?? "");
  return { ...options, target: { ...options.target, ipOffice: { ...ipOffice, password } } };
}

/** Asks without showing what is typed. */
async function askPassword(user: string): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new UsageError(
      `The password of ${user} is missing: --password-file or ${PASSWORD_VARIABLE}.`,
    );
  }
  process.stderr.write(`Password of ${user}: `);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  const password = await lines.question("");
  lines.close();
  process.stderr.write("\n");
  return password;
}

async function resolved(option: string, host: string): Promise<string> {
  const address = await resolveHost(host);
  if (address !== null) return address;
  throw new UsageError(
    `${option}: ${host} has no address. Check the name, or give the address itself.`,
  );
}

async function fileText(option: string, path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new UsageError(`${option} ${path} cannot be read: ${String(error)}`);
  }
}

function must<T>(read: Read<T>): T {
  if (read.ok) return read.value;
  throw new UsageError(read.problem);
}
