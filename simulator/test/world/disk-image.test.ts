// What a loss of power leaves: by property tests over random histories of a disk.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { DiskImage } from "../../src/world/disk-image.ts";
import type { FileNode } from "../../src/world/disk-image.ts";
import { seededRandom } from "../../src/world/seeded-random.ts";
import { bytes, textOf } from "./two-hosts.ts";

const SEEDS = Array.from({ length: 200 }, (_, index) => `power ${index}`);
const newImage = (): DiskImage => new DiskImage(() => 0);

function contentOf(image: DiskImage, path: string): string | null {
  const node = image.lookup(path);
  return node?.kind === "file" ? textOf(node.volatile.read(0, node.volatile.length)) : null;
}

/** A file that has been on the medium for long. */
function oldFile(image: DiskImage, path: string, text: string): FileNode {
  image.plantFile(path, bytes(text));
  return image.file(path, "test");
}

/** All that is seen of `look` after a loss of power at the end of `history`, over many seeds. */
function outcomes(
  history: (image: DiskImage) => void,
  look: (image: DiskImage) => string,
): string[] {
  const seen = SEEDS.map((seed) => {
    const image = newImage();
    history(image);
    image.losePower(seededRandom(seed, "crash"));
    return look(image);
  });
  return [...new Set(seen)].sort();
}

