// Proves R24: an .ul that a journal names and that was released is told in the bundle's manifest,
// with its time, and the .spx that stands for it is there.
import { scenario } from "../language/index.ts";

interface Manifest {
  readonly released: readonly {
    readonly file: string;
    readonly releasedAt: string | null;
    readonly standsFor: { readonly file: string } | null;
  }[];
}

export default scenario({
  name: "support/bundle-after-release",
  title: "A fault report when the live pair is gone: the stored copy stands for it",
  proves: ["R24"],
  modes: ["live"],
  notElsewhere: "the command line reads real files",
  recorder: { live: { keepHours: 0 } },
  async story({ caller, agent, talk, recorder, until }) {
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 2, liveSeconds: 1 });
    await alice.hangsUp();
    await recorder.hasStored(1);
    await recorder.logs("library.log", "the live pair was released", (lines) =>
      lines.some((line) => line.includes('"live pair released"')),
    );
    await recorder.isIdle();

    const files = await recorder.bundles();
    const text = files.find(({ name }) => name === "manifest.json")?.bytes ?? new Uint8Array(0);
    const [released] = (JSON.parse(Buffer.from(text).toString()) as Manifest).released;
    const spx = files.find(({ name }) => name === released?.standsFor?.file);
    await until(`the release is told: ${JSON.stringify(released)}`, () => {
      return released?.file.endsWith(".ul") === true && released.releasedAt !== null;
    });
    await until("the .spx is in the bundle", () => (spx?.bytes.length ?? 0) > 0);
  },
  expects: { recordings: [{ outcome: "ok", part: 1 }] },
});
