#!/usr/bin/env python3
"""How long people wait for lists, steps and payloads of a store with a million runs.

  tests/bench/api_lists.py [--weft build/weft] [--fill build-bench/api_fill] [--runs 1000000]
                           [--asks 200] [--load RATE]

Asks a real server over its local socket, one ask after the other, each over a connection of its
own; with --load beside so many webhooks a second. The first ask of a payload, which makes its
index, is told apart. Prints milliseconds: p50, p95, the longest."""
import argparse
import http.client
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

from server import Local

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FLOW = {"weft": 1, "name": "W1", "nodes": [
    {"id": "hook", "type": "trigger.webhook", "config": {"path": "w1", "verify": {"type": "none"}}},
    {"id": "map", "type": "transform.map",
     "config": {"fields": [{"to": "total", "from": "=trigger.body.total * 2"}]}}],
    "edges": [{"from": "hook", "to": "map"}]}


def ask(socket_path, path):
    begun = time.perf_counter()
    connection = Local(socket_path)
    connection.request("GET", "/api/v1" + path, headers={"Weft-Workspace": "main"})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status >= 300:
        sys.exit(f"{path}: {answer.status} {body[:300]!r}")
    return (time.perf_counter() - begun) * 1000, body


def load(port, rate, stop, late):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    next_at = time.perf_counter()
    while not stop.is_set():
        next_at += 1 / rate
        time.sleep(max(0, next_at - time.perf_counter()))
        begun = time.perf_counter()
        connection.request("POST", "/hooks/main/production/w1", '{"total":1}',
                           {"content-type": "application/json"})
        connection.getresponse().read()
        late.append((time.perf_counter() - begun) * 1000)


def line(name, times):
    times = sorted(times)
    p50, p95 = times[len(times) // 2], times[int(len(times) * 0.95)]
    print(f"{name:44}{p50:9.1f}{p95:9.1f}{times[-1]:9.1f}", flush=True)


def lists(options, many, large):
    key = f"C-{random.randrange(20000)}"
    ever = "received_from=2000-01-01T00:00:00Z&received_to=2100-01-01T00:00:00Z"
    lines = f"/payloads/{large}-input/view?path=/body/lines"
    return {
        "the newest": "/runs", "of one flow": "/runs?flow=flow-03",
        "failed": "/runs?status=failed", "failed of one flow": "/runs?status=failed&flow=flow-17",
        "waiting or in doubt": "/runs?status=waiting,in_doubt",
        "by order key": f"/runs?key={key}",
        "by business key": f"/runs?key=SO-{options.runs // 2:07}",
        "by kind and text of the error": "/runs?error_kind=timeout&error=answer",
        "failed, between two moments": f"/runs?status=failed&{ever}",
        "failed, a customer in the input": "/runs?status=failed&field=body.customer.id&find=K-97",
        "steps: a first window of 20,000": f"/runs/{many}/steps",
        "steps: the failed one": f"/runs/{many}/steps?status=failed",
        "steps: a window in the middle": f"/runs/{many}/steps?position=10000",
        "the run of 20,000 steps": f"/runs/{many}",
        "50 MB: a window of its text": f"/payloads/{large}-input?offset=OFFSET&limit=65536",
        "50 MB: a level of its tree": f"{lines}&offset=INDEX",
        "50 MB: one value": f"{lines}/INDEX/sku",
    }


def run(options, data, many, large):
    os.makedirs(f"{data}/flows/w1")
    with open(f"{data}/flows/w1/flow.json", "w", encoding="utf8") as file:
        json.dump(FLOW, file)
    command = [options.weft, "serve", "--data", data, "--listen", "127.0.0.1:0"]
    server = subprocess.Popen([*command, "--flows", f"{data}/flows"], stderr=subprocess.PIPE,
                              text=True)
    port = 0
    for said in server.stderr:
        if found := re.search(r"listening on http://127.0.0.1:(\d+)", said):
            port = int(found.group(1))
            break
    threading.Thread(target=server.stderr.read, daemon=True).start()
    stop, late = threading.Event(), []
    if options.load:
        threading.Thread(target=load, args=(port, options.load, stop, late), daemon=True).start()
        time.sleep(3)
        line("webhooks alone", late)
        late.clear()
    path = f"{data}/weft.sock"
    print(f"{'':44}{'p50':>9}{'p95':>9}{'longest':>9}  ms")
    for name, target in lists(options, many, large).items():
        def one():
            offset, index = random.randrange(49_000_000), random.randrange(600_000)
            return ask(path, target.replace("OFFSET", str(offset)).replace("INDEX", str(index)))[0]
        first = one()
        times = [one() for _ in range(options.asks)]
        line(f"{name} (first: {first:.0f})", times)
    stop.set()
    if late:
        line("webhooks meanwhile", late)
    server.terminate()
    server.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weft", default=f"{ROOT}/build/weft")
    parser.add_argument("--fill", default=f"{ROOT}/build-bench/api_fill")
    parser.add_argument("--runs", type=int, default=1_000_000)
    parser.add_argument("--asks", type=int, default=200)
    parser.add_argument("--load", type=int, default=0)
    options = parser.parse_args()
    data = tempfile.mkdtemp(prefix="weft-lists-")
    try:
        begun = time.perf_counter()
        made = subprocess.run([options.fill, f"{data}/weft.db", str(options.runs)], check=True,
                              capture_output=True, text=True)
        size = os.path.getsize(f"{data}/weft.db") >> 20
        print(f"{options.runs} runs in {time.perf_counter() - begun:.0f} s, {size} MiB")
        run(options, data, *made.stdout.split())
    finally:
        shutil.rmtree(data)


main()
