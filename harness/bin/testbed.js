#!/usr/bin/env node
// Starts the command line on a Node that runs TypeScript; says what to do on an older one.
const major = Number(process.versions.node.split(".")[0]);
if (major < 24) {
  process.stderr.write(
    `testbed needs Node 24; this is ${process.version}. ` +
      "Run it as `npx testbed …` in the project folder: npm brings Node 24 along.\n",
  );
  process.exit(2);
}
await import("../src/main.ts");
