// The checkers that always run (design.md §4). Causes before consequences: the first that complains
// is what a failure is known by, so one that names what went wrong stands before those that see
// what came of it.
import { associationChecker } from "./association.ts";
import { audioChecker } from "./audio.ts";
import type { Checker } from "./checker.ts";
import { crashChecker } from "./crash.ts";
import { crossingChecker } from "./crossing.ts";
import { expectationsChecker } from "./expectations.ts";
import { journalChecker } from "./journal.ts";
import { keysChecker } from "./keys.ts";
import { listenerChecker } from "./listener.ts";
import { metricsChecker } from "./metrics.ts";
import { pauseChecker } from "./pause.ts";
import { quietChecker } from "./quiet.ts";
import { reconciliationChecker } from "./reconciliation.ts";
import { resourcesChecker } from "./resources.ts";
import { sipChecker } from "./sip.ts";
import { storageChecker } from "./storage.ts";
import { vcmChecker } from "./vcm.ts";

export const CHECKERS: readonly Checker[] = [
  sipChecker,
  crossingChecker,
  crashChecker,
  audioChecker,
  pauseChecker,
  journalChecker,
  keysChecker,
  vcmChecker,
  storageChecker,
  associationChecker,
  listenerChecker,
  expectationsChecker,
  reconciliationChecker,
  metricsChecker,
  resourcesChecker,
  quietChecker,
];
