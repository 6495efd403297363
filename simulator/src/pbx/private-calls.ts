// Private calls and consent: flags on a party by which recording is forbidden, from the beginning
// of a call or switched in the middle of it (devlink3.md §8.3, field 8).
import { PARTY_FLAG } from "../wire/delta3.ts";
import type { CallRegistry } from "./call-registry.ts";
import { tellsConsent } from "./release.ts";

/** The user switches Private Call on or off: for the calls of now and of later. */
export function setPrivate(registry: CallRegistry, extension: string, isPrivate: boolean): void {
  registry.options.directory.setPrivate(extension, isPrivate);
  setFlags(registry, extension, (flags) =>
    isPrivate ? flags | PARTY_FLAG.privacy : flags & ~PARTY_FLAG.privacy,
  );
}

/** The party has answered the question whether it may be recorded. */
export function answerConsent(registry: CallRegistry, party: string, isRefused: boolean): void {
  // What an older release does with the answer stays within it.
  if (!tellsConsent(registry.options.site.version)) return;
  const { consentAnswered, consentRefused } = PARTY_FLAG;
  setFlags(registry, party, (flags) => {
    const answered = flags | consentAnswered;
    return isRefused ? answered | consentRefused : answered & ~consentRefused;
  });
}

function setFlags(registry: CallRegistry, party: string, change: (flags: number) => number): void {
  const forbidding = PARTY_FLAG.privacy | PARTY_FLAG.consentRefused;
  for (const call of registry.live()) {
    const end = call.endOf(party);
    if (end === undefined) continue;
    end.flags = change(end.flags);
    registry.emitDetail(call);
    if ((end.flags & forbidding) !== 0) registry.delegate.onForbidden(call);
  }
}
