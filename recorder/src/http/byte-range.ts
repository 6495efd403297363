// Range requests, one range each (RFC 9110 §14). Pure.

/** Bytes [from, to) of a file. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/**
 * "all": no range, or one that we need not obey: "A server MAY ignore the Range header field"
 * (RFC 9110 §14.2) — several ranges, another unit, nonsense. "unsatisfiable": 416.
 */
export function parseRange(
  header: string | undefined,
  totalBytes: number,
): ByteRange | "all" | "unsatisfiable" {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? "");
  const [first, last] = [match?.[1] ?? "", match?.[2] ?? ""];
  if (match === null || (first === "" && last === "")) return "all";
  if (first === "") {
    // "the last N bytes"; RFC 9110 §14.1.2.
    const length = Math.min(Number(last), totalBytes);
    return length === 0 ? "unsatisfiable" : { from: totalBytes - length, to: totalBytes };
  }
  const from = Number(first);
  if (last !== "" && Number(last) < from) return "all";
  if (from >= totalBytes) return "unsatisfiable";
  const to = last === "" ? totalBytes : Math.min(Number(last) + 1, totalBytes);
  return { from, to };
}

/** "bytes 0-99/1234". */
export function contentRange({ from, to }: ByteRange, totalBytes: number): string {
  return `bytes ${from}-${to - 1}/${totalBytes}`;
}
