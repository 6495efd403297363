// The encoder, tried as storing will use it: a second of sound is encoded, decoded and compared
// (design.md §5, "Storage").
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeFill } from "../../audio/tone.ts";
import type { RecorderConfig } from "../../config.ts";
import { RecorderError } from "../../errors.ts";
import { nodeEncoder } from "../../ports/node/index.ts";
import { compareEnvelopes, EnvelopeMeter } from "../../storage/envelope.ts";
import { decodeUlawBytes } from "../../audio/g711.ts";
import { good, problem, type Trial } from "./trial.ts";

const PATH = "encoder.command";
const SECOND_SAMPLES = 8_000;

export async function tryEncoder(config: RecorderConfig): Promise<Trial> {
  const encoder = nodeEncoder({ command: config.encoder.command });
  let name: string;
  try {
    name = await encoder.describe();
  } catch (error) {
    if (error instanceof RecorderError) return problem(PATH, error);
    return problem(PATH, new RecorderError("ENCODER_MISSING", wordsOf(error)));
  }
  const folder = await mkdtemp(join(tmpdir(), "tapeline-encoder-"));
  try {
    const [source, target] = [join(folder, "second.ul"), join(folder, "second.spx")];
    const sound = makeFill(0, SECOND_SAMPLES, "tone");
    await writeFile(source, sound);
    await encoder.encode({ source, target, quality: config.encoder.quality });
    const heard = new EnvelopeMeter();
    await encoder.decode(target, (samples) => heard.push(samples));
    const spoken = new EnvelopeMeter();
    spoken.push(decodeUlawBytes(sound));
    const verdict = compareEnvelopes(spoken.flush(), heard.flush());
    if (verdict.same) return good(PATH, `${name}: a second was encoded, decoded and compared`);
    return problem(PATH, new RecorderError("VERIFICATION_FAILED", `${name}: ${verdict.detail}`));
  } catch (error) {
    if (error instanceof RecorderError) return problem(PATH, error);
    return problem(PATH, new RecorderError("ENCODER_FAILED", `${name}: ${wordsOf(error)}`));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
