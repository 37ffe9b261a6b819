#!/usr/bin/env python3
"""Test of the tests: puts each bug of this folder into the simulation of build/, which is built
already (./check sim), and demands that it finds it.

  run.py [--check] [--few N] [NAME...]

A bug is a file NAME.bug: lines "file: PATH" and "breaks: WHAT", then a line "--- find", the text
that is to be replaced, a line "--- replace" and what comes instead. The text must stand exactly
once in the file, or the bug is not a bug any more and has to be written anew: that is a failure,
too. --check looks at that only. --few N takes N of them, other ones each day."""
import datetime, json, os, pathlib, re, signal, subprocess, sys, time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
OUT = BUILD / "bugs"
# What must be silent without a bug, and find each of them: the cheapest first.
HUNTS = [["--from", "1", "--seeds", "250", "--stop"],
         *[["--sweep", flow, "--point", "most"]
           for flow in ("f1once", "f2", "f6", "call", "tick", "poll", "file", "heard", "alarmed",
                        "race", "walk")],
         ["--from", "2001", "--seeds", "1200", "--stop"],
         ["--sweep", "conn", "--point", "mem.once"],
         ["--flow", "call", "--from", "1", "--seeds", "2000", "--stop"],
         ["--flow", "jobkey", "--from", "1", "--seeds", "2000", "--stop"],
         ["--flow", "reversekey", "--from", "1", "--seeds", "2500", "--stop"],
         ["--flow", "reverseloop", "--from", "1", "--seeds", "1500", "--stop"]]
SIM_SECONDS = 120


def read_bug(path):
    head, rest = path.read_text().split("--- find\n", 1)
    find, replace = (text.rstrip("\n") for text in rest.split("--- replace\n", 1))
    fields = dict(line.split(": ", 1) for line in head.splitlines() if line)
    return {"name": path.stem, "file": fields["file"], "breaks": fields["breaks"],
            "find": find, "replace": replace}


def broken(bug):
    """The file's text with the bug in it, or None when its place is not there."""
    file = ROOT / bug["file"]
    text = file.read_text() if file.is_file() else ""
    return text.replace(bug["find"], bug["replace"]) if text.count(bug["find"]) == 1 else None


def run(command, folder=None):
    """What it has said when it failed, else ""."""
    done = subprocess.run(command, cwd=folder, shell=True, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return "" if done.returncode == 0 else f"{command}: {done.stdout[-3000:]}"


class Simulation:
    """The simulation of build/, linked anew with one file that has a bug: an object stands before
    the library that has its sound twin, which is not taken then."""

    def __init__(self):
        commands = json.loads((BUILD / "compile_commands.json").read_text())
        self.compiled = {one["file"]: one for one in commands}
        said = subprocess.run(["ninja", "-C", BUILD, "-t", "commands", "sim"], check=True,
                              capture_output=True, text=True).stdout
        self.linked = said.splitlines()[-1]

    def build(self, name, bug, text):
        """Its program, and what went wrong."""
        OUT.mkdir(exist_ok=True)
        sound = ROOT / bug["file"]
        source, program = OUT / f"{name}.c", OUT / name
        made = source.with_suffix(".o")
        source.write_text(text)
        one = self.compiled[str(sound)]
        words = f" -w -iquote {sound.parent} -o {made} -c {source}"
        command, count = re.subn(r" -o \S+ -c \S+$", words, one["command"])
        assert count == 1, one["command"]
        said = run(command, one["directory"])
        command, count = re.subn(r" -o sim ", f" {made} -o {program} ", self.linked)
        assert count == 1, self.linked
        return program, said or run(command, BUILD)


def play(program, words):
    """(status, output) of the simulation; it and its children end when their time is over."""
    process = subprocess.Popen([program, *words], stdout=subprocess.PIPE, text=True,
                               start_new_session=True)
    try:
        output = process.communicate(timeout=SIM_SECONDS)[0]
        return process.returncode, output
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return 1, f"seed ?: {' '.join(words)} does not end\n" + process.communicate()[0]


def hunt(program):
    """What found something, "" if nothing did."""
    for words in HUNTS:
        status, output = play(program, words)
        if status != 0:
            lines = [line for line in output.splitlines() if line.startswith("seed ")]
            return f"{' '.join(words)}: {(lines or [f'status {status}'])[0]}"[:150]
    return ""


def choose(bugs, names, few):
    if names:
        return [bug for bug in bugs if bug["name"] in names]
    if few:
        day = datetime.date.today().toordinal() * few
        return [bugs[(day + i) % len(bugs)] for i in range(few)]
    return bugs


def main(words):
    few, check, names = 0, False, []
    while words:
        word = words.pop(0)
        if word == "--few":
            few = int(words.pop(0))
        elif word == "--check":
            check = True
        else:
            names.append(word)
    bugs = [read_bug(path) for path in sorted(pathlib.Path(__file__).parent.glob("*.bug"))]
    missing = [bug["name"] for bug in bugs if broken(bug) is None]
    for name in missing:
        print(f"{name}: its place is not in the source any more")
    if check:
        print(f"{len(bugs) - len(missing)} bugs have their place, {len(missing)} not")
        return 1 if missing else 0
    said = "" if few else hunt(BUILD / "sim")
    if said:
        print(f"without a bug there must be none: {said}")
        return 1
    caught, simulation = 0, Simulation()
    chosen = choose(bugs, names, few)
    for bug in chosen:
        text = broken(bug)
        if text is None:
            continue
        started = time.monotonic()
        program, said = simulation.build(bug["name"], bug, text)
        found = f"(does not compile) {said}" if said else hunt(program)
        good = bool(found) and not said
        caught += good
        program.unlink(missing_ok=True)
        took = time.monotonic() - started
        print(f"{'caught' if good else 'MISSED':7}{bug['name']:36} {took:4.0f} s  "
              f"{found or bug['breaks']}", flush=True)
    print(f"{caught} caught, {len(chosen) - caught} not")
    return 0 if caught == len(chosen) else 1


sys.exit(main(sys.argv[1:]))
