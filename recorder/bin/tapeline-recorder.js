#!/usr/bin/env node
// Starts the command line on a Node that runs TypeScript; says what to do on an older one.
const major = Number(process.versions.node.split(".")[0]);
if (major < 24) {
  process.stderr.write(
    `tapeline-recorder needs Node 24; this is ${process.version}. ` +
      "Run it as `npx tapeline-recorder …` in the project folder: npm brings Node 24 along.\n",
  );
  process.exit(2);
}
await import("../src/main.ts");
