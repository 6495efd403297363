// Which live stream an agent's recording has, by the IP Office's own account of its legs.
import { StepFailure, type Environment } from "../environment/environment.ts";

/** Longest wait for the leg to come up. */
const STEP_LIMIT_MS = 30_000;

/** The live stream of an agent's recording, as the IP Office's own leg names it. */
export async function streamOf(environment: Environment, extension: string): Promise<string> {
  const find = (): string | null | undefined =>
    environment.pbx.truth.conversations
      .flatMap(({ legs }) => legs)
      .findLast((leg) => leg.extension === extension && leg.endedMs === null)?.streamId;
  await environment.waitFor(`a stream of ${extension}`, () => find() !== undefined, STEP_LIMIT_MS);
  const stream = find();
  if (stream === null || stream === undefined) {
    throw new StepFailure(`the recording of ${extension} has no live stream id`);
  }
  return stream;
}
