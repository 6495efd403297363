// Views of one page side by side: links, so that each has an address; counts where they matter.
import { addressOf } from "../api/client.ts";
import { place } from "../shell/router.ts";

interface Tab {
  readonly name: string;
  readonly title: string;
  /** undefined: not known yet, or nothing to count. */
  readonly count?: number | undefined;
  readonly isAlarming?: boolean;
}

interface TabsProps {
  readonly label: string;
  /** The parameter of the query that holds the shown one's name. */
  readonly parameter: string;
  readonly tabs: readonly Tab[];
  readonly shown: string;
}

export function Tabs({ label, parameter, tabs, shown }: TabsProps) {
  const { path } = place.value;
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map(({ name, title, count, isAlarming = false }, index) => (
        <a
          key={name}
          href={addressOf(path, { [parameter]: index === 0 ? undefined : name })}
          aria-current={name === shown ? "true" : undefined}
        >
          {title}
          {count === undefined ? null : (
            <span class={isAlarming ? "count count-bad" : "count"}>{count}</span>
          )}
        </a>
      ))}
    </nav>
  );
}
