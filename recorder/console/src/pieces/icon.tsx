// The console's icons: strokes on a grid of 24, drawn in the colour of the text around them. All
// are decoration; the words beside them or the button's label say what is meant.
const SHAPES = {
  now: "M5 12a7 7 0 0 1 14 0M8 12a4 4 0 0 1 8 0M12 12v.01M12 12v8",
  recordings: "M3 12h2M7 8v8M11 5v14M15 9v6M19 11v2",
  calls:
    "M6 4h4l2 5-2.5 1.5a11 11 0 0 0 4 4L15 12l5 2v4a2 2 0 0 1-2 2A14 14 0 0 1 4 6a2 2 0 0 1 2-2",
  system: "M4 5h16v6H4zM4 13h16v6H4zM7 8h.01M7 16h.01",
  rules: "M4 6h10M4 12h16M4 18h7M18 4v4M14 16v4",
  audit: "M7 3h8l4 4v14H7zM15 3v4h4M10 12h6M10 16h6",
  agent: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8M4 21a8 8 0 0 1 16 0",
  setup: "M12 3v3M12 18v3M3 12h3M18 12h3M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8",
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14M16 16l4.5 4.5",
  play: "M7 4.5v15l12-7.5z",
  pause: "M8 5v14M16 5v14",
  stop: "M6 6h12v12H6z",
  listen:
    "M4 14v-2a8 8 0 0 1 16 0v2M4 14h3v6H5.5A1.5 1.5 0 0 1 4 18.5zM20 14h-3v6h1.5a1.5 1.5 0 0 0 1.5-1.5z",
  download: "M12 4v11M7 11l5 5 5-5M5 20h14",
  verify: "M12 3l8 3v6c0 5-3.5 8-8 9-4.5-1-8-4-8-9V6zM8.5 12l2.5 2.5 4.5-5",
  hold: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  delete: "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13M10 11v5M14 11v5",
  link: "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1",
  close: "M6 6l12 12M18 6L6 18",
  out: "M10 4H5v16h5M14 8l4 4-4 4M18 12H9",
  warning: "M12 4l9 16H3zM12 10v4M12 17v.01",
  chevron: "M9 6l6 6-6 6",
  back: "M15 6l-6 6 6 6",
  more: "M5 12v.01M12 12v.01M19 12v.01",
  up: "M6 15l6-6 6 6",
  down: "M6 9l6 6 6-6",
  add: "M12 5v14M5 12h14",
  edit: "M4 20l1-4L16 5l3 3L8 19z",
  check: "M5 13l4.5 4.5L19 7",
} as const;

export type IconName = keyof typeof SHAPES;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={SHAPES[name]} />
    </svg>
  );
}
