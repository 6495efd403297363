// `testbed pbx`: a simulated IP Office on real sockets, for any recorder or DevLink3 client. Its
// agents answer what rings; a caller rings up again and again.
import { readFile } from "node:fs/promises";
import {
  BUILT_IN_SITE_YAML,
  parseSite,
  SimulatedIpOffice,
  type Site,
} from "@tapeline/simulator/pbx";
import { Bustle } from "../bustle.ts";
import { EXIT, UsageError } from "./exit-codes.ts";
import { realPorts, stopSignal } from "./real-ports.ts";

const HOST = "127.0.0.1";
/** The vendor's ports where they are free (devlink3.md §1); any others where not. */
const RTP_PORT_BASE = 49_152;

export async function pbxCommand(options: {
  readonly site?: string;
  readonly json?: boolean;
}): Promise<number> {
  const site = await readSite(options.site);
  const ports = realPorts();
  const pbx = new SimulatedIpOffice(
    {
      site,
      listen: { host: HOST, devlink3Port: 0, sipPort: 0, rtpPortBase: RTP_PORT_BASE },
      keepPayloads: false,
    },
    ports,
    { onSip: () => undefined, onDevLink3: () => undefined },
  );
  const addresses = await pbx.start();
  process.stdout.write(`${JSON.stringify(addresses)}\n`);
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
  await stopSignal();
  bustle.stop();
  await pbx.close();
  return EXIT.ok;
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
