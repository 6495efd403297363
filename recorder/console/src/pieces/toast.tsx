// Short news of something done, at the edge of the screen; said to screen readers, gone by itself.
import { signal } from "@preact/signals";
import { Icon } from "./icon.tsx";

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly kind: "good" | "bad";
}

const SHOWN_MS = 6_000;
const MOST_AT_ONCE = 3;

const toasts = signal<readonly Toast[]>([]);
let lastId = 0;

export function showToast(text: string, kind: Toast["kind"] = "good"): void {
  lastId += 1;
  const id = lastId;
  toasts.value = [...toasts.value, { id, text, kind }].slice(-MOST_AT_ONCE);
  setTimeout(() => dismiss(id), SHOWN_MS);
}

function dismiss(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ id, text, kind }) => (
        <div key={id} class={`toast toast-${kind}`}>
          <Icon name={kind === "good" ? "check" : "warning"} />
          <span>{text}</span>
          <button
            type="button"
            class="icon-button"
            aria-label="Dismiss"
            onClick={() => dismiss(id)}
          >
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}
