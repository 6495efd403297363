// The schema of recorder.example.yaml: names, defaults, units, limits and a sentence of every key.
// Unknown keys are refused. Messages carry detail and remedy; config-problems.ts takes them apart.
// configuration.md is generated from it (test/configuration-page.ts): each option has a `meta` with
// `description`, and `unit` and `limit` where the type does not say them.
import { isIP } from "node:net";
import { z } from "zod";
import { filterNamed, LOG_FILTER_NAMES, LOG_LEVELS } from "./log-filters.ts";
import { rulesSchema } from "./rules/rule-schema.ts";
import { because } from "./schema-words.ts";
import { parseBitRate, VCM_LIMIT_CHANNELS } from "./sizing.ts";

const port = z
  .int({ error: () => because("is not a port", "Use a whole number from 1 to 65535.") })
  .min(1, because("is not a port", "Use a whole number from 1 to 65535."))
  .max(65_535, because("is not a port", "Use a whole number from 1 to 65535."));

const text = z.string().min(1, because("is empty", "Give a value."));

const SIZE_LIMIT = "number, or with unit: 4 MiB, 100 GB";
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

const HOST_NAME = /^[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_.])?$/i;

/** An address, or a name; what has digits and dots only is meant to be an address. */
const host = text.refine(
  (value) => isIP(value) !== 0 || (HOST_NAME.test(value) && !/^[\d.]+$/.test(value)),
  because("is neither an IP address nor a host name", "Write it like 192.0.2.1 or pbx.example."),
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
    name: text
      .default("recorder-1")
      .meta({ description: "Name of this recorder in journals, log and console." }),
    type: z
      .literal("DevLink Active Recording", {
        error: () => because("is not a known type", "Use: DevLink Active Recording."),
      })
      .default("DevLink Active Recording")
      .meta({ description: "Type of the recording source; the only one so far." }),
    address: address.meta({
      description:
        "This machine as the IP Office reaches it: what it is told to call, in Contact and SDP.",
      limit: "IPv4 or IPv6 address; loopback and wildcard are refused",
    }),
    bind: z
      .union([z.literal("auto"), address], {
        error: () => because("is neither auto nor an IP address", "Use auto, or a local address."),
      })
      .default("auto")
      .meta({
        description:
          "Local address to bind; auto: recorder.address where this machine has it, else all. " +
          "Differs from the address behind NAT or in a container.",
        limit: "auto or a local IP address",
      }),
    recordFromBeginning: z
      .boolean()
      .default(true)
      .meta({
        description:
          "true: every call is recorded from its answer, and kept if the rules say so. " +
          "false: recording starts when a rule matches.",
      }),
    agents: z
      .union([z.literal("all"), z.array(agent)], {
        error: () => because("is neither all nor a list", "Use all, or a list: [201, Sales]."),
      })
      .default("all")
      .meta({
        description: "Whose calls are recorded: all users, or these.",
        limit: "all, or a list of extensions, user names and groups",
      }),
  })
  .readonly();

const certificateFile = text.meta({ description: "PEM file with the certificate and its chain." });
const keyFile = text.meta({ description: "PEM file with the private key of the certificate." });
const authorityFile = text
  .optional()
  .meta({ description: "PEM file with the authorities to trust; else the system's." });

const httpTls = z.strictObject({
  cert: text.meta({ description: "Certificate that callers of the API see, PEM file." }),
  key: text.meta({ description: "Its private key, PEM file." }),
});

const sipTls = z.strictObject({
  cert: certificateFile,
  key: keyFile,
  ca: authorityFile,
  requireClientCertificate: z
    .boolean()
    .default(false)
    .meta({ description: "Only callers with a certificate of a trusted authority." }),
});

