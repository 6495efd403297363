// The set-up that the console leads through: reads and writes recorder.yaml (setup-file.ts), tests
// each step with the trials of check-config and the login of probe, puts in force what goes without
// a restart. The file before stays beside it.
import { createHash } from "node:crypto";
import { networkInterfaces } from "node:os";
import { basename, dirname, resolve } from "node:path";
import { chmod, readFile, stat } from "node:fs/promises";
import { parseConfig, type ConfigResult, type RecorderConfig } from "../config.ts";
import { RecorderError, systemCode } from "../errors.ts";
import { nodeDisk } from "../ports/node/index.ts";
import type { Recorder } from "../recorder.ts";
import type { ReloadReport } from "../recorder-reload.ts";
import {
  SETUP_STEPS,
  type Setup,
  type SetupCheck,
  type SetupProblem,
  type SetupSaved,
  type SetupSettings,
  type SetupStep,
  type SetupView,
} from "../setup-contract.ts";
import type { Environment } from "./cli.ts";
import { firewallRules } from "./firewall.ts";
import { fitToMachine } from "./load-config.ts";
import { probeOffices } from "./probe.ts";
import type { ProbedLink } from "./probe-report.ts";
import { firstFile, settingsOf, withSettings } from "./setup-file.ts";
import { tryDirectories } from "./trials/directories.ts";
import { tryAddress, tryNames, tryPorts, trySocketBuffer } from "./trials/network.ts";
import type { Trial } from "./trials/trial.ts";

export interface SetupOptions {
  readonly file: string;
  readonly environment: Environment;
  readonly recorder: Pick<Recorder, "config" | "keys" | "reload">;
  /** What is bound now; the port is known when 0 was configured. */
  readonly bound: { readonly httpPort: number };
  readonly onRestart: () => void;
}

export function createSetup(options: SetupOptions): Setup {
  return new FileSetup(options);
}

