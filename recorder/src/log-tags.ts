// The three tags of a recording's log lines (R19): whoever names one of them gets the others filled
// in, as far as they are known by then. The book learns from every line and every child logger, so
// that no service need carry tags that are none of its business.
/** Facts of a line, as a logger takes them. */
type LogFields = Readonly<Record<string, unknown>>;

export interface RecordingTags {
  readonly sipCallId: string | null;
  readonly recordingId: string | null;
  readonly liveStreamId: string | null;
}

/** Recordings whose tags are kept; the longest unused go first, and their lines have nulls then. */
export const MAXIMUM_TAGGED_RECORDINGS = 20_000;

const TAGS = ["sipCallId", "recordingId", "liveStreamId"] as const;

export class LogTags {
  readonly #limit: number;
  readonly #onForgotten: () => void;
  /** By each tag's value; values of different tags never meet ("kind:value"). */
  readonly #byTag = new Map<string, RecordingTags>();
  /** In the order of their last change. */
  readonly #known = new Set<RecordingTags>();

  constructor(limit = MAXIMUM_TAGGED_RECORDINGS, onForgotten: () => void = () => undefined) {
    this.#limit = limit;
    this.#onForgotten = onForgotten;
  }

  /** Fields of a line with all three tags, null where not known; unchanged when it has none. */
  complete(fields: LogFields): LogFields {
    const own = tagsOf(fields);
    return own === null ? fields : { ...fields, ...this.learn(own) };
  }

  /** What is known of the recording that these tags name, with them. */
  learn(own: RecordingTags): RecordingTags {
    const known = this.#find(own);
    const tags = known === null ? own : merged(own, known);
    if (known !== null && TAGS.every((tag) => known[tag] === tags[tag])) return known;
    if (TAGS.filter((tag) => tags[tag] !== null).length > 1) this.#keep(tags, known);
    return tags;
  }

  /** The recording's own key says most; a SIP call or a stream may be asked for again. */
  #find(own: RecordingTags): RecordingTags | null {
    for (const tag of ["recordingId", "sipCallId", "liveStreamId"] as const) {
      const known = own[tag] === null ? undefined : this.#byTag.get(`${tag}:${own[tag]}`);
      const isOther = known !== undefined && isConflict(own, known);
      if (known !== undefined && !isOther) return known;
    }
    return null;
  }

  #keep(tags: RecordingTags, before: RecordingTags | null): void {
    if (before !== null) this.#known.delete(before);
    this.#known.add(tags);
    for (const tag of TAGS) if (tags[tag] !== null) this.#byTag.set(`${tag}:${tags[tag]}`, tags);
    if (this.#known.size <= this.#limit) return;
    for (const oldest of this.#known) {
      this.#forget(oldest);
      break;
    }
  }

  #forget(tags: RecordingTags): void {
    this.#known.delete(tags);
    this.#onForgotten();
    for (const tag of TAGS) {
      const name = `${tag}:${tags[tag]}`;
      if (this.#byTag.get(name) === tags) this.#byTag.delete(name);
    }
  }
}

/** null when the fields name none of the three. */
function tagsOf(fields: LogFields): RecordingTags | null {
  const has = TAGS.some((tag) => typeof fields[tag] === "string");
  const isTagged = has || TAGS.some((tag) => fields[tag] === null);
  if (!isTagged) return null;
  const text = (value: unknown): string | null => (typeof value === "string" ? value : null);
  return {
    sipCallId: text(fields["sipCallId"]),
    recordingId: text(fields["recordingId"]),
    liveStreamId: text(fields["liveStreamId"]),
  };
}

/** Two recordings may have been asked for under one stream id, one after the other. */
function isConflict(own: RecordingTags, known: RecordingTags): boolean {
  const differs = (tag: (typeof TAGS)[number]): boolean =>
    own[tag] !== null && known[tag] !== null && own[tag] !== known[tag];
  return differs("recordingId") || differs("sipCallId");
}

function merged(own: RecordingTags, known: RecordingTags): RecordingTags {
  return {
    sipCallId: own.sipCallId ?? known.sipCallId,
    recordingId: own.recordingId ?? known.recordingId,
    liveStreamId: own.liveStreamId ?? known.liveStreamId,
  };
}
