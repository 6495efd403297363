// What `start` tells its user of the links to the IP Offices: one line when a link comes up, or when
// something is wrong with it that was not before. Attempts that fail alike are told once. Pure.
import { ERRORS, type ErrorCode } from "../errors.ts";
import type { LinkStatus } from "../facts-contract.ts";

export class LinkLines {
  /** What was last told, by PBX. */
  readonly #told = new Map<string, string>();

  /** The line, or "" where there is nothing new. */
  push({ pbx, state, code, detail }: LinkStatus): string {
    if (code === null && state !== "streaming") return "";
    const news = code ?? state;
    if (this.#told.get(pbx) === news) return "";
    this.#told.set(pbx, news);
    const words = code === null ? "connected, recording control available" : sentence(code);
    const what = state === "recording-control-unavailable" ? `connected, ${state}: ` : "";
    return `IP Office ${pbx}: ${what}${words}${detail === null ? "" : ` (${detail})`}\n`;
  }
}

function sentence(code: string): string {
  if (!Object.hasOwn(ERRORS, code)) return code;
  const { meaning, remedy } = ERRORS[code as ErrorCode];
  return `${code}. ${meaning} ${remedy}`;
}
