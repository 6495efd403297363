// The `listen` command's options and help. The key comes from a file or the environment, never from
// the command line, where others could read it, nor in a URL (design.md §5, "Access").
import { readFile } from "node:fs/promises";
import { Option, type Command } from "commander";
import { RecorderError, systemCode } from "../errors.ts";
import type { Environment } from "./cli.ts";
import { exampleOf } from "./command-words.ts";
import { EXIT } from "./exit-codes.ts";
import { listenCommand, type ListenOptions } from "./listen.ts";

/** Name of the variable that holds the key where no file is given. */
const KEY_VARIABLE = "TAPELINE_KEY";

interface Options extends Pick<ListenOptions, "url" | "from" | "format"> {
  readonly keyFile?: string;
}

/** Adds it to the program; `exit` takes the exit code. */
export function addListenCommand(
  program: Command,
  environment: Environment,
  exit: (code: number) => void,
): void {
  program
    .command("listen <stream>")
    .description("hear a call live on standard output; ends with the stream")
    .option("--url <url>", "the recorder", "http://127.0.0.1:8080")
    .option("--key-file <file>", `a file with the API key (default: ${KEY_VARIABLE})`)
    .addOption(
      new Option("--from <place>", "where in the recording to begin")
        .choices(["now", "beginning"])
        .default("now"),
    )
    .addOption(
      new Option("--format <format>", "raw is mu-law of 8000 Hz, wav 16-bit PCM")
        .choices(["raw", "wav"])
        .default("raw"),
    )
    .addHelpText(
      "after",
      "\nSTREAM is a live stream id, a recordingKey, an extension or an agent's name.\n" +
        exampleOf("listen 201 --key-file key.txt | ffplay -f mulaw -ar 8000 -i -") +
        "\n  tapeline-recorder listen 201 --from beginning --format wav | ffplay -i -",
    )
    .action(async (subject: string, options: Options) => {
      const tell = (line: string): void => void process.stderr.write(`${line}\n`);
      const key = await readKey(options, environment);
      if (key === null || !URL.canParse(options.url)) {
        const code = key === null ? "LISTEN_NO_KEY" : "LISTEN_FAILED";
        tell(new RecorderError(code, options.keyFile ?? options.url).message);
        return exit(EXIT.usage);
      }
      const { url, from, format } = options;
      exit(
        await listenCommand({ subject, url, key, from, format }, { audio: process.stdout, tell }),
      );
    });
}

/** null: none is given, or it cannot be read. */
async function readKey({ keyFile }: Options, environment: Environment): Promise<string | null> {
  if (keyFile === undefined) return given(environment[KEY_VARIABLE]);
  try {
    return given(await readFile(keyFile, "utf8"));
  } catch (error) {
    if (systemCode(error) === null) throw error;
    return null;
  }
}

function given(text: string | undefined): string | null {
  const key = text?.trim() ?? "";
  return /^\S{1,200}$/.test(key) ? key : null;
}
