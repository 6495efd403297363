// Who the agents are, by the IP Offices' own user lists (devlink3.md §7): asked for when somebody
// wants to know, and kept for a while.
import type { Link } from "../devlink3/link.ts";
import { parseUserList, USER_LIST_FILE } from "../devlink3/user-list.ts";
import type { KnownAgent } from "../facts-contract.ts";

/** A list is asked for again after so long. */
export const DIRECTORY_KEPT_MS = 60_000;

type Reader = Pick<Link, "readFile">;

export class AgentDirectory {
  readonly #wanted: "all" | ReadonlySet<string>;
  readonly #byLink = new Map<Reader, readonly KnownAgent[]>();
  #readMs = Number.NEGATIVE_INFINITY;

  /** `agents`: as configured; groups are not known here, so that only extensions and names count. */
  constructor(agents: "all" | readonly string[]) {
    this.#wanted = agents === "all" ? agents : new Set(agents.map((one) => one.toLowerCase()));
  }

  /** By extension; of a link that is down, as it was known last. */
  async list(links: readonly Reader[], nowMs: number): Promise<readonly KnownAgent[]> {
    if (nowMs - this.#readMs >= DIRECTORY_KEPT_MS) {
      this.#readMs = nowMs;
      for (const link of links) await this.#read(link);
    }
    const agents = new Map<string, KnownAgent>();
    for (const list of this.#byLink.values()) {
      for (const agent of list)
        if (!agents.has(agent.extension)) agents.set(agent.extension, agent);
    }
    return [...agents.values()].sort((a, b) => (a.extension < b.extension ? -1 : 1));
  }

  async #read(link: Reader): Promise<void> {
    const file = await link.readFile(USER_LIST_FILE);
    if (file === null) {
      // Not to be had now: asked again the next time.
      this.#readMs = Number.NEGATIVE_INFINITY;
      return;
    }
    const agents = parseUserList(file)
      .filter(({ extension, shortName, fullName }) =>
        [extension, shortName, fullName].some((word) => this.#isWanted(word)),
      )
      .map(({ extension, shortName, fullName }) => ({
        extension,
        name: fullName || shortName || extension,
      }));
    this.#byLink.set(link, agents);
  }

  #isWanted(word: string): boolean {
    return this.#wanted === "all" || this.#wanted.has(word.toLowerCase());
  }
}
