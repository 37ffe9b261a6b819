#!/usr/bin/env python3
"""What people at their screens cost the webhooks: people.py, by run.sh people

  run.sh people [--runs 1000000] [--asks 18] [--rounds 5] [--secs 8] [--rate EVENTS_A_SECOND]

What is asked is what somebody asks who looks for the payments of a customer, for those of a flow
that failed this week, for one payment. First each kind is asked alone, for what it takes of the
loop: its CPU is that on any machine, and nothing else is answered meanwhile. Then W1 runs at half
of its maximum (or at --rate), at a pace of its own (pace.c), on a store with a million runs
(api_fill.c). Rounds take turns: nobody asks; many asks a second, by turns for lists (filtered, and
their next page), a first window of 20,000 steps, a window of a body of 50 MB, an evaluation. Prints
what each ask took beside what it may take, and what it took of the thread that looks (its CPU,
while W1 runs); W1's latencies of both kinds of rounds, the ratio of the medians of their p99, and
how many turns of the loop were long. The server has core 0, what asks has core 1."""
import argparse
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from server import HERE, ROOT, Local, Weft

EVALUATION = json.dumps({"kind": "expression", "source": "=decimal(trigger.body.amount) * 1.19",
                         "context": {"trigger": {"body": {"amount": "100.10"}}}})


RATIO = 1.2  # what must hold: docs/BENCHMARKS.md
LIMITS = {"list": 50, "steps": 50, "50 MB": 30, "an evaluation": 10}  # ms at p95


def limit(name):
    return LIMITS[name.partition(":")[0]]


def asks(options, many, large):
    """By turns: a name, a path or several of them, a body or none."""
    lines = f"/payloads/{large}-input/view?path=/body/lines"
    week = "received_from={}&received_to={}".format(*(
        time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - ago))
        for ago in (7 * 86400, 900)))  # without the large body: a look into it takes its time
    def payment():
        return f"SO-{random.randrange(options.runs):07}"
    ever = "received_from=2000-01-01T00:00:00Z&received_to=2100-01-01T00:00:00Z"
    return [
        ("list: the newest", lambda: "/runs", None),
        ("list: failed ones of a flow", lambda: "/runs?status=failed&flow=flow-17", None),
        ("list: failed, between two moments", lambda: f"/runs?status=failed&{ever}", None),
        ("list: by order key", lambda: f"/runs?key=C-{random.randrange(5000) * 4}", None),
        ("list: by order key, failed this week", lambda:
         f"/runs?key=C-{random.randrange(5000) * 4}&status=failed&{week}", None),
        ("list: by business key", lambda: f"/runs?key={payment()}", None),
        ("list: of a flow, failed this week", lambda:
         f"/runs?flow=flow-{random.randrange(20):02}&status=failed&{week}", None),
        ("list: by kind and text of the error",
         lambda: "/runs?error_kind=timeout&error=answer", None),
        ("list: failed, a field of the input",
         lambda: "/runs?status=failed&field=body.customer.id&find=K-97", None),
        ("list: failed this week, a text in the input",
         lambda: f"/runs?status=failed&{week}&find=K-4", None),
        ("list: this week, a field of the input",
         lambda: f"/runs?{week}&field=body.customer.id&find=K-{random.randrange(5000)}", None),
        ("list: exceptions of a flow",
         lambda: f"/exceptions?flow=flow-{random.randrange(20):02}", None),
        ("list: what a word finds", lambda: f"/search?q={payment()}", None),
        ("steps: a first window of 20,000", lambda: f"/runs/{many}/steps", None),
        ("50 MB: a window of its text", lambda:
         f"/payloads/{large}-input?offset={random.randrange(49_000_000)}&limit=65536", None),
        ("50 MB: a level of its tree", lambda: f"{lines}&offset={random.randrange(600_000)}", None),
        ("an evaluation", lambda: "/eval", EVALUATION),
    ]


