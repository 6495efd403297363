// A figure with its name, big enough to be seen from afar; `children` says what it means.
import type { ComponentChildren } from "preact";

interface TileProps {
  readonly name: string;
  readonly value: ComponentChildren;
  readonly tone?: "good" | "warn" | "bad";
  readonly children?: ComponentChildren;
}

export function Tile({ name, value, tone, children }: TileProps) {
  return (
    <div class="card tile">
      <dt>{name}</dt>
      <dd>
        <span class={tone === undefined ? "tile-value" : `tile-value tone-${tone}`}>{value}</span>
        {children === undefined ? null : <span class="tile-note">{children}</span>}
      </dd>
    </div>
  );
}
