// The schema of recorder.example.yaml: names, defaults and limits of every key. Unknown keys are
// refused. Messages carry detail and remedy; config-problems.ts takes them apart.
import { isIP } from "node:net";
import { z } from "zod";

/** `a detail | a remedy`: how the schema below carries both in one message. */
export const SEPARATOR = " | ";

export function because(detail: string, remedy: string): string {
  return `${detail}${SEPARATOR}${remedy}`;
}

const port = z
  .int({ error: () => because("is not a port", "Use a whole number from 1 to 65535.") })
  .min(1, because("is not a port", "Use a whole number from 1 to 65535."))
  .max(65_535, because("is not a port", "Use a whole number from 1 to 65535."));

const text = z.string().min(1, because("is empty", "Give a value."));

const SIZE_FORM = "Write it like 100 GiB or 500 MB, and above 0.";

/** "100 GiB", "500 MB", "1048576". */
const byteSize = z
  .union([z.number(), z.string()], { error: () => because("is not a size", SIZE_FORM) })
  .transform((value, context): number => {
    const match = /^(\d{1,15}(?:\.\d{1,9})?)\s*(B|kB|KiB|MB|MiB|GB|GiB|TB|TiB)?$/.exec(
      String(value).trim(),
    );
    const bytes = Math.round(Number(match?.[1]) * (UNIT_BYTES[match?.[2] ?? "B"] ?? Number.NaN));
    if (Number.isSafeInteger(bytes) && bytes > 0) return bytes;
    context.addIssue({ code: "custom", message: because(`"${value}" is not a size`, SIZE_FORM) });
    return z.NEVER;
  });

const UNIT_BYTES: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KiB: 2 ** 10,
  MB: 1e6,
  MiB: 2 ** 20,
  GB: 1e9,
  GiB: 2 ** 30,
  TB: 1e12,
  TiB: 2 ** 40,
};

const address = z
  .string()
  .refine(
    (value) => isIP(value) !== 0,
    because("is not an IP address", "Give the IPv4 or IPv6 address, not a name."),
  );

const allowEntry = z.string().refine(
  (value) => {
    const [host, prefix, ...rest] = value.split("/");
    const family = isIP(host ?? "");
    if (family === 0 || rest.length > 0) return false;
    if (prefix === undefined) return true;
    return /^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128);
  },
  because("is neither an address nor a CIDR block", "Write it like 192.0.2.1 or 192.0.2.0/24."),
);

const agent = z.union([text, z.int().min(0).transform(String)], {
  error: () => because("is no agent", "Give an extension, a user name or a group."),
});

const recorderSection = z
  .strictObject({
    name: text.default("recorder-1"),
    type: z
      .literal("DevLink Active Recording", {
        error: () => because("is not a known type", "Use: DevLink Active Recording."),
      })
      .default("DevLink Active Recording"),
    address,
    bind: z
      .union([z.literal("auto"), address], {
        error: () => because("is neither auto nor an IP address", "Use auto, or a local address."),
      })
      .default("auto"),
    recordFromBeginning: z.boolean().default(true),
    agents: z
      .union([z.literal("all"), z.array(agent)], {
        error: () => because("is neither all nor a list", "Use all, or a list: [201, Sales]."),
      })
      .default("all"),
  })
  .readonly();

const sipTls = z.strictObject({
  cert: text,
  key: text,
  ca: text.optional(),
  requireClientCertificate: z.boolean().default(false),
});

const sipSection = z
  .strictObject({
    port: port.default(5060),
    transports: z
      .array(z.enum(["udp", "tcp", "tls"]))
      .min(1, because("is empty", "Name at least one of udp, tcp, tls."))
      .default(["udp", "tcp"]),
    tls: sipTls.optional(),
    allow: z.array(allowEntry).default([]),
    maximumCalls: z.int().min(1).max(10_000).default(2_000),
    maximumConnections: z.int().min(1).max(10_000).default(1_000),
  })
  .readonly();

