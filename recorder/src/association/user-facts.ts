// What the PBX's lists say of its users: names, and the groups that they are members of. Pure.
import type { UserFacts } from "../calls/agents.ts";
import type { PbxGroup } from "../devlink3/hunt-list.ts";
import type { PbxUser } from "../devlink3/user-list.ts";

/** By extension. A group counts by its name and by its number. */
export function userFacts(
  users: readonly PbxUser[],
  groups: readonly PbxGroup[],
): ReadonlyMap<string, UserFacts> {
  const groupsOf = new Map<string, string[]>();
  for (const { name, number, members } of groups) {
    for (const member of members) {
      groupsOf.set(member, [...(groupsOf.get(member) ?? []), name, number]);
    }
  }
  return new Map(
    users.map(({ extension, shortName, fullName }) => [
      extension,
      {
        names: [shortName, fullName].filter(Boolean),
        groups: groupsOf.get(extension) ?? [],
      },
    ]),
  );
}
