// What a release of the IP Office can do, read from the text of its version tuple: "IP Office
// 11.0.4.0 build 42". A version that names no release can do all. Pure; devlink3.md §8.3.

/** Consent flags came with this one ("10, 20 from R11.1"). */
const CONSENT_SINCE = [11, 1] as const;

/** Whether records tell that a party was asked for its consent. */
export function tellsConsent(version: string): boolean {
  const [, major, minor] = /(\d+)\.(\d+)/.exec(version) ?? [];
  if (major === undefined || minor === undefined) return true;
  const [sinceMajor, sinceMinor] = CONSENT_SINCE;
  const isLater = Number(major) > sinceMajor;
  return isLater || (Number(major) === sinceMajor && Number(minor) >= sinceMinor);
}
