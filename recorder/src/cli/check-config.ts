// `tapeline-recorder check-config`: every problem of the configuration at once, with its remedy,
// and what this machine says to it: directories, ports, encoder.
import type { RecorderConfig } from "../config.ts";
import { RecorderError, systemCode } from "../errors.ts";
import type { Address } from "../ports/index.ts";
import { nodeDisk, nodeEncoder, nodeTcp, nodeUdp } from "../ports/node/index.ts";
import { bindHost } from "../recorder-options.ts";
import { loadTlsFiles } from "../tls-files.ts";
import type { Environment } from "./cli.ts";
import { EXIT } from "./exit-codes.ts";
import { fitToMachine, loadConfig, problemText } from "./load-config.ts";

interface Finding {
  readonly path: string;
  readonly detail: string;
  readonly remedy: string;
}

/** What no look at this machine can tell; the README says more. */
const CONTROL_NOTE =
  "the recorder asks for recordings by the private extension dl3rec/1. An IP Office without it " +
  "shows as recording-control-unavailable: calls that it sends anyway are recorded and associated.";

export async function checkConfigCommand(
  file: string,
  environment: Environment,
  isJson: boolean,
): Promise<number> {
  const loaded = await loadConfig(file, environment);
  const warnings = loaded.ok ? loaded.warnings : [];
  const problems = loaded.ok ? await tryOut(await fitToMachine(loaded.config)) : loaded.problems;
  const notes = loaded.ok && loaded.config.devlink3.length > 0 ? [CONTROL_NOTE] : [];
  if (isJson) {
    const document = { ok: problems.length === 0, problems, warnings, notes };
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  } else {
    for (const warning of warnings) process.stdout.write(`warning: ${problemText(warning)}\n`);
    for (const problem of problems) process.stdout.write(`problem: ${problemText(problem)}\n`);
    for (const note of notes) process.stdout.write(`note: ${note}\n`);
    if (problems.length === 0) process.stdout.write("The configuration is good.\n");
  }
  return problems.length === 0 ? EXIT.ok : EXIT.usage;
}

async function tryOut(config: RecorderConfig): Promise<Finding[]> {
  const found = await Promise.all([
    ...directories(config).map(([path, directory]) => tryDirectory(path, directory)),
    ...(config.sip.transports.includes("udp")
      ? [tryPort("sip.port", config, config.sip.port)]
      : []),
    ...(config.sip.transports.includes("tcp") ? [trySipStreams(config)] : []),
    tryTlsFiles(config),
    ...("port" in config.rtp ? [tryPort("rtp.port", config, config.rtp.port)] : []),
    tryHttpPort(config),
    tryEncoder(config),
  ]);
  return found.filter((finding) => finding !== null);
}

function directories(config: RecorderConfig): [path: string, directory: string][] {
  return [
    ["live.directory", config.live.directory],
    ["state.directory", config.state.directory],
    ["log.directory", config.log.directory],
    ...config.pools.flatMap((pool, index) =>
      pool.drives.map((drive, number): [string, string] => [
        `pools[${index}].drives[${number}].path`,
        drive.path,
      ]),
    ),
  ];
}

async function tryDirectory(path: string, directory: string): Promise<Finding | null> {
  const disk = nodeDisk();
  const probe = `${directory}/.tapeline-probe`;
  try {
    await disk.makeDirectory(directory);
    const file = await disk.open(probe, "append");
    await file.close();
    await disk.remove(probe);
    return null;
  } catch (error) {
    return finding(path, new RecorderError("DIRECTORY_NOT_WRITABLE", describe(directory, error)));
  }
}

async function tryPort(
  path: string,
  config: RecorderConfig,
  port: number,
): Promise<Finding | null> {
  const host = bindHost(config);
  try {
    const socket = await nodeUdp().bind(
      { local: { host, port } },
      { onDatagram: () => undefined, onError: () => undefined },
    );
    socket.close();
    return null;
  } catch (error) {
    return finding(path, portError(`udp ${host}:${port}`, error));
  }
}

async function trySipStreams(config: RecorderConfig): Promise<Finding | null> {
  return tryListening("sip.port", { host: bindHost(config), port: config.sip.port });
}

async function tryHttpPort(config: RecorderConfig): Promise<Finding | null> {
  return tryListening("http.port", { host: config.http.host, port: config.http.port });
}

async function tryListening(path: string, local: Address): Promise<Finding | null> {
  try {
    const listener = await nodeTcp().listen({ local }, () => ({
      onData: () => undefined,
      onClose: () => undefined,
    }));
    await listener.close();
    return null;
  } catch (error) {
    return finding(path, portError(`tcp ${local.host}:${local.port}`, error));
  }
}

/** Certificates and keys that the configuration names. */
async function tryTlsFiles(config: RecorderConfig): Promise<Finding | null> {
  try {
    await loadTlsFiles(config, nodeDisk());
    return null;
  } catch (error) {
    if (!(error instanceof RecorderError)) throw error;
    return finding("tls", error);
  }
}

async function tryEncoder(config: RecorderConfig): Promise<Finding | null> {
  try {
    await nodeEncoder({ command: config.encoder.command }).describe();
    return null;
  } catch (error) {
    return finding(
      "encoder.command",
      new RecorderError("ENCODER_MISSING", error instanceof Error ? error.message : "unknown"),
    );
  }
}

function portError(where: string, error: unknown): RecorderError {
  switch (systemCode(error)) {
    case "EADDRINUSE":
      return new RecorderError("PORT_IN_USE", where);
    case "EADDRNOTAVAIL":
      return new RecorderError("ADDRESS_NOT_LOCAL", where);
    default:
      return new RecorderError("PORT_NOT_PERMITTED", describe(where, error));
  }
}

function describe(what: string, error: unknown): string {
  return `${what}: ${systemCode(error) ?? String(error)}`;
}

function finding(path: string, error: RecorderError): Finding {
  return { path, detail: `${error.code}: ${error.detail}`, remedy: error.remedy };
}
