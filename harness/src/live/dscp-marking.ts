// Marks UDP to the recorder as EF while a validation runs, as an IP Office marks its RTP: this
// platform's sockets cannot, the kernel's packet filter can. One table of nft with one rule, taken
// away at the end; needs Linux, root and nft, else nothing is marked.  RFC 3246, RFC 4594 §4.1
import { spawnSync } from "node:child_process";
import { isIP } from "node:net";
import type { DscpMarking } from "../validate/probe.ts";

const EF = 46;
const LIMIT_MS = 3_000;

export function nftMarking(): DscpMarking {
  const table = `tapeline_validate_${process.pid}`;
  let isMade = false;
  return {
    get isOn() {
      return isMade;
    },
    begin: (host) => {
      if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
      isMade = nft(["-f", "-"], markingTable(table, host));
      return isMade;
    },
    end: () => {
      if (isMade) nft(["delete", "table", "inet", table], "");
      isMade = false;
    },
  };
}

/** One rule for what this machine sends to the host. */
function markingTable(table: string, host: string): string {
  const family = isIP(host) === 6 ? "ip6" : "ip";
  return [
    `add table inet ${table}`,
    `add chain inet ${table} leaving { type route hook output priority mangle ; }`,
    `add rule inet ${table} leaving ${family} daddr ${host} meta l4proto udp ${family} dscp set ${EF}`,
  ].join("\n");
}

function nft(given: readonly string[], input: string): boolean {
  return spawnSync("nft", given, { input, timeout: LIMIT_MS }).status === 0;
}
