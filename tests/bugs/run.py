#!/usr/bin/env python3
"""Test of the tests: puts each bug of this folder into a copy of the tree and demands that the
simulation finds it.

  run.py [--tree FOLDER] [--check] [--few N] [NAME...]

A bug is a file NAME.bug: lines "file: PATH" and "breaks: WHAT", then a line "--- find", the text
that is to be replaced, a line "--- replace" and what comes instead. The text must stand exactly
once in the file, or the bug is not a bug any more and has to be written anew: that is a failure,
too. --check looks at that only. --few N takes N of them, other ones each day."""
import datetime, os, pathlib, shutil, signal, subprocess, sys, time

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ["runtime", "nodes", "designer-api", "docs", "flows", "tests/world", "tests/sim",
           "tests/tidy"]
# What must be silent without a bug, and find each of them: the cheapest first.
HUNTS = [["--from", "1", "--seeds", "250", "--stop"],
         *[["--sweep", flow, "--point", "most"]
           for flow in ("f1once", "f2", "f6", "call", "tick", "poll", "file", "heard")],
         ["--from", "2001", "--seeds", "1200", "--stop"],
         ["--sweep", "conn", "--point", "mem.once"],
         ["--flow", "call", "--from", "1", "--seeds", "2000", "--stop"]]
SIM_SECONDS = 120


def read_bug(path):
    head, rest = path.read_text().split("--- find\n", 1)
    find, replace = (text.rstrip("\n") for text in rest.split("--- replace\n", 1))
    fields = dict(line.split(": ", 1) for line in head.splitlines() if line)
    return {"name": path.stem, "file": fields["file"], "breaks": fields["breaks"],
            "find": find, "replace": replace}


def broken(bug, tree):
    """The file's text with the bug in it, or None when its place is not there."""
    file = tree / bug["file"]
    text = file.read_text() if file.is_file() else ""
    return text.replace(bug["find"], bug["replace"]) if text.count(bug["find"]) == 1 else None


def copy_tree(tree, copy):
    """Copies what differs, so that a second build does little."""
    seen = set()
    for file in [tree / "CMakeLists.txt"] + [f for folder in FOLDERS
                                             for f in sorted((tree / folder).rglob("*"))]:
        if not file.is_file():
            continue
        target = copy / file.relative_to(tree)
        seen.add(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists() or target.read_bytes() != file.read_bytes():
            shutil.copy(file, target)
    for folder in FOLDERS:
        for file in (copy / folder).rglob("*"):
            if file.is_file() and file not in seen:
                file.unlink()


def build(folder):
    done = subprocess.run(["ninja", "-C", folder, "sim"], capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stdout[-3000:]


def play(folder, words):
    """(status, output) of the simulation; it and its children end when their time is over."""
    process = subprocess.Popen([folder / "sim", *words], stdout=subprocess.PIPE, text=True,
                               start_new_session=True)
    try:
        output = process.communicate(timeout=SIM_SECONDS)[0]
        return process.returncode, output
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return 1, f"seed ?: {' '.join(words)} does not end\n" + process.communicate()[0]


def hunt(folder):
    """What found something, "" if nothing did."""
    for words in HUNTS:
        status, output = play(folder, words)
        if status != 0:
            lines = [line for line in output.splitlines() if line.startswith("seed ")]
            return f"{' '.join(words)}: {(lines or [f'status {status}'])[0]}"[:150]
    return ""


def configure(copy, out):
    launcher = ["-DCMAKE_C_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
    subprocess.run(["cmake", "-S", copy, "-B", out, "-G", "Ninja", *launcher, "-DWEFT_TESTS=ON",
                    "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_C_FLAGS_DEBUG=-O1 -w"],
                   check=True, stdout=subprocess.DEVNULL)


def choose(bugs, names, few):
    if names:
        return [bug for bug in bugs if bug["name"] in names]
    if few:
        day = datetime.date.today().toordinal() * few
        return [bugs[(day + i) % len(bugs)] for i in range(few)]
    return bugs


def main(words):
    tree, few, check, names = ROOT, 0, False, []
    while words:
        word = words.pop(0)
        if word == "--tree":
            tree = pathlib.Path(words.pop(0)).resolve()
        elif word == "--few":
            few = int(words.pop(0))
        elif word == "--check":
            check = True
        else:
            names.append(word)
    bugs = [read_bug(path) for path in sorted(pathlib.Path(__file__).parent.glob("*.bug"))]
    missing = [bug["name"] for bug in bugs if broken(bug, tree) is None]
    for name in missing:
        print(f"{name}: its place is not in the source any more")
    if check:
        print(f"{len(bugs) - len(missing)} bugs have their place, {len(missing)} not")
        return 1 if missing else 0
    copy, out = ROOT / "build-bugs/tree", ROOT / "build-bugs/out"
    copy_tree(tree, copy)
    configure(copy, out)
    said = build(out)
    if not said and not few:
        said = hunt(out)
    if said:
        print(f"without a bug there must be none: {said}")
        return 1
    caught = 0
    chosen = [bug for bug in choose(bugs, names, few)]
    for bug in chosen:
        file, text = copy / bug["file"], broken(bug, copy)
        if text is None:
            continue
        started, sound = time.monotonic(), file.read_text()
        file.write_text(text)
        said = build(out)
        found = f"(does not compile) {said}" if said else hunt(out)
        file.write_text(sound)
        os.utime(file)
        good = bool(found) and not said
        caught += good
        took = time.monotonic() - started
        print(f"{'caught' if good else 'MISSED':7}{bug['name']:36} {took:4.0f} s  "
              f"{found or bug['breaks']}", flush=True)
    print(f"{caught} caught, {len(chosen) - caught} not")
    return 0 if caught == len(chosen) else 1


sys.exit(main(sys.argv[1:]))
