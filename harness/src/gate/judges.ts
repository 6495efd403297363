// The third-party judges of the tests: programs from Debian that read our bytes their own way.
// tools.md's rule: found by their absence; root on Debian installs them, anybody else is told, and
// their tests are skipped (with CI=true a skip becomes a failure in the test itself).
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** A program and what it is for. */
export interface Judge {
  readonly program: string;
  readonly debianPackage: string;
  readonly judges: string;
}

/** The judges that tests use. */
export const JUDGES: readonly Judge[] = [
  { program: "sipp", debianPackage: "sip-tester", judges: "SIP calls as a foreign PBX makes them" },
  {
    program: "baresip",
    debianPackage: "baresip-core",
    judges: "SIP over TLS and SRTP, as a phone makes them",
  },
  { program: "tshark", debianPackage: "tshark", judges: "captures, SIP and RTP" },
  { program: "speexdec", debianPackage: "speex", judges: "compressed recordings" },
  { program: "openssl", debianPackage: "openssl", judges: "TLS, with certificates of its making" },
  { program: "dockerd", debianPackage: "docker.io", judges: "two containers at two addresses" },
  { program: "python3", debianPackage: "python3", judges: "DevLink3, as a third party reads it" },
  { program: "chromium", debianPackage: "chromium", judges: "the HTML report, opened offline" },
];

/** Those that are not on the search path. */
export function missingJudges(searchPath: string): readonly Judge[] {
  const folders = searchPath.split(delimiter).filter((folder) => folder !== "");
  return JUDGES.filter(
    ({ program }) => !folders.some((folder) => existsSync(join(folder, program))),
  );
}

/** May we install packages here without asking? */
export function canInstall(userId: number | undefined, searchPath: string): boolean {
  const folders = searchPath.split(delimiter).filter((folder) => folder !== "");
  const hasApt = folders.some((folder) => existsSync(join(folder, "apt-get")));
  return userId === 0 && hasApt && existsSync("/etc/debian_version");
}

/** The commands that install them, in order. */
export function installCommands(missing: readonly Judge[]): readonly (readonly string[])[] {
  const packages = [...new Set(missing.map((judge) => judge.debianPackage))];
  return [
    ["apt-get", "update", "-qq"],
    ["apt-get", "install", "-y", "-qq", "--no-install-recommends", ...packages],
  ];
}

/** What a person without root is told. */
export function missingLine(missing: readonly Judge[]): string {
  const names = missing.map(
    ({ program, debianPackage, judges }) => `${program} (package ${debianPackage}: ${judges})`,
  );
  const packages = missing.map((judge) => judge.debianPackage).join(" ");
  return `missing: ${names.join(", ")}; their tests are skipped. As root: apt-get install ${packages}`;
}
