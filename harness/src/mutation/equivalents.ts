// Mutants that are not counted, each with the reason why nothing can tell it from the original.
// A mutant that only lacks a test does not belong here. Data only.
import type { Equivalent } from "./equivalence.ts";

export const EQUIVALENTS: readonly Equivalent[] = [
  {
    file: "recorder/src/audio/e-model.ts",
    at: "if (rating < 0) return 1;",
    change: "rating < 0 → rating <= 0",
    why: "The formula below gives 1 at R 0 as well.",
  },
  {
    file: "recorder/src/audio/e-model.ts",
    at: "if (rating > 100) return 4.5;",
    change: "rating > 100 → rating >= 100",
    why: "The formula below gives 4.5 at R 100 as well.",
  },
  {
    file: "recorder/src/rtp/reorder.ts",
    at: "if (limit <= from) return;",
    change: "limit <= from → false",
    why: "No caller asks for less than what has left; for as much, nothing below does anything.",
  },
  {
    file: "recorder/src/rtp/timeline.ts",
    at: "if (jump > 0 && jump <= otherPackets * packet.samples) return 0;",
    change: "jump > 0 → jump >= 0",
    why: "A jump of 0 has returned two lines above.",
  },
  {
    file: "recorder/src/calls/call-model.ts",
    at: "if (lastCause === null || !LINGER_CAUSES.has(lastCause)) return this.#end(call);",
    change: "lastCause === null → false",
    why: "null is none of the causes after which a call lingers; the test is there for the types.",
  },
  {
    file: "recorder/src/rules/verdict.ts",
    at: "(first, match) => (first === null || match.order < first.order ? match : first),",
    change: "match.order < first.order → match.order <= first.order",
    why: "A rule matches a call once, so no two matches have the same place in the list.",
  },
  {
    file: "recorder/src/sip/message.ts",
    at: "if (!(error instanceof TypeError)) throw error;",
    change: "!(error instanceof TypeError) → false",
    why: "Decoding throws nothing else; the line lets a mistake of ours through, if there is one.",
  },
];
