// The log filters by name, and which level each has now. A name below another ("Recording Library >
// SIP" below "Recording Library") follows it when that one is switched (R18, R19; design.md §5,
// "Logs"). cd3_log, events.log and call_center.log are no matter of level: they are always written.
import type { LogGate, LogLevel } from "./log.ts";

/** The filter of server.log, as the guide spells it (R18). */
export const DEVLINK_FILTER =
  "Recording Library > Server Edition > DevLink Active Recording" as const;

/** All filters; the first is above all others. */
export const LOG_FILTER_NAMES = [
  "Recording Library",
  "Recording Library > SIP",
  "Recording Library > Recordings",
  "Recording Library > Storage",
  DEVLINK_FILTER,
] as const;

export type LogFilterName = (typeof LOG_FILTER_NAMES)[number];

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const satisfies readonly LogLevel[];

/** `log` of the configuration, as far as levels go. */
export interface LogLevels {
  /** Of every filter that is not named. */
  readonly level: LogLevel;
  readonly filters?: Readonly<Record<string, LogLevel>>;
}

/**
 * The filter that a person means: its whole name, or its last part where no other ends so; upper
 * and lower case count the same. null when there is none.
 */
export function filterNamed(text: string): LogFilterName | null {
  const wanted = text.split(">").map(plain).join(">");
  const paths = LOG_FILTER_NAMES.map((name) => ({ name, path: name.split(">").map(plain) }));
  const whole = paths.find(({ path }) => path.join(">") === wanted);
  if (whole !== undefined) return whole.name;
  const ends = paths.filter(({ path }) => path.at(-1) === wanted);
  return ends.length === 1 ? (ends[0]?.name ?? null) : null;
}

function plain(word: string): string {
  return word.trim().replace(/\s+/g, " ").toLowerCase();
}

export class FilterLevels {
  readonly #gates: ReadonlyMap<LogFilterName, LogGate>;

  constructor(levels: LogLevels) {
    this.#gates = new Map(LOG_FILTER_NAMES.map((name) => [name, { level: levels.level }]));
    this.configure(levels);
  }

  /** What a logger of this filter looks at before each line. */
  gate(name: LogFilterName): LogGate {
    const gate = this.#gates.get(name);
    if (gate === undefined) throw new RangeError(`no log filter "${name}"`);
    return gate;
  }

  /** All filters as the configuration has them. */
  configure({ level, filters = {} }: LogLevels): void {
    for (const gate of this.#gates.values()) gate.level = level;
    const named = Object.entries(filters).flatMap(([text, own]) => {
      const name = filterNamed(text);
      return name === null ? [] : [{ name, level: own }];
    });
    // The higher first, so that what is said of one below it counts.
    named.sort((one, other) => one.name.length - other.name.length);
    for (const { name, level: own } of named) this.#switch(name, own);
  }

  /** This filter and those below it, from the next line on. False when there is no such filter. */
  set(text: string, level: LogLevel): boolean {
    const name = filterNamed(text);
    if (name !== null) this.#switch(name, level);
    return name !== null;
  }

  list(): { readonly name: LogFilterName; readonly level: LogLevel }[] {
    return [...this.#gates].map(([name, { level }]) => ({ name, level }));
  }

  #switch(wanted: LogFilterName, level: LogLevel): void {
    for (const [name, gate] of this.#gates) {
      if (name === wanted || name.startsWith(`${wanted} >`)) gate.level = level;
    }
  }
}
