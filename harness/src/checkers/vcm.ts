// vcm: the channels in use never exceed those that there are (R16).
import type { Checker } from "./checker.ts";

export const vcmChecker: Checker = {
  name: "vcm",
  check: (record) =>
    record.truth.vcm
      .filter(({ used, available }) => used > available)
      .map(({ used, available, atMs }) => `${used} of ${available} channels at ${atMs} ms`),
};
