// Assertions for programmer's mistakes; on in production. A failed one ends the process with exit
// code 70, and recovery puts things right at the next start.

class AssertionFailure extends Error {
  override readonly name = "AssertionFailure";
}

export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionFailure(message);
}

/** The compiler proves that this is never reached; at run time it is a programmer's mistake. */
export function unreachable(value: never): never {
  throw new AssertionFailure(`unreachable: ${JSON.stringify(value)}`);
}
