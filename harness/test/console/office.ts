// The place where the console is tried: a recorder as a customer starts it, with the built console,
// and a simulated IP Office beside it whose calls the test makes. Real sockets, files of its own.
import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadSite, prepareVoices, SimulatedIpOffice } from "@tapeline/simulator/pbx";
import { stringify } from "yaml";
import { freePort } from "../../src/live/free-ports.ts";
import { realPorts } from "../../src/live/real-ports.ts";
import { recorderCommand, RecorderProcess } from "../../src/live/recorder-process.ts";
import { recorderConfig } from "../../src/testbed-config.ts";

const HOST = "127.0.0.1";
const WAIT_LIMIT_MS = 300_000;
const LOOK_EVERY_MS = 25;
const BUILD = fileURLToPath(new URL("../../../recorder/console/build.ts", import.meta.url));

export type Role = "agent" | "supervisor" | "manager" | "administrator";

export interface Office {
  readonly pbx: SimulatedIpOffice;
  readonly recorder: RecorderProcess;
  /** "http://127.0.0.1:41234". */
  readonly url: string;
  /** All files: live/, pool/, state/, log/, recorder.yaml. */
  readonly directory: string;
  /** A new key of this role. */
  readonly key: (role: Role, ...given: readonly string[]) => Promise<string>;
  /** The API with an administrator's key. */
  readonly api: <T>(path: string) => Promise<T>;
  readonly close: () => Promise<void>;
}

export interface OfficeOptions {
  /** Merged into the recorder's configuration. */
  readonly changes?: Readonly<Record<string, unknown>>;
  /** Called with the directory before the recorder starts: to put files there. */
  readonly prepare?: (directory: string) => Promise<void>;
}

/** Builds the console of this checkout, unless that was done since its last change. */
export function buildConsole(): void {
  const { status, stderr } = spawnSync(process.execPath, [BUILD, "--if-stale"], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`the console cannot be built: ${stderr}`);
}

export async function startOffice({ changes = {}, prepare }: OfficeOptions = {}): Promise<Office> {
  const directory = await mkdtemp(join(tmpdir(), "tapeline-console-"));
  const pbx = new SimulatedIpOffice(
    {
      site: loadSite({}),
      listen: { host: HOST, devlink3Port: 0, sipPort: 0, rtpPortBase: 0 },
      keepPayloads: true,
    },
    realPorts(),
    { onSip: () => undefined, onDevLink3: () => undefined },
  );
  prepareVoices();
  const { devlink3 } = await pbx.start();
  const configFile = join(directory, "recorder.yaml");
  const pool = join(directory, "pool");
  await mkdir(pool);
  const config = recorderConfig({
    address: HOST,
    allowLoopback: true,
    sipPort: await freePort(HOST),
    rtpPort: await freePort(HOST, true),
    httpPort: 0,
    devlink3: { ...devlink3, tls: false },
    directories: {
      live: join(directory, "live"),
      pools: [pool],
      state: join(directory, "state"),
      log: join(directory, "log"),
    },
    catalogFile: join(directory, "catalog.sqlite"),
    changes,
  });
  await writeFile(configFile, stringify(config));
  await prepare?.(directory);
  const key: Office["key"] = async (role, ...given) => {
    const about = ["--config", configFile, "--role", role, "--name", `${role} of the test`];
    return (await recorderCommand(["key", "create", ...about, ...given])).trim();
  };
  const token = await key("administrator");
  const recorder = new RecorderProcess(configFile);
  const { url } = await recorder.ready();
  await until("the DevLink3 link", () => pbx.streamingConnections() > 0);
  return {
    ...{ pbx, recorder, url, directory, key },
    async api<T>(path: string) {
      const response = await fetch(url + path, { headers: { authorization: `Bearer ${token}` } });
      return (await response.json()) as T;
    },
    async close() {
      await recorder.stop();
      await pbx.close();
      await rm(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Waits for something that the test cannot be told of. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  const { clock } = realPorts();
  const endMs = clock.nowMs() + WAIT_LIMIT_MS;
  while (!(await condition())) {
    if (clock.nowMs() > endMs) throw new Error(`${what}: not within ${WAIT_LIMIT_MS} ms`);
    await new Promise<void>((resolve) => clock.setTimer("console.look", LOOK_EVERY_MS, resolve));
  }
}
