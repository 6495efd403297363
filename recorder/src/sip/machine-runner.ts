// Runs one machine: keeps its state, carries out its timer outputs, hands the others to the owner.
// The one bridge between pure steps and the clock; used for transactions and within the session.
import type { Clock } from "../ports/index.ts";
import { TimerSet } from "./timer-set.ts";

export interface StartTimer {
  readonly type: "start";
  readonly timer: string;
  readonly delayMs: number;
}

export interface StopTimer {
  readonly type: "stop";
  readonly timer: string;
}

export interface MachineStep<State, Output> {
  readonly state: State;
  readonly outputs: readonly Output[];
}

export interface Machine<State, Input, Output> {
  readonly step: (state: State, input: Input) => MachineStep<State, Output>;
  /** The input for a timer that ran out; only timers that the machine started are asked for. */
  readonly timerInput: (timer: never) => Input;
  /** Carries out everything but timers. */
  readonly act: (output: Exclude<Output, StartTimer | StopTimer>) => void;
  /** In this state no timer is started any more. */
  readonly isOver: (state: State) => boolean;
  readonly onOver: () => void;
}

export class MachineRunner<State, Input, Output extends { readonly type: string }> {
  readonly #machine: Machine<State, Input, Output>;
  readonly #timers: TimerSet;
  #state: State;

  constructor(clock: Clock, state: State, machine: Machine<State, Input, Output>) {
    this.#machine = machine;
    this.#timers = new TimerSet(clock);
    this.#state = state;
  }

  get state(): State {
    return this.#state;
  }

  input(input: Input): void {
    this.take(this.#machine.step(this.#state, input));
  }

  /** Carries out a step; also the first one. An output may lead to further inputs while it runs. */
  take(step: MachineStep<State, Output>): void {
    const wasOver = this.#machine.isOver(this.#state);
    this.#state = step.state;
    if (!wasOver && this.#machine.isOver(step.state)) {
      this.#timers.stopAll();
      this.#machine.onOver();
    }
    for (const output of step.outputs) {
      if (isStart(output)) this.#start(output);
      else if (isStop(output)) this.#timers.stop(output.timer);
      else this.#machine.act(output as Exclude<Output, StartTimer | StopTimer>);
    }
  }

  stopTimers(): void {
    this.#timers.stopAll();
  }

  #start({ timer, delayMs }: StartTimer): void {
    // An output before this one may have ended the machine (a send that failed at once).
    if (this.#machine.isOver(this.#state)) return;
    this.#timers.start(timer, delayMs, () => this.input(this.#machine.timerInput(timer as never)));
  }
}

function isStart(output: { readonly type: string }): output is StartTimer {
  return output.type === "start";
}

function isStop(output: { readonly type: string }): output is StopTimer {
  return output.type === "stop";
}