const rtpSection = z
  .strictObject({
    port: port.optional(),
    range: z
      .tuple([port, port], {
        error: () => because("is not a pair of ports", "Write it like [20000, 21999]."),
      })
      .optional(),
    receiveBufferBytes: byteSize.default(4 * 2 ** 20),
  })
  .readonly();

const devlink3Tls = z.union(
  [
    z.boolean(),
    z.strictObject({
      ca: text.optional(),
      cert: text.optional(),
      key: text.optional(),
      pinSha256: z
        .string()
        .regex(
          /^[0-9a-fA-F:]{64,95}$/,
          because("is not a SHA-256", "Give 64 hex digits, with or without colons."),
        )
        .transform((value) => value.replaceAll(":", "").toLowerCase())
        .optional(),
    }),
  ],
  {
    error: () =>
      because(
        "is neither true, false nor a set of files",
        "DevLink3 Use TLS: true, false, or { ca, cert, key, pinSha256 }.",
      ),
  },
);

const devlink3Entry = z.strictObject({
  host: text,
  api: z
    .literal("DevLink3", { error: () => because("is not a known API", "Use: DevLink3.") })
    .default("DevLink3"),
  port: port.optional(),
  tls: devlink3Tls.default(false),
  user: text,
  password: z.string(),
  scn: z.boolean().default(false),
});

const poolSection = z.strictObject({
  name: text,
  drives: z
    .array(z.strictObject({ path: text, maxBytes: byteSize.default(100 * 2 ** 30) }))
    .min(1, because("has no drive", "Give at least one drive with a path.")),
  deleteAfterDays: z.number().min(0).default(0),
  keepAtLeastDays: z.number().min(0).default(0),
});

export const configSchema = z.strictObject({
  recorder: recorderSection,
  sip: sipSection.prefault({}),
  rtp: rtpSection.prefault({}),
  devlink3: z.array(devlink3Entry).default([]),
  live: z
    .strictObject({
      directory: text.default("data/live"),
      keepHours: z.number().min(0).default(24),
    })
    .prefault({}),
  pools: z
    .array(poolSection)
    .min(1, because("has no pool", "Give at least one pool with a drive."))
    .prefault([{ name: "main", drives: [{ path: "data/pool" }] }]),
  encoder: z
    .strictObject({
      format: z.literal("spx").default("spx"),
      command: text.default("auto"),
      quality: z.int().min(0).max(10).default(8),
    })
    .prefault({}),
  rules: z.array(z.record(z.string(), z.unknown())).default([]),
  pause: z
    .strictObject({
      fill: z.enum(["tone", "silence"]).default("tone"),
      guardMs: z.int().min(0).max(5_000).default(200),
    })
    .prefault({}),
  http: z
    .strictObject({
      host: text.default("127.0.0.1"),
      port: z.int().min(0).max(65_535).default(8080),
      maximumListeners: z.int().min(1).max(10_000).default(500),
      maximumListenersPerStream: z.int().min(1).max(1_000).default(20),
    })
    .prefault({}),
  state: z.strictObject({ directory: text.default("data/state") }).prefault({}),
  catalog: z.strictObject({ file: text.default("data/catalog.sqlite") }).prefault({}),
  log: z
    .strictObject({
      directory: text.default("data/log"),
      level: z.enum(["debug", "info", "warn", "error"]).default("info"),
    })
    .prefault({}),
  simulation: z.strictObject({ allowLoopback: z.boolean().default(false) }).prefault({}),
});

/** As the schema reads it: paths as written, ports of links perhaps absent. */
export type RawConfig = z.output<typeof configSchema>;

export type Devlink3TlsFiles = Exclude<z.output<typeof devlink3Tls>, boolean>;

export type RtpConfig = { readonly receiveBufferBytes: number } & (
  { readonly port: number } | { readonly range: readonly [number, number] }
);

/** The checked configuration: paths absolute, ports filled in, secrets resolved. */
export type RecorderConfig = Omit<RawConfig, "rtp" | "devlink3"> & {
  readonly rtp: RtpConfig;
  readonly devlink3: readonly (z.output<typeof devlink3Entry> & { readonly port: number })[];
};
