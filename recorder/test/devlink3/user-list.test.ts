// The user list: columns in either order, quoting, encodings, limits.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  MAXIMUM_LINE_CHARACTERS,
  MAXIMUM_USERS,
  parseUserList,
} from "../../src/devlink3/user-list.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("nasystem/user_list, devlink3.md §7", () => {
  test("short name, extension, full name; lines without an extension do not count", () => {
    const text =
      "Name,Extension,Full Name\r\nExtn2001,2001,Anna Müller,1,0\n\nNoUser,,\nExtn2002,2002\n";
    assert.deepEqual(parseUserList(utf8(text)), [
      { extension: "2001", shortName: "Extn2001", fullName: "Anna Müller" },
      { extension: "2002", shortName: "Extn2002", fullName: "" },
    ]);
  });

  test("the extension may come first", () => {
    const users = parseUserList(utf8("2001,Anna,Anna Schmidt"));
    assert.deepEqual(users, [{ extension: "2001", shortName: "Anna", fullName: "Anna Schmidt" }]);
  });

  test("quoted fields may hold commas and doubled quote marks", () => {
    const [user] = parseUserList(utf8('"Anna", 2001 ,"Schmidt, Anna ""Ann"""'));
    assert.deepEqual(user, {
      extension: "2001",
      shortName: "Anna",
      fullName: 'Schmidt, Anna "Ann"',
    });
  });

  test("a list that is not UTF-8 is ISO-8859-1", () => {
    const latin1 = Uint8Array.from(Buffer.from("Müller,2001,Jörg Müller", "latin1"));
    assert.equal(parseUserList(latin1)[0]?.fullName, "Jörg Müller");
  });

  test("lines that are too long and users beyond the limit are left out", () => {
    const long = `${"x".repeat(MAXIMUM_LINE_CHARACTERS)},2000,\n`;
    const many = "a,2001,b\n".repeat(MAXIMUM_USERS + 5);
    const users = parseUserList(utf8(long + many));
    assert.equal(users.length, MAXIMUM_USERS);
    assert.equal(users[0]?.extension, "2001");
  });

  test("any bytes give a list", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const { extension } of parseUserList(bytes)) assert.match(extension, /^\d+$/);
      }),
    );
  });
});
