// `testbed pbx`: a simulated IP Office on real sockets, for any recorder or DevLink3 client. Its
// agents answer what rings; a caller rings up again and again.
import { readFile } from "node:fs/promises";
import {
  BUILT_IN_SITE_YAML,
  parseSite,
  prepareVoices,
  SimulatedIpOffice,
  type PbxAddresses,
  type Site,
} from "@tapeline/simulator/pbx";
import type { Clock } from "@tapeline/recorder/ports";
import { Bustle } from "../bustle.ts";
import { AUTHORITY_FILE, serverTls } from "../live/test-certificates.ts";
import { EXIT, UsageError } from "./exit-codes.ts";
import { realPorts, stopSignal } from "../live/real-ports.ts";

const HANG_UP_LIMIT_MS = 2_000;
const LOOK_EVERY_MS = 20;
/** Free ports: the first line tells which. */
const ANY_PORT = 0;

export async function pbxCommand(options: {
  readonly site?: string;
  readonly host: string;
  readonly json?: boolean;
}): Promise<number> {
  const site = await readSite(options.site);
  const stopped = stopSignal();
  const ports = realPorts();
  const pbx = new SimulatedIpOffice(
    {
      site,
      listen: {
        host: options.host,
        devlink3Port: ANY_PORT,
        devlink3TlsPort: ANY_PORT,
        tls: await serverTls(),
        sipPort: ANY_PORT,
        rtpPortBase: ANY_PORT,
      },
      keepPayloads: false,
    },
    ports,
    { onSip: () => undefined, onDevLink3: () => undefined },
  );
  prepareVoices();
  const { devlink3, sip } = await start(pbx, options.host);
  // Who connects to the TLS port finds there whom to trust.
  const trust = devlink3.tlsPort === undefined ? {} : { ca: AUTHORITY_FILE };
  process.stdout.write(`${JSON.stringify({ devlink3: { ...devlink3, ...trust }, sip })}\n`);
  if (options.json !== true) {
    process.stderr.write(
      `A simulated IP Office is running; Ctrl-C stops it.\n` +
        `Agents answer, callers call, every few seconds. Site: ${options.site ?? "built-in"}\n`,
    );
  }
  const bustle = new Bustle(pbx, ports.clock, (text) => {
    if (options.json !== true) process.stderr.write(`${text}\n`);
  });
  bustle.start();
  await stopped;
  bustle.stop();
  await untilHungUp(pbx, ports.clock);
  await pbx.close();
  return EXIT.ok;
}

/** Recorders get their BYE before the sockets close; one that does not answer is not waited for. */
function untilHungUp(pbx: SimulatedIpOffice, clock: Clock): Promise<void> {
  const endMs = clock.nowMs() + HANG_UP_LIMIT_MS;
  return new Promise((resolve) => {
    const look = (): void => {
      const hasLegs = pbx.site.users.some(({ extension }) => pbx.hasLeg(extension));
      if (!hasLegs || clock.nowMs() >= endMs) resolve();
      else clock.setTimer("pbx.hangUp", LOOK_EVERY_MS, look);
    };
    look();
  });
}

async function start(pbx: SimulatedIpOffice, host: string): Promise<PbxAddresses> {
  try {
    return await pbx.start();
  } catch (error) {
    throw new UsageError(`no port can be opened on ${host}: ${String(error)}`);
  }
}

async function readSite(path: string | undefined): Promise<Site> {
  let text = BUILT_IN_SITE_YAML;
  if (path !== undefined) {
    try {
      text = await readFile(path, "utf8");
    } catch (error) {
      throw new UsageError(`${path} cannot be read: ${String(error)}`);
    }
  }
  const loaded = parseSite(text);
  if (loaded.ok) return loaded.site;
  const list = loaded.problems.map(
    ({ path: where, problem, remedy }) => `${where}: ${problem} ${remedy}`,
  );
  throw new UsageError(list.join("\n"));
}
