// Finds the elements of a Delta3 text by their tag names.  devlink3.md §8.1. Not an XML parser: a
// stray `<` or `&` within a name must not cost the record. One pass, linear in the text.

export interface Element {
  readonly name: string;
  /** Undecoded text between the tags; null when the closing tag is missing. */
  readonly content: string | null;
  /** Index of its `<`, and the index after its closing tag (or opening tag, when unclosed). */
  readonly begin: number;
  readonly end: number;
}

const OPENING_TAG = /<[A-Za-z_][\w.-]{0,63}>/g;
const CLOSING_TAG = /<\/[A-Za-z_][\w.-]{0,63}>/g;

/** The outermost elements of `text`, in order; what is between them is left out. */
export function findElements(text: string): Element[] {
  const closingTags = closingTagsByName(text);
  const elements: Element[] = [];
  const opening = new RegExp(OPENING_TAG);
  for (let match = opening.exec(text); match !== null; match = opening.exec(text)) {
    const [tag] = match;
    const name = tag.slice(1, -1);
    const inside = match.index + tag.length;
    const close = nextAfter(closingTags.get(name), inside);
    const content = close === null ? null : text.slice(inside, close);
    const end = close === null ? inside : close + name.length + 3;
    elements.push({ name, content, begin: match.index, end });
    opening.lastIndex = end;
  }
  return elements;
}

/** Positions, latest first, so that those passed can be dropped from the end. */
function closingTagsByName(text: string): Map<string, number[]> {
  const positions = new Map<string, number[]>();
  for (const { 0: tag, index } of text.matchAll(CLOSING_TAG)) {
    const name = tag.slice(2, -1);
    const known = positions.get(name);
    if (known === undefined) positions.set(name, [index]);
    else known.push(index);
  }
  for (const list of positions.values()) list.reverse();
  return positions;
}

function nextAfter(positions: number[] | undefined, from: number): number | null {
  if (positions === undefined) return null;
  while (positions.length > 0 && (positions.at(-1) ?? from) < from) positions.pop();
  return positions.at(-1) ?? null;
}
