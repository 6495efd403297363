// A moment in a recording, as it stands in an address: "#t=83.5", or "#t=1:23". Pure.

/** Seconds; null when the fragment names none. */
export function secondIn(fragment: string): number | null {
  const text = /^t=([\d:.]+)$/.exec(fragment)?.[1];
  if (text === undefined) return null;
  const parts = text.split(":").map(Number);
  if (parts.length > 3 || parts.some((part) => !Number.isFinite(part))) return null;
  return parts.reduce((whole, part) => whole * 60 + part, 0);
}

/** To a tenth of a second. */
export function fragmentOf(second: number): string {
  return `t=${Math.max(0, Math.round(second * 10) / 10)}`;
}