describe("disk image: what survives a loss of power", () => {
  const operation = fc.oneof(
    fc.record({
      kind: fc.constant("write" as const),
      position: fc.nat(3000),
      length: fc.integer({ min: 1, max: 2000 }),
      value: fc.integer({ min: 1, max: 255 }),
    }),
    fc.record({ kind: fc.constant("truncate" as const), length: fc.nat(4000) }),
    fc.record({ kind: fc.constant("sync" as const) }),
  );

  test("synced data always survive, whatever was written and synced before", () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 12 }), fc.string(), (operations, seed) => {
        const image = newImage();
        const file = oldFile(image, "/live/a", "");
        for (const step of operations) {
          if (step.kind === "sync") image.sync(file, image.mark());
          else if (step.kind === "truncate") image.truncate(file, step.length);
          else image.write(file, new Uint8Array(step.length).fill(step.value), step.position);
        }
        image.sync(file, image.mark());
        const expected = contentOf(image, "/live/a");
        image.losePower(seededRandom(seed, "crash"));
        assert.equal(contentOf(image, "/live/a"), expected);
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  test("appends after the last sync never harm what was synced before them", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 2000 })), fc.string(), (appends, seed) => {
        const image = newImage();
        const file = oldFile(image, "/live/a", "s".repeat(1500));
        for (const length of appends) {
          image.write(file, new Uint8Array(length).fill(65), file.volatile.length);
        }
        const fullLength = file.volatile.length;
        image.losePower(seededRandom(seed, "crash"));
        const content = contentOf(image, "/live/a") ?? "";
        assert.equal(content.slice(0, 1500), "s".repeat(1500));
        assert.ok(content.length <= fullLength);
        assert.match(content.slice(1500), /^[A\0]*$/, "written bytes or a hole, nothing else");
      }),
      { numRuns: 200, seed: 2 },
    );
  });

  test("unsynced writes are kept, lost, torn at 512 bytes, or reordered", () => {
    const look = (image: DiskImage): string =>
      (contentOf(image, "/a") ?? "").replaceAll(
        /(.)\1*/gs,
        (run: string, byte: string) => `${byte === "\0" ? "0" : byte}${run.length} `,
      );
    const seen = outcomes((image) => {
      const file = oldFile(image, "/a", "");
      image.write(file, bytes("A".repeat(1000)), 0);
      image.write(file, bytes("B".repeat(600)), 1000);
    }, look);
    assert.ok(seen.includes(""), "lost");
    assert.ok(seen.includes("A1000 B600 "), "kept");
    assert.ok(seen.includes("A1000 "), "the later one lost");
    assert.ok(seen.includes("01000 B600 "), "reordered: only the later one");
    assert.ok(seen.includes("A512 "), "torn");
    for (const outcome of seen) {
      assert.match(outcome, /^((A(512|488|1000)|B(24|512|64|536|576|600)|0\d+) )*$/);
    }
  });

  test("a disk that stops at one moment leaves the file as it was then, written over or not", () => {
    const stops = (seed: string): boolean => seededRandom(seed, "crash").fraction() < 0.55;
    const seeds = SEEDS.filter(stops);
    fc.assert(
      fc.property(
        fc.array(operation, { minLength: 2, maxLength: 12 }),
        fc.constantFrom(...seeds),
        (operations, seed) => {
          const image = newImage();
          const file = oldFile(image, "/live/a", "old");
          const moments = new Set([contentOf(image, "/live/a")]);
          for (const step of operations) {
            if (step.kind === "sync") continue;
            if (step.kind === "truncate") image.truncate(file, step.length);
            else image.write(file, new Uint8Array(step.length).fill(step.value), step.position);
            moments.add(contentOf(image, "/live/a"));
          }
          image.losePower(seededRandom(seed, "crash"));
          assert.ok(moments.has(contentOf(image, "/live/a")));
        },
      ),
      { numRuns: 200, seed: 5 },
    );
  });

  test("a sync covers what was written before it began, not what came while it ran", () => {
    const seen = outcomes(
      (image) => {
        const file = oldFile(image, "/a", "");
        image.write(file, bytes("one"), 0);
        const mark = image.mark();
        image.write(file, bytes("two"), 3);
        image.sync(file, mark);
      },
      (image) => contentOf(image, "/a") ?? "missing",
    );
    assert.deepEqual(seen, ["one", "one\0\0\0", "onetwo"]);
  });

  test("an unsynced truncation may come back", () => {
    const seen = outcomes(
      (image) => image.truncate(oldFile(image, "/a", "long text"), 4),
      (image) => contentOf(image, "/a") ?? "missing",
    );
    assert.deepEqual(seen, ["long", "long text"]);
  });

  test("a name that was not synced may be missing, though its data are synced", () => {
    const seen = outcomes(
      (image) => {
        image.plantDirectory("/d");
        const file = image.create("/d/new");
        image.write(file, bytes("data"), 0);
        image.sync(file, image.mark());
      },
      (image) => contentOf(image, "/d/new") ?? "missing",
    );
    assert.deepEqual(seen, ["data", "missing"]);
  });

  test("a synced name survives, with whatever of its data was synced", () => {
    const seen = outcomes(
      (image) => {
        image.plantDirectory("/d");
        image.write(image.create("/d/new"), bytes("data"), 0);
        image.syncDirectory(image.directory("/d", "test"), image.mark());
      },
      (image) => contentOf(image, "/d/new") ?? "missing",
    );
    assert.deepEqual(seen, ["", "\0\0\0\0", "data"]);
  });

  test("a rename is atomic: the old or the new content, never none and never a mixture", () => {
    const history = (image: DiskImage): void => {
      oldFile(image, "/d/a", "old");
      const part = image.create("/d/a.part");
      image.write(part, bytes("new"), 0);
      image.sync(part, image.mark());
      image.rename("/d/a.part", "/d/a");
    };
    const look = (image: DiskImage): string =>
      `${contentOf(image, "/d/a")} ${contentOf(image, "/d/a.part")}`;
    assert.deepEqual(outcomes(history, look), ["new null", "old new", "old null"]);
    const syncedHistory = (image: DiskImage): void => {
      history(image);
      image.syncDirectory(image.directory("/d", "test"), image.mark());
    };
    assert.deepEqual(outcomes(syncedHistory, look), ["new null"]);
  });

  test("a rename between directories: syncing either makes it whole", () => {
    for (const synced of ["/from", "/to"]) {
      const seen = outcomes(
        (image) => {
          image.plantDirectory("/from");
          image.plantDirectory("/to");
          const file = image.create("/from/a");
          image.write(file, bytes("data"), 0);
          image.sync(file, image.mark());
          image.rename("/from/a", "/to/a");
          image.syncDirectory(image.directory(synced, "test"), image.mark());
        },
        (image) => image.paths("/").join(),
      );
      assert.deepEqual(seen, ["/to/a"]);
    }
  });

  test("a removal that was not synced may come back, a synced one does not", () => {
    const remove = (image: DiskImage): void => {
      oldFile(image, "/d/a", "data");
      image.remove("/d/a");
    };
    const look = (image: DiskImage): string => contentOf(image, "/d/a") ?? "missing";
    assert.deepEqual(outcomes(remove, look), ["data", "missing"]);
    const syncedRemove = (image: DiskImage): void => {
      remove(image);
      image.syncDirectory(image.directory("/d", "test"), image.mark());
    };
    assert.deepEqual(outcomes(syncedRemove, look), ["missing"]);
  });

  test("a directory that was not synced into its parent takes its files along", () => {
    const seen = outcomes(
      (image) => {
        image.makeDirectory("/x/y");
        const file = image.create("/x/y/a");
        image.sync(file, image.mark());
        image.syncDirectory(image.directory("/x/y", "test"), image.mark());
      },
      (image) => image.paths("/").join(),
    );
    assert.deepEqual(seen, ["", "/x/y/a"]);
  });

  test("names synced survive in any history of creating, renaming and removing", () => {
    const name = fc.constantFrom("a", "b", "c");
    const step = fc.record({ kind: fc.constantFrom("make", "rename", "remove"), name, to: name });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 15 }), fc.string(), (steps, seed) => {
        const image = newImage();
        image.plantDirectory("/d");
        for (const { kind, name: from, to } of steps) {
          const isThere = image.lookup(`/d/${from}`) !== null;
          if (kind === "make" && !isThere) image.create(`/d/${from}`);
          if (kind === "rename" && isThere) image.rename(`/d/${from}`, `/d/${to}`);
          if (kind === "remove" && isThere) image.remove(`/d/${from}`);
        }
        image.syncDirectory(image.directory("/d", "test"), image.mark());
        const expected = image.paths("/");
        image.losePower(seededRandom(seed, "crash"));
        assert.deepEqual(image.paths("/"), expected);
      }),
      { numRuns: 300, seed: 3 },
    );
  });

  test("after a loss of power the disk is at rest: a second one changes nothing", () => {
    for (const seed of SEEDS.slice(0, 40)) {
      const image = newImage();
      image.plantDirectory("/d");
      image.write(image.create("/d/a"), bytes("x".repeat(2000)), 0);
      image.losePower(seededRandom(seed, "first"));
      const before = contentOf(image, "/d/a");
      image.losePower(seededRandom(seed, "second"));
      assert.equal(contentOf(image, "/d/a"), before);
    }
  });
});

