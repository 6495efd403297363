#!/usr/bin/env node
// Starts the command line: built code where this is the installed package, else the sources. On a
// Node older than 24 it hands over to the Node that came with the package, and stands between.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const NEEDED_MAJOR = 24;
const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR2"];

if (Number(process.versions.node.split(".")[0]) >= NEEDED_MAJOR) {
  const sources = new URL("../src/main.ts", import.meta.url);
  await import(existsSync(sources) ? sources.href : "../dist/main.js");
} else {
  const runtime = packagedNode();
  if (runtime === null) {
    process.stderr.write(
      `tapeline-recorder needs Node ${NEEDED_MAJOR}; this is ${process.version}, and the package ` +
        `of Node ${NEEDED_MAJOR} for ${process.platform}-${process.arch} is not installed. ` +
        "Install again without --omit=optional, or install Node 24.\n",
    );
    process.exit(2);
  }
  handOver(runtime);
}

/** Path of the Node that npm installed beside us, or null. */
function packagedNode() {
  const require = createRequire(import.meta.url);
  const platform = process.platform === "win32" ? "win" : process.platform;
  for (const name of [`node-${platform}-${process.arch}`, `node-bin-${platform}-${process.arch}`]) {
    try {
      const manifest = require.resolve(`${name}/package.json`);
      const { bin } = require(manifest);
      const path = join(dirname(manifest), typeof bin === "string" ? bin : bin.node);
      if (existsSync(path)) return path;
    } catch (error) {
      if (error.code !== "MODULE_NOT_FOUND") throw error;
    }
  }
  return null;
}

/** Signals go to the child, its end is ours; when we are killed it sees that and stops. */
function handOver(runtime) {
  const env = { ...process.env, TAPELINE_LAUNCHER: "1" };
  const child = spawn(runtime, process.argv.slice(1), { stdio: "inherit", env });
  for (const signal of SIGNALS) {
    // A terminal gives its Ctrl-C to the child as well; twice would end it at once.
    process.on(signal, () => (signal === "SIGINT" && process.stdin.isTTY) || child.kill(signal));
  }
  child.on("error", (error) => {
    process.stderr.write(`${runtime} cannot be started: ${error.message}\n`);
    process.exit(2);
  });
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 70);
    for (const name of SIGNALS) process.removeAllListeners(name);
    process.kill(process.pid, signal);
  });
}
