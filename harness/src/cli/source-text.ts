// Plain data as TypeScript source, laid out as Prettier would: on one line where it fits.

const LINE_MAX_CHARACTERS = 100;
const STEP = "  ";

/**
 * `used`: characters before it on its line, `after`: those behind it. Indented by `indent` where it
 * takes several lines.
 */
export function sourceText(
  value: unknown,
  place: { readonly indent: string; readonly used: number; readonly after?: number },
): string {
  const flat = flatText(value);
  const { indent, used, after = 1 } = place;
  if (!breaksAlways(value) && used + flat.length + after <= LINE_MAX_CHARACTERS) return flat;
  const inner = indent + STEP;
  if (Array.isArray(value)) {
    const items = value.map(
      (item) => inner + sourceText(item, { indent: inner, used: inner.length }),
    );
    return `[\n${items.join(",\n")},\n${indent}]`;
  }
  if (typeof value !== "object" || value === null) return flat;
  const fields = Object.entries(value).map(([name, item]) => {
    const start = `${inner}${keyText(name)}: `;
    return start + sourceText(item, { indent: inner, used: start.length });
  });
  return `{\n${fields.join(",\n")},\n${indent}}`;
}

/** Several objects of several fields never share a line. */
function breaksAlways(value: unknown): boolean {
  if (!Array.isArray(value) || value.length < 2) return false;
  return value.every(
    (item) => typeof item === "object" && item !== null && Object.keys(item).length > 1,
  );
}

function flatText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flatText).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "undefined";
  const fields = Object.entries(value).map(([name, item]) => `${keyText(name)}: ${flatText(item)}`);
  return fields.length === 0 ? "{}" : `{ ${fields.join(", ")} }`;
}

function keyText(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}
