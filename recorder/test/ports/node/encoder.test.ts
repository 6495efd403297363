// The real encoder with every program that this machine has: speexenc, and the packaged ffmpeg.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { accessSync, chmodSync, constants, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { executable } from "../../../src/ports/node/encoder-programs.ts";
import { nodeEncoder } from "../../../src/ports/node/encoder.ts";
import { compareEnvelopes, EnvelopeMeter } from "../../../src/storage/envelope.ts";
import { talk } from "../../storage/world.ts";

const directory = mkdtempSync(join(tmpdir(), "tapeline-encoder-test-"));
after(() => rmSync(directory, { recursive: true }));

/** Why a program's tests are skipped; with CI set its absence is a failure. */
function missing(program: string, debianPackage: string): string | false {
  try {
    execFileSync(program, ["--version"], { stdio: "ignore" });
    return false;
  } catch (error) {
    if (process.env["CI"] === "true") throw error;
    return `${program} is not installed (Debian package \`${debianPackage}\`)`;
  }
}

const require = createRequire(import.meta.url);
const { path: packaged } = require("@ffmpeg-installer/ffmpeg") as { readonly path: string };
const ffmpeg = await executable(packaged);

const PROGRAMS = [
  { name: "speexenc", command: "speexenc", skip: missing("speexenc", "speex"), shortBy: 0 },
  { name: "packaged ffmpeg", command: ffmpeg, skip: false as const, shortBy: 160 },
];

for (const { name, command, skip, shortBy } of PROGRAMS) {
  describe(name, { skip }, () => {
    const encoder = nodeEncoder({ command });
    const target = join(directory, `${name}.spx.part`);
    const source = join(directory, `${name}.ul`);
    const roundTrip = async (audio: Uint8Array): Promise<Int16Array[]> => {
      writeFileSync(source, audio);
      await encoder.encode({ source, target, quality: 8 });
      const pieces: Int16Array[] = [];
      await encoder.decode(target, (samples) => pieces.push(samples));
      return pieces;
    };

    test("tells its name and version", async () => {
      assert.match(await encoder.describe(), name === "speexenc" ? /speexenc.*\d/ : /^ffmpeg.*\d/);
    });

    test("R6: what comes back has the length and the loudness of the recording", async () => {
      const audio = talk(80_000, 4);
      const [before, decoded] = [new EnvelopeMeter(), new EnvelopeMeter()];
      before.pushUlaw(audio);
      for (const piece of await roundTrip(audio)) decoded.push(piece);
      const [wanted, found] = [before.flush(), decoded.flush()];
      assert.ok(Math.abs(found.samples - wanted.samples) <= shortBy, `${found.samples} samples`);
      assert.deepEqual(compareEnvelopes(wanted, found).same, true);
    });

    for (const length of [1, 5, 6, 159, 160, 161, 1000]) {
      test(`a recording of ${length} samples keeps its length within 20 ms`, async () => {
        const pieces = await roundTrip(talk(length, 1));
        const samples = pieces.reduce((sum, piece) => sum + piece.length, 0);
        assert.ok(Math.abs(samples - length) <= 160, `${samples} samples`);
      });
    }

    test("a missing source is ENOENT, a missing directory the program's own words", async () => {
      const gone = join(directory, "gone.ul");
      await assert.rejects(encoder.encode({ source: gone, target, quality: 8 }), {
        code: "ENOENT",
      });
      const nowhere = join(directory, "nowhere/x.spx");
      await assert.rejects(encoder.encode({ source, target: nowhere, quality: 8 }), {
        code: "ENCODER_FAILED",
        message: /No such file or directory/,
      });
    });

    test("a compressed file that is not there is ENCODER_FAILED", async () => {
      await assert.rejects(
        encoder.decode(join(directory, "gone.spx"), () => undefined),
        { code: "ENCODER_FAILED" },
      );
    });
  });
}

test("`auto` finds a program on every machine", async () => {
  assert.notEqual(await nodeEncoder({ command: "auto" }).describe(), "");
});

test("a program that is not there is ENCODER_MISSING, and found once it is", async () => {
  const path = join(directory, "own-ffmpeg");
  const encoder = nodeEncoder({ command: path });
  await assert.rejects(encoder.describe(), { code: "ENCODER_MISSING" });
  script(path, 'case "$*" in *encoders*) echo libspeex;; *) echo own 1.0;; esac');
  assert.equal(await encoder.describe(), "own 1.0");
});

test("an ffmpeg without libspeex is not used", async () => {
  const path = join(directory, "poor-ffmpeg");
  script(path, "echo poor 1.0");
  await assert.rejects(nodeEncoder({ command: path }).describe(), {
    code: "ENCODER_MISSING",
    message: /has no libspeex/,
  });
});

test("speexenc by path takes the speexdec beside it, or else that of the system", async () => {
  const path = join(directory, "speexenc-own");
  script(path, "echo mine");
  script(join(directory, "speexdec-own"), "echo mine too");
  assert.equal(await nodeEncoder({ command: path }).describe(), "speexenc: mine");
});

test("a program that makes no progress is given up with ETIMEDOUT", async () => {
  const path = join(directory, "slow-ffmpeg");
  const hang =
    'case "$*" in *encoders*) echo libspeex;; *-version*) echo slow;; *) exec sleep 60;; esac';
  script(path, hang);
  const encoder = nodeEncoder({ command: path, stallMs: 50 });
  await assert.rejects(
    encoder.decode("/nowhere", () => undefined),
    { code: "ETIMEDOUT" },
  );
  const source = join(directory, "long.ul");
  writeFileSync(source, new Uint8Array(1_000_000));
  await assert.rejects(encoder.encode({ source, target: "/nowhere", quality: 8 }), {
    code: "ETIMEDOUT",
  });
});

test("a program killed by a signal says so, with its last words", async () => {
  const path = join(directory, "dying-ffmpeg");
  const die =
    'case "$*" in *encoders*) echo libspeex;; *-version*) echo d;; *) echo farewell >&2; kill -9 $$;; esac';
  script(path, die);
  await assert.rejects(
    nodeEncoder({ command: path }).decode("/nowhere", () => undefined),
    { code: "ENCODER_FAILED", message: /SIGKILL: farewell/ },
  );
});

test("samples that are cut between two reads come whole", async () => {
  const path = join(directory, "odd-ffmpeg");
  const odd =
    'case "$*" in *encoders*) echo libspeex;; *-version*) echo odd;; *) printf "\\001\\002\\003"; sleep 0.05; printf "\\004\\005";; esac';
  script(path, odd);
  const samples: number[] = [];
  await nodeEncoder({ command: path }).decode("/x", (piece) => samples.push(...piece));
  assert.deepEqual(samples, [0x0201, 0x0403]);
});

test("a packaged program that may not be run is made executable, or copied where it may", async () => {
  const path = join(directory, "packaged");
  writeFileSync(path, "#!/bin/sh\nexit 0\n");
  chmodSync(path, 0o644);
  assert.equal(await executable(path), path);
  accessSync(path, constants.X_OK);
  await assert.rejects(executable(join(directory, "absent")), { code: "ENOENT" });
});

function script(path: string, body: string): void {
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
}
