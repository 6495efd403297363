// A day as it stands in an address, "2026-11-23", and its midnight in the viewer's zone. Pure.

/** Midnight of a day like "2026-11-23" in the viewer's zone; null when there is no such day. */
export function dayOf(text: string | null): number | null {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text ?? "") ?? [];
  if (year === undefined || month === undefined || day === undefined) return null;
  const beganMs = new Date(Number(year), Number(month) - 1, Number(day)).getTime();
  return dayText(beganMs) === text ? beganMs : null;
}

export function dayText(beganMs: number): string {
  const date = new Date(beganMs);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
