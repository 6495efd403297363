// Which addresses are this machine's own: for `bind: auto`, and for what check-config says of
// recorder.address (R12).
import { networkInterfaces } from "node:os";

/** Has this machine the address? All of 127/8 is every machine's. */
export function isLocalAddress(address: string): boolean {
  if (address.startsWith("127.")) return true;
  return Object.values(networkInterfaces()).some((list) =>
    list?.some((item) => item.address === address),
  );
}