class FileSetup implements Setup {
  readonly #options: SetupOptions;
  readonly #path: string;
  #needsRestart: readonly string[] = [];
  /** One save after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: SetupOptions) {
    this.#options = options;
    this.#path = resolve(options.file);
  }

  async read(): Promise<SetupView> {
    const text = await this.#text();
    const parsed = this.#parse(text);
    const { recorder } = this.#options;
    const config = parsed.ok ? parsed.config : recorder.config;
    const settings = settingsOf(text, config);
    return {
      isNeeded: recorder.keys.isFirstStart() || config.devlink3.length === 0,
      file: this.#path,
      revision: revisionOf(text),
      settings,
      passwordsOf: config.devlink3
        .filter(({ password }) => password !== "")
        .map(({ host }) => host),
      addresses: ownAddresses(),
      needsRestart: this.#needsRestart,
      firewall: firewallRules(config),
    };
  }

  async check(step: SetupStep, settings: SetupSettings) {
    // The other steps stand as they are in the file, so that only this one is judged.
    const parsed = this.#parse(withSettings(await this.#text(), settings, [step]));
    if (!parsed.ok) {
      const checks = parsed.problems.map((problem) => ({ status: "problem" as const, ...problem }));
      return { checks, firewall: [] };
    }
    const fitted = await fitToMachine(parsed.config);
    const checks = await this.#try(step, parsed.config, fitted);
    return { checks: checks.map(plain), firewall: firewallRules(parsed.config) };
  }

  save(settings: SetupSettings, expectedRevision: string | null): Promise<SetupSaved> {
    const saved = this.#turn.then(() => this.#save(settings, expectedRevision));
    this.#turn = saved.catch(() => undefined);
    return saved;
  }

  restart(): void {
    this.#options.onRestart();
  }

  async #save(settings: SetupSettings, expectedRevision: string | null): Promise<SetupSaved> {
    const before = await this.#text();
    if (expectedRevision !== null && expectedRevision !== revisionOf(before)) {
      return { ok: false, code: "conflict" };
    }
    const after = withSettings(before, settings, SETUP_STEPS);
    const parsed = this.#parse(after);
    if (!parsed.ok) return { ok: false, code: "invalid", problems: parsed.problems };
    const isChanged = after !== before;
    const backup = `${this.#path}.before`;
    try {
      if (isChanged) await writeBeside(this.#path, { before, after, backup });
    } catch (error) {
      const code = systemCode(error);
      if (code === null) throw error;
      return { ok: false, code: "not-writable", detail: `${this.#path}: ${code}` };
    }
    const reload = await this.#reload(parsed.config);
    this.#needsRestart = reload.needsRestart;
    const warnings = parsed.warnings.map(problemOf);
    return { ok: true, file: this.#path, backup: isChanged ? backup : null, reload, warnings };
  }

  async #reload(config: RecorderConfig): Promise<ReloadReport> {
    return this.#options.recorder.reload(await fitToMachine(config));
  }

  async #try(step: SetupStep, config: RecorderConfig, fitted: RecorderConfig): Promise<Trial[]> {
    switch (step) {
      case "offices": {
        if (config.devlink3.length === 0) return [NO_OFFICE];
        const names = await Promise.all(tryNames(fitted));
        const links = await probeOffices(config);
        return [...names, ...links.flatMap(trialsOfLink)];
      }
      case "recorder":
        return tryAddress(config, fitted);
      case "ports": {
        const tried = await Promise.all([...tryPorts(fitted), trySocketBuffer(fitted)]);
        return tried.map((trial) => this.#ownPort(trial, fitted));
      }
      case "storage": {
        const tried = await Promise.all(tryDirectories(fitted));
        return tried.flat().filter(({ path }) => /^(?:live|pools)\b/.test(path));
      }
    }
  }

  /** What this recorder itself has open is no other program's. */
  #ownPort(trial: Trial, wanted: RecorderConfig): Trial {
    if (trial.status !== "problem" || !trial.detail.startsWith("PORT_IN_USE")) return trial;
    const { config } = this.#options.recorder;
    const own: Readonly<Record<string, boolean>> = {
      "sip.port": config.sip.port === wanted.sip.port,
      "sip.tls": config.sip.port === wanted.sip.port,
      "rtp.port": JSON.stringify(config.rtp) === JSON.stringify(wanted.rtp),
      "rtp.range": JSON.stringify(config.rtp) === JSON.stringify(wanted.rtp),
      "http.port": this.#options.bound.httpPort === wanted.http.port,
    };
    if (own[trial.path] !== true) return trial;
    const where = trial.detail.replace("PORT_IN_USE: ", "");
    return { ...trial, status: "good", detail: `${where} is this recorder's own`, remedy: "" };
  }

  async #text(): Promise<string> {
    try {
      return await readFile(this.#path, "utf8");
    } catch (error) {
      const code = systemCode(error);
      if (code === null) throw error;
      throw new RecorderError("CONFIG_UNREADABLE", `${this.#path}: ${code}`, { cause: error });
    }
  }

  #parse(text: string): ConfigResult {
    const { environment } = this.#options;
    return parseConfig(text, { environment, baseDirectory: dirname(this.#path) });
  }
}

const NO_OFFICE: Trial = {
  path: "devlink3",
  status: "warning",
  detail: "no IP Office is configured: nobody asks for recordings",
  remedy: "Add the IP Office with the address, user and password of its DevLink3 service.",
};

/** Makes the file of a first start where there is none. null: done; else why not. */
export async function makeFirstFile(file: string): Promise<SetupProblem | null> {
  const path = resolve(file);
  const disk = nodeDisk();
  if ((await disk.status(path)) !== null) return null;
  const [address] = ownAddresses();
  if (address === undefined) {
    const detail = "cannot be made: this machine has no address that an IP Office could call";
    return { path, detail, remedy: "Connect it to the network, or write the file by hand." };
  }
  try {
    await disk.makeDirectory(dirname(path));
    await replaceFile(path, firstFile(address), OWNER_ALONE);
    return null;
  } catch (error) {
    const code = systemCode(error);
    if (code === null) throw error;
    return { path, detail: `cannot be written (${code})`, remedy: "Check path and permissions." };
  }
}

/** By part and rename, readable by the owner alone: there may be passwords in it. */
async function writeBeside(
  path: string,
  { before, after, backup }: Readonly<Record<"before" | "after" | "backup", string>>,
): Promise<void> {
  const { mode } = await stat(path);
  await replaceFile(backup, before, mode);
  await replaceFile(path, after, mode);
}

async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  const disk = nodeDisk();
  const part = `${dirname(path)}/.${basename(path)}.part`;
  if ((await disk.status(part)) !== null) await disk.remove(part);
  const file = await disk.open(part, "create");
  try {
    await chmod(part, mode & OWNER_AND_READERS);
    await file.write(new TextEncoder().encode(text), 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(part, path);
  await disk.syncDirectory(dirname(path));
}

const OWNER_ALONE = 0o600;
/** Never for all to write. */
const OWNER_AND_READERS = 0o755;

function revisionOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

function ownAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return all
    .filter(({ internal, address }) => !internal && !address.startsWith("fe80:"))
    .sort((a, b) => (a.family < b.family ? -1 : Number(a.family > b.family)))
    .map(({ address }) => address);
}

function trialsOfLink(link: ProbedLink): Trial[] {
  const path = `IP Office ${link.pbx}`;
  const { version, build, recordingControl } = link;
  const known = `${version ?? "version not told"}, build ${build}`;
  const login: Trial[] = link.loggedIn
    ? [{ path, status: "good", detail: `login accepted: ${known}`, remedy: "" }]
    : [];
  const control: Trial[] =
    recordingControl === null
      ? []
      : [
          {
            path,
            status: "good",
            detail: `offers recording control (${recordingControl})`,
            remedy: "",
          },
        ];
  const problems = link.problems.map(({ code, detail, meaning, remedy }): Trial => {
    const words = detail === null ? meaning : `${meaning} (${detail})`;
    return {
      path,
      status: link.loggedIn ? "warning" : "problem",
      detail: `${code}: ${words}`,
      remedy,
    };
  });
  return [...login, ...control, ...problems];
}

function plain({ path, status, detail, remedy }: Trial): SetupCheck {
  return { path, status, detail, remedy };
}

function problemOf({ path, detail, remedy }: SetupProblem): SetupProblem {
  return { path, detail, remedy };
}
