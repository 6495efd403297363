// Loaded into each test file's process before its tests (`node --test --import`): programs that the
// testbed's tests start are not measured, and share one cache of compiled code. They spent a good
// part of CI's time on compiling themselves and on writing down how they ran, while recorder/src is
// covered by the tests' own processes and by the programs that the recorder's tests start.
import { fileURLToPath } from "node:url";

const CACHE = fileURLToPath(new URL("../../../node_modules/.cache/compiled", import.meta.url));
const OF_THE_TESTBED = /[\\/]harness[\\/]test[\\/]/;

// The runner loads this too, and has to leave the measuring to the files that it starts.
const isTestFile = process.env["NODE_TEST_CONTEXT"] !== undefined;
if (isTestFile && OF_THE_TESTBED.test(process.argv[1] ?? "")) {
  delete process.env["NODE_V8_COVERAGE"];
  process.env["NODE_COMPILE_CACHE"] = CACHE;
}
