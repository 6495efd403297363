// Runs nft for the responder: one table with nothing but counters, removed afterwards. Needs Linux,
// root and nft, else nothing is counted.  RFC 2474 §3
import { execFile } from "node:child_process";
import { dscpTable, readDscpCounts, type DscpCounter } from "../responder/dscp-counts.ts";

const ASK_LIMIT_MS = 3_000;

/** null where packets cannot be counted by their marks. */
export async function countDscp(rtpPort: number): Promise<DscpCounter | null> {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return null;
  const table = `tapeline_responder_${process.pid}`;
  const isMade = (await nft(["-f", "-"], dscpTable(table, rtpPort))) !== null;
  if (!isMade) return null;
  return {
    read: async () => {
      const listed = await nft(["--json", "list", "table", "inet", table]);
      return listed === null ? null : readDscpCounts(listed);
    },
    close: async () => void (await nft(["delete", "table", "inet", table])),
  };
}

/** What it printed; null when it is not there or refuses. */
function nft(given: readonly string[], input = ""): Promise<string | null> {
  return new Promise((resolve) => {
    const options = { timeout: ASK_LIMIT_MS, maxBuffer: 4 * 1024 * 1024 };
    const child = execFile("nft", given, options, (error, stdout) =>
      resolve(error === null ? stdout : null),
    );
    // A program that is not there has no input to write to.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
  });
}
