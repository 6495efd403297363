// How readings are written in items, the same everywhere: thousands with commas, one decimal below
// ten, no digits that were not measured.

export function milliseconds(ms: number): string {
  if (ms >= 10_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms).toLocaleString("en-US")} ms`;
}

export function percent(ratio: number): string {
  const value = ratio * 100;
  if (value === 0) return "0 %";
  return `${value < 1 ? value.toFixed(2) : value.toFixed(1)} %`;
}

export function count(value: number, noun: string): string {
  return `${value.toLocaleString("en-US")} ${noun}${value === 1 ? "" : "s"}`;
}

/** host:port, IPv6 in brackets. */
export function place(host: string, port: number | string): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

export function mean(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** A system's error in words: "ECONNREFUSED: connect …" says little to the owner of a network. */
export function troubleWords(trouble: string): string {
  const known: readonly (readonly [code: RegExp, words: string])[] = [
    [/ECONNREFUSED/, "connection refused"],
    [/ETIMEDOUT/, "no connection in time"],
    [/EHOSTUNREACH|ENETUNREACH/, "unreachable"],
    [/ECONNRESET/, "connection reset"],
  ];
  return known.find(([code]) => code.test(trouble))?.[1] ?? trouble;
}
