#!/usr/bin/env python3
"""What the governor of a connection costs: its share of the instructions of W2 (callgrind).

    tests/bench/run.sh governor [--secs N]

W2 posts over a connection here, with a rate and places. Instructions, not time: the same on a busy
machine. What the governor calls counts as its own."""
import argparse
import json
import os
import re
import subprocess
import sys

from server import HERE, MOCK, ROOT, Mock, Weft

ROW = re.compile(r"^\s*([\d,]+) \(\s*[\d.]+%\)\s+(?:\S+?:)?(PROGRAM TOTALS|\w+)")


def governed():
    """W2 with a connection; the folder of its flows."""
    folder = os.path.join(ROOT, "build-bench", "governed")
    os.makedirs(os.path.join(folder, "w2"), exist_ok=True)
    with open(os.path.join(HERE, "flows", "w2", "flow.json"), encoding="utf-8") as file:
        flow = json.load(file)
    post = next(node for node in flow["nodes"] if node["id"] == "erp")
    post["connection"] = "erp"
    post["config"] = {"method": "POST", "path": "/erp", "body": "=input"}
    connection = {"connector": "http", "base_url": f"http://{MOCK}",
                  "limits": {"requests": 100000, "per": "1s", "concurrency": 1000}}
    for name, body in (("flow", flow),
                       ("connections", {"weft": 1, "connections": {"erp": connection}})):
        with open(os.path.join(folder, "w2", f"{name}.json"), "w", encoding="utf-8") as file:
            json.dump(body, file)
    return folder


def counted(out):
    """{function: instructions, with those of what it calls}"""
    text = subprocess.run(["callgrind_annotate", "--inclusive=yes", "--threshold=100", out],
                          stdout=subprocess.PIPE, text=True, check=True).stdout
    rows = (ROW.match(line) for line in text.splitlines())
    return {row.group(2): int(row.group(1).replace(",", "")) for row in rows if row}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--secs", type=int, default=20)
    options = parser.parse_args()
    out = os.path.join(ROOT, "build-bench", "governor.callgrind")
    mock = Mock()
    weft = Weft(flows=(os.path.relpath(governed(), HERE),),
                wrapper=["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}"])
    try:
        subprocess.run(["taskset", "-c", "1", "wrk", "-t1", "-c16", f"-d{options.secs}s",
                        "--timeout", "30s", "-s", f"{HERE}/payload.lua", weft.url("w2")],
                       stdout=subprocess.DEVNULL, check=True)
        asked = mock.count()
    finally:
        weft.close()
        mock.close()
    found = counted(out)
    total = found.get("PROGRAM TOTALS", 0)
    own = {name: n for name, n in found.items() if name.startswith("governor")}
    if asked < 100 or "governor_enter" not in own:
        sys.exit(f"governor: {asked} requests came and {sorted(own)} were counted: too little")
    for name, n in sorted(own.items(), key=lambda one: -one[1]):
        print(f"{name:24} {n / asked:10.0f} instructions a request")
    share = sum(own.values()) / total
    print(f"{'together, at most':24} {sum(own.values()) / asked:10.0f} of {total / asked:.0f}: "
          f"{100 * share:.2f} % of W2 ({asked} requests; the limit is 1 %)")
    sys.exit(share >= 0.01)


if __name__ == "__main__":
    main()
