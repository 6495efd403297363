// The set-up as a person is led through it: what it asks, what a test of a step finds, what saving
// did. A leaf: cli/setup.ts does it, http/setup-routes.ts offers it.

/** One IP Office (R10). */
export interface OfficeSettings {
  readonly host: string;
  /** null: the usual one, 50797 or with TLS 50796. */
  readonly port: number | null;
  readonly tls: boolean;
  readonly user: string;
  /** null: the one that the file has for this host; never given out. */
  readonly password: string | null;
  readonly scn: boolean;
}

/** What the set-up asks; everything else of the configuration stays as it is. */
export interface SetupSettings {
  readonly offices: readonly OfficeSettings[];
  readonly recorder: {
    readonly name: string;
    /** R12. */
    readonly address: string;
    /** R13, R14. */
    readonly recordFromBeginning: boolean;
  };
  /** R15. */
  readonly ports: {
    readonly sip: number;
    /** One port for all, or a first and a last one. */
    readonly rtp: number | readonly [number, number];
    readonly httpHost: string;
    readonly http: number;
  };
  readonly storage: {
    readonly live: string;
    readonly pool: string;
    /** Like "100 GiB". */
    readonly maxBytes: string;
  };
}

export const SETUP_STEPS = ["offices", "recorder", "ports", "storage"] as const;
export type SetupStep = (typeof SETUP_STEPS)[number];

/** Who must reach whom (R9, R23). */
export interface FirewallWay {
  readonly from: string;
  readonly to: string;
  readonly protocol: string;
  readonly port: string;
  readonly why: string;
}

export interface SetupView {
  /** Nobody has a lasting key, or no IP Office is configured. */
  readonly isNeeded: boolean;
  /** Absolute path of the configuration file. */
  readonly file: string;
  /** Of the file's content: what is saved must be based on it. */
  readonly revision: string;
  readonly settings: SetupSettings;
  /** Hosts for which the file has a password. */
  readonly passwordsOf: readonly string[];
  /** This machine's own, as an IP Office may reach it. */
  readonly addresses: readonly string[];
  /** Paths that are saved and wait for a restart. */
  readonly needsRestart: readonly string[];
  readonly firewall: readonly FirewallWay[];
}

export interface SetupCheck {
  readonly path: string;
  readonly status: "good" | "warning" | "problem" | "unknown";
  readonly detail: string;
  /** Empty when there is nothing to do. */
  readonly remedy: string;
}

export interface SetupProblem {
  readonly path: string;
  readonly detail: string;
  readonly remedy: string;
}

export type SetupSaved =
  | {
      readonly ok: true;
      readonly file: string;
      /** Where the file lies as it was before; null when nothing changed. */
      readonly backup: string | null;
      /** Paths in force now, and those that wait for a restart. */
      readonly reload: {
        readonly applied: readonly string[];
        readonly needsRestart: readonly string[];
        readonly failed: readonly { readonly part: string; readonly detail: string }[];
      };
      readonly warnings: readonly SetupProblem[];
    }
  | { readonly ok: false; readonly code: "invalid"; readonly problems: readonly SetupProblem[] }
  /** Somebody changed the file meanwhile. */
  | { readonly ok: false; readonly code: "conflict" }
  | { readonly ok: false; readonly code: "not-writable"; readonly detail: string };

export interface Setup {
  /** Rejects with a RecorderError when the file cannot be read. */
  read(): Promise<SetupView>;
  check(
    step: SetupStep,
    settings: SetupSettings,
  ): Promise<{
    readonly checks: readonly SetupCheck[];
    readonly firewall: readonly FirewallWay[];
  }>;
  save(settings: SetupSettings, expectedRevision: string | null): Promise<SetupSaved>;
  /** Ends all calls in order and starts anew with the file as it is. */
  restart(): void;
}