const sipSection = z
  .strictObject({
    port: port.default(5060).meta({ description: "Port on which SIP calls are answered." }),
    transports: z
      .array(z.enum(["udp", "tcp", "tls"]))
      .min(1, because("is empty", "Name at least one of udp, tcp, tls."))
      .default(["udp", "tcp"])
      .meta({ description: "Transports of SIP; the first is named to the IP Office." }),
    tls: sipTls.optional().meta({ description: "Certificate for SIP over TLS." }),
    allow: z.array(allowEntry).default([]).meta({
      description: "Who may call. Empty: the IP Offices of devlink3 and, with scn, their nodes.",
      limit: "addresses or CIDR blocks",
    }),
    maximumCalls: z.int().min(1).max(10_000).default(2_000).meta({
      description: "Calls recorded at once; beyond it 503 with Retry-After.",
      unit: "calls",
    }),
    maximumConnections: z.int().min(1).max(10_000).default(1_000).meta({
      description: "TCP and TLS connections of SIP at once; more are refused.",
      unit: "connections",
    }),
  })
  .readonly();

const rtpSection = z
  .strictObject({
    port: port.optional().meta({
      description: "The one port to which all calls send their audio; 5004 unless range is given.",
      limit: "1 – 65,535, even",
    }),
    range: z
      .tuple([port, port], {
        error: () => because("is not a pair of ports", "Write it like [20000, 21999]."),
      })
      .optional()
      .meta({
        description:
          "First and last port, instead of port: one even port a call, RTCP on the next.",
        limit: "[first, last], first even; two ports a call",
      }),
    receiveBufferBytes: byteSize.default(4 * 2 ** 20).meta({
      description: "Receive buffer wanted of the kernel; it grants up to net.core.rmem_max.",
      unit: "bytes",
      limit: SIZE_LIMIT,
    }),
  })
  .readonly();

