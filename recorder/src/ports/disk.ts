// The disk port. Every call is asynchronous; a failure rejects with an Error that has the system's
// `code` (ENOENT, ENOSPC, EIO, EACCES …). Paths are absolute.

export interface DiskFile {
  readonly path: string;
  /** Writes all of `data` at `position` bytes, or fails. */
  write(data: Uint8Array, position: number): Promise<void>;
  /** Up to `length` bytes from `position`; shorter only at the end of the file. */
  read(position: number, length: number): Promise<Uint8Array>;
  truncate(length: number): Promise<void>;
  /** fdatasync: data written before are on the medium when it resolves. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface DiskEntry {
  readonly name: string;
  readonly kind: "file" | "directory" | "other";
}

export interface DiskStatus {
  readonly sizeBytes: number;
  readonly kind: "file" | "directory" | "other";
  readonly modifiedTimeMs: number;
}

export interface Disk {
  /** With all missing parents; an existing directory is no error. */
  makeDirectory(path: string): Promise<void>;
  /** `create`: new file, EEXIST when there; `update`: existing file, read and write; `append`: created when missing. */
  open(path: string, mode: "create" | "update" | "read" | "append"): Promise<DiskFile>;
  readFile(path: string): Promise<Uint8Array>;
  rename(from: string, to: string): Promise<void>;
  /** A missing file is an ENOENT error. */
  remove(path: string): Promise<void>;
  list(path: string): Promise<DiskEntry[]>;
  /** null when nothing is there. */
  status(path: string): Promise<DiskStatus | null>;
  /** fsync of the directory: names made, changed or removed before are on the medium. */
  syncDirectory(path: string): Promise<void>;
  /** Bytes free to this user on the file system that holds `path`. */
  freeBytes(path: string): Promise<number>;
}