class People(threading.Thread):
    """Asks by turns, so often, until told to end."""

    def __init__(self, pid, path, what, rate):
        super().__init__()
        self.path, self.what, self.rate = path, what, rate
        self.over, self.took, self.cursor = threading.Event(), {}, {}
        self.pid, self.looker, self.looked = pid, None, {}
        self.count = 0

    def one(self, name, target, body):
        pages = name.startswith("list: failed") or name == "list: the newest"
        if pages and self.cursor.get(name):
            target += ("&" if "?" in target else "?") + f"cursor={self.cursor[name]}"
        connection = Local(self.path)
        began = time.perf_counter()
        connection.request("POST" if body else "GET", "/api/v1" + target, body,
                           {"Weft-Workspace": "main", "Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
        took = (time.perf_counter() - began) * 1000
        connection.close()
        if answer.status >= 300:
            sys.exit(f"{target}: {answer.status} {text[:300]!r}")
        if pages:
            self.cursor[name] = json.loads(text).get("next")
        return took

    def run(self):
        # of this thread: pace, on the same core, is not to be late because of it
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
        due = time.perf_counter()
        while not self.over.is_set():
            due += 1 / self.rate
            if self.over.wait(max(0, due - time.perf_counter())):
                return
            name, target, body = self.what[self.count % len(self.what)]
            before = self.looks()
            self.took.setdefault(name, []).append(self.one(name, target(), body))
            self.looked.setdefault(name, []).append(self.looks() - before)
            self.count += 1

    def looks(self):
        """Milliseconds that the looking thread has had of the processor; it is made for the first
        look."""
        self.looker = self.looker or calmest(self.pid)
        return thread_cpu(self.pid, self.looker) if self.looker else 0

    def end(self):
        self.over.set()
        self.join()


def calmest(pid):
    """The thread of the program that lets all others go first (runtime/io/pool_calm.c)."""
    for thread in os.listdir(f"/proc/{pid}/task"):
        if os.getpriority(os.PRIO_PROCESS, int(thread)) > 0:
            return thread
    return None


def thread_cpu(pid, thread):
    with open(f"/proc/{pid}/task/{thread}/schedstat", encoding="ascii") as f:
        return int(f.read().split()[0]) / 1e6  # ms


def loop_cpu(pid):
    return thread_cpu(pid, pid)


def alone(weft, what, count):
    """{name: milliseconds of the loop's CPU for one}"""
    people, cost = People(weft.pid, f"{weft.data}/weft.sock", what, 1), {}
    for name, target, body in what:
        people.one(name, target(), body)  # indexes are made, pages read
        before = loop_cpu(weft.pid)
        for _ in range(count):
            people.one(name, target(), body)
        cost[name] = (loop_cpu(weft.pid) - before) / count
    return cost


def load(port, rate, secs):
    text = subprocess.run(["taskset", "-c", "1", f"{ROOT}/build-bench/pace", str(port),
                           "/hooks/main/production/w1", str(rate), str(secs)],
                          stdout=subprocess.PIPE, text=True, check=True).stdout
    return json.loads(text[text.index("RESULT ") + 7:])


def most(port):
    """Answers a second that 64 connections get, each of which asks again at once."""
    url = f"http://127.0.0.1:{port}/hooks/main/production/w1"
    text = subprocess.run(["taskset", "-c", "1", "wrk", "-t1", "-c64", "-d5s", "-s",
                           f"{HERE}/payload.lua", url], stdout=subprocess.PIPE, text=True,
                          check=True).stdout
    row = json.loads(text[text.index("RESULT ") + 7:])
    return row["requests"] / row["seconds"]


def turns(path):
    """{bound in seconds: turns of the loop that were no longer}, if the program tells."""
    connection = Local(path)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    found = re.findall(r'weft_loop_turn_seconds_bucket\{le="([^"]+)"\} (\d+)', text)
    return {bound: int(count) for bound, count in found}


def longer(before, after):
    """Of the turns between, how many took longer than what."""
    bounds = [b for b in after if b != "+Inf"]
    total = after["+Inf"] - before["+Inf"]
    return ", ".join(f"{total - (after[b] - before[b])} > {float(b) * 1000:g} ms"
                     for b in bounds if 0.001 <= float(b) <= 0.1)


def rounds(options, weft, what):
    rate = options.rate or most(weft.port) / 2
    path = f"{weft.data}/weft.sock"
    print(f"W1 at {rate:.0f} a second, {options.asks} asks a second beside it", flush=True)
    took, looked, rows = {}, {}, {"alone": [], "beside": []}
    load(weft.port, rate, 2)
    for _ in range(options.rounds):
        for kind in ("alone", "beside"):
            people = People(weft.pid, path, what, options.asks)
            before = turns(path)
            if kind == "beside":
                people.start()
            row = load(weft.port, rate, options.secs)
            if kind == "beside":
                people.end()
            for name, times in people.took.items():
                took.setdefault(name, []).extend(times)
                looked.setdefault(name, []).extend(people.looked[name])
            rows[kind].append(row)
            after = turns(path)
            print(f"  {kind:8}p50 {row['p50_us'] / 1000:7.2f}  p99 {row['p99_us'] / 1000:7.2f}  "
                  f"p99.9 {row['p999_us'] / 1000:7.2f}  longest {row['max_us'] / 1000:7.2f} ms"
                  f"{'; turns: ' + longer(before, after) if after else ''}", flush=True)
    return rows, took, looked


def show(rows, took, looked, cost):
    print(f"\n{'':44}{'asks':>6}{'p50':>8}{'p95':>8}{'limit':>7}{'longest':>9}"
          f"{'its CPU':>9}{'p95':>7}{'the loop':>10} ms")
    for name, times in took.items():
        times.sort()
        p95 = times[int(len(times) * 0.95)]
        own = sorted(looked[name])
        print(f"{name:44}{len(times):6}{times[len(times) // 2]:8.1f}{p95:8.1f}{limit(name):7}"
              f"{times[-1]:9.1f}{own[len(own) // 2]:9.2f}{own[int(len(own) * 0.95)]:7.2f}"
              f"{cost[name]:10.3f}{'    OVER' if p95 >= limit(name) else ''}")
    quiet, beside = ([r["p99_us"] for r in rows[kind]] for kind in ("alone", "beside"))
    pairs = [b / a for a, b in zip(quiet, beside)]
    print(f"\nW1's p99: alone {statistics.median(quiet) / 1000:.2f} ms, beside people "
          f"{statistics.median(beside) / 1000:.2f} ms (medians of {len(quiet)} rounds); ratio "
          f"{statistics.median(beside) / statistics.median(quiet):.2f} (limit {RATIO:.2f}), of the "
          f"pairs {min(pairs):.2f} to {max(pairs):.2f}, median {statistics.median(pairs):.2f}")
    print(f"errors: {sum(r['errors'] for r in rows['alone'] + rows['beside'])}")


def main():
    parser = argparse.ArgumentParser(prog="run.sh people")
    parser.add_argument("--runs", type=int, default=1_000_000)
    parser.add_argument("--asks", type=float, default=18)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--secs", type=float, default=8)
    parser.add_argument("--rate", type=float)
    options = parser.parse_args()
    data = tempfile.mkdtemp(prefix="weft-people-", dir=f"{ROOT}/build-bench")
    try:
        made = subprocess.run([f"{ROOT}/build-bench/api_fill", f"{data}/weft.db",
                               str(options.runs)], check=True, capture_output=True, text=True)
        many, large = made.stdout.split()
        weft = Weft(data)
        what = asks(options, many, large)
        try:
            cost = alone(weft, what, 20)
            rows, took, looked = rounds(options, weft, what)
        finally:
            weft.close()
        show(rows, took, looked, cost)
    finally:
        shutil.rmtree(data)


if __name__ == "__main__":
    main()
