// The digest of gathered bytes is the digest of the bytes.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { DIGEST_BATCH_BYTES, RunningDigest } from "../../src/media/running-digest.ts";

const size = fc.oneof(
  fc.integer({ min: 0, max: 400 }),
  fc.integer({ min: DIGEST_BATCH_BYTES - 2, max: DIGEST_BATCH_BYTES + 2 }),
  fc.integer({ min: 0, max: 3 * DIGEST_BATCH_BYTES }),
);

test("pieces of any size give the SHA-256 of all of them in order", () => {
  fc.assert(
    fc.property(fc.array(size, { maxLength: 20 }), (sizes) => {
      const digest = new RunningDigest();
      const whole = createHash("sha256");
      for (const [index, length] of sizes.entries()) {
        const piece = Uint8Array.from({ length }, (_, at) => index * 31 + at);
        digest.update(piece);
        whole.update(piece);
        // The caller may use its buffer again.
        piece.fill(0);
      }
      assert.equal(digest.finish(), whole.digest("hex"));
    }),
  );
});
