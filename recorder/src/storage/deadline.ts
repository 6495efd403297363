// A promise with a deadline on the port's clock. The work itself cannot be called back: who cares
// is told when it ends after all.
import type { Clock } from "../ports/index.ts";

export interface Deadline {
  /** Timer's name in traces. */
  readonly name: string;
  readonly limitMs: number;
  /** The deadline has passed and the work is still under way. */
  readonly onLate?: () => void;
  /** Late work has ended, well or badly. */
  readonly onLateEnd?: () => void;
}

/** Settles as `work` does, or rejects with ETIMEDOUT. */
export function withDeadline<T>(clock: Clock, deadline: Deadline, work: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    let isLate = false;
    const timer = clock.setTimer(deadline.name, deadline.limitMs, () => {
      isLate = true;
      deadline.onLate?.();
      const message = `no answer in ${deadline.limitMs} ms`;
      reject(Object.assign(new Error(message), { code: "ETIMEDOUT" }));
    });
    const end = (): void => {
      timer.cancel();
      if (isLate) deadline.onLateEnd?.();
    };
    work.then(
      (value) => {
        end();
        resolve(value);
      },
      (error: unknown) => {
        end();
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
}
