// Mutants that are not counted, each with the reason why nothing can tell it from the original.
// A mutant that only lacks a test does not belong here. Data only.
import type { Equivalent } from "./equivalence.ts";

export const EQUIVALENTS: readonly Equivalent[] = [];
