// Who holds a recording paused: a person (API, console) and rules are held apart, so that the end
// of a rule's event does not resume what a person paused, nor the auto-resume what a rule holds
// back (R21; domain.md, "Pause"). Who resumes by hand is obeyed. A recording's own: the next part
// begins unpaused. Pure.
import type { PauseRequestLine, PauseLine, JournalLine } from "../audio/journal-lines.ts";

export type PauseVia = PauseRequestLine["via"];

export interface Hold {
  readonly by: string;
  /** When it was taken, for the auto-resume, which counts on after a restart. */
  readonly sinceWallMs: number;
}

export interface PauseHolds {
  readonly person: Hold | null;
  readonly rule: Hold | null;
}

export const NO_HOLDS: PauseHolds = { person: null, rule: null };

export interface PauseStep {
  readonly action: "pause" | "resume";
  readonly via: PauseVia;
  readonly by: string;
  readonly wallMs: number;
  /** `pause.allow` lets people pause this recording. */
  readonly isAllowed: boolean;
}

export type PauseDecision =
  /** The media plane moves the edge, or says that it stood there already. */
  | { readonly to: "media" }
  /** Nothing is done; the request and the reason stand in the journal. */
  | { readonly to: "journal"; readonly result: "not-permitted"; readonly reason: string }
  /** Nobody asked for anything: a rule lets go of what it did not hold any more. */
  | { readonly to: "nothing" };

export function stepPause(
  holds: PauseHolds,
  request: PauseStep,
): { readonly holds: PauseHolds; readonly decision: PauseDecision } {
  const { via } = request;
  if (via === "rule") return stepRule(holds, request);
  if (via === "auto") return letGo(holds, { ...holds, person: null });
  return stepPerson(holds, request);
}

function stepPerson(holds: PauseHolds, { action, by, wallMs, isAllowed }: PauseStep) {
  // What was allowed once can be undone after the permission is gone.
  if (!isAllowed && (action === "pause" || holds.person === null)) {
    const reason = "pause.allow of the configuration does not name this agent.";
    return { holds, decision: { to: "journal", result: "not-permitted", reason } as const };
  }
  const media = { to: "media" } as const;
  if (action === "resume") return { holds: NO_HOLDS, decision: media };
  return {
    holds: { ...holds, person: holds.person ?? { by, sinceWallMs: wallMs } },
    decision: media,
  };
}

function stepRule(holds: PauseHolds, { action, by, wallMs }: PauseStep) {
  if (action === "pause") {
    const rule = { by, sinceWallMs: wallMs };
    return { holds: { ...holds, rule }, decision: { to: "media" } as const };
  }
  if (holds.rule === null) return { holds, decision: { to: "nothing" } as const };
  return letGo(holds, { ...holds, rule: null });
}

/** One of two holds is gone: the recording is resumed only if the other one is not there. */
function letGo(before: PauseHolds, after: PauseHolds) {
  const other = after.person ?? after.rule;
  if (other === null) {
    const wasHeld = before.person !== null || before.rule !== null;
    return { holds: after, decision: { to: wasHeld ? "media" : "nothing" } as const };
  }
  const reason = `Still paused by ${other.by}.`;
  return {
    holds: after,
    decision: { to: "journal", result: "not-permitted", reason } as const,
  };
}

/** What a journal says of the holds at its end: of before a restart. */
export function holdsOf(lines: readonly JournalLine[]): PauseHolds {
  let holds = NO_HOLDS;
  for (const line of lines) {
    if (line.type === "pause") holds = withHold(holds, line);
    else if (line.type === "resume") holds = NO_HOLDS;
    else if (line.type === "pauseRequest") holds = afterRequest(holds, line);
  }
  return holds;
}

function afterRequest(holds: PauseHolds, line: PauseRequestLine): PauseHolds {
  const { action, via, result } = line;
  if (action === "pause") return result === "already" ? withHold(holds, line) : holds;
  // One of two has let go, and the other one holds on.
  if (result !== "not-permitted") return holds;
  if (via === "rule") return { ...holds, rule: null };
  return via === "auto" ? { ...holds, person: null } : holds;
}

function withHold(holds: PauseHolds, { by, via, at }: PauseLine | PauseRequestLine): PauseHolds {
  const hold = { by, sinceWallMs: Date.parse(at) };
  return via === "rule"
    ? { ...holds, rule: holds.rule ?? hold }
    : { ...holds, person: holds.person ?? hold };
}

/** Whose recordings people may pause. */
export type PauseAllow = "all" | "none" | readonly string[];

/** By extension or name, whatever the case of the letters. */
export function isPauseAllowed(
  allow: PauseAllow,
  of: { readonly extension: string | null; readonly agent: string | null } | null,
): boolean {
  if (allow === "all" || allow === "none") return allow === "all";
  const names = [of?.extension, of?.agent].filter((name) => name !== undefined && name !== null);
  return allow.some((word) => names.some((name) => name.toLowerCase() === word.toLowerCase()));
}
