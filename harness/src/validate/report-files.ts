// The report of a validation as files: JSON, the page, the capture, and the page printed to PDF by
// a Chromium where there is one. Live only.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import {
  renderPcapng,
  renderValidationHtml,
  type CapturedPacket,
  type ValidationResult,
} from "@tapeline/reports";

const CHROMIUM_NAMES = ["chromium", "chromium-browser", "google-chrome", "chrome"];
const PRINT_LIMIT_MS = 60_000;

/** Where a Chromium is installed, or null. */
export function findChromium(searchPath: string): string | null {
  const folders = searchPath.split(delimiter).filter((folder) => folder !== "");
  const places = folders.flatMap((folder) => CHROMIUM_NAMES.map((name) => join(folder, name)));
  return places.find((path) => existsSync(path)) ?? null;
}

/** Writes all files, and returns the result with their paths. */
export async function writeReport(
  result: ValidationResult,
  options: {
    readonly directory: string;
    readonly captures: readonly {
      readonly name: string;
      readonly packets: readonly CapturedPacket[];
    }[];
    readonly chromium: string | null;
  },
): Promise<ValidationResult> {
  const directory = resolve(options.directory);
  await mkdir(directory, { recursive: true });
  const captures: string[] = [];
  for (const { name, packets } of options.captures) {
    if (packets.length === 0) continue;
    const path = join(directory, name);
    await writeFile(path, renderPcapng(packets));
    captures.push(path);
  }
  const html = join(directory, "validation.html");
  const pdf = join(directory, "validation.pdf");
  const json = join(directory, "validation.json");
  const artifacts = { json, html, pdf: options.chromium === null ? null : pdf, captures };
  let written: ValidationResult = { ...result, artifacts };
  await writeFile(html, renderValidationHtml(written));
  await rm(pdf, { force: true });
  if (options.chromium !== null && !(await printPdf(options.chromium, { html, pdf }))) {
    written = { ...written, artifacts: { ...artifacts, pdf: null } };
    await writeFile(html, renderValidationHtml(written));
  }
  const part = `${json}.part`;
  await writeFile(part, `${JSON.stringify(written, null, 2)}\n`);
  await rename(part, json);
  return written;
}

/** True when the PDF is there. */
async function printPdf(
  chromium: string,
  files: { readonly html: string; readonly pdf: string },
): Promise<boolean> {
  const profile = `${files.pdf}.profile`;
  const child = spawn(
    chromium,
    [
      ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
      ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
      ...["--no-pdf-header-footer", `--user-data-dir=${profile}`],
      `--print-to-pdf=${files.pdf}`,
      pathToFileURL(files.html).href,
    ],
    { stdio: "ignore", timeout: PRINT_LIMIT_MS },
  );
  const code = await new Promise<number | null>((done) => {
    child.once("error", () => done(null));
    child.once("exit", (exitCode) => done(exitCode));
  });
  await rm(profile, { recursive: true, force: true });
  return code === 0 && existsSync(files.pdf);
}
