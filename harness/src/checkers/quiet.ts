// quiet: when all is over nothing is left: no socket, timer, open file or unanswered call.
import type { Checker } from "./checker.ts";

export const quietChecker: Checker = {
  name: "quiet",
  check: (record) => record.leftovers.map((text) => `left over: ${text}`),
};
