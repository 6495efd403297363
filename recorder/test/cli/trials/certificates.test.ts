// Certificates as check-config judges them: key and certificate belong together, and how long they
// last.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { judgeCertificate } from "../../../src/cli/trials/certificates.ts";
import { temporaryDirectory } from "../run.ts";

const DAY_MS = 86_400_000;

interface Pair {
  readonly certificate: string;
  readonly key: string;
}

async function make(context: TestContext, days: number): Promise<Pair | null> {
  const folder = await temporaryDirectory(context);
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const how = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=recorder";
  const files = ["-keyout", key, "-out", certificate, "-days", String(days)];
  try {
    execFileSync("openssl", [...how.split(" "), ...files], { stdio: "ignore" });
  } catch (error) {
    if (process.env["CI"] === "true") throw error;
    context.skip("needs Debian's openssl");
    return null;
  }
  return { certificate: readFileSync(certificate, "utf8"), key: readFileSync(key, "utf8") };
}

test("a certificate: good, soon at its end, expired, not yet valid, with another's key", async (context) => {
  const [pair, other] = [await make(context, 100), await make(context, 100)];
  if (pair === null || other === null) return;
  const madeMs = Date.parse(validFrom(pair));
  const at = (days: number) => {
    const [found] = judgeCertificate("sip.tls", pair, madeMs + days * DAY_MS);
    return `${found?.status}: ${found?.detail}`;
  };
  assert.match(at(1), /^good: the certificate CN=recorder is valid for 9\d more days$/);
  assert.match(at(90), /^warning: .* is valid for \d+ more days$/);
  assert.match(at(101), /^warning: the certificate CN=recorder expired on /);
  assert.match(at(-2), /^warning: .* is valid only from /);
  const [mixed] = judgeCertificate("sip.tls", { ...pair, key: other.key }, madeMs);
  assert.equal(mixed?.status, "problem");
  assert.match(mixed?.detail ?? "", /^CONFIG_INVALID: its files do not fit: .*mismatch/);
  const [broken] = judgeCertificate("sip.tls", { certificateAuthority: "no PEM" }, madeMs);
  assert.ok(broken === undefined || broken.status === "problem");
});

function validFrom({ certificate }: Pair): string {
  const text = execFileSync("openssl", ["x509", "-noout", "-startdate"], { input: certificate });
  return text.toString().trim().replace("notBefore=", "");
}
