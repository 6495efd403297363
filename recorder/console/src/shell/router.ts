// Where one is: the address bar, as a signal. Every view has an address, and every address opens
// its view again (deep links); filters stand in the query, a moment in the fragment.
import { computed, signal } from "@preact/signals";

export interface Place {
  readonly path: string;
  readonly query: URLSearchParams;
  /** Without "#". */
  readonly fragment: string;
}

export const place = signal<Place>(read());
export const path = computed(() => place.value.path);

addEventListener("popstate", () => (place.value = read()));
addEventListener("hashchange", () => (place.value = read()));

function read(): Place {
  const { pathname, search, hash } = location;
  return { path: pathname, query: new URLSearchParams(search), fragment: hash.slice(1) };
}

/** Goes to an address of the console; `replace` leaves no step to go back to. */
export function navigate(address: string, how: "push" | "replace" = "push"): void {
  history[how === "push" ? "pushState" : "replaceState"](null, "", address);
  place.value = read();
  if (how === "push") scrollTo({ top: 0 });
}

/** Changes some parameters of the query; undefined or "" takes one away. */
export function setQuery(changes: Readonly<Record<string, string | undefined>>): void {
  const query = new URLSearchParams(place.value.query);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value === "") query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  navigate(`${place.value.path}${text === "" ? "" : `?${text}`}`, "replace");
}

/** Plain clicks on our own links stay in the page; all others are the browser's. */
export function followLinks(event: MouseEvent): void {
  const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey);
  if (!isPlain || event.defaultPrevented || !(event.target instanceof Element)) return;
  const link = event.target.closest("a");
  if (link === null || link.target !== "" || link.hasAttribute("download")) return;
  if (link.origin !== location.origin || link.pathname.startsWith("/api/")) return;
  event.preventDefault();
  navigate(`${link.pathname}${link.search}${link.hash}`);
}
