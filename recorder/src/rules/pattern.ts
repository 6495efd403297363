// Patterns of rules: `*` stands for any run of characters, `?` for one. Numbers are compared
// without what people put between digits; case does not matter. Pure, and linear in time for any
// pattern (no regular expressions made of what users write).

/** Longest text of a call that is looked at; longer ones are cut. */
const TEXT_CHARACTERS = 256;

/** "sip:5550100@10.0.0.9;user=phone" and "+49 (30) 123-456" as the digits that are meant. */
export function plainNumber(text: string): string {
  const uri = /^<?sips?:([^@;>]{0,256})/i.exec(text.trim());
  return (uri?.[1] ?? text).replaceAll(/[\s()./-]/g, "");
}

export function fitsPattern(text: string, pattern: string): boolean {
  return fits(text.slice(0, TEXT_CHARACTERS).toLowerCase().trim(), pattern.toLowerCase().trim());
}

export function fitsNumber(text: string, pattern: string): boolean {
  return text !== "" && fitsPattern(plainNumber(text), plainNumber(pattern));
}

/** The last `*` is the only one that ever needs to be tried again. */
function fits(text: string, pattern: string): boolean {
  let [at, inPattern, star, starText] = [0, 0, -1, 0];
  while (at < text.length) {
    const sign = pattern[inPattern];
    if (sign === "*") {
      star = inPattern++;
      starText = at;
    } else if (sign === "?" || (sign !== undefined && sign === text[at])) {
      at += 1;
      inPattern += 1;
    } else if (star >= 0) {
      inPattern = star + 1;
      at = ++starText;
    } else return false;
  }
  while (pattern[inPattern] === "*") inPattern += 1;
  return inPattern === pattern.length;
}
