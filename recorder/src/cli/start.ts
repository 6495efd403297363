// `tapeline-recorder start`: configuration → real ports → Recorder; signals; exit codes. A restart
// that the console asks for is the same again in this process, with the file as it is then.
import type { RecorderConfig } from "../config.ts";
import { ERRORS, RecorderError } from "../errors.ts";
import { HttpServer } from "../http/server.ts";
import type { Encoder } from "../ports/index.ts";
import { nodeConsoleFiles } from "../ports/node/console-files.ts";
import { nodePorts } from "../ports/node/index.ts";
import { Recorder } from "../recorder.ts";
import type { Environment } from "./cli.ts";
import { EXIT } from "./exit-codes.ts";
import { bundleMaker } from "./bundle-child.ts";
import { watchLauncher } from "./launcher.ts";
import { LinkLines } from "./link-lines.ts";
import { fitToMachine, loadConfig, problemText } from "./load-config.ts";
import { takeSpooledAudit } from "./audit-spool.ts";
import { webRtcOptions } from "../recorder-options.ts";
import { answerFilterRequests, type FilterRequest } from "./log-filter-request.ts";
import { reloadOnSignal } from "./reload.ts";
import { createSetup, type SetupOptions } from "./setup.ts";

/** A stop that takes longer is given up; recovery finishes the work at the next start. */
const STOP_LIMIT_MS = 20_000;

export async function startCommand(
  file: string,
  environment: Environment,
  isJson: boolean,
): Promise<number> {
  for (;;) {
    const ended = await startOnce(file, environment, isJson);
    if (ended !== "restart") return ended;
    if (!isJson) process.stdout.write("Restarting.\n");
  }
}

async function startOnce(file: string, environment: Environment, isJson: boolean): Promise<Ended> {
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
    webRtc: webRtcOptions(config),
    onProblem: (code, detail) => process.stderr.write(`${code}: ${detail}\n`),
  });
  return (await run(config, ports, { file, environment, isJson })).how;
}

/** An exit code, or once more. */
type Ended = number | "restart";

interface StartOptions {
  readonly file: string;
  readonly environment: Environment;
  readonly isJson: boolean;
}

async function run(
  config: RecorderConfig,
  ports: ReturnType<typeof nodePorts>,
  { file, environment, isJson }: StartOptions,
): Promise<{ how: Ended }> {
  const stopped = Promise.withResolvers<Ended>();
  // A signal that comes while a restart closes everything ends it all the same.
  const ended: { how: Ended } = { how: EXIT.ok };
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
  const onSignal = (): void => {
    ended.how = EXIT.ok;
    stopped.resolve(EXIT.ok);
  };
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
    const bound = { httpPort: config.http.port };
    const onRestart = (): void => stopped.resolve("restart");
    http = await createHttp({ file, environment, recorder, bound, onRestart });
    const port = await http.listen(config.http.host, config.http.port);
    bound.httpPort = port;
    const oneTimeKey = recorder.keys.isFirstStart() ? await recorder.keys.addOneTime() : null;
    announce(recorder, config, { port, isJson, oneTimeKey });
    void warnOfEncoder(ports.encoder);
    ended.how = await stopped.promise;
    if (ended.how !== EXIT.ok && ended.how !== "restart") process.exit(ended.how);
    return ended;
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
    process.off("SIGTERM", onSignal);
    process.off("SIGINT", onSignal);
    process.off("uncaughtException", endAsBug);
  }
}

/** API, console, set-up and bundle; nothing listens yet. */
async function createHttp(
  options: Omit<SetupOptions, "recorder"> & { readonly recorder: Recorder },
): Promise<HttpServer> {
  const { recorder, file } = options;
  const server = await HttpServer.create(recorder.api, recorder.keys, {
    tls: recorder.tls.files.http,
    console: nodeConsoleFiles(),
    setup: createSetup(options),
    makeBundle: bundleMaker(file, recorder.config.state.directory),
  });
  recorder.tls.onRenewed("http", (renewed) => server.renewTls(renewed));
  return server;
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
  shown: {
    readonly port: number;
    readonly isJson: boolean;
    /** Of a first start; said this once. */
    readonly oneTimeKey: string | null;
  },
): void {
  const readiness = recorder.api.readiness();
  const scheme = config.http.tls === undefined ? "http" : "https";
  const url = `${scheme}://${config.http.host}:${shown.port}`;
  if (shown.isJson) {
    const { sip, rtp } = readiness;
    const key = shown.oneTimeKey === null ? {} : { oneTimeKey: shown.oneTimeKey };
    const line = { ready: true, pid: process.pid, url, sip, rtp, ...key };
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
      ...(shown.oneTimeKey === null ? [] : firstStartLines(url, shown.oneTimeKey)),
      ...(config.devlink3.length === 0 ? [`  ${ERRORS.RECORDING_CONTROL_UNAVAILABLE.remedy}`] : []),
      "",
    ].join("\n"),
  );
}

/** The key is in no file: the state directory has its hash. */
function firstStartLines(url: string, key: string): string[] {
  return [
    "",
    `  First start: set the recorder up at ${url}/`,
    `  One-time administrator key: ${key}`,
    "  (No API key yet. It is good for one sign-in within 24 h; or, instead of it:",
    "   tapeline-recorder key create --role administrator --name NAME)",
    "",
  ];
}