describe("disk image: errors as of a real file system", () => {
  const cases: [string, (image: DiskImage) => void, string][] = [
    ["create where a file is", (image) => image.create("/d/a"), "EEXIST"],
    ["create in a missing directory", (image) => image.create("/x/a"), "ENOENT"],
    ["create below a file", (image) => image.create("/d/a/b"), "ENOTDIR"],
    ["create the root", (image) => image.create("/"), "EISDIR"],
    ["remove a missing file", (image) => image.remove("/d/x"), "ENOENT"],
    ["remove a directory", (image) => image.remove("/d"), "EISDIR"],
    ["make a directory over a file", (image) => image.makeDirectory("/d/a"), "EEXIST"],
    ["plant a directory over a file", (image) => image.plantDirectory("/d/a/b"), "EEXIST"],
    ["rename a missing file", (image) => image.rename("/d/x", "/d/y"), "ENOENT"],
    ["rename to a missing directory", (image) => image.rename("/d/a", "/x/a"), "ENOENT"],
    ["rename a file over a directory", (image) => image.rename("/d/a", "/e"), "EISDIR"],
    ["rename a directory over a file", (image) => image.rename("/e", "/d/a"), "ENOTDIR"],
    ["rename a directory over a full one", (image) => image.rename("/e", "/d"), "ENOTEMPTY"],
    ["rename a directory into itself", (image) => image.rename("/d", "/d/f"), "EINVAL"],
    ["list a file", (image) => image.directory("/d/a", "scandir"), "ENOTDIR"],
    ["list a missing directory", (image) => image.directory("/x", "scandir"), "ENOENT"],
    ["a path that is not absolute", (image) => image.lookup("a"), "EINVAL"],
  ];
  for (const [name, act, code] of cases) {
    test(`${name}: ${code}`, () => {
      const image = newImage();
      oldFile(image, "/d/a", "data");
      image.plantDirectory("/e");
      assert.throws(() => act(image), { code });
    });
  }

  test("a rename onto itself, and of an empty directory over another, is fine", () => {
    const image = newImage();
    oldFile(image, "/d/a", "data");
    image.plantDirectory("/e/f");
    image.plantDirectory("/g");
    image.rename("/d/a", "/d/a");
    image.rename("/g", "/e/f");
    assert.equal(contentOf(image, "/d/a"), "data");
    assert.equal(image.lookup("/g"), null);
    assert.equal(image.usedBytes("/d"), 4);
    assert.equal(image.usedBytes("/d/a"), 4);
    assert.equal(image.usedBytes("/nowhere"), 0);
    assert.deepEqual(image.paths("/nowhere"), []);
    assert.deepEqual(image.paths("/d/a/"), ["/d/a"]);
  });
});
