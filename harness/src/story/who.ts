// Whom a story means: people and groups go by number or by name ("2001", "Alice", "Sales").
// Between the words of a scenario and the simulated IP Office, which knows numbers only.
import type { Site } from "@tapeline/simulator/pbx";
import { StepFailure } from "../environment/environment.ts";

/** The extension of a user. Throws StepFailure with the names that there are. */
export function extensionOf(site: Site, who: string): string {
  const found = userNumber(site, who);
  if (found !== null) return found;
  const known = site.users.map(({ name, extension }) => `${name} (${extension})`);
  throw new StepFailure(`the site has no user ${who}; there are ${known.join(", ")}`);
}

/** What is dialled for a user or a group; any other text is a number already. */
export function numberOf(site: Site, who: string): string {
  return userNumber(site, who) ?? groupNumber(site, who) ?? who;
}

function userNumber({ users }: Site, who: string): string | null {
  const user =
    users.find(({ extension }) => extension === who) ??
    users.find(({ name, fullName }) => name === who || fullName === who);
  return user?.extension ?? null;
}

function groupNumber({ groups }: Site, who: string): string | null {
  return groups.find(({ name }) => name === who)?.number ?? null;
}
