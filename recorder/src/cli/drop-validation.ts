// `tapeline-recorder drop-validation`: asks the running recorder to erase what a network's validation
// left. The recorder does it, so that the audit has it; the key comes from a file or the
// environment, never from the command line (design.md §5, "Access").
import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { z } from "zod";
import { systemCode } from "../errors.ts";
import type { Environment } from "./cli.ts";
import { exampleOf } from "./command-words.ts";
import { EXIT } from "./exit-codes.ts";

const KEY_VARIABLE = "TAPELINE_KEY";

const answerSchema = z.object({
  dropped: z.number(),
  left: z.array(z.object({ recordingKey: z.string(), why: z.string() })),
});

interface Options {
  readonly url: string;
  readonly keyFile?: string;
  readonly json?: boolean;
}

/** Standard output, and standard error. */
interface DropOutput {
  readonly print: (text: string) => void;
  readonly tell: (text: string) => void;
}

/** Adds it to the program; `exit` takes the exit code. */
export function addDropValidationCommand(
  program: Command,
  environment: Environment,
  exit: (code: number) => void,
): void {
  program
    .command("drop-validation")
    .description("erase the recordings that a network's validation made")
    .option("--url <url>", "the recorder", "http://127.0.0.1:8080")
    .option("--key-file <file>", `a file with a manager's API key (default: ${KEY_VARIABLE})`)
    .option("--json", "print one JSON document")
    .addHelpText("after", exampleOf("drop-validation --key-file key.txt"))
    .action(async (options: Options) =>
      exit(
        await dropValidation(options, environment, {
          print: (text) => void process.stdout.write(text),
          tell: (text) => void process.stderr.write(text),
        }),
      ),
    );
}

/** 0: all gone; 1: some are left, or the recorder refused; 2: no key or no URL. */
export async function dropValidation(
  options: Options,
  environment: Environment,
  output: DropOutput,
): Promise<number> {
  const key = await readKey(options, environment);
  if (key === null || !URL.canParse(options.url)) {
    output.tell(
      key === null
        ? `There is no API key. Put a manager's key into a file and give it with --key-file, or set ${KEY_VARIABLE}.\n`
        : `--url ${options.url} is no URL, like http://127.0.0.1:8080.\n`,
    );
    return EXIT.usage;
  }
  const answer = await ask(options.url, key);
  if (typeof answer === "string") {
    output.tell(`${answer}\n`);
    return EXIT.failed;
  }
  output.print(
    options.json === true
      ? `${JSON.stringify({ version: 1, ...answer }, null, 2)}\n`
      : textOf(answer),
  );
  return answer.left.length === 0 ? EXIT.ok : EXIT.failed;
}

/** What is gone and left, or a sentence with the remedy. */
async function ask(url: string, key: string): Promise<z.output<typeof answerSchema> | string> {
  let answer: Response;
  try {
    const headers = { authorization: `Bearer ${key}` };
    answer = await fetch(new URL("/api/v1/validation-recordings", url), {
      method: "DELETE",
      headers,
    });
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    const words = cause instanceof Error ? cause.message : "no answer";
    return `The recorder at ${url} does not answer (${words}). Start it, or correct --url.`;
  }
  if (answer.status === 401 || answer.status === 403) {
    return `The recorder refuses the key (HTTP ${answer.status}). Use one with the role manager.`;
  }
  const body = answerSchema.safeParse(answer.ok ? await answer.json() : null);
  if (body.success) return body.data;
  return `The recorder at ${url} answers HTTP ${answer.status}. Is it one of this version?`;
}

function textOf({ dropped, left }: z.output<typeof answerSchema>): string {
  const lines = left.map(({ recordingKey, why }) => `${recordingKey}  left: ${why}`);
  const noun = dropped === 1 ? "recording" : "recordings";
  return [...lines, `${dropped} ${noun} of validation dropped.`, ""].join("\n");
}

async function readKey({ keyFile }: Options, environment: Environment): Promise<string | null> {
  let text = environment[KEY_VARIABLE];
  if (keyFile !== undefined) {
    try {
      text = await readFile(keyFile, "utf8");
    } catch (error) {
      if (systemCode(error) === null) throw error;
      return null;
    }
  }
  const key = text?.trim() ?? "";
  return /^\S{1,200}$/.test(key) ? key : null;
}
