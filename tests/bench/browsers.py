#!/usr/bin/env python3
"""What open browsers cost: browsers.py, by run.sh browsers

  run.sh browsers [--browsers 1000] [--rounds 5] [--secs 8] [--rate EVENTS_A_SECOND]

Each browser keeps one stream of events open (GET /events), as every window of the designer does by
its tab's worker, signed in by a token. First what they take of memory when nothing happens. Then
W1 runs at half of its maximum (or at --rate), at a pace of its own (pace.c); rounds take turns:
nobody listens; all listen, and each of them hears of the runs. Prints W1's latencies of both kinds,
the ratio of the medians of their p99, what an event took of the loop's processor, and how much each
browser has heard. The server has core 0; the load and the browsers have core 1, where the browsers
give way."""
import argparse
import json
import os
import re
import socket
import statistics
import sys
import threading

from people import RATIO, load, longer, loop_cpu, most, turns
from server import Local, Weft, rss_mib

MIB = 60  # what must hold: docs/BENCHMARKS.md
TOPICS = "run,exception,alert,connection,deployment"


def asked(path, method, target, body):
    connection = Local(path)
    connection.request(method, "/api/v1" + target, json.dumps(body),
                       {"Content-Type": "application/json"})
    answer = connection.getresponse()
    said = json.loads(answer.read())
    connection.close()
    if answer.status >= 300:
        sys.exit(f"{target}: {answer.status} {said}")
    return said


def token(path):
    asked(path, "POST", "/users", {"name": "opal", "roles": {"main": "operator"}})
    scopes = ["runs.read", "exceptions.read", "alerts.read", "connections.read", "flows.read"]
    made = asked(path, "POST", "/tokens", {"user": "opal", "name": "browsers", "scopes": scopes})
    return made["secret"]


class Browsers(threading.Thread):
    """So many streams, read as they come, until told to end."""

    def __init__(self, port, secret, count):
        super().__init__()
        self.over, self.heard, self.ended = threading.Event(), [0] * count, 0
        ask = (f"GET /api/v1/events?topics={TOPICS} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
               f"Authorization: Bearer {secret}\r\n\r\n").encode()
        self.streams = []
        for _ in range(count):
            stream = socket.create_connection(("127.0.0.1", port))
            stream.sendall(ask)
            self.streams.append(stream)
        for stream in self.streams:
            head = stream.recv(65536)
            if not head.startswith(b"HTTP/1.1 200"):
                sys.exit(f"a browser was refused: {head[:200]!r}")
            stream.setblocking(False)

    def run(self):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
        while not self.over.wait(0.1):
            for i, stream in enumerate(self.streams):
                self.read(i, stream)

    def read(self, i, stream):
        try:
            text = stream.recv(262144)
        except BlockingIOError:
            return
        self.heard[i] += len(re.findall(rb"^event: run$", text, re.MULTILINE))
        self.ended += not text

    def end(self):
        self.over.set()
        self.join()
        for stream in self.streams:
            stream.close()


def memory(weft, secret, count):
    load(weft.port, 200, 2)  # caches and pools have their size
    before = rss_mib(weft.pid)
    browsers = Browsers(weft.port, secret, count)
    took = rss_mib(weft.pid) - before
    browsers.start()
    load(weft.port, 200, 2)
    loaded = rss_mib(weft.pid) - before
    browsers.end()
    print(f"{count} browsers: {took:.1f} MiB, when they have heard of runs {loaded:.1f} MiB "
          f"(limit {MIB}){'    OVER' if loaded >= MIB else ''}", flush=True)


def rounds(options, weft, secret):
    rate = options.rate or most(weft.port) / 2
    path = f"{weft.data}/weft.sock"
    print(f"W1 at {rate:.0f} a second, {options.browsers} browsers beside it", flush=True)
    rows, cost = {"alone": [], "beside": []}, {"alone": [], "beside": []}
    load(weft.port, rate, 2)
    for _ in range(options.rounds):
        for kind, kept in rows.items():
            browsers = Browsers(weft.port, secret, options.browsers if kind == "beside" else 0)
            browsers.start()
            before, cpu = turns(path), loop_cpu(weft.pid)
            row = load(weft.port, rate, options.secs)
            cost[kind].append((loop_cpu(weft.pid) - cpu) * 1000 / row["requests"])
            after = turns(path)
            browsers.end()
            heard = browsers.heard or [0]
            kept.append(row)
            print(f"  {kind:8}p50 {row['p50_us'] / 1000:7.2f}  p99 {row['p99_us'] / 1000:7.2f}  "
                  f"longest {row['max_us'] / 1000:7.2f} ms; the loop {cost[kind][-1]:6.1f} us an "
                  f"event; heard {min(heard)} to {max(heard)}, cut {browsers.ended}; turns: "
                  f"{longer(before, after)}", flush=True)
    return rows, cost


def main():
    parser = argparse.ArgumentParser(prog="run.sh browsers")
    parser.add_argument("--browsers", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--secs", type=float, default=8)
    parser.add_argument("--rate", type=float)
    options = parser.parse_args()
    weft = Weft()
    try:
        secret = token(f"{weft.data}/weft.sock")
        memory(weft, secret, options.browsers)
        rows, cost = rounds(options, weft, secret)
    finally:
        weft.close()
    quiet, beside = ([r["p99_us"] for r in rows[kind]] for kind in ("alone", "beside"))
    pairs = [b / a for a, b in zip(quiet, beside)]
    print(f"\nW1's p99: alone {statistics.median(quiet) / 1000:.2f} ms, beside browsers "
          f"{statistics.median(beside) / 1000:.2f} ms (medians of {len(quiet)} rounds); median of "
          f"the pairs {statistics.median(pairs):.2f} (limit {RATIO:.2f}); the loop "
          f"{statistics.median(cost['alone']):.1f} and {statistics.median(cost['beside']):.1f} us "
          "an event")


main()
