// docs/API.md: its examples are run as they stand, one behind the other; what they print is what the page says, where
// "..." is anything.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { World, program } from "./world.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/API.md"), "utf8");
const world = new World();
after(async () => { await world.end(); });

interface Example { command: string; says: string }

function examples(): Example[] {
  const all: Example[] = [];
  for (const block of page.matchAll(/^```sh\n([^]*?)^```$/gm))
    for (const line of (block[1] ?? "").split("\n")) {
      const last = all.at(-1);
      if (line.startsWith("$ ")) all.push({ command: line.slice(2), says: "" });
      else if (line !== "" && last !== undefined) last.says += `${line}\n`;
    }
  return all;
}

/** All of them in one shell; what each has said. */
async function run(list: Example[], port: number): Promise<string[]> {
  const mark = "-- and then --";
  const script = list.map((one) => `${one.command}\necho\necho '${mark}'`).join("\n");
  const shell = spawn("bash", ["-c", script.replaceAll("127.0.0.1:8080", `127.0.0.1:${port}`)],
    { cwd: world.folder, env: { ...world.env, PATH: `${dirname(program)}:${world.env.PATH ?? ""}` } });
  let said = "";
  shell.stdout.on("data", (part: Buffer) => { said += part.toString("utf8"); });
  shell.stderr.on("data", (part: Buffer) => { said += part.toString("utf8"); });
  await new Promise((resolve) => shell.once("close", resolve));
  return said.split(`${mark}\n`).slice(0, list.length);
}

test("every example of the page says what the page says", async () => {
  const list = examples();
  assert.ok(list.length > 10);
  const server = await world.serve({ flows: [] });
  const said = await run(list, server.port);
  for (const [i, one] of list.entries()) {
    const parts = one.says.trim().split("...").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    assert.match((said[i] ?? "").replaceAll("\r", "").trim(), new RegExp(`^${parts.join("[^]*")}$`), one.command);
  }
});
