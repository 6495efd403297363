// SIGHUP: the configuration file is read again and put in force as far as that goes while calls go
// on (recorder-reload.ts). A file with problems is refused as a whole, and the old one stays.
import type { Recorder } from "../recorder.ts";
import type { Environment } from "./cli.ts";
import { fitToMachine, loadConfig, problemText } from "./load-config.ts";

export interface ReloadSource {
  readonly file: string;
  /** Of the process's start: variables set later are not seen. */
  readonly environment: Environment;
  /** Lines for people. */
  readonly print: (line: string) => unknown;
}

/** Reloads at each SIGHUP. The result ends that. */
export function reloadOnSignal(recorder: Recorder, source: ReloadSource): { cancel(): void } {
  const onSignal = (): void => void reloadFile(recorder, source);
  process.on("SIGHUP", onSignal);
  return { cancel: () => process.off("SIGHUP", onSignal) };
}

async function reloadFile(recorder: Recorder, source: ReloadSource): Promise<void> {
  const { file, environment, print } = source;
  const loaded = await loadConfig(file, environment);
  if (!loaded.ok) {
    recorder.refuseReload(loaded.problems);
    print(`${file} is refused; the recorder goes on with what it has:`);
    for (const problem of loaded.problems) print(`  ${problemText(problem)}`);
    return;
  }
  // First, for the reload renews them too, and only the first look says what is new.
  const certificates = await recorder.renewCertificates();
  const { applied, needsRestart, failed } = await recorder.reload(
    await fitToMachine(loaded.config),
  );
  print(
    `${file} was read again; changed: ${applied.length === 0 ? "nothing" : applied.join(", ")}`,
  );
  if (needsRestart.length > 0) print(`  waits for a restart: ${needsRestart.join(", ")}`);
  for (const path of certificates.renewed) print(`  certificate renewed: ${path}`);
  for (const { path, detail } of certificates.refused) {
    print(`  certificate of ${path} cannot be used, the one before it stays: ${detail}`);
  }
  for (const { part, detail } of failed) print(`  ${part} keeps what it had: ${detail}`);
}
