// `tapeline-recorder start`: configuration → real ports → Recorder; signals; exit codes.
import type { RecorderConfig } from "../config.ts";
import { ERRORS, RecorderError } from "../errors.ts";
import { HttpServer } from "../http/server.ts";
import type { Encoder } from "../ports/index.ts";
import { nodeConsoleFiles } from "../ports/node/console-files.ts";
import { nodePorts } from "../ports/node/index.ts";
import { Recorder } from "../recorder.ts";
import type { Environment } from "./cli.ts";
import { EXIT } from "./exit-codes.ts";
import { watchLauncher } from "./launcher.ts";
import { LinkLines } from "./link-lines.ts";
import { fitToMachine, loadConfig, problemText } from "./load-config.ts";
import { takeSpooledAudit } from "./audit-spool.ts";
import { answerFilterRequests, type FilterRequest } from "./log-filter-request.ts";
import { reloadOnSignal } from "./reload.ts";

/** A stop that takes longer is given up; recovery finishes the work at the next start. */
const STOP_LIMIT_MS = 20_000;

export async function startCommand(
  file: string,
  environment: Environment,
  isJson: boolean,
): Promise<number> {
  const loaded = await loadConfig(file, environment);
  if (!loaded.ok) {
    for (const problem of loaded.problems) process.stderr.write(`${problemText(problem)}\n`);
    return EXIT.usage;
  }
  for (const warning of loaded.warnings) {
    process.stderr.write(`warning: ${problemText(warning)}\n`);
  }
  const config = await fitToMachine(loaded.config);
  const ports = nodePorts({
    directories: { catalogFile: config.catalog.file, log: config.log.directory },
    encoderCommand: config.encoder.command,
    mediaWorkerUrl: new URL(`../media/worker${import.meta.url.slice(-3)}`, import.meta.url),
    onProblem: (code, detail) => process.stderr.write(`${code}: ${detail}\n`),
  });
  return run(config, ports, { file, environment, isJson });
}

interface StartOptions {
  readonly file: string;
  readonly environment: Environment;
  readonly isJson: boolean;
}

async function run(
  config: RecorderConfig,
  ports: ReturnType<typeof nodePorts>,
  { file, environment, isJson }: StartOptions,
): Promise<number> {
  const stopped = Promise.withResolvers<number>();
  const lines = new LinkLines();
  const recorder = new Recorder(config, ports, {
    onFatal: (error) => {
      process.stderr.write(`${error.message}\n`);
      stopped.resolve(EXIT.bug);
    },
    onLinkStatus: (status) => {
      if (!isJson) process.stdout.write(lines.push(status));
    },
  });
  const onSignal = (): void => stopped.resolve(EXIT.ok);
  process.once("SIGTERM", onSignal);
  process.once("SIGINT", onSignal);
  process.once("uncaughtException", endAsBug);
  const launcher = { environment, parentId: () => process.ppid };
  const watch = watchLauncher(launcher, ports.clock, onSignal);
  const reloads = reloadOnSignal(recorder, {
    file,
    environment,
    print: (line) => (isJson ? process.stderr : process.stdout).write(`${line}\n`),
  });
  let http: HttpServer | null = null;
  let filterRequests: { cancel(): void } | null = null;
  let spool: { cancel(): void } | null = null;
  try {
    await recorder.start();
    filterRequests = watchFilterRequests(recorder, config, ports);
    spool = takeSpooledAudit(config.state.directory, (entry) => recorder.api.audit(entry), ports);
    const server = await HttpServer.create(recorder.api, recorder.keys, {
      tls: recorder.tls.files.http,
      console: nodeConsoleFiles(),
    });
    http = server;
    recorder.tls.onRenewed("http", (renewed) => server.renewTls(renewed));
    const port = await server.listen(config.http.host, config.http.port);
    announce(recorder, config, { port, isJson });
    void warnOfEncoder(ports.encoder);
    const code = await stopped.promise;
    if (code !== EXIT.ok) process.exit(code);
    return code;
  } finally {
    watch.cancel();
    reloads.cancel();
    filterRequests?.cancel();
    spool?.cancel();
    const limit = ports.clock.setTimer("stop", STOP_LIMIT_MS, () => process.exit(EXIT.failed));
    await http?.close();
    await recorder.close();
    await ports.close();
    limit.cancel();
  }
}

/** `tapeline-recorder log-filter` asks by way of the state directory; each change is audited. */
function watchFilterRequests(
  recorder: Recorder,
  config: RecorderConfig,
  ports: ReturnType<typeof nodePorts>,
): { cancel(): void } | null {
  const { logFilters } = recorder.api;
  if (logFilters === null) return null;
  const by = "command line";
  const side = {
    stateDirectory: config.state.directory,
    filters: logFilters,
    onSwitched: (request: FilterRequest, result: string): void => {
      const detail = request.level ?? "";
      const target = request.name ?? "";
      void recorder.api.audit({ by, action: "log-filter", target, result, detail });
    },
  };
  return answerFilterRequests(side, ports);
}

/** Calls are recorded all the same; they are compressed once there is an encoder. */
async function warnOfEncoder(encoder: Encoder): Promise<void> {
  try {
    await encoder.describe();
  } catch (error) {
    if (!(error instanceof RecorderError)) throw error;
    process.stderr.write(`warning: ${error.message}\n`);
  }
}

/** A programmer's mistake: nothing is trusted any more; the next start recovers every call. */
function endAsBug(error: Error): void {
  process.stderr.write(`bug: ${error.stack ?? error.message}\n`);
  process.exit(EXIT.bug);
}

function announce(
  recorder: Recorder,
  config: RecorderConfig,
  shown: { readonly port: number; readonly isJson: boolean },
): void {
  const readiness = recorder.api.readiness();
  const scheme = config.http.tls === undefined ? "http" : "https";
  const url = `${scheme}://${config.http.host}:${shown.port}`;
  if (shown.isJson) {
    const line = { ready: true, pid: process.pid, url, sip: readiness.sip, rtp: readiness.rtp };
    process.stdout.write(`${JSON.stringify(line)}\n`);
    return;
  }
  process.stdout.write(
    [
      `Tapeline recorder "${config.recorder.name}" is ready.`,
      `  SIP   ${readiness.sip}`,
      `  RTP   ${readiness.rtp}`,
      `  HTTP  ${url}   (/readyz, /metrics, /api/v1)`,
      `  live  ${config.live.directory}`,
      ...config.devlink3.map(({ host, port }) => `  IP Office ${host}:${port}: connecting`),
      ...(recorder.keys.isEmpty()
        ? ["  No API key yet: tapeline-recorder key create --role administrator --name NAME"]
        : []),
      ...(config.devlink3.length === 0 ? [`  ${ERRORS.RECORDING_CONTROL_UNAVAILABLE.remedy}`] : []),
      "",
    ].join("\n"),
  );
}
