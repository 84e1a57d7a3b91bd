import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Why the TLS tests cannot run; undefined if they can. */
export const withoutOpenssl: string | undefined =
  spawnSync("openssl", ["version"]).status === 0 ? undefined : "the openssl program is not installed";

export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** A CA of the tests' own; `certify` makes a certificate that it vouches for. */
export interface TestAuthority extends Certificate {
  certify(name: string, altNames: string, expired?: boolean): Certificate;
}

/** Makes a CA with the openssl program, in a directory that is gone when this returns. */
export function testAuthority(name: string): TestAuthority {
  const own = inDirectory((directory) => {
    openssl(directory, ["req", "-x509", ...newKey, "-out", "cert", "-days", "2", "-subj", `/CN=${name}`]);
    return read(directory);
  });
  return {
    ...own,
    certify: (subject, altNames, expired = false) =>
      inDirectory((directory) => {
        writeFileSync(join(directory, "ca"), own.cert);
        writeFileSync(join(directory, "ca-key"), own.key);
        writeFileSync(join(directory, "extensions"), `subjectAltName=${altNames}`);
        openssl(directory, ["req", ...newKey, "-out", "request", "-subj", `/CN=${subject}`]);
        const sign = ["x509", "-req", "-in", "request", "-CA", "ca", "-CAkey", "ca-key", "-CAcreateserial"];
        openssl(directory, [
          ...sign,
          "-out",
          "cert",
          "-days",
          expired ? "-1" : "2",
          "-extfile",
          "extensions",
        ]);
        return read(directory);
      }),
  };
}

const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "key"];

function inDirectory<T>(work: (directory: string) => T): T {
  const directory = mkdtempSync(join(tmpdir(), "parley-tls-"));
  try {
    return work(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function openssl(cwd: string, args: string[]): void {
  execFileSync("openssl", args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
}

function read(directory: string): Certificate {
  return {
    cert: readFileSync(join(directory, "cert"), "utf8"),
    key: readFileSync(join(directory, "key"), "utf8"),
  };
}
