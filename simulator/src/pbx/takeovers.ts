// Calls that somebody takes who was not called: pickup of what rings elsewhere, stealing of what is
// talked on elsewhere. Functions over the call registry; devlink3.md §8.3 (called types 108 and
// 110), §10 "Pickup". How the records of a steal look is not public: ours are those of an unpark.
import { CAUSE, STATE, TONE } from "../wire/delta3.ts";
import { ImpossibleAction, type CallRegistry } from "./call-registry.ts";
import { freshEnd, isOpen, type Call, type Target } from "./call-state.ts";

const CALLED_STEAL = 110;

/**
 * What a user can pick up: from an extension what rings there; from a group what rings for it, else
 * what rings at a member; from nobody in particular (null) whatever has been ringing longest.
 */
export function pickable(
  registry: CallRegistry,
  extension: string,
  from: string | null,
): { readonly call: Call; readonly target: Target } {
  const ringing = registry
    .live()
    .flatMap((call) => call.targets.map((target) => ({ call, target })))
    .filter(({ target }) => target.user.extension !== extension);
  const group = from === null ? undefined : registry.group(from);
  const found =
    group === undefined
      ? ringing.find(({ target }) => from === null || target.user.extension === from)
      : (ringing.find(({ target }) => target.purpose === group.number) ??
        ringing.find(({ target }) => group.members.includes(target.user.extension)));
  if (found !== undefined) return found;
  throw new ImpossibleAction(`nothing rings ${from === null ? "anywhere" : `at ${from}`}`);
}

/** The extension takes the call on which another user talks, who is out of it at once. */
export function steal(registry: CallRegistry, extension: string, from: string): Call {
  const call = registry.live().find((each) => each.endOf(from) !== undefined && isOpen(each));
  const leaving = call?.endOf(from);
  const remaining = call === undefined || leaving === undefined ? null : call.other(leaving);
  if (call === undefined || leaving === undefined || remaining === null || call.conference) {
    throw new ImpossibleAction(`${from} has no call to take`);
  }
  const { identifiers, directory, truth } = registry.options;
  const person = directory.person(extension);
  registry.loseEnd(call, leaving, { byThisDevice: false, cause: CAUSE.steal });
  registry.forgetConsultation(call);
  const end = {
    ...freshEnd(identifiers.phoneEnd(registry.nodeOf(person)), person, 1),
    state: STATE.connected,
    calledType: CALLED_STEAL,
    cli: extension,
  };
  call.attach(end);
  call.currentUser = extension;
  remaining.tone = TONE.none;
  registry.emitDetail(call);
  truth.note(call.conversation, "joined", extension);
  registry.delegate.onEndGone(leaving, "party left");
  registry.delegate.onJoined(call, end);
  return call;
}

/** An account code is entered for the call, by which it is charged; told in its records. */
export function chargeTo(registry: CallRegistry, party: string, accountCode: string): void {
  const call = registry.live().find((each) => each.endOf(party) !== undefined);
  if (call === undefined) throw new ImpossibleAction(`${party} is on no call`);
  call.accountCode = accountCode;
  registry.emitDetail(call);
}
