// The examples of a page of docs/: the lines behind "$ " in its sh blocks are run as they stand, one behind the other,
// in one shell; none may fail, and what they print must be what the page says, where "..." is anything.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type World, program } from "./world.ts";

interface Example { command: string; says: string }

function examples(page: string): Example[] {
  const all: Example[] = [];
  for (const block of page.matchAll(/^```sh\n([^]*?)^```$/gm))
    for (const line of (block[1] ?? "").split("\n")) {
      const last = all.at(-1);
      if (line.startsWith("$ ")) all.push({ command: line.slice(2), says: "" });
      else if (line !== "" && last !== undefined) last.says += `${line}\n`;
    }
  return all;
}

/** All of them in one shell; what each has said, and its exit status. */
async function run(list: Example[], world: World): Promise<{ said: string; status: number }[]> {
  const mark = "-- and then --", script = list.map((one) => `${one.command}\nstatus=$?; echo; echo "${mark} $status"`);
  const shell = spawn("bash", ["-c", script.join("\n")],
    { cwd: world.folder, env: { ...world.env, PATH: `${dirname(program)}:${world.env.PATH ?? ""}` } });
  let said = "";
  shell.stdout.on("data", (part: Buffer) => { said += part.toString("utf8"); });
  shell.stderr.on("data", (part: Buffer) => { said += part.toString("utf8"); });
  await new Promise((resolve) => shell.once("close", resolve));
  return [...said.replaceAll("\r", "").matchAll(new RegExp(`([^]*?)${mark} (\\d+)\n`, "g"))]
    .map((part) => ({ said: (part[1] ?? "").trim(), status: Number(part[2]) }));
}

function printed(says: string): RegExp {
  const parts = says.split("...").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("[^]*")}$`);
}

/** Runs the examples of docs/NAME; `places`: what stands on the page, and what it is here. How many there were. */
export async function sayWhatThePageSays(world: World, name: string, places: Record<string, string>): Promise<number> {
  let page = readFileSync(join(import.meta.dirname, "../../docs", name), "utf8");
  for (const [there, here] of Object.entries(places)) page = page.replaceAll(there, here);
  const list = examples(page), done = await run(list, world);
  assert.equal(done.length, list.length);
  const wrong = list.map((one, i) => ({ command: one.command, says: one.says.trim(), ...done[i] }))
    .filter(({ says, said, status }) => status !== 0 || !printed(says).test(said ?? ""));
  assert.deepEqual(wrong, []);
  return list.length;
}
