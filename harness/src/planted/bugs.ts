// Ten bugs that the suite must find, each as a change of the sources. Data only: planted-bugs.ts
// plants one in a copy of the repository and lets the suite hunt for it. A change whose text is no
// longer in its file is an error, so that no bug is hunted that was never planted.

export interface SourceChange {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export interface PlantedBug {
  readonly name: string;
  readonly title: string;
  readonly changes: readonly SourceChange[];
  /** Scenarios that hunt for it, all of them with each seed. */
  readonly hunters: readonly string[];
  /** What a failure that names it says. */
  readonly names: RegExp;
}

export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    name: "swapped-parts",
    title: "the first part of a conversation is numbered 2, the second 1",
    changes: [
      {
        file: "recorder/src/recording/journal-entries.ts",
        from: "    part,\n    deviceCallId,",
        to: "    part: part < 3 ? 3 - part : part,\n    deviceCallId,",
      },
    ],
    hunters: ["swarm/quiet-site"],
    names: /parts of conversation \d+: .* are not in order|\bpart \d+ in /,
  },
  {
    name: "last-20-ms-dropped",
    title: "the last packet of a call is not written",
    changes: [
      {
        file: "recorder/src/rtp/reorder.ts",
        from: "  flush(): void {\n    this.#release(this.#end);",
        to: "  flush(): void {\n    this.#release(this.#end - 160);",
      },
      // Settled audio leaves before the end, too.
      {
        file: "recorder/src/rtp/reorder.ts",
        from: "    let limit = this.#end;\n    for (const hole",
        to: "    let limit = this.#end - 160;\n    for (const hole",
      },
    ],
    hunters: ["swarm/quiet-site"],
    names: /the last 20 ms of the call are missing/,
  },
  {
    name: "pause-late-by-a-packet",
    title: "a pause begins one packet late",
    changes: [
      {
        file: "recorder/src/media/pause-gate.ts",
        from: "this.#spans.push({ from: nextSample, to",
        to: "this.#spans.push({ from: nextSample + 160, to",
      },
    ],
    hunters: ["swarm/busy-site"],
    names: /stands in the paused span|the pause at sample \d+ begins/,
  },
  {
    name: "bye-not-answered",
    title: "a BYE ends the call, but is not answered",
    changes: [
      {
        file: "recorder/src/sip/uas-session.ts",
        from: "    transaction.respond(ok);\n    if (this.#ending",
        to: "    if (this.#ending",
      },
    ],
    hunters: ["swarm/quiet-site"],
    names: /BYE [^;]*was never answered/,
  },
  {
    name: "vcm-slot-leaked",
    title: "the VCM channel of a recording is not given back",
    changes: [
      {
        file: "simulator/src/pbx/recording-control.ts",
        from: '    if (!this.#active.delete(recording)) return;\n    this.#options.vcm.release("recording");',
        to: "    if (!this.#active.delete(recording)) return;",
      },
    ],
    hunters: ["swarm/quiet-site"],
    names: /VCM channels taken for a recording are still held/,
  },
  {
    name: "journal-line-lost-at-a-crash",
    title: "after a crash the last line of a journal is cut off",
    changes: [
      {
        file: "recorder/src/media/recovery-facts.ts",
        from: "    journalBytes: content.completeBytes,",
        to: "    journalBytes: content.completeBytes - JSON.stringify(lines.at(-1)).length - 1,",
      },
    ],
    hunters: ["swarm/crashy"],
    names: /journal line lost at the crash/,
  },
  {
    name: "audio-of-two-calls-crossed",
    title: "every eighth packet is given to the newest call",
    changes: [
      {
        file: "recorder/src/media/packet-router.ts",
        from: "    const claim = claims.length === 1 ? claims[0]! : chooseBySsrc(claims, header.ssrc);",
        to:
          "    const chosen = claims.length === 1 ? claims[0]! : chooseBySsrc(claims, header.ssrc);\n" +
          "    const claim = header.sequence % 8 === 0 ? [...this.#claims].at(-1)! : chosen;",
      },
      {
        file: "recorder/src/media/packet-router.ts",
        from: "    return this.#pairs.get(source.host)?.get(source.port)?.length === 1;",
        to: "    return this.#claims.size === 1 && this.#pairs.has(source.host);",
      },
    ],
    hunters: ["swarm/busy-site"],
    names: /audio of another call/,
  },
  {
    name: "vrtx-before-spx-is-synced",
    title: "the journal takes its name in the pool before the compressed audio is synced",
    changes: [
      {
        file: "recorder/src/storage/commit.ts",
        from: '    await drive.call("sync", () => file.sync());\n    const hash',
        to: "    const hash",
      },
      {
        file: "recorder/src/storage/commit.ts",
        from: "  await storeJournal(journal, drive, stem);\n",
        to:
          "  await storeJournal(journal, drive, stem);\n" +
          "  if (hasAudio)\n" +
          '    await drive.withFile({ path: stem + ENDINGS.audio, mode: "update" }, (f) => f.sync());\n',
      },
    ],
    hunters: ["swarm/quiet-site"],
    names: /\.vrtx renamed before the \.spx is synced/,
  },
  {
    name: "ssrc-change-starts-a-file",
    title: "audio of a new SSRC goes into a file of its own",
    changes: [
      {
        file: "recorder/src/media/live-recording.ts",
        from: "    this.#startTimeMs ??= this.#stamps.lastTimeMs;\n",
        to:
          "    if (this.#startTimeMs !== null) this.#writer.startFile();\n" +
          "    this.#startTimeMs ??= this.#stamps.lastTimeMs;\n",
      },
      {
        file: "recorder/src/media/recording-writer.ts",
        from: "  /** Writes what waits and closes the files",
        to:
          "  startFile(): void {\n" +
          "    this.#then(async () => {\n" +
          "      await this.#closeAudioFile();\n" +
          "      this.#audio = await this.#openFile(`${this.#audioPath}.2`, true);\n" +
          "      this.#audioPosition = 0;\n" +
          "    });\n" +
          "  }\n\n" +
          "  /** Writes what waits and closes the files",
      },
    ],
    hunters: ["swarm/bad-network"],
    names: /audio files, [^:]*: a change of its SSRC began another/,
  },
  {
    name: "discarded-although-the-link-was-down",
    title: "a call without a match is discarded although nobody saw all of it",
    changes: [
      {
        file: "recorder/src/rules/verdict.ts",
        from: '  return isGapless ? { keep: false, why: "rule" } : { keep: true, why: "rules-unproven" };',
        to: '  return { keep: false, why: isGapless ? "rule" : "rule" };',
      },
    ],
    hunters: ["swarm/choosy-site"],
    names: /discarded although the link was down/,
  },
];
