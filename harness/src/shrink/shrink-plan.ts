// Makes a failing plan small: fewer people, fewer steps, fewer faults, as long as it fails the same
// way. Any part of a plan is a plan (swarm-plan.ts), so that what is taken out needs no repair.
import type { RunResult } from "@tapeline/reports";
import type { SwarmPlan } from "@tapeline/simulator/people";
import { failsAlike } from "./failure-kind.ts";
import { reduceList } from "./reduce-list.ts";

/** Runs that the reduction of one failure may take. */
export const SHRINK_LIMIT_RUNS = 400;

export interface ShrinkOptions {
  /** Plays a plan under the seed of the failure. */
  readonly run: (plan: SwarmPlan) => Promise<RunResult>;
  readonly limitRuns: number;
  readonly onProgress: (smallest: SwarmPlan, runs: number) => void;
}

export interface ShrunkPlan {
  readonly plan: SwarmPlan;
  /** Of the smallest plan that fails the same way. */
  readonly result: RunResult;
  readonly runs: number;
  /** False where the runs were used up before nothing more could be taken out. */
  readonly isMinimal: boolean;
}

export async function shrinkPlan(
  plan: SwarmPlan,
  failure: RunResult,
  options: ShrinkOptions,
): Promise<ShrunkPlan> {
  const shrinking = new Shrinking(plan, failure, options);
  for (;;) {
    const before = sizeOf(shrinking.smallest);
    await shrinking.take("faults");
    await shrinking.takePeople();
    await shrinking.take("steps");
    const isMinimal = sizeOf(shrinking.smallest) === before;
    if (!isMinimal && !shrinking.isSpent) continue;
    const { smallest, result, runs } = shrinking;
    return { plan: smallest, result, runs, isMinimal };
  }
}

class Shrinking {
  smallest: SwarmPlan;
  result: RunResult;
  runs = 0;
  readonly #failure: RunResult;
  readonly #options: ShrinkOptions;
  readonly #tried = new Set<string>();

  constructor(plan: SwarmPlan, failure: RunResult, options: ShrinkOptions) {
    this.smallest = plan;
    this.result = failure;
    this.#failure = failure;
    this.#options = options;
  }

  get isSpent(): boolean {
    return this.runs >= this.#options.limitRuns;
  }

  async take(what: "steps" | "faults"): Promise<void> {
    const from = this.smallest;
    if (what === "steps") {
      await reduceList(from.steps, (steps) => this.#fails(withPeopleOf({ ...from, steps })));
    } else {
      await reduceList(from.faults, (faults) => this.#fails({ ...from, faults }));
    }
  }

  /** With everything that they do, and that is done to them. */
  async takePeople(): Promise<void> {
    const from = this.smallest;
    await reduceList(from.people, (people) => {
      const gone = new Set(from.people.filter((one) => !people.includes(one)).map(({ id }) => id));
      const steps = from.steps.filter(
        (step) => !gone.has(step.who) && !(step.with !== undefined && gone.has(step.with)),
      );
      return this.#fails({ ...from, people, steps });
    });
  }

  async #fails(plan: SwarmPlan): Promise<boolean | null> {
    const key = JSON.stringify([plan.steps, plan.faults]);
    if (this.#tried.has(key)) return false;
    if (this.isSpent) return null;
    this.#tried.add(key);
    this.runs += 1;
    const result = await this.#options.run(plan);
    const isAlike = failsAlike(result, this.#failure);
    if (isAlike) [this.smallest, this.result] = [plan, result];
    this.#options.onProgress(this.smallest, this.runs);
    return isAlike;
  }
}

function withPeopleOf(plan: SwarmPlan): SwarmPlan {
  const there = new Set(plan.steps.map(({ who }) => who));
  return { ...plan, people: plan.people.filter(({ id }) => there.has(id)) };
}

function sizeOf({ people, steps, faults }: SwarmPlan): number {
  return people.length + steps.length + faults.length;
}
