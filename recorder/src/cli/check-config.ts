// `tapeline-recorder check-config`: every problem of the configuration at once, with its remedy,
// and what this machine says to it (trials/), also to a broken one as far as it can be read:
// address, ports, directories and their file systems, room in hours of recording, encoder, clock,
// file descriptors, socket buffer. With --firewall instead: who must reach whom.
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
  if (!isFirewall) return tell(await examine(file, environment), isJson);
  const loaded = await loadConfig(file, environment);
  if (!loaded.ok) return tell({ ...NOTHING, problems: loaded.problems }, isJson);
  return tellFirewall(loaded.config, isJson);
}

/** What the command prints, for a support bundle. */
export async function checkConfigText(file: string, environment: Environment): Promise<string> {
  return textOf(await examine(file, environment));
}

async function examine(file: string, environment: Environment): Promise<Told> {
  const loaded = await loadConfig(file, environment);
  const [refused, warnings] = loaded.ok ? [[], loaded.warnings] : [loaded.problems, []];
  const readable = loaded.ok ? { config: loaded.config, isKnown: () => true } : loaded.readable;
  if (readable === undefined) return { ...NOTHING, problems: refused };
  const checks = (await tryAll(readable.config)).filter(({ path }) => readable.isKnown(path));
  const notes = readable.config.devlink3.length > 0 ? [CONTROL_NOTE] : [];
  const withStatus = (wanted: Trial["status"]) => checks.filter(({ status }) => status === wanted);
  return {
    problems: [...refused, ...withStatus("problem").map(asProblem)],
    warnings: [...warnings, ...withStatus("warning").map(asProblem)],
    notes,
    checks,
  };
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

function tell(told: Told, isJson: boolean): number {
  const { problems, warnings, notes, checks } = told;
  const isGood = problems.length === 0;
  const document = { ok: isGood, problems, warnings, notes, checks };
  process.stdout.write(isJson ? `${JSON.stringify(document, null, 2)}\n` : textOf(told));
  return isGood ? EXIT.ok : EXIT.usage;
}

function textOf({ problems, warnings, notes, checks }: Told): string {
  const lines: string[] = [];
  for (const { status, path, detail, remedy } of checks) {
    if (status === "good") lines.push(`good: ${path} ${detail}`);
    if (status === "unknown") lines.push(`unknown: ${problemText({ path, detail, remedy })}`);
  }
  for (const warning of warnings) lines.push(`warning: ${problemText(warning)}`);
  for (const problem of problems) lines.push(`problem: ${problemText(problem)}`);
  for (const note of notes) lines.push(`note: ${note}`);
  const count = `${problems.length} ${problems.length === 1 ? "problem" : "problems"}.`;
  lines.push(problems.length === 0 ? "The configuration is good." : count);
  return lines.map((line) => `${line}\n`).join("");
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
