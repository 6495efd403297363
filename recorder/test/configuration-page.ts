// configuration.md is generated from the schema of config-schema.ts, so that page and program
// cannot drift apart. `npm run configuration` writes it; configuration-page.test.ts compares.
import { writeFileSync } from "node:fs";
import { z } from "zod";
import { labelOf } from "../src/config-problems.ts";
import { configSchema } from "../src/config-schema.ts";

/** Where the page lies. */
export const CONFIGURATION_PAGE = new URL("../configuration.md", import.meta.url);

const OPENING = `# Configuration

Generated from \`src/config-schema.ts\` by \`npm run configuration\`; do not edit.

One YAML file; [recorder.example.yaml](recorder.example.yaml) shows its form. Unknown keys are
refused, and every problem is reported at once: \`tapeline-recorder check-config --config F\`. Relative
paths are relative to the file's directory. \`\${NAME}\` in a value is replaced by that variable of the
environment. Names in quotes are those of the vendor's guide. \`kill -HUP\` reads the file again; what
of it needs a restart is named in the log.`;

/** One key as the page shows it. */
export interface Option {
  readonly path: string;
  readonly default: string;
  readonly unit: string;
  readonly limit: string;
  readonly sentence: string;
}

type Schema = z.core.$ZodType;

/** What an option's `meta` holds. */
interface Meta {
  readonly description?: string | undefined;
  readonly unit?: string;
  readonly limit?: string;
}

interface Unwrapped {
  readonly inner: Schema;
  readonly meta: Meta;
  readonly default: unknown;
  readonly isOptional: boolean;
}

/** Takes off what only wraps: default, optional, readonly. */
function unwrap(schema: Schema): Unwrapped {
  let [inner, meta, value, isOptional] = [schema, {} as Meta, undefined as unknown, false];
  for (;;) {
    meta = { ...z.globalRegistry.get(inner), ...meta };
    if (inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault) {
      value ??= inner.def.defaultValue;
    } else if (inner instanceof z.ZodOptional) isOptional = true;
    else if (!(inner instanceof z.ZodReadonly)) break;
    inner = inner.def.innerType;
  }
  return { inner, meta, default: value, isOptional };
}

/** All options, in the schema's order. */
export function options(schema: Schema = configSchema, path = ""): Option[] {
  const found = unwrap(schema);
  const { inner } = found;
  const own = path === "" || found.meta.description === undefined ? [] : [option(found, path)];
  if (inner instanceof z.ZodObject) {
    const keys = Object.entries<Schema>(inner.shape);
    return [
      ...own,
      ...keys.flatMap(([key, value]) => options(value, path === "" ? key : `${path}.${key}`)),
    ];
  }
  if (inner instanceof z.ZodArray) {
    const element = unwrap(inner.def.element);
    if (element.inner instanceof z.ZodObject) {
      return [...own, ...options(inner.def.element, `${path}[]`)];
    }
  }
  if (inner instanceof z.ZodUnion || inner instanceof z.ZodDiscriminatedUnion) {
    const sets = inner.def.options.filter((branch) => unwrap(branch).inner instanceof z.ZodObject);
    if (sets.length > 0) return [...own, ...sets.flatMap((branch) => options(branch, path))];
  }
  return own.length > 0 ? own : [option(found, path)];
}

function option(found: Unwrapped, path: string): Option {
  const { meta } = found;
  const label = labelOf(path);
  const sentence = meta.description ?? "";
  return {
    path,
    default: defaultText(found),
    unit: meta.unit ?? "–",
    limit: meta.limit ?? limitText(found.inner),
    sentence: label === null ? sentence : `"${label}". ${sentence}`,
  };
}

function defaultText({ default: value, isOptional, meta }: Unwrapped): string {
  if (value === undefined) return isOptional ? "–" : "must be given";
  if (meta.unit === "bytes" && typeof value === "number") return `\`${bytesText(value)}\``;
  return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

function bytesText(bytes: number): string {
  return bytes >= 2 ** 30 ? `${bytes / 2 ** 30} GiB` : `${bytes / 2 ** 20} MiB`;
}

/** What the type itself allows. */
function limitText(inner: Schema): string {
  const json = z.toJSONSchema(inner, { io: "input", unrepresentable: "any" });
  const [low, high] = [json.minimum, json.maximum];
  if (json.const !== undefined) return `\`${String(json.const)}\``;
  if (json.enum !== undefined) return json.enum.map((value) => `\`${String(value)}\``).join(", ");
  if (json.type === "boolean") return "true, false";
  if (json.type === "integer" || json.type === "number") {
    const isBounded = high !== undefined && high < Number.MAX_SAFE_INTEGER;
    return isBounded ? `${number(low ?? 0)} – ${number(high)}` : `${number(low ?? 0)} or more`;
  }
  if (json.type === "array") {
    const items = typeof json.items === "object" ? json.items : {};
    const values = "enum" in items ? `list of ${items.enum?.join(", ")}` : "list";
    return json.minItems === undefined ? values : `${values}; at least ${json.minItems}`;
  }
  if (json.type === "object") return "a set of keys, below";
  return json.minLength === undefined ? "text" : "text, not empty";
}

function number(value: number): string {
  return value.toLocaleString("en-US");
}

/** The page's text. */
export function configurationPage(): string {
  const all = options();
  const sections = [...new Set(all.map(({ path }) => sectionOf(path)))];
  const cell = (text: string): string => text.replaceAll("|", "\\|");
  const tables = sections.map((section) => {
    const rows = all
      .filter(({ path }) => sectionOf(path) === section)
      .map(({ path, ...rest }) => {
        const cells = [`\`${path}\``, rest.default, rest.unit, rest.limit, rest.sentence];
        return `| ${cells.map(cell).join(" | ")} |`;
      });
    const head = "| option | default | unit | limit | what it is |\n|---|---|---|---|---|";
    return `## ${section}\n\n${head}\n${rows.join("\n")}`;
  });
  return `${[OPENING, ...tables].join("\n\n")}\n`;
}

function sectionOf(path: string): string {
  return path.replace(/[.[].*$/, "");
}

if (import.meta.main) writeFileSync(CONFIGURATION_PAGE, configurationPage());