const devlink3Tls = z.union(
  [
    z.boolean(),
    z.strictObject({
      ca: authorityFile,
      cert: certificateFile
        .optional()
        .meta({ description: "PEM file: our certificate, if wanted." }),
      key: keyFile.optional().meta({ description: "PEM file: the private key of cert." }),
      pinSha256: z
        .string()
        .regex(
          /^[0-9a-fA-F:]{64,95}$/,
          because("is not a SHA-256", "Give 64 hex digits, with or without colons."),
        )
        .transform((value) => value.replaceAll(":", "").toLowerCase())
        .optional()
        .meta({
          description:
            "SHA-256 of the IP Office's certificate: trusts this one, whoever signed it.",
          limit: "64 hex digits, with or without colons",
        }),
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
  host: host.meta({ description: "Address or name of the IP Office." }),
  api: z
    .literal("DevLink3", { error: () => because("is not a known API", "Use: DevLink3.") })
    .default("DevLink3")
    .meta({ description: "Type of the connection to the PBX; the only one so far." }),
  port: port.optional().meta({
    description: "TCP port of DevLink3; 50797, with tls 50796, unless given.",
  }),
  tls: devlink3Tls.default(false).meta({
    description: "true or false, or how to trust the IP Office and prove ourselves.",
    limit: "true, false, or { ca, cert, key, pinSha256 }",
  }),
  user: text.meta({ description: "User of the DevLink3 service." }),
  password: z
    .string()
    .meta({ description: "Its password: ${NAME} takes it from the environment." }),
  scn: z.boolean().default(false).meta({
    description: "Follow all nodes of a Small Community Network; needs the licence for it.",
  }),
});

/** What webhooks can tell. */
export const WEBHOOK_EVENTS = [
  "recording.stored",
  "recording.discarded",
  "recording.erased",
] as const;

/** "20M", "512k", "1G": bits a second. */
const bitRate = z
  .union([z.number(), z.string()], {
    error: () => because("is not a bit rate", "Write it like 20M, 512k or 1G (bit/s)."),
  })
  .transform((value, context): number => {
    const bits = parseBitRate(String(value));
    if (bits !== null) return bits;
    context.addIssue(because("is not a bit rate", "Write it like 20M, 512k or 1G (bit/s)."));
    return z.NEVER;
  });

const sizeOrZero = z.union([z.literal(0), byteSize]);

const poolSection = z.strictObject({
  name: text.meta({ description: "Name of the pool." }),
  drives: z
    .array(
      z.strictObject({
        path: text.meta({ description: "Directory of the drive." }),
        maxBytes: byteSize.default(100 * 2 ** 30).meta({
          description: "The recorder fills the drive up to this size.",
          unit: "bytes",
          limit: SIZE_LIMIT,
        }),
        watermark: sizeOrZero.default(0).meta({
          description: "Space of its file system that is left free.",
          unit: "bytes",
          limit: SIZE_LIMIT,
        }),
      }),
    )
    .min(1, because("has no drive", "Give at least one drive with a path."))
    .meta({ description: "Where recordings go, in this order." }),
  deleteAfterDays: z.number().min(0).default(0).meta({
    description: "Recordings are deleted at this age; 0 = never.",
    unit: "days",
  }),
  keepAtLeastDays: z.number().min(0).default(0).meta({
    description: "Nobody may delete a recording that is younger.",
    unit: "days",
  }),
  alarmHours: z.number().min(0).default(24).meta({
    description: "Alarm when fewer hours of recording fit at the present load; 0 = never.",
    unit: "hours",
  }),
});

const webhookEntry = z.strictObject({
  url: z
    .string()
    .refine(
      (value) => /^https?:$/.test(URL.parse(value)?.protocol ?? ""),
      because("is not a URL", "Write it like https://crm.example.com/recordings."),
    )
    .meta({ description: "Where events are posted as JSON; a redirect is not followed." }),
  secret: text.meta({
    description: "Signs each message (HMAC-SHA256); ${NAME} takes it from the environment.",
  }),
  events: z
    .array(z.enum(WEBHOOK_EVENTS))
    .min(1, because("is empty", `Name at least one of ${WEBHOOK_EVENTS.join(", ")}.`))
    .default(["recording.stored"])
    .meta({ description: "What is told." }),
});

/** R21: "who may pause: all, some or no users" (domain.md). */
const pauseAllow = z.union(
  [z.enum(["all", "none"]), z.array(z.union([text, z.int().min(0).transform(String)])).max(10_000)],
  { error: () => because("is not known", 'Write "all", "none" or a list of extensions.') },
);

export const configSchema = z.strictObject({
  recorder: recorderSection,
  sip: sipSection.prefault({}),
  rtp: rtpSection.prefault({}),
  devlink3: z
    .array(devlink3Entry)
    .default([])
    .meta({ description: "The IP Offices, each with its connection." }),
  live: z
    .strictObject({
      directory: text.default("data/live").meta({
        description: "Where calls are written while they run; a local disk.",
      }),
      keepHours: z.number().min(0).default(24).meta({
        description: "Finished pairs stay this long; the oldest go first when space is short.",
        unit: "hours",
      }),
      watermark: sizeOrZero.default(2 ** 30).meta({
        description: "With less free space than this, stored pairs go before their time.",
        unit: "bytes",
        limit: SIZE_LIMIT,
      }),
      alarmHours: z.number().min(0).default(4).meta({
        description: "Alarm when fewer hours of recording fit at the present load; 0 = never.",
        unit: "hours",
      }),
    })
    .prefault({}),
  pools: z
    .array(poolSection)
    .min(1, because("has no pool", "Give at least one pool with a drive."))
    .prefault([{ name: "main", drives: [{ path: "data/pool" }] }])
    .meta({ description: "Where finished recordings are kept." }),
  encoder: z
    .strictObject({
      format: z
        .literal("spx")
        .default("spx")
        .meta({ description: "Format of finished recordings: Speex in Ogg." }),
      command: text.default("auto").meta({
        description: "The encoder: auto finds speexenc or an ffmpeg with Speex; or its path.",
      }),
      quality: z.int().min(0).max(10).default(8).meta({ description: "Speex quality." }),
    })
    .prefault({}),
  webhooks: z.array(webhookEntry).max(20).default([]).meta({
    description: "Who is told of finished recordings.",
  }),
  rules: rulesSchema.default([]).meta({
    description:
      "Which calls are kept, in order; none: recordFromBeginning decides alone. Start values: " +
      "once rules were saved by API or console, state/rules.json counts.",
  }),
  pause: z
    .strictObject({
      fill: z
        .enum(["tone", "silence"])
        .default("tone")
        .meta({ description: "What stands in a recording where it was paused." }),
      guardMs: z.int().min(0).max(5_000).default(200).meta({
        description: "Kept paused beyond the resume, for packets under way.",
        unit: "ms",
      }),
      allow: pauseAllow.default("all").meta({
        description:
          "Whose recordings people may pause: all, none, or a list of extensions and names; " +
          "rules pause whatever stands here.",
      }),
      autoResumeMs: z.int().min(0).max(86_400_000).default(0).meta({
        description: "A person's pause ends by itself after this; 0 = never.",
        unit: "ms",
      }),
    })
    .prefault({}),
  http: z
    .strictObject({
      host: host.default("127.0.0.1").meta({
        description: "Local address of API, metrics and console; 0.0.0.0 = all.",
      }),
      port: z.int().min(0).max(65_535).default(8080).meta({
        description: "TCP port of API, metrics and console; 0 = any free one.",
      }),
      tls: httpTls.optional().meta({ description: "Certificate for HTTPS; absent = HTTP." }),
      requestsPerMinute: z.int().min(1).max(1_000_000).default(1_200).meta({
        description: "Requests of one API key; more are answered with 429.",
        unit: "requests a minute",
      }),
      maximumListeners: z.int().min(1).max(10_000).default(500).meta({
        description: "Live listeners in all; more are refused.",
        unit: "listeners",
      }),
      maximumListenersPerStream: z.int().min(1).max(1_000).default(20).meta({
        description: "Live listeners of one call; more are refused.",
        unit: "listeners",
      }),
      webrtc: z
        .strictObject({
          engine: z.enum(["auto", "werift", "mediasoup", "off"]).default("auto").meta({
            description: "Live audio over WebRTC; auto takes mediasoup where it is installed.",
          }),
          ports: z
            .tuple([port, port], {
              error: () => because("is not a pair of ports", "Write it like [40000, 40999]."),
            })
            .refine(([first, last]) => first < last, {
              error: () => because("is no range", "Give the first port below the last."),
            })
            .optional()
            .meta({
              description: "UDP ports, one a listener; absent = any free one. Open them to pages.",
              limit: "[first, last]",
            }),
        })
        .prefault({}),
    })
    .prefault({}),
  capacity: z
    .strictObject({
      vcmChannels: z.int().min(0).max(VCM_LIMIT_CHANNELS).default(0).meta({
        description: "VCM channels of each IP500 V2: a warning comes before they run out; 0 = off.",
        unit: "channels",
      }),
      uplink: bitRate.optional().meta({
        description: "The line from the IP Offices to the recorder, likewise; absent = off.",
        unit: "bit/s",
        limit: "such as 20M, 512k, 1G",
      }),
      warnAtPercent: z.int().min(1).max(100).default(80).meta({
        description: "The warning comes at this share of either.",
        unit: "%",
      }),
    })
    .prefault({}),
  state: z
    .strictObject({
      directory: text.default("data/state").meta({
        description: "Audit, calls, keys and what else is not a recording; back it up.",
      }),
    })
    .prefault({}),
  catalog: z
    .strictObject({
      file: text.default("data/catalog.sqlite").meta({
        description: "The index for searching; can be made anew from the recordings.",
      }),
    })
    .prefault({}),
  log: z
    .strictObject({
      directory: text.default("data/log").meta({ description: "Where the log files go." }),
      level: z.enum(LOG_LEVELS).default("info").meta({
        description: "How much is logged; debug logs everything. Switched at run time by reload.",
      }),
      filters: z
        .record(
          z
            .string()
            .refine(
              (name) => filterNamed(name) !== null,
              because("is no log filter", `Use one of: ${LOG_FILTER_NAMES.join("; ")}.`),
            ),
          z.enum(LOG_LEVELS),
        )
        .default({})
        .meta({
          description: "Filters with a level of their own, also those below them in the name.",
          limit: LOG_FILTER_NAMES.map((name) => `"${name}"`).join(", "),
        }),
    })
    .prefault({}),
  simulation: z
    .strictObject({
      allowLoopback: z.boolean().default(false).meta({
        description: "true only for tests on one machine: recorder.address may be loopback.",
      }),
    })
    .prefault({}),
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
