// Proves R24: the bundle of a run with a pause has every file that a fault report needs; no
// password stands in it, and no frame that was spoken while the recording was paused.
import { findFrameTags } from "@tapeline/simulator/pbx";
import { scenario } from "../language/index.ts";

const WANTED = [
  /^log\/cd3_log$/,
  /^log\/server_edition\/events\.log$/,
  /^log\/server_edition\/call_center\.log$/,
  /^log\/server\.log$/,
  /^log\/library\.log$/,
  /^live\/.*\.vrtx$/,
  /^live\/.*\.ul$/,
  /^configuration\.yaml$/,
  /^check-config\.txt$/,
  /^versions\.json$/,
  /^rules\.json$/,
  /^state\/calls\.jsonl$/,
  /^manifest\.json$/,
];

export default scenario({
  name: "support/bundle",
  title: "A fault report of a call with a pause: all of its files, no secret, nothing paused",
  proves: ["R24"],
  modes: ["live"],
  notElsewhere: "the command line reads real files",
  recorder: { log: { level: "debug" } },
  async story({ pbx, caller, agent, supervisor, talk, recorder, until }) {
    const outside = caller();
    const alice = agent("2001");
    const spoken = () => pbx.truth.conversations[0]?.legs[0]?.frames.at(-1)?.tag.frame ?? 0;
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 2, liveSeconds: 1 });
    await supervisor.pauses(alice);
    const from = spoken() + 1;
    await talk({ seconds: 2, liveSeconds: 1 });
    const to = spoken();
    await supervisor.resumes(alice);
    await talk({ seconds: 2, liveSeconds: 1 });
    await alice.hangsUp();
    await recorder.hasStored(1);

    const files = await recorder.bundles();
    const missing = WANTED.filter((name) => !files.some((file) => name.test(file.name)));
    const { password } = pbx.site.devlink3;
    const secrets = [password, Buffer.from(password).toString("hex")];
    const leaks = files.filter(({ bytes }) =>
      secrets.some((secret) => Buffer.from(bytes).includes(secret)),
    );
    const frames = files.flatMap(({ bytes }) => findFrameTags(bytes).map(({ tag }) => tag.frame));
    const paused = frames.filter((frame) => frame >= from && frame < to);
    await until(
      "paused frames were spoken, and others are kept",
      () => to > from && frames.length > 0,
    );
    await until(`nothing is missing: ${missing.join(" ")}`, () => missing.length === 0, 0);
    await until(
      `no secret is in ${leaks.map(({ name }) => name).join(" ")}`,
      () => leaks.length === 0,
      0,
    );
    await until(`no paused frame is kept: ${paused.join(" ")}`, () => paused.length === 0, 0);
  },
  expects: { recordings: [{ outcome: "ok", part: 1 }] },
});
