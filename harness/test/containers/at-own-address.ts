// The entry of a container: it runs a command with {address} replaced by the address that the
// engine has given, in the arguments and, after --rewrite, in a file. Nobody knows it before.
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { networkInterfaces } from "node:os";

const given = process.argv.slice(2);
const address = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ family, internal }) => family === "IPv4" && !internal)?.address;
if (address === undefined) throw new Error("this container has no address");

if (given[0] === "--rewrite") {
  const [, path = ""] = given.splice(0, 2);
  writeFileSync(path, readFileSync(path, "utf8").replaceAll("{address}", address));
}
const child = spawn(
  process.execPath,
  given.map((one) => one.replaceAll("{address}", address)),
  {
    stdio: "inherit",
  },
);
process.on("SIGTERM", () => child.kill("SIGTERM"));
child.on("exit", (code) => {
  process.exitCode = code ?? 1;
});
