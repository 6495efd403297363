// What the page does beyond HTML itself: filter, search, keys, copy, time under the pointer. Plain
// script without dependencies; the page shows everything without it. No data is ever put into it.

/** The script, exactly as its hash stands in the page's policy. */
export const BEHAVIOUR = `
"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const runs = all("#runs .run");
  const search = document.getElementById("search");
  const none = document.getElementById("none");
  const openAll = document.getElementById("open-all");
  let verdict = "";

  const apply = () => {
    const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
    let shown = 0;
    for (const run of runs) {
      const fits = (verdict === "" || run.dataset.verdict === verdict)
        && words.every((word) => run.dataset.words.includes(word));
      run.hidden = !fits;
      if (fits) shown += 1;
    }
    none.hidden = shown > 0;
  };
  for (const button of all("[data-filter]")) {
    button.addEventListener("click", () => {
      verdict = button.dataset.filter;
      for (const other of all("[data-filter]")) other.setAttribute("aria-pressed", String(other === button));
      apply();
    });
  }
  if (search) search.addEventListener("input", apply);
  if (openAll) openAll.addEventListener("click", () => {
    const open = openAll.textContent === "Open all";
    for (const run of runs) run.open = open;
    openAll.textContent = open ? "Close all" : "Open all";
  });

  const showTarget = () => {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    if (!target) return;
    target.hidden = false;
    if ("open" in target) target.open = true;
    target.scrollIntoView();
    const summary = target.querySelector("summary");
    if (summary) summary.focus({ preventScroll: true });
  };
  addEventListener("hashchange", showTarget);
  showTarget();

  const move = (step) => {
    const visible = runs.filter((run) => !run.hidden);
    const at = visible.findIndex((run) => run.contains(document.activeElement));
    const next = visible[at < 0 ? (step > 0 ? 0 : visible.length - 1) : at + step];
    if (!next) return;
    const summary = next.querySelector("summary");
    summary.focus();
    summary.scrollIntoView({ block: "center" });
  };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target instanceof HTMLInputElement) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (event.key === "j") move(1);
    if (event.key === "k") move(-1);
    if (event.key === "/" && search) { event.preventDefault(); search.focus(); }
  });

  for (const button of all(".copy")) {
    button.addEventListener("click", () => {
      const code = button.previousElementSibling;
      const done = () => { button.textContent = "Copied"; };
      const select = () => {
        getSelection().selectAllChildren(code);
        button.textContent = "Selected";
      };
      // A page opened from a file may not write to the clipboard; then the text is selected.
      if (navigator.clipboard) navigator.clipboard.writeText(code.textContent).then(done, select);
      else select();
    });
  }

  for (const figure of all(".wave, .timeline")) {
    const cursor = figure.querySelector(".cursor");
    const svg = figure.querySelector("svg");
    const isWave = figure.classList.contains("wave");
    figure.addEventListener("pointermove", (event) => {
      const box = svg.getBoundingClientRect();
      const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
      const seconds = share * Number(figure.dataset.seconds);
      const sample = isWave ? ", sample " + Math.round(seconds * 8000) : "";
      cursor.textContent = seconds.toFixed(3) + " s" + sample;
    });
    figure.addEventListener("pointerleave", () => { cursor.textContent = ""; });
  }
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = all("details.run:not([open])");
    for (const run of closed) run.open = true;
  });
  addEventListener("afterprint", () => { for (const run of closed) run.open = false; });
})();
`;
