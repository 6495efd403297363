// Who may call: exact hosts and CIDR blocks, IPv4 and IPv6. Pure. An IPv4 address that arrives as
// ::ffff:a.b.c.d (dual-stack socket) counts as the IPv4 address.
import { parsed, refused, type Parsed } from "../parsed.ts";
import { ipv6Groups, isIpv4 } from "./uri.ts";

interface Block {
  /** 8 groups of 16 bits; IPv4 as IPv4-mapped. */
  readonly groups: readonly number[];
  readonly prefixBits: number;
}

export interface AllowList {
  /** Canonical texts, for the quick answer. */
  readonly hosts: ReadonlySet<string>;
  readonly blocks: readonly Block[];
}

/** Host names are refused: a name says nothing about who sent a packet. */
export function parseAllowList(entries: readonly string[]): Parsed<AllowList> {
  const hosts = new Set<string>();
  const blocks: Block[] = [];
  for (const [index, entry] of entries.entries()) {
    const [hostText = "", bitsText, ...rest] = entry.trim().split("/");
    const groups = groupsOf(hostText);
    if (groups === null || rest.length > 0) {
      return refused("bad-allow-entry", index, `"${entry}" is neither an address nor a block.`);
    }
    if (bitsText === undefined) {
      hosts.add(canonical(groups));
      continue;
    }
    const widthBits = isIpv4(hostText) ? 32 : 128;
    if (!/^\d{1,3}$/.test(bitsText) || Number(bitsText) > widthBits) {
      return refused("bad-allow-entry", index, `"${entry}" has no prefix of 0 to ${widthBits}.`);
    }
    blocks.push({ groups, prefixBits: Number(bitsText) + (128 - widthBits) });
  }
  return parsed({ hosts, blocks });
}

/** Both lists together. */
export function joinAllowLists(first: AllowList, second: AllowList): AllowList {
  return {
    hosts: new Set([...first.hosts, ...second.hosts]),
    blocks: [...first.blocks, ...second.blocks],
  };
}

export function isAllowed(list: AllowList, host: string): boolean {
  const groups = groupsOf(host);
  if (groups === null) return false;
  return list.hosts.has(canonical(groups)) || list.blocks.some((block) => isWithin(groups, block));
}

function groupsOf(host: string): number[] | null {
  return isIpv4(host) ? ipv6Groups(`::ffff:${host}`) : ipv6Groups(host === "" ? "-" : host);
}

function canonical(groups: readonly number[]): string {
  return groups.map((group) => group.toString(16)).join(":");
}

function isWithin(groups: readonly number[], block: Block): boolean {
  for (let index = 0; index < 8; index++) {
    const bits = Math.min(16, Math.max(0, block.prefixBits - index * 16));
    const mask = bits === 0 ? 0 : (0xffff << (16 - bits)) & 0xffff;
    if (((groups[index] ?? 0) & mask) !== ((block.groups[index] ?? 0) & mask)) return false;
  }
  return true;
}
