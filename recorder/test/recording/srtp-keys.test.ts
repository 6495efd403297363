// Keys of SRTP are never in what outlives the call, and come back after a crash.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseKeysFile } from "../../src/audio/keys-file.ts";
import { KeysFile } from "../../src/media/keys-file.ts";
import { reveal, SRTP_KEYS_LIMIT, SrtpKeys } from "../../src/recording/srtp-keys.ts";
import { MemoryDisk } from "../memory-disk.ts";

const keyOf = (seed: number): string => {
  const bytes = Buffer.alloc(30);
  bytes.writeUInt32BE(seed);
  return bytes.toString("base64");
};
const lineOf = (seed: number): string => `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${keyOf(seed)}`;

test("hidden text is as long, has no key, and is itself again with the keys", () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.nat(9), { maxLength: 4 }), { maxLength: 6 }), (messages) => {
      const keys = new SrtpKeys();
      const kept: string[] = [];
      const texts = messages.map((seeds) =>
        ["v=0", ...seeds.map(lineOf), "a=sendrecv"].join("\r\n"),
      );
      const hidden = texts.map((text) => {
        const result = keys.hide(text);
        kept.push(...keys.takeNew());
        assert.equal(result.length, text.length);
        assert.doesNotMatch(result, /inline:[A-Za-z0-9+/]/);
        return result;
      });
      assert.equal(new Set(kept).size, kept.length, "each key once");
      assert.deepEqual(
        hidden.map((text) => reveal(text, kept)),
        texts,
      );
    }),
    { seed: 1 },
  );
});

test("text without keys stays as it is; what has no key any more stays hidden", () => {
  assert.equal(
    new SrtpKeys().hide("a=ptime:20 inline: inline:short"),
    "a=ptime:20 inline: inline:short",
  );
  const hidden = new SrtpKeys().hide(lineOf(1));
  assert.equal(reveal(hidden, []), hidden);
  assert.equal(reveal(hidden, ["another length"]), hidden);
});

test("after a restart keys go on being numbered behind those that are known", () => {
  const first = new SrtpKeys();
  const before = first.hide(lineOf(1));
  const known = first.takeNew();
  const second = new SrtpKeys(known);
  const [same, other] = [second.hide(lineOf(1)), second.hide(lineOf(2))];
  assert.equal(same, before);
  const added = second.takeNew();
  assert.deepEqual(added, [keyOf(2)]);
  assert.equal(reveal(other, [...known, ...added]), lineOf(2));
});

test(`of more than ${SRTP_KEYS_LIMIT} keys the last are hidden for good`, () => {
  const keys = new SrtpKeys();
  for (let seed = 1; seed <= SRTP_KEYS_LIMIT; seed += 1) keys.hide(lineOf(seed));
  const hidden = keys.hide(lineOf(SRTP_KEYS_LIMIT + 1));
  const kept = keys.takeNew();
  assert.equal(kept.length, SRTP_KEYS_LIMIT);
  assert.equal(hidden.length, lineOf(1).length);
  assert.doesNotMatch(hidden, /[A-Za-z0-9+/]{16,}=*$/);
  assert.equal(reveal(hidden, kept), hidden);
  assert.equal(reveal(keys.hide(lineOf(7)), kept), lineOf(7));
});

test("the file: a key a line; a line that was cut off, and what follows damage, is none", async () => {
  const disk = new MemoryDisk();
  disk.directories.add("/live");
  const file = new KeysFile("/live/a.srtp", disk, []);
  assert.deepEqual([file.isThere, file.isPending], [false, false]);
  file.add([keyOf(1)]);
  await file.write();
  file.add([keyOf(2), keyOf(3)]);
  assert.deepEqual([file.isThere, file.isPending], [true, true]);
  await file.write();
  assert.equal(file.isPending, false);
  const bytes = await disk.readFile("/live/a.srtp");
  assert.deepEqual(parseKeysFile(bytes), [keyOf(1), keyOf(2), keyOf(3)]);
  assert.deepEqual(parseKeysFile(bytes.subarray(0, 100)), [keyOf(1), keyOf(2)]);
  const damaged = bytes.slice();
  damaged[45] = 0;
  assert.deepEqual(parseKeysFile(damaged), [keyOf(1)]);
  await file.remove();
  await file.remove();
  assert.equal(disk.files.size, 0);
});
