// The end of an exhaustive switch. The recorder has its own: the simulator shares no code with it.

/** The compiler proves that this is never reached; at run time it is a programmer's mistake. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
