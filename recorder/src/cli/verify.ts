// `tapeline-recorder verify [KEY…]`: checks stored copies against their journals and decodes them.
// It reads only, so that it may run beside the recorder.
import { verifyRecording } from "../storage/verification.ts";
import type { VerificationReport } from "../storage/storage-admin.ts";
import type { Environment } from "./cli.ts";
import { EXIT } from "./exit-codes.ts";
import { offlineConfig, offlinePorts, readPools } from "./offline-storage.ts";
import { Progress } from "./progress.ts";

export async function verifyCommand(
  file: string,
  environment: Environment,
  what: { readonly keys: readonly string[]; readonly isJson: boolean },
): Promise<number> {
  const config = await offlineConfig(file, environment);
  if (config === null) return EXIT.usage;
  const ports = offlinePorts(config);
  try {
    const pools = await readPools(config, ports);
    const keys = what.keys.length > 0 ? what.keys : [...pools.entries()].map(([key]) => key).sort();
    const progress = new Progress("verified", process.stderr);
    const reports: VerificationReport[] = [];
    for (const key of keys) {
      const place = pools.committed(key);
      const { directory: liveDirectory } = config.live;
      reports.push(await verifyRecording({ key, place, liveDirectory }, ports));
      progress.update(reports.length, keys.length);
    }
    progress.end();
    const unreadableDrives = pools.unknownDrives();
    if (what.isJson) print({ version: 1, recordings: reports, unreadableDrives });
    else process.stdout.write(textOf(reports, unreadableDrives));
    const isGood = reports.every(({ state }) => state === "ok" || state === "not-stored");
    return isGood && unreadableDrives.length === 0 ? EXIT.ok : EXIT.failed;
  } finally {
    await ports.close();
  }
}

function print(document: unknown): void {
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}

function textOf(reports: readonly VerificationReport[], drives: readonly string[]): string {
  const bad = reports.filter(({ state }) => state !== "ok");
  const lines = bad.map(
    ({ recordingKey, state, problems }) => `${recordingKey}  ${state}  ${problems.join("; ")}`,
  );
  for (const drive of drives) lines.push(`${drive} cannot be read. Mount it and run this again.`);
  const good = reports.length - bad.length;
  return [...lines, `${good} of ${reports.length} recordings are as they were stored.`, ""].join(
    "\n",
  );
}
