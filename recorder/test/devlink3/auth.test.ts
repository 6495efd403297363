// Answers to password challenges: the specification's digest, the cut by byte, padding.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createHash } from "node:crypto";
import { plainPassword, sha1Digest } from "../../src/devlink3/auth.ts";
import { hexOf } from "./vectors.ts";

const CHALLENGE = Uint8Array.from({ length: 16 }, (_, index) => index);

describe("Password challenges, devlink3.md §5", () => {
  test("the digest of vector A4", () => {
    const digest = sha1Digest(CHALLENGE, "Passw0rd!");
    assert.equal(hexOf(digest), "a2bfc737a856a10eec88ec588fe619c1ab09d88c");
  });

  test("the password is cut at 16 bytes, even within a character (A5)", () => {
    // The 16th byte is the first of "ü" (c3 bc).
    const cut = Buffer.concat([CHALLENGE, Buffer.from("0123456789abcde"), Buffer.of(0xc3)]);
    const expected = createHash("sha1").update(cut).digest("hex");
    assert.equal(hexOf(sha1Digest(CHALLENGE, "0123456789abcdeü and more")), expected);
  });

  test("blanks are not trimmed (I19)", () => {
    assert.notDeepEqual(sha1Digest(CHALLENGE, " secret "), sha1Digest(CHALLENGE, "secret"));
  });

  test("the PLAIN answer is zero padded, and cut, to 32 bytes", () => {
    assert.equal(hexOf(plainPassword("Passw0rd!")), "506173737730726421".padEnd(64, "0"));
    assert.equal(hexOf(plainPassword("x".repeat(40))), "78".repeat(32));
  });
});
