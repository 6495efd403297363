// Builds the console into dist/. Run by `npm ci` (prepare), by `npm pack` of the recorder (prepack)
// and by `npm run build -w recorder/console`; with --if-possible a failure is a warning, because a
// recorder without its console still records.
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL(".", import.meta.url));
const isOptional = process.argv.includes("--if-possible");

try {
  const { build } = await import("vite");
  await build({ root: FOLDER, logLevel: "warn", configFile: `${FOLDER}vite.config.ts` });
} catch (error) {
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(`The web console was not built: ${text}\n`);
  if (isOptional) {
    process.stderr.write("The recorder works without it; npm run build -w recorder/console.\n");
  } else {
    process.exitCode = 1;
  }
}
