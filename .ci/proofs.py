#!/usr/bin/env python3
"""Looks whether each test that docs/BAD_INPUTS.md names is there: `FILE: TEXT` in the last column
means that FILE has TEXT, `FILE` alone that it is there."""
import pathlib, re, sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/BAD_INPUTS.md"


def fault(proof):
    path, _, text = proof.partition(": ")
    file = ROOT / path
    if not file.is_file():
        return f"there is no {path}"
    found = file.read_text(errors="replace")
    words = re.fullmatch(r"[a-z0-9_]+", text)
    there = re.search(rf"\b{text}\b", found) if words else text in found
    return "" if there else f"{path} has no \"{text}\""


def main():
    faults, proofs = 0, 0
    for number, line in enumerate(PAGE.read_text().splitlines(), 1):
        if not line.startswith("| ") or line.startswith("| ---"):
            continue
        for proof in re.findall(r"`([^`]+)`", line.rstrip(" |").rsplit(" | ", 1)[-1]):
            proofs += 1
            said = fault(proof)
            if said:
                faults += 1
                print(f"docs/BAD_INPUTS.md:{number}: {said}")
    print(f"{proofs} tests are named, {faults} are not there")
    return 1 if faults or not proofs else 0


sys.exit(main())
