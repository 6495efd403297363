// What was done, by whom, to what, and whether it worked: a line of audit.jsonl, on the medium
// before the answer goes out (design.md §5, "Access").
import type { RecorderApi } from "./api.ts";
import type { Asker } from "./route.ts";

export interface Deed {
  readonly action: string;
  readonly target: string;
  readonly result: string;
  readonly detail?: string;
  readonly durationMs?: number;
}

export function audit(api: RecorderApi, asker: Asker, deed: Deed): Promise<void> {
  const { key, via, from } = asker;
  return api.audit({ by: key.name, keyId: key.id, role: key.role, via, from, ...deed });
}
