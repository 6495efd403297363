// The `testbed` command line (design.md §7): commands, options, help. Each command's work is a file
// of its own.
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { benchCommand, type BenchCommandOptions } from "./bench-command.ts";
import { demoCommand } from "./demo.ts";
import { EXIT, UsageError } from "./exit-codes.ts";
import { importCommand } from "./import.ts";
import { listCommand } from "./list.ts";
import { newCommand } from "./new.ts";
import { pbxCommand } from "./pbx.ts";
import { pinCommand } from "./pin.ts";
import { replayCommand, type ReplayCommandOptions } from "./replay.ts";
import { runCommand, type RunCommandOptions } from "./run.ts";
import { sizeCommand, type SizeCommandOptions } from "./size.ts";
import { suiteCommand } from "./suite.ts";
import { addValidateCommand } from "./validate.ts";

/** Runs a command; resolves with its exit code. Never rejects. */
export async function runCli(args: readonly string[]): Promise<number> {
  let exitCode: number = EXIT.ok;
  const program = createProgram((code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...args], { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}\n`);
      return EXIT.usage;
    }
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : "bug"}\n`);
    return EXIT.bug;
  }
}

function createProgram(exit: (code: number) => void): Command {
  const program = new Command("testbed")
    .description("Runs scenarios against the Tapeline recorder, with a simulated Avaya IP Office")
    .exitOverride()
    .showHelpAfterError()
    .addHelpText("after", "\nExample:\n  npx testbed run 'basics/*' --times 20 --seed monday");
  program
    .command("run")
    .description("run scenarios; default: all but swarms, virtual")
    .argument("[patterns...]", "names, with * for any characters: basics/one-call 'sip/*'")
    .option("--mode <mode>", "virtual or live", modeOf, "virtual")
    .option("--seed <seed>", "seed; with --times, run i uses SEED+i (default: 1)")
    .option("--times <n>", "runs of each scenario", positiveInteger, 1)
    .option("--jobs <n>", "runs at the same time (processes)", positiveInteger, 1)
    .option("--out <directory>", "folder for results and artefacts", "out/testbed")
    .option("--junit <file>", "write JUnit XML")
    .option("--no-shrink", "do not reduce the failures of swarms to what they need")
    .option("--json", "print one JSON document on standard output")
    .action(async (patterns: string[], options: RunCommandOptions) =>
      exit(await runCommand(patterns, options)),
    );
  program
    .command("suite")
    .description("all scenarios virtual, then the smoke ones live: what `npm start` runs")
    .option("--out <directory>", "folder for results and artefacts", "out/suite")
    .option("--seed <seed>", "seed", "1")
    .action(async (options: { out: string; seed: string }) => exit(await suiteCommand(options)));
  program
    .command("list")
    .description("list the scenarios, by folder")
    .argument("[words...]", "only those about these: R16, vcm-short, 'transfer'")
    .option("--json", "print one JSON document")
    .action(async (words: string[], options: { json?: boolean }) =>
      exit(await listCommand(options.json === true, words)),
    );
  addFileCommands(program, exit);
  program
    .command("pbx")
    .description("a simulated IP Office on real sockets, until stopped")
    .option("--site <file>", "site (YAML); default: a built-in one")
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("--json", "print JSON lines only")
    .action(async (options: { site?: string; host: string; json?: boolean }) =>
      exit(await pbxCommand(options)),
    );
  program
    .command("demo")
    .description("the recorder with a simulated IP Office that keeps making calls, until stopped")
    .action(async () => exit(await demoCommand()));
  addBenchCommand(program, exit);
  program
    .command("size")
    .description("VCM channels, bandwidth and storage for a load")
    .requiredOption("--calls <n>", "active calls at the busiest moment")
    .requiredOption("--recordings <n>", "recordings at the same time")
    .requiredOption("--queued <n>", "queued calls (Skilled)")
    .option("--uplink <rate>", "the line from IP Office to recorder: 20M, 512k, 1G")
    .option("--hours <h>", "hours a day at that load, for the storage", "10")
    .option("--quality <q>", "Speex quality 0-10, as encoder.quality", "8")
    .option("--json", "print one JSON document")
    .action((options: SizeCommandOptions) => exit(sizeCommand(options)));
  addValidateCommand(program, exit);
  for (const command of program.commands) command.exitOverride().showHelpAfterError();
  return program;
}

function addBenchCommand(program: Command, exit: (code: number) => void): void {
  program
    .command("bench")
    .description("many live calls at once; figures as ratios of one run")
    .option(
      "--calls <n>",
      "calls at the same time (500; --listen 100; --virtual 10)",
      positiveInteger,
    )
    .option("--seconds <n>", "seconds of talk (20; --virtual 60)", positiveInteger)
    .option("--virtual", "in the virtual world: how much faster than real time")
    .option("--listen", "measure live listening: RTP arrival to WebSocket frame sent")
    .option("--listeners <n>", "listeners at the same time, with --listen", positiveInteger, 20)
    .option("--json", "print one JSON document")
    .action(async (options: BenchCommandOptions) => exit(await benchCommand(options)));
}

/** What begins with a file, or makes one. */
function addFileCommands(program: Command, exit: (code: number) => void): void {
  program
    .command("new")
    .description("write a scenario that works, to begin one's own with")
    .argument("<name>", "a folder, a slash and a short name: my/first")
    .action(async (name: string) => exit(await newCommand(name)));
  program
    .command("replay")
    .description("repeat a run exactly, and look into its trace")
    .argument("<result>", "results.json or results.jsonl of a run; #n for its nth run")
    .option("--until <n>", "show the trace up to event n", positiveInteger)
    .option("--grep <pattern>", "show only the events that match, case ignored")
    .option("--shrunk", "the reduced plan of a failed swarm")
    .option("--out <directory>", "folder for its artefacts", "out/replay")
    .option("--json", "print one JSON document")
    .action(async (result: string, options: ReplayCommandOptions) =>
      exit(await replayCommand(result, options)),
    );
  program
    .command("pin")
    .description("keep a failure as a scenario file, with its seed and steps")
    .argument("<result>", "results.json or results.jsonl of a run; #n for its nth run")
    .argument("<name>", "name of the new scenario: pinned/bye-after-power-cut")
    .action(async (result: string, name: string) => exit(await pinCommand(result, name)));
  program
    .command("import")
    .description("make a scenario of a support bundle")
    .argument("<bundle>", "a zip that `tapeline-recorder bundle` made")
    .argument("<name>", "name of the new scenario: customers/case-4711")
    .action(async (bundle: string, name: string) => exit(await importCommand(bundle, name)));
}

function positiveInteger(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError("Give a whole number above 0.");
}

function modeOf(text: string): "virtual" | "live" {
  if (text === "virtual" || text === "live") return text;
  throw new InvalidArgumentError("Use virtual or live.");
}
