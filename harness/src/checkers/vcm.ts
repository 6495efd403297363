// vcm: the channels in use never exceed those that there are, and all are given back (R16).
import type { Checker } from "./checker.ts";

export const vcmChecker: Checker = {
  name: "vcm",
  check: ({ truth }) => {
    const left = truth.vcm.at(-1)?.used ?? 0;
    return [
      ...truth.vcm
        .filter(({ used, available }) => used > available)
        .map(({ used, available, atMs }) => `${used} of ${available} channels at ${atMs} ms`),
      ...(left === 0 ? [] : [`${left} channels are still in use when all calls are over`]),
    ];
  },
};
