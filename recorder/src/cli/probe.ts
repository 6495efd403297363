// `tapeline-recorder probe`: logs in to each IP Office of the configuration and prints what it
// answers. design.md §1. It takes one of the three connections for a moment, asks for events, and
// records nothing; a recorder may run beside it.
import type { RecorderConfig } from "../config.ts";
import { LinkClient, type LinkClientOptions } from "../devlink3/link-client.ts";
import type { LinkState } from "../devlink3/link-state.ts";
import type { LogFields, Logger } from "../log.ts";
import { Metrics } from "../metrics.ts";
import type { PeerCertificate, RecorderPorts, Tcp } from "../ports/index.ts";
import { nodeClock, nodeDisk, nodeRandom, nodeTcp } from "../ports/node/index.ts";
import { loadTlsFiles } from "../tls-files.ts";
import type { Environment } from "./cli.ts";
import { EXIT } from "./exit-codes.ts";
import { loadConfig, problemText } from "./load-config.ts";
import { reportOf, reportText, type ProbedLink } from "./probe-report.ts";

/** Connection, login and event request have 10 s each; one further attempt with fewer flags. */
const PROBE_LIMIT_MS = 45_000;
const APPLICATION_NAME = "Tapeline probe";

/** 0: logged in everywhere; 1: somewhere not; 2: the configuration cannot be used. */
export async function probeCommand(
  file: string,
  environment: Environment,
  isJson: boolean,
): Promise<number> {
  const loaded = await loadConfig(file, environment);
  if (!loaded.ok) {
    for (const problem of loaded.problems) process.stderr.write(`${problemText(problem)}\n`);
    return EXIT.usage;
  }
  const links = await probeOffices(loaded.config);
  if (isJson) process.stdout.write(`${JSON.stringify({ version: 1, links }, null, 2)}\n`);
  else if (links.length === 0) process.stdout.write("The configuration names no IP Office.\n");
  else process.stdout.write(links.map(reportText).join("\n"));
  return links.every(({ loggedIn }) => loggedIn) ? EXIT.ok : EXIT.failed;
}

/** Each IP Office of the configuration. */
export async function probeOffices(config: RecorderConfig): Promise<ProbedLink[]> {
  const ports = { clock: nodeClock(), random: nodeRandom(), tcp: nodeTcp() };
  const { links: tls } = await loadTlsFiles(config, nodeDisk());
  return Promise.all(
    config.devlink3.map((entry, index) => {
      const files = tls[index] ?? null;
      return probeLink(
        { ...entryOptions(entry), ...(files === null ? {} : { tls: () => files }) },
        ports,
      );
    }),
  );
}

function entryOptions(entry: RecorderConfig["devlink3"][number]): LinkClientOptions {
  const { host, port, user, password, scn } = entry;
  return { host, port, user, password, scn, applicationName: APPLICATION_NAME };
}

/** One login, up to the granted flags or the first lasting failure. */
export async function probeLink(
  options: LinkClientOptions,
  ports: Pick<RecorderPorts, "clock" | "random" | "tcp">,
): Promise<ProbedLink> {
  const troubles: { code: string; detail: string | null }[] = [];
  const shown: { certificate: PeerCertificate | null } = { certificate: null };
  const done = Promise.withResolvers<void>();
  const tcp = watched(ports.tcp, (certificate) => (shown.certificate = certificate));
  const ignore = (): void => undefined;
  const client = new LinkClient(
    options,
    { ...ports, tcp, log: new TroubleLog(troubles), metrics: new Metrics(), onBytes: ignore },
    {
      onState: (state) => {
        if (state.code !== null) troubles.push({ code: state.code, detail: state.detail });
        if (isFinal(state)) done.resolve();
      },
      onStreamBegan: ignore,
      onSnapshotFinished: ignore,
      onStreamEnded: ignore,
      onRecord: ignore,
      onSipTrack: ignore,
      onRecordingStatus: ignore,
    },
  );
  const limit = ports.clock.setTimer("probe", PROBE_LIMIT_MS, () => done.resolve());
  client.start();
  await done.promise;
  limit.cancel();
  const state = client.state();
  await client.close();
  return reportOf({
    pbx: client.pbx,
    isTls: options.tls !== undefined,
    askedFlags: options.scn ? ["-SCN", "-SIPTrack"] : ["-SIPTrack"],
    certificate: shown.certificate,
    state,
    troubles,
  });
}

/** Refused flags are asked for again without them: that is not the end. */
const ASKED_AGAIN: readonly string[] = ["DEVLINK3_LICENCE_INSUFFICIENT", "DEVLINK3_FLAGS_REFUSED"];

function isFinal({ name, code }: LinkState): boolean {
  if (name === "waiting") return !ASKED_AGAIN.includes(code ?? "");
  return name === "synchronising" || name === "streaming" || name === "refused";
}

/** Passes connections on and tells the certificate of each. */
function watched(tcp: Tcp, onCertificate: (certificate: PeerCertificate) => void): Tcp {
  return {
    checkTls: (tls) => tcp.checkTls(tls),
    listen: (options, onStream) => tcp.listen(options, onStream),
    async connect(options, delegate) {
      const stream = await tcp.connect(options, delegate);
      if (stream.certificate !== undefined) onCertificate(stream.certificate);
      return stream;
    },
  };
}

/** The link reports some troubles (an old build) to its log only. */
class TroubleLog implements Logger {
  readonly #troubles: { code: string; detail: string | null }[];

  constructor(troubles: { code: string; detail: string | null }[]) {
    this.#troubles = troubles;
  }

  debug(): void {}
  info(): void {}

  warn(_message: string, fields: LogFields = {}): void {
    const { code, detail } = fields;
    if (typeof code !== "string" || code === "RECORDING_CONTROL_UNAVAILABLE") return;
    this.#troubles.push({ code, detail: typeof detail === "string" ? detail : null });
  }

  error(message: string, fields?: LogFields): void {
    this.warn(message, fields);
  }

  child(): Logger {
    return this;
  }
}
