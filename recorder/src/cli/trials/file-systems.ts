// Which file system a directory lies on, by the number that statfs gives (Linux, <linux/magic.h>),
// and what that means for recordings. Pure.

export type FileSystemClass = "local" | "memory" | "network" | "layer" | "unknown";

export interface FileSystem {
  readonly name: string;
  readonly class: FileSystemClass;
}

const KNOWN: ReadonlyMap<number, FileSystem> = new Map<number, FileSystem>([
  [0xef53, { name: "ext", class: "local" }],
  [0x58465342, { name: "xfs", class: "local" }],
  [0x9123683e, { name: "btrfs", class: "local" }],
  [0xf2f52010, { name: "f2fs", class: "local" }],
  [0x2fc12fc1, { name: "zfs", class: "local" }],
  [0xca451a4e, { name: "bcachefs", class: "local" }],
  [0x4d44, { name: "fat", class: "local" }],
  [0x2011bab0, { name: "exfat", class: "local" }],
  [0x5346544e, { name: "ntfs", class: "local" }],
  [0x01021994, { name: "tmpfs", class: "memory" }],
  [0x858458f6, { name: "ramfs", class: "memory" }],
  [0x6969, { name: "nfs", class: "network" }],
  [0xff534d42, { name: "cifs", class: "network" }],
  [0xfe534d42, { name: "smb2", class: "network" }],
  [0x517b, { name: "smb", class: "network" }],
  [0x01021997, { name: "9p", class: "network" }],
  [0x00c36400, { name: "ceph", class: "network" }],
  [0x73757245, { name: "coda", class: "network" }],
  [0x5346414f, { name: "afs", class: "network" }],
  [0x01161970, { name: "gfs2", class: "network" }],
  [0x65735546, { name: "fuse", class: "network" }],
  [0x794c7630, { name: "overlay", class: "layer" }],
  [0x61756673, { name: "aufs", class: "layer" }],
]);

/** The file system with this statfs number. */
export function fileSystemOf(type: number): FileSystem {
  const found = KNOWN.get(type >>> 0);
  return found ?? { name: `0x${(type >>> 0).toString(16)}`, class: "unknown" };
}

/** What is wrong with keeping `what` on it: detail and remedy, or null. */
export function objectionTo(
  { name, class: kind }: FileSystem,
  what: string,
): readonly [detail: string, remedy: string] | null {
  switch (kind) {
    case "memory":
      return [
        `lies on ${name}, in memory: ${what} would be gone after a restart of the machine`,
        "Use a directory on a disk.",
      ];
    case "network":
      return [
        `lies on ${name}, a network file system, which can stall and does not keep every sync`,
        "Use a local disk; a pool's later drives may be remote.",
      ];
    case "layer":
      return [
        `lies on ${name}, a container's own layer: ${what} would be gone with the container`,
        "Mount a volume there.",
      ];
    case "local":
    case "unknown":
      return null;
  }
}
