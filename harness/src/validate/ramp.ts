// Which numbers of calls a ramp tries: up in steps, and when one breaks a threshold, halving
// between it and the last that held. Pure; ramp-probe.ts does it. Never more calls than were asked
// for.

/** Steps on the way up; a longer ramp skips numbers. */
const STEPS_UP = 10;

export interface RampState {
  /** The most calls that held. */
  readonly held: number;
  /** The fewest that broke; null = none did. */
  readonly broke: number | null;
}

export const RAMP_START: RampState = { held: 0, broke: null };

/** The next number of calls to try; null = it is known. */
export function nextLevel(state: RampState, most: number): number | null {
  const { held, broke } = state;
  if (broke !== null) return broke - held <= 1 ? null : held + ((broke - held) >> 1);
  if (held >= most) return null;
  if (held === 0) return 1;
  return Math.min(most, held + Math.max(1, Math.floor(most / STEPS_UP)));
}

export function afterLevel(state: RampState, calls: number, hasHeld: boolean): RampState {
  if (hasHeld) return { ...state, held: Math.max(state.held, calls) };
  return { ...state, broke: Math.min(state.broke ?? calls, calls) };
}

/** Most levels that a ramp can come to: up, and the halvings of one step. */
export function mostLevels(most: number): number {
  const step = Math.max(1, Math.floor(most / STEPS_UP));
  return Math.ceil(most / step) + 1 + Math.ceil(Math.log2(step + 1));
}
