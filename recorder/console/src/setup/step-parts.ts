// What every step of the set-up gets: the settings so far, and how to change them.
import type { SetupSettings, SetupView } from "../api/admin-types.ts";

export interface StepParts {
  readonly settings: SetupSettings;
  readonly change: (changes: Partial<SetupSettings>) => void;
  readonly view: SetupView;
}
