// Bodies of the API that the pages Calls, System, Rules, Audit and Set-up show, as types of the
// recorder's own schemas and contracts. Types only, as api/types.ts.
import type { z } from "zod";
import type { auditSchema } from "../../../src/http/audit-routes.ts";
import type { madeSchema } from "../../../src/http/key-routes.ts";
import type { filterListSchema } from "../../../src/http/log-filter-routes.ts";
import type {
  checksSchema,
  firstStartSchema,
  savedSchema,
  setupSchema,
} from "../../../src/http/setup-routes.ts";
import type { historySchema, systemSchema } from "../../../src/http/system-routes.ts";
import type { LinkStatus } from "../../../src/facts-contract.ts";
import type { CallExplanation } from "../../../src/rules/explain.ts";
import type {
  DriveStatus,
  LiveSpaceStatus,
  PoolStatus,
} from "../../../src/storage/storage-admin.ts";

export type { LinkStatus };
export type { Alarm } from "../../../src/alarms.ts";
export type { Sizing } from "../../../src/sizing.ts";
export type {
  ReconciledCall,
  ReconciliationReport,
} from "../../../src/association/reconciliation.ts";
export type { RuleDocument, RuleProblem, RuleSetView } from "../../../src/rules-contract.ts";
export type {
  OfficeSettings,
  SetupCheck,
  SetupSettings,
  SetupStep,
} from "../../../src/setup-contract.ts";

export type AuditList = z.output<typeof auditSchema>;
export type AuditEntry = AuditList["entries"][number];
export type MadeKey = z.output<typeof madeSchema>;
export type LogFilterList = z.output<typeof filterListSchema>;
export type SetupView = z.output<typeof setupSchema>;
export type SetupChecks = z.output<typeof checksSchema>;
export type SetupSaved = z.output<typeof savedSchema>;
export type FirstStart = z.output<typeof firstStartSchema>;
export type LoadHistory = z.output<typeof historySchema>;
export type System = {
  readonly links: readonly LinkStatus[];
} & z.output<typeof systemSchema>;

export interface Pools {
  readonly drives: readonly DriveStatus[];
  readonly pools?: readonly PoolStatus[];
  readonly live?: LiveSpaceStatus | null;
  readonly waiting: number;
}

export interface DryRun {
  readonly calls: readonly CallExplanation[];
  readonly summary: {
    readonly calls: number;
    readonly wouldRecord: number;
    readonly unreadableLines: number;
  };
}
