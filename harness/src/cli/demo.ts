// `npm run demo`: the standalone recorder with a simulated IP Office that keeps making calls.
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { loadSite, prepareVoices, SimulatedIpOffice } from "@tapeline/simulator/pbx";
import { stringify } from "yaml";
import { Bustle } from "../bustle.ts";
import { freePort } from "../live/free-ports.ts";
import { recorderCommand, RecorderProcess } from "../live/recorder-process.ts";
import { recorderConfig } from "../testbed-config.ts";
import { EXIT } from "./exit-codes.ts";
import { realPorts, stopSignal } from "../live/real-ports.ts";

const HOST = "127.0.0.1";

export async function demoCommand(): Promise<number> {
  const directory = resolve("out/demo");
  await mkdir(directory, { recursive: true });
  const ports = realPorts();
  const pbx = new SimulatedIpOffice(
    {
      site: loadSite({}),
      listen: { host: HOST, devlink3Port: 0, sipPort: 0, rtpPortBase: 0 },
      keepPayloads: false,
    },
    ports,
    { onSip: () => undefined, onDevLink3: () => undefined },
  );
  prepareVoices();
  const { devlink3 } = await pbx.start();
  const configFile = join(directory, "recorder.yaml");
  const config = recorderConfig({
    address: HOST,
    allowLoopback: true,
    sipPort: await freePort(HOST),
    rtpPort: await freePort(HOST, true),
    httpPort: await freePort(HOST),
    devlink3: { ...devlink3, tls: false },
    directories: {
      live: join(directory, "live"),
      pools: [join(directory, "pool")],
      state: join(directory, "state"),
      log: join(directory, "log"),
    },
    catalogFile: join(directory, "catalog.sqlite"),
    changes: {},
  });
  await writeFile(configFile, stringify(config));
  const key = await recorderCommand([
    ...["key", "create", "--config", configFile],
    ...["--role", "administrator", "--name", "demo"],
  ]);
  const recorder = new RecorderProcess(configFile);
  const { url } = await recorder.ready();
  process.stdout.write(
    [
      "The recorder and a simulated IP Office are running; Ctrl-C stops them.",
      `  files    ${directory}`,
      `  health   ${url}/readyz`,
      `  search   curl -H "Authorization: Bearer ${key.trim()}" ${url}/api/v1/recordings`,
      "",
    ].join("\n"),
  );
  const bustle = new Bustle(pbx, ports.clock, (text) => process.stdout.write(`${text}\n`));
  bustle.start();
  await stopSignal();
  bustle.stop();
  await recorder.stop();
  await pbx.close();
  return EXIT.ok;
}
