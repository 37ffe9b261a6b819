#!/usr/bin/env python3
"""How long a webhook waits for its result while other rules run: hostile.py [--weft PROGRAM]

A small flow is asked 200 times a second and answers what its rule says, durably: alone; while
hostile scripts (one of each class of tests/unit/hostile) run in flows of their own, eight at once;
while a flow with 400 tests of its rules is published again and again, which runs them. Compare the
three lines of one session: each is of the same machine, whatever else it does.
"""
import argparse
import glob
import http.client
import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
EVERY = 0.005  # seconds


def save(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + ".new", "w", encoding="utf-8") as f:
        f.write(text)
    os.rename(path + ".new", path)


def flow(name, respond, node):
    trigger = {"id": "event", "type": "trigger.webhook",
               "config": {"path": name, "respond": respond, "verify": {"type": "none"}}}
    nodes = [trigger, dict(node, id="rule")]
    edges = [{"from": "event", "to": "rule"}]
    if respond == "result":
        nodes.append({"id": "answer", "type": "connector.respond", "config": {"body": "=input"}})
        edges.append({"from": "rule", "to": "answer"})
    return json.dumps({"weft": 1, "name": name, "nodes": nodes, "edges": edges})


def write_flows(folder):
    """The names of the hostile ones."""
    small = {"type": "transform.map",
             "config": {"fields": [{"to": "sum", "from": "=trigger.body.amount * 1.19"}]}}
    save(f"{folder}/small/flow.json", flow("small", "result", small))
    save(f"{folder}/tested/flow.json", flow("tested", "result", small))
    write_tests(folder, 0)
    names = {}
    for path in sorted(glob.glob(f"{ROOT}/tests/unit/hostile/*.lua")):
        with open(path, "rb") as f:
            source = f.read()
        if not source.startswith(b"-- compile") and b"\0" not in source:
            names.setdefault(os.path.basename(path).partition("_")[0], source.decode("latin-1"))
    for name, source in names.items():
        node = {"type": "transform.script", "config": {"source": source}}
        save(f"{folder}/{name}/flow.json", flow(name, "accepted", node))
    return list(names)


def write_tests(folder, version):
    cases = [{"name": f"case {i}", "function": "of", "input": {"amount": i}, "expected": i * 2}
             for i in range(400)]
    save(f"{folder}/tested/rules/fees.lua",
         f"-- {version}\nlocal m = {{}}\nfunction m.of(x) local n = 0\n"
         "for i = 1, 2000 do n = n + 1 end\nreturn x.amount * 2 end\nreturn m\n")
    save(f"{folder}/tested/rules/fees.test.json", json.dumps(cases))


def post(connection, name):
    connection.request("POST", f"/hooks/main/production/{name}", '{"amount": 100.10, "lines": []}',
                       {"Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    return answer.status


def measure(port, secs):
    """Milliseconds that each answer took, sorted."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    took, due = [], time.monotonic()
    end = due + secs
    while due < end:
        time.sleep(max(0, due - time.monotonic()))
        began = time.monotonic()
        if post(connection, "small") != 200:
            raise SystemExit("hostile: the small flow did not answer 200")
        took.append((time.monotonic() - began) * 1000)
        due = max(due + EVERY, began)
    return sorted(took)


def beside(work, count):
    """Starts threads that do work(n) until what is returned is called; it gives how often."""
    stop, done = threading.Event(), []

    def run(first):
        n = first
        while not stop.is_set():
            work(n)
            done.append(n)
            n += count
    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()

    def end():
        stop.set()
        for thread in threads:
            thread.join()
        return len(done)
    return end


def show(what, took, more=""):
    half, most = took[len(took) // 2], took[len(took) * 99 // 100]
    print(f"{what:34}{len(took):6} answers: p50 {half:6.2f} ms, p99 {most:6.2f} ms, "
          f"longest {took[-1]:6.2f} ms{more}", flush=True)


def session(options, folder):
    names = write_flows(f"{folder}/flows")
    process = subprocess.Popen([options.weft, "serve", "--data", f"{folder}/data", "--listen",
                                "127.0.0.1:0", "--flows", f"{folder}/flows"],
                               stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        if line.startswith("weft: listening on"):
            break
        if "nothing is verified" not in line:
            print(line, end="")
    port = int(line.rpartition(":")[2])
    threading.Thread(target=process.stderr.read, daemon=True).start()

    def hostile(n):
        post(http.client.HTTPConnection("127.0.0.1", port), names[n % len(names)])
        time.sleep(0.05)

    def publish(n):
        write_tests(f"{folder}/flows", n + 1)
        process.send_signal(signal.SIGHUP)
        time.sleep(0.5)

    measure(port, 1)
    show("alone", measure(port, options.secs))
    end = beside(hostile, 8)
    took = measure(port, options.secs)
    show("beside hostile rules", took, f"; {end()} hostile events of {len(names)} classes")
    end = beside(publish, 1)
    took = measure(port, options.secs)
    show("beside 400 tests of rules", took, f"; published {end()} times")
    process.terminate()
    process.wait(60)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--weft", default=f"{ROOT}/build/weft")
    parser.add_argument("--secs", type=float, default=8)
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="weft-hostile-")
    try:
        session(options, folder)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
