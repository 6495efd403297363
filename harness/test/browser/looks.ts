// Looked at from within the page, by numbers: what is wider than the screen, and what is too pale
// to read. Plain script, evaluated in the browser; each gives a list of what is wrong.

/** Elements that reach beyond the width of the screen; none when it does not scroll sideways. */
export const OUTSIDE_OF_WIDTH = `(() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.querySelectorAll("main *, header *")]
    .filter((element) => element.getBoundingClientRect().right > width + 1)
    .slice(0, 5)
    .map((element) => element.tagName + "." + element.getAttribute("class"));
})()`;

/** Texts whose contrast to their ground is below 4.5 : 1 (WCAG 2.2 §1.4.3). */
export const LOW_CONTRAST = `(() => {
  const channels = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const luminance = (colour) => {
    const [red, green, blue] = channels(colour).map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  // Half-transparent grounds are skipped: they are shades of the one below.
  const groundOf = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (channels(colour).length === 3) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const pale = new Set();
  for (const element of document.querySelectorAll("header *, main *, footer")) {
    const hasText = [...element.childNodes].some(
      (node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim() !== "",
    );
    if (!hasText || element.closest("svg") !== null || element.getClientRects().length === 0) continue;
    const text = luminance(getComputedStyle(element).color);
    const ground = luminance(groundOf(element));
    const ratio = (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05);
    if (!(ratio >= 4.5)) pale.add((element.className || element.tagName) + " " + ratio.toFixed(2));
  }
  return [...pale].slice(0, 5);
})()`;
