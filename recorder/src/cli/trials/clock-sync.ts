// Is the machine's clock synchronised?  Recordings of several machines can only be compared if so.
// Whoever is there is asked: systemd (timedatectl), chrony, ntpd, and adjtimex(8) or ntptime, which
// show the kernel's own state. Where nobody is, the answer is unknown, and said as such.
import { execFile } from "node:child_process";
import { good, unknown, warning, type Trial } from "./trial.ts";

const PATH = "clock";
const ASK_LIMIT_MS = 3_000;
const REMEDY = "Run a time service: chrony, systemd-timesyncd or ntpd.";

/** Whom to ask, and how their answer reads: true, false, or null when it says neither. */
export interface ClockWitness {
  readonly command: readonly [program: string, ...given: string[]];
  readonly read: (answer: string) => boolean | null;
}

export const CLOCK_WITNESSES: readonly ClockWitness[] = [
  {
    command: ["chronyc", "-n", "tracking"],
    read: (answer) => {
      const status = /^Leap status\s*:\s*(.+)$/m.exec(answer)?.[1]?.trim();
      return status === undefined ? null : status !== "Not synchronised";
    },
  },
  {
    command: ["timedatectl", "show", "--property=NTPSynchronized", "--value"],
    read: (answer) => yesOrNo(answer.trim()),
  },
  {
    command: ["ntpq", "-c", "rv"],
    read: (answer) => {
      if (/\bleap_alarm\b|\bsync_unspec\b/.test(answer)) return false;
      return /\bsync_\w+/.test(answer) ? true : null;
    },
  },
  {
    // Status bit 64 is STA_UNSYNC (adjtimex(2)).
    command: ["adjtimex", "--print"],
    read: (answer) => kernelStatus(/^\s*status:\s*(\d+)/m.exec(answer)?.[1]),
  },
  {
    command: ["ntptime"],
    read: (answer) => {
      if (/\bUNSYNC\b/.test(answer)) return false;
      return /\bstatus 0x/.test(answer) ? true : null;
    },
  },
];

const STA_UNSYNC = 64;

function kernelStatus(status: string | undefined): boolean | null {
  return status === undefined ? null : (Number(status) & STA_UNSYNC) === 0;
}

function yesOrNo(answer: string): boolean | null {
  return answer === "yes" ? true : answer === "no" ? false : null;
}

/** Asks one after the other; the first that knows decides. */
export async function tryClock(ask: typeof askProgram = askProgram): Promise<Trial> {
  for (const { command, read } of CLOCK_WITNESSES) {
    const answer = await ask(command);
    const isSynchronised = answer === null ? null : read(answer);
    const [program] = command;
    if (isSynchronised === true) return good(PATH, `is synchronised (${program})`);
    if (isSynchronised === false) {
      return warning(PATH, `is not synchronised (${program})`, REMEDY);
    }
  }
  const asked = CLOCK_WITNESSES.map(({ command: [program] }) => program).join(", ");
  return unknown(PATH, `whether it is synchronised is unknown: none of ${asked} answers`, REMEDY);
}

/** What the program prints; null when it is not there, fails or takes too long. */
function askProgram([program, ...given]: readonly [string, ...string[]]): Promise<string | null> {
  const options = { timeout: ASK_LIMIT_MS, env: { ...process.env, LC_ALL: "C" } };
  return new Promise((resolve) => {
    execFile(program, given, options, (error, stdout) => resolve(error === null ? stdout : null));
  });
}
