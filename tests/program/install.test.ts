// What `run` and `check` do to packages that are there: nothing, as long as they are those of the lock file, whoever
// installed them; and who has those of development does not lose them.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";

const script = resolve(import.meta.dirname, "../../.ci/install.sh");
let place: string;

function write(path: string, value: unknown): void {
  mkdirSync(dirname(join(place, path)), { recursive: true });
  writeFileSync(join(place, path), typeof value === "string" ? value : JSON.stringify(value));
}

/** A package as both locks have it; "y" is of another kind of machine. */
const locked = (integrity: string, more = {}): object => ({ version: "1.0.0", integrity, ...more });
const lock = { "": { name: "web" }, "node_modules/shown": locked("a"), "node_modules/tried": locked("b", { dev: true }),
  "node_modules/y": locked("c", { optional: true, os: ["aix"] }) };

function installed(packages: Record<string, unknown>): void {
  write("web/node_modules/.package-lock.json", { packages });
  for (const name of Object.keys(packages)) write(`web/${name}/package.json`, {});
}

/** With what npm was called; undefined: not at all. */
function install(...options: string[]): string | undefined {
  rmSync(join(place, "said"), { force: true });
  execFileSync("bash", ["-c", `set -euo pipefail; . "${script}"; install_npm web "$@"`, "run", ...options],
    { cwd: place, env: { ...process.env, PATH: `${place}/bin:${process.env.PATH ?? ""}` }, stdio: "pipe" });
  return existsSync(join(place, "said")) ? readFileSync(join(place, "said"), "utf8").trim() : undefined;
}

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "weft-install-"));
  write("web/package-lock.json", { packages: lock });
  write("bin/npm", `#!/bin/sh\necho "$@" >"${place}/said"\nmkdir -p node_modules\n`);
  chmodSync(join(place, "bin/npm"), 0o755);
});
afterEach(() => { rmSync(place, { recursive: true }); });

describe("packages that are there", () => {
  const { "node_modules/shown": shown, "node_modules/tried": tried } = lock;

  it("are installed where there are none, once", () => {
    assert.equal(install("--omit=dev"), "ci --omit=dev --no-fund --no-audit");
    assert.equal(install("--omit=dev"), undefined);
    assert.equal(install(), "ci --no-fund --no-audit");
    assert.equal(install("--omit=dev"), undefined);
  });

  it("are installed whole where there are none", () => {
    assert.equal(install(), "ci --no-fund --no-audit");
    assert.equal(install(), undefined);
  });

  it("stay as they are when they are those of the lock, whoever installed them", () => {
    installed({ "node_modules/shown": shown, "node_modules/tried": tried });
    assert.equal(install("--omit=dev"), undefined);
    assert.equal(install(), undefined);
  });

  it("are enough for a part without those of development alone", () => {
    installed({ "node_modules/shown": shown });
    assert.equal(install("--omit=dev"), undefined);
    assert.equal(install(), "ci --no-fund --no-audit");
  });

  it("become others with those of development, if there were any", () => {
    installed({ "node_modules/shown": locked("older"), "node_modules/tried": tried });
    assert.equal(install("--omit=dev"), "ci --no-fund --no-audit");
    write("web/package-lock.json", { packages: { ...lock, "node_modules/shown": locked("newer") } });
    assert.equal(install("--omit=dev"), "ci --no-fund --no-audit");
  });

  it("are installed anew when one of them is gone", () => {
    installed({ "node_modules/shown": shown, "node_modules/tried": tried });
    rmSync(join(place, "web/node_modules/shown"), { recursive: true });
    assert.equal(install("--omit=dev"), "ci --no-fund --no-audit");
  });
});
