// The rules: whether a conversation is wanted. For now every call is (Record From Beginning with no
// rules, design.md §5); the seven kinds of domain.md come here. Pure.
import type { Conversation } from "../calls/call-model.ts";

export interface RuleVerdict {
  readonly isWanted: boolean;
  /** Title of the deciding rule; null when no rule decided. */
  readonly rule: string | null;
}

export interface RuleOptions {
  readonly recordFromBeginning: boolean;
}

/** "No rules: on keeps everything, off records nothing" (design.md §5). */
export function evaluate(options: RuleOptions, _conversation: Conversation): RuleVerdict {
  return { isWanted: options.recordFromBeginning, rule: null };
}
