// `tapeline-recorder check-config`: every problem of the configuration at once, with its remedy,
// and what this machine says to it (trials/): address, ports, directories and their file systems,
// room in hours of recording, encoder, clock, file descriptors, socket buffer. With --firewall
// instead: who must reach whom.
import { labelOf, type ConfigProblem, type RecorderConfig } from "../config.ts";
import type { Environment } from "./cli.ts";
import { EXIT } from "./exit-codes.ts";
import { firewallNotes, firewallRules, firewallTable } from "./firewall.ts";
import { fitToMachine, loadConfig, problemText } from "./load-config.ts";
import { tryCertificates } from "./trials/certificates.ts";
import { tryClock } from "./trials/clock-sync.ts";
import { tryDirectories } from "./trials/directories.ts";
import { tryEncoder } from "./trials/encoder.ts";
import { tryDescriptors } from "./trials/file-descriptors.ts";
import { tryAddress, tryNames, tryPorts, trySocketBuffer } from "./trials/network.ts";
import type { Trial } from "./trials/trial.ts";

/** What no look at this machine can tell; the README says more. */
const CONTROL_NOTE =
  "the recorder asks for recordings by the private extension dl3rec/1. An IP Office without it " +
  "shows as recording-control-unavailable: calls that it sends anyway are recorded and associated.";

export interface CheckOptions {
  readonly isJson: boolean;
  readonly isFirewall: boolean;
}

export async function checkConfigCommand(
  file: string,
  environment: Environment,
  { isJson, isFirewall }: CheckOptions,
): Promise<number> {
  const loaded = await loadConfig(file, environment);
  if (!loaded.ok) return tell({ ...NOTHING, problems: loaded.problems }, isJson);
  const { config, warnings } = loaded;
  if (isFirewall) return tellFirewall(config, isJson);
  const checks = await tryAll(config);
  const notes = config.devlink3.length > 0 ? [CONTROL_NOTE] : [];
  const withStatus = (wanted: Trial["status"]) => checks.filter(({ status }) => status === wanted);
  return tell(
    {
      problems: withStatus("problem").map(asProblem),
      warnings: [...warnings, ...withStatus("warning").map(asProblem)],
      notes,
      checks,
    },
    isJson,
  );
}

interface Told {
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
  readonly notes: readonly string[];
  readonly checks: readonly Trial[];
}

const NOTHING: Told = { problems: [], warnings: [], notes: [], checks: [] };

function asProblem({ path, detail, remedy }: Trial): ConfigProblem {
  const label = labelOf(path);
  return { path, detail, remedy, ...(label === null ? {} : { label }) };
}

function tell({ problems, warnings, notes, checks }: Told, isJson: boolean): number {
  const isGood = problems.length === 0;
  const print = (line: string): void => {
    process.stdout.write(`${line}\n`);
  };
  if (isJson) {
    print(JSON.stringify({ ok: isGood, problems, warnings, notes, checks }, null, 2));
    return isGood ? EXIT.ok : EXIT.usage;
  }
  for (const { status, path, detail, remedy } of checks) {
    if (status === "good") print(`good: ${path} ${detail}`);
    if (status === "unknown") print(`unknown: ${problemText({ path, detail, remedy })}`);
  }
  for (const warning of warnings) print(`warning: ${problemText(warning)}`);
  for (const problem of problems) print(`problem: ${problemText(problem)}`);
  for (const note of notes) print(`note: ${note}`);
  if (isGood) print("The configuration is good.");
  else print(`${problems.length} ${problems.length === 1 ? "problem" : "problems"}.`);
  return isGood ? EXIT.ok : EXIT.usage;
}

function tellFirewall(config: RecorderConfig, isJson: boolean): number {
  const rules = firewallRules(config);
  const notes = firewallNotes(config);
  const { address, bind } = config.recorder;
  if (isJson) {
    process.stdout.write(`${JSON.stringify({ address, bind, rules, notes }, null, 2)}\n`);
  } else {
    process.stdout.write(firewallTable(rules));
    for (const note of notes) process.stdout.write(`note: ${note}\n`);
  }
  return EXIT.ok;
}

async function tryAll(configured: RecorderConfig): Promise<Trial[]> {
  const config = await fitToMachine(configured);
  const found = await Promise.all([
    ...tryDirectories(config),
    ...tryPorts(config),
    trySocketBuffer(config),
    ...tryNames(config),
    tryCertificates(config),
    tryEncoder(config),
    tryClock(),
    tryDescriptors(config),
  ]);
  return [...tryAddress(configured, config), ...found.flat()];
}
