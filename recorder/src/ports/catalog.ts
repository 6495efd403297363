// The catalog port: an index of recordings. Truth is the files; the catalog may vanish at any time.

export interface CatalogRow {
  readonly recordingKey: string;
  readonly callKey: string | null;
  readonly part: number | null;
  /** Epoch ms of the first packet or, without one, of the answer. */
  readonly startTimeMs: number;
  readonly samples: number;
  readonly outcome: string;
  readonly why: string | null;
  readonly endReason: string;
  readonly recovered: boolean;
  readonly agent: string | null;
  readonly extension: string | null;
  readonly parties: readonly string[];
  readonly liveStreamId: string | null;
  readonly sipCallId: string;
  readonly pool: string | null;
  readonly drive: string | null;
  /** Absolute path of the `.spx`; null while only the live pair exists. */
  readonly path: string | null;
  readonly bytes: number;
  readonly loss: number;
  readonly mos: number | null;
  /** Title of the rule that decided; null when none did. */
  readonly rule?: string | null;
  /** A legal hold lies on it: `<recordingKey>.hold` beside the `.spx`. */
  readonly isHeld?: boolean;
  /** "validation": made to measure a network, and may be dropped; null = a recording like any. */
  readonly purpose?: string | null;
}

export interface CatalogQuery {
  readonly fromTimeMs?: number;
  readonly toTimeMs?: number;
  readonly callKey?: string;
  readonly agent?: string;
  readonly extension?: string;
  /** Only recordings of these extensions (the scope of an API key). */
  readonly extensions?: readonly string[];
  /** Part of a party's number or name, as it stands in `parties`. */
  readonly number?: string;
  /** Part of agent, extension, parties or rule; or how a call key or recordingKey begins. */
  readonly text?: string;
  /** Title of a rule. */
  readonly rule?: string;
  readonly outcome?: string;
  readonly sipCallId?: string;
  readonly liveStreamId?: string;
  readonly isHeld?: boolean;
  readonly purpose?: string;
  /** Rows of one page. */
  readonly limit: number;
  /** Rows left out before it. */
  readonly offset: number;
}

export interface Catalog {
  /** Inserts, or replaces the row of the same recordingKey. */
  put(row: CatalogRow): Promise<void>;
  get(recordingKey: string): Promise<CatalogRow | null>;
  /** Newest first. */
  search(query: CatalogQuery): Promise<CatalogRow[]>;
  /** How many rows a search finds without limit and offset. */
  count(query: CatalogQuery): Promise<number>;
  remove(recordingKey: string): Promise<void>;
  close(): Promise<void>;
}
