// A third party's DevLink3 client (T1): devlink3_client.py is written in another language from the
// specification alone, and works against `testbed pbx` unchanged, by TCP and TLS. It is hostile as
// well: pieces, oversize, wrong passwords, unknown flags, a second challenge, every request type.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { LIVE_TEST_LIMIT_MS, newFolder, removeFolder, skipWithout } from "../live/live-fixture.ts";
import { startTestbed } from "../live/testbed-process.ts";

const CLIENT = join(import.meta.dirname, "devlink3_client.py");
const MANY_USERS = 3_000;

/** What each site is like, in the client's words, and how many checks that makes at least. */
const SITES: readonly {
  readonly profile: string;
  readonly atLeastChecks: number;
  readonly users: readonly string[];
  readonly devlink3: string;
}[] = [
  {
    profile: "any,sha1,network",
    atLeastChecks: 30,
    users: [
      `{ extension: "2001", name: Alice }`,
      `{ extension: "3001", name: Norma, node: 192.168.20.1 }`,
      `{ extension: "2003", name: 'Söhne, "Müller" & <Co>', kind: sip }`,
    ],
    devlink3: `{ password: "Twenty characters ok", lockAfterFailures: 0 }`,
  },
  {
    profile: "any,plain,large,licences",
    atLeastChecks: 18,
    users: Array.from({ length: MANY_USERS }, (_, at) => {
      const node = at === MANY_USERS - 1 ? ", node: 192.168.20.1" : "";
      return `{ extension: "${2001 + at}", name: Agent ${at}${node} }`;
    }),
    devlink3:
      `{ password: "Twenty characters ok", challenge: plain, lockAfterFailures: 0, ` +
      `licences: 1, unavailableFlags: [-CMExtn] }`,
  },
  {
    profile: "locks",
    atLeastChecks: 1,
    users: [`{ extension: "2001", name: Alice }`],
    devlink3: `{ lockAfterFailures: 2, lockSeconds: 1 }`,
  },
  {
    profile: "unlicensed",
    atLeastChecks: 1,
    users: [`{ extension: "2001", name: Alice }`],
    devlink3: `{ licences: 0 }`,
  },
];

describe("a client that somebody else wrote", { concurrency: true }, () => {
  for (const { profile, atLeastChecks, users, devlink3 } of SITES) {
    test(
      `works unchanged against a site that is: ${profile} (T1)`,
      { skip: skipWithout("python3"), timeout: LIVE_TEST_LIMIT_MS },
      async (context) => {
        const folder = await newFolder();
        context.after(() => removeFolder(folder));
        const trunks = `trunks:\n  - { name: SIP, kind: sip, line: 17, channels: 8 }`;
        const list = users.map((user) => `  - ${user}`).join("\n");
        const site = join(folder, "site.yaml");
        await writeFile(site, `users:\n${list}\n${trunks}\ndevlink3: ${devlink3}\n`);
        const pbx = await startTestbed(context, ["pbx", "--site", site, "--json"]);
        const lines = await checks(["--profile", profile], pbx.stdout());
        const failed = lines.filter((line) => !line.startsWith("ok "));
        assert.deepEqual(failed, []);
        assert.ok(lines.length >= atLeastChecks, `${lines.length} checks`);
        await pbx.stop();
      },
    );
  }
});

/** One line a check, as the client prints them. */
async function checks(given: readonly string[], addresses: string): Promise<readonly string[]> {
  const first = addresses.split("\n")[0] ?? "";
  const child = spawn("python3", [CLIENT, ...given, "--addresses", first], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let told = "";
  child.stdout.on("data", (piece: Buffer) => {
    told += piece.toString();
  });
  await once(child, "close");
  return told.split("\n").filter((line) => line !== "");
}
