// A real PostgreSQL of its own: a cluster in a temporary folder, on a free port of the loopback. Its server never
// runs as root, so it is started as the user postgres where the test is root.
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import {
  chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync,
} from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const root = "/usr/lib/postgresql";
const isRoot = process.getuid?.() === 0;

function bin(name: string): string {
  const version = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a))[0] : undefined;
  if (version === undefined) throw new Error("PostgreSQL is not installed: apt-get install postgresql odbc-postgresql");
  return join(root, version, "bin", name);
}

/** A command as whoever may run the server; it dies with this process. */
function asServer(command: string[]): [string, string[]] {
  const way = ["--pdeathsig", "INT", ...isRoot ? ["--reuid=postgres", "--regid=postgres", "--init-groups"] : []];
  return ["setpriv", [...way, ...command]];
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => { resolve(port); });
    });
  });
}

const children = new Set<ChildProcess>();
process.once("exit", () => { for (const child of children) child.kill("SIGKILL"); });

export class Postgres {
  readonly folder: string;
  readonly port: number;
  readonly password: string;
  #child: ChildProcess | undefined;

  private constructor(folder: string, port: number, password: string) {
    this.folder = folder;
    this.port = port;
    this.password = password;
  }

  /** password: of the owner "sa"; it must not stand in any log or file of the program under test. */
  static async open(password: string): Promise<Postgres> {
    const folder = mkdtempSync(join(tmpdir(), "weft-postgres-"));
    const file = join(folder, "password");
    writeFileSync(file, `${password}\n`);
    if (isRoot) {
      const id = (what: string): number => Number(execFileSync("id", [what, "postgres"], { encoding: "utf8" }));
      for (const path of [folder, file]) chownSync(path, id("-u"), id("-g"));
    }
    const [command, args] = asServer([bin("initdb"), "-D", join(folder, "data"), "-U", "sa", "-A", "scram-sha-256",
      `--pwfile=${file}`, "-E", "UTF8", "--locale=C", "--no-sync"]);
    const made = spawnSync(command, args, { encoding: "utf8" });
    if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`);
    const server = new Postgres(folder, await freePort(), password);
    server.#certify();
    await server.up();
    return server;
  }

  /** A certificate for "localhost" and the authority that signed it. */
  #certify(): void {
    const at = (name: string): string => join(this.folder, name);
    const openssl = (...args: string[]): unknown => execFileSync("openssl", args, { stdio: "pipe" });
    writeFileSync(at("names"), "subjectAltName=DNS:localhost\n");
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
      "/CN=Weft test CA", "-keyout", at("ca.key"), "-out", at("ca.pem"));
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost",
      "-keyout", at("server.key"), "-out", at("server.csr"));
    openssl("x509", "-req", "-in", at("server.csr"), "-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-CAcreateserial",
      "-days", "2", "-extfile", at("names"), "-out", at("server.pem"));
    if (isRoot) execFileSync("chown", ["postgres", at("server.key"), at("server.pem")]);
    chmodSync(at("server.key"), 0o600);
    chmodSync(this.folder, 0o755);
  }

  get caFile(): string {
    return join(this.folder, "ca.pem");
  }

  async up(): Promise<void> {
    const [command, args] = asServer([bin("postgres"), "-D", join(this.folder, "data"), "-p", String(this.port),
      "-c", "listen_addresses=127.0.0.1", "-c", `unix_socket_directories=${this.folder}`, "-c", "fsync=off",
      "-c", "ssl=on", "-c", `ssl_cert_file=${join(this.folder, "server.pem")}`,
      "-c", `ssl_key_file=${join(this.folder, "server.key")}`, "-c", "max_connections=60",
      "-c", "deadlock_timeout=100ms"]);
    let said = "";
    const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"], cwd: this.folder });
    child.stderr.on("data", (part: Buffer) => { said = (said + part.toString("utf8")).slice(-4000); });
    this.#child = child;
    children.add(child);
    for (let n = 0; n < 400; n += 1) {
      if (child.exitCode !== null) throw new Error(`postgres ended:\n${said}`);
      if (this.#psql("SELECT 1").status === 0) return;
      await sleep(25);
    }
    throw new Error(`postgres does not answer:\n${said}`);
  }

  async down(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#child = undefined;
    child.kill("SIGINT");
    if (child.exitCode === null) await new Promise((resolve) => child.once("exit", resolve));
    children.delete(child);
  }

  #psql(sql: string): { status: number | null; stdout: string; stderr: string } {
    const args = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", String(this.port), "-U",
      "sa", "-d", "postgres", "-f", "-"];
    return spawnSync("psql", args, { input: sql, encoding: "utf8", maxBuffer: 64 * 1024 * 1024,
      env: { PATH: process.env.PATH ?? "", PGPASSWORD: this.password, PGSSLMODE: "disable" } });
  }

  /** What a script of SQL says: a line for each row, columns parted by "|". */
  ask(sql: string): string {
    const done = this.#psql(sql);
    if (done.status !== 0) throw new Error(done.stderr);
    return done.stdout.trimEnd();
  }

  load(file: string): void {
    this.ask(readFileSync(file, "utf8"));
  }

  async close(): Promise<void> {
    await this.down();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
