// A worker process of `testbed run --jobs`: takes jobs from its parent one after the other, answers
// each with its outcome. Ends with its parent.
import { loadScenarios, runnable } from "@tapeline/scenarios";
import { runJob, type RunJob } from "./run-job.ts";

const scenarios = runnable(await loadScenarios());

process.on("disconnect", () => process.exit());
process.on("message", (message) => {
  void answer(message as RunJob);
});

async function answer(job: RunJob): Promise<void> {
  const scenario = scenarios.find(({ name }) => name === job.scenario);
  if (scenario === undefined) throw new Error(`there is no scenario ${job.scenario}`);
  process.send?.(await runJob(job, scenario));
}
