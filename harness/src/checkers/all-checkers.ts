// The checkers that always run (design.md §4), in the order of a reader's interest.
import { associationChecker } from "./association.ts";
import { audioChecker } from "./audio.ts";
import type { Checker } from "./checker.ts";
import { crossingChecker } from "./crossing.ts";
import { expectationsChecker } from "./expectations.ts";
import { journalChecker } from "./journal.ts";
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
  expectationsChecker,
  audioChecker,
  sipChecker,
  storageChecker,
  associationChecker,
  listenerChecker,
  pauseChecker,
  journalChecker,
  crossingChecker,
  reconciliationChecker,
  metricsChecker,
  vcmChecker,
  resourcesChecker,
  quietChecker,
];
