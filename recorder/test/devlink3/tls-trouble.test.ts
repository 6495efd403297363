// devlink3.md §1: why a connection failed, by the system's codes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { alertTrouble, connectTrouble, describe } from "../../src/devlink3/tls-trouble.ts";

const failure = (code: string, message = "it failed"): Error =>
  Object.assign(new Error(message), { code });

test("failures of the network are no matter of TLS", () => {
  for (const code of [
    ...["ECONNREFUSED", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH", "EHOSTDOWN", "ENETDOWN"],
    ...["ENOTFOUND", "EAI_AGAIN", "EADDRNOTAVAIL", "EACCES"],
  ]) {
    for (const isTls of [true, false]) {
      const trouble = connectTrouble(failure(code), isTls);
      assert.deepEqual(trouble, { code: "DEVLINK3_UNREACHABLE", detail: `${code} it failed` });
    }
    assert.equal(alertTrouble(failure(code)), null);
  }
});

const CODES: readonly (readonly [system: string, ours: string])[] = [
  ["TLS_PIN_MISMATCH", "DEVLINK3_PIN_MISMATCH"],
  ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", "DEVLINK3_CLIENT_CERTIFICATE_REFUSED"],
  ["ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE", "DEVLINK3_CLIENT_CERTIFICATE_REFUSED"],
  ["ERR_SSL_TLSV1_ALERT_UNKNOWN_CA", "DEVLINK3_CLIENT_CERTIFICATE_REFUSED"],
  ["ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE", "DEVLINK3_CLIENT_CERTIFICATE_REFUSED"],
  ["ERR_SSL_TLSV1_ALERT_ACCESS_DENIED", "DEVLINK3_CLIENT_CERTIFICATE_REFUSED"],
  ["ERR_SSL_SSLV3_ALERT_NO_CERTIFICATE", "DEVLINK3_CLIENT_CERTIFICATE_REFUSED"],
  ["CERT_HAS_EXPIRED", "DEVLINK3_CERTIFICATE_EXPIRED"],
  ["CERT_NOT_YET_VALID", "DEVLINK3_CERTIFICATE_EXPIRED"],
  ["CRL_HAS_EXPIRED", "DEVLINK3_CERTIFICATE_EXPIRED"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "DEVLINK3_CERTIFICATE_HOSTNAME"],
  ["ERR_SSL_UNSUPPORTED_PROTOCOL", "DEVLINK3_TLS_VERSION"],
  ["ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "DEVLINK3_TLS_VERSION"],
  ["ERR_SSL_VERSION_TOO_LOW", "DEVLINK3_TLS_VERSION"],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "DEVLINK3_CERTIFICATE_UNTRUSTED"],
  ["SELF_SIGNED_CERT_IN_CHAIN", "DEVLINK3_CERTIFICATE_UNTRUSTED"],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "DEVLINK3_CERTIFICATE_UNTRUSTED"],
  ["CERT_UNTRUSTED", "DEVLINK3_CERTIFICATE_UNTRUSTED"],
  ["INVALID_CA", "DEVLINK3_CERTIFICATE_UNTRUSTED"],
  ["PATH_LENGTH_EXCEEDED", "DEVLINK3_CERTIFICATE_UNTRUSTED"],
  ["ERR_OSSL_PEM_NO_START_LINE", "TLS_FILE_UNUSABLE"],
  ["ERR_CRYPTO_OPERATION_FAILED", "TLS_FILE_UNUSABLE"],
  ["ERR_SSL_KEY_VALUES_MISMATCH", "TLS_FILE_UNUSABLE"],
];

for (const [system, ours] of CODES) {
  test(`${system} is ${ours}`, () => {
    const detail = `${system} it failed`;
    assert.deepEqual(connectTrouble(failure(system), true), { code: ours, detail });
    assert.deepEqual(alertTrouble(failure(system)), { code: ours, detail });
    assert.equal(connectTrouble(failure(system), false).code, "DEVLINK3_UNREACHABLE");
  });
}

test("what no table knows is told as a failure of TLS, without TLS as unreachable", () => {
  assert.equal(connectTrouble(failure("X_PATH_LENGTH"), true).code, "DEVLINK3_TLS_FAILED");
  assert.equal(connectTrouble(failure("ECONNRESET"), true).code, "DEVLINK3_TLS_FAILED");
  assert.equal(connectTrouble("odd", true).code, "DEVLINK3_TLS_FAILED");
  assert.equal(connectTrouble("odd", false).code, "DEVLINK3_UNREACHABLE");
  assert.equal(alertTrouble(null), null);
});

test("a description has the system's code once", () => {
  assert.equal(describe(failure("EACCES")), "EACCES it failed");
  assert.equal(describe(failure("EACCES", "connect EACCES 192.0.2.1")), "connect EACCES 192.0.2.1");
  assert.equal(describe(new Error("no code")), "no code");
  assert.equal(describe("odd"), "odd");
});
