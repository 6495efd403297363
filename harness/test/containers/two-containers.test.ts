// IP Office and recorder in two containers, each at an address of its own, as R9, R12 and R23 have
// it on a customer's network: nothing loopback, `allowLoopback` not set, the SIP call and its audio
// straight between the two.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import type { StartedNetwork, StartedTestContainer } from "testcontainers";
import {
  filesIn,
  journalOf,
  LIVE_TEST_LIMIT_MS,
  newFolder,
  removeFolder,
  REPOSITORY,
  until,
  writeYaml,
} from "../live/live-fixture.ts";
import { NODE_IMAGE, skipWithoutEngine, startEngine } from "./engine.ts";

const ENTRY = fileURLToPath(new URL("./at-own-address.ts", import.meta.url));
const TESTBED = join(REPOSITORY, "harness/bin/testbed.js");
const RECORDER = join(REPOSITORY, "recorder/bin/tapeline-recorder.js");

interface PbxLine {
  readonly devlink3: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly password: string;
  };
}

test(
  "a call is recorded between two containers at two addresses, without allowLoopback",
  { skip: skipWithoutEngine(), timeout: LIVE_TEST_LIMIT_MS },
  async (context) => {
    const cleanUp = undoing(context);
    const folder = await newFolder();
    cleanUp(() => removeFolder(folder));
    const engine = await startEngine();
    if (typeof engine === "string") return context.skip(engine);
    cleanUp(engine);
    const { GenericContainer, Network, Wait } = await import("testcontainers");
    const network = await new Network().start();
    cleanUp(() => network.stop());
    const container = (command: readonly string[]) =>
      new GenericContainer(NODE_IMAGE)
        .withNetwork(network)
        .withBindMounts([
          { source: REPOSITORY, target: REPOSITORY, mode: "ro" },
          { source: folder, target: folder, mode: "rw" },
        ])
        .withEnvironment({ NODE_ENV: "production" })
        .withCommand(["/usr/local/bin/node", ENTRY, ...command]);

    const pbxLines: string[] = [];
    const pbx = await container([TESTBED, "pbx", "--host", "{address}", "--json"])
      .withLogConsumer((stream) => stream.on("data", (text) => pbxLines.push(String(text))))
      .withWaitStrategy(Wait.forLogMessage(/"devlink3"/))
      .start();
    cleanUp(() => pbx.stop());
    // Two readers of one log: ours may be behind the one that waited.
    await until("the IP Office's line is here", () => pbxLines.join("").includes("\n"));
    const { devlink3 } = JSON.parse(pbxLines.join("")) as PbxLine;
    assert.equal(devlink3.host, addressOf(pbx, network));

    const config = await writeConfig(folder, devlink3);
    const recorder = await container(["--rewrite", config, RECORDER, "start", "--config", config])
      .withWaitStrategy(Wait.forLogMessage(/ready/i))
      .start();
    cleanUp(() => recorder.stop());
    const pool = join(folder, "pool");
    await until("a recording is in the pool", () => {
      return filesIn(pool).some((path) => path.endsWith(".vrtx"));
    });

    const addresses = { pbx: addressOf(pbx, network), recorder: addressOf(recorder, network) };
    assert.notEqual(addresses.pbx, addresses.recorder);
    const journal = journalOf(filesIn(pool).find((path) => path.endsWith(".vrtx")) ?? "");
    const invite = journal.find(({ type, direction }) => type === "sip" && direction === "in");
    assert.equal(hostOf(invite?.["from"]), addresses.pbx);
    assert.equal(hostOf(invite?.["to"]), addresses.recorder);
    assert.equal(hostOf(journal.find(({ type }) => type === "media")?.["source"]), addresses.pbx);
    const end = journal.find(({ type }) => type === "end");
    assert.equal(end?.["outcome"], "ok", JSON.stringify(end));
  },
);

function hostOf(place: unknown): string {
  return String(place).replace(/:\d+$/, "");
}

function addressOf(container: StartedTestContainer, network: StartedNetwork): string {
  return container.getIpAddress(network.getName());
}

/** What was set up last goes first: node:test runs its hooks in the order of their giving. */
function undoing(context: TestContext): (undo: () => Promise<unknown>) => void {
  const steps: (() => Promise<unknown>)[] = [];
  context.after(async () => {
    for (const undo of steps.toReversed()) await undo();
  });
  return (undo) => void steps.push(undo);
}

function writeConfig(folder: string, link: PbxLine["devlink3"]): Promise<string> {
  for (const name of ["live", "pool", "state", "log"]) mkdirSync(join(folder, name));
  const { host, port, user, password } = link;
  return writeYaml(join(folder, "recorder.yaml"), {
    recorder: { address: "{address}", bind: "{address}" },
    devlink3: [{ host, port, user, password, api: "DevLink3" }],
    live: { directory: join(folder, "live") },
    pools: [{ name: "main", drives: [{ path: join(folder, "pool") }] }],
    state: { directory: join(folder, "state") },
    catalog: { file: join(folder, "catalog.sqlite") },
    log: { directory: join(folder, "log"), level: "debug" },
  });
}
