// Voicemail takes a call that nobody answers: a party of class 12, with the greeting and then the
// message being left. Functions over the call registry; devlink3.md §10 Q9.
import { STATE, TONE } from "../wire/delta3.ts";
import type { CallRegistry } from "./call-registry.ts";
import { resourceEnd, type Call, type End } from "./call-state.ts";

const CALLED_VOICEMAIL = 102;
/** The greeting; then the message begins. */
export const GREETING_MS = 3_000;

/** `box`: extension or group number whose voicemail it is. */
export function takeByVoicemail(
  registry: CallRegistry,
  call: Call,
  { origin, box }: { readonly origin: End; readonly box: string },
): void {
  const { identifiers, clock } = registry.options;
  registry.stopHunt(call);
  call.targets = [];
  call.currentUser = "";
  const resource = { kind: "voicemail", label: "", identity: box } as const;
  const end = resourceEnd(identifiers.phoneEnd(call.node), resource, CALLED_VOICEMAIL);
  end.cli = origin.cli;
  Object.assign(origin, { state: STATE.connected, tone: TONE.none, audioPath: 1 });
  call.attach(end);
  call.wasConnected = true;
  registry.emitDetail(call);
  registry.options.truth.note(call.conversation, "voicemail", box);
  registry.setTimer(call, "greeting", GREETING_MS, () => {
    call.voicemailMessage = 1;
    call.voicemailSeconds = 0;
    call.messageSinceMs = clock.nowMs();
    registry.emitDetail(call);
  });
}

/** The caller clears: the message is complete, and the PBX says how long it is. */
export function closeVoicemail(call: Call, nowMs: number): boolean {
  if (!call.ends.some(({ resource }) => resource?.kind === "voicemail")) return false;
  for (const end of call.ends) end.state = STATE.disconnecting;
  if (call.messageSinceMs !== null) {
    call.voicemailMessage = 0;
    call.voicemailSeconds = Math.round((nowMs - call.messageSinceMs) / 1000);
  }
  return true;
}
