// Rules tried on past calls, without changing anything: which of the calls of calls.jsonl they
// would record, and why. For POST /api/v1/rules/dry-run; the command line's `rules test` does the same.
import { readPastCalls } from "./association/past-calls.ts";
import { checkRules } from "./config-rules.ts";
import type { RecorderConfig } from "./config.ts";
import type { DryRun } from "./http/api.ts";
import type { Disk } from "./ports/index.ts";
import { explainCall } from "./rules/explain.ts";
import type { RulesService } from "./rules-contract.ts";
import { visitRowsBackwards } from "./storage/row-reader.ts";

/** `book`: whose rules are tried when none are given. */
export function createDryRun(config: RecorderConfig, disk: Disk, book: RulesService): DryRun {
  return async ({ rules, fromTimeMs, toTimeMs, limit }) => {
    const checked = checkRules(rules ?? book.current().rules);
    if (!checked.ok) return { ok: false, problems: checked.problems };
    const lines: string[] = [];
    await visitRowsBackwards(disk, `${config.state.directory}/calls.jsonl`, (row) => {
      const endedMs = Date.parse(String(row["endedAt"]));
      if (endedMs < fromTimeMs) return "stop";
      const startedMs = Date.parse(String(row["startedAt"]));
      const isWanted = row["type"] === "call" && startedMs >= fromTimeMs && startedMs < toTimeMs;
      if (isWanted && row["open"] !== true) lines.push(JSON.stringify(row));
      return lines.length >= limit ? "stop" : "go-on";
    });
    const past = readPastCalls(lines.join("\n"), config.recorder.agents);
    const { recordFromBeginning } = config.recorder;
    const calls = past.calls.map((call) =>
      explainCall(call, { rules: checked.rules, recordFromBeginning }),
    );
    return { ok: true, calls, unreadableLines: past.unreadableLines };
  };
}
