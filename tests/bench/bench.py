"""The measuring behind run.sh; see there. Python's standard library only.

Every figure is of one server process. CPU is its user and system time, RSS its peak within the
run (the kernel's mark is reset before), bytes written are what it caused to be sent to the disk,
bytes kept the growth of the data directory. A run during which other programs took more than 8 %
of a core is marked as disturbed.
"""
import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import time

import durable
from server import HERE, ROOT, Mock, Weft, cpu_of, cpu_of_machine, kept_in, rss_mib, row_of

DISTURBED = 0.08
WARM_SECS = 2


def load(url, conns, secs):
    """wrk's RESULT and the CPU it took."""
    command = ["taskset", "-c", "1", "wrk", "-t1", f"-c{conns}", f"-d{secs}s", "--timeout", "30s",
               "-s", f"{HERE}/payload.lua", url]
    before = os.times()
    text = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    after = os.times()
    cpu = (after.children_user + after.children_system
           - before.children_user - before.children_system)
    line = next(x for x in text.splitlines() if x.startswith("RESULT "))
    return json.loads(line[7:]), cpu


def measure(name, url, conns, secs, pid=None, data=None, helpers=()):
    """One run as a row."""
    if pid:
        with open(f"/proc/{pid}/clear_refs", "w", encoding="ascii") as f:
            f.write("5")  # resets VmHWM
    before = [cpu_of(pid) if pid else 0, row_of(pid, "io", "write_bytes"), kept_in(data),
              sum(map(cpu_of, helpers)), cpu_of_machine()]
    row, wrk_cpu = load(url, conns, secs)
    after = [cpu_of(pid) if pid else 0, row_of(pid, "io", "write_bytes"), kept_in(data),
             sum(map(cpu_of, helpers)), cpu_of_machine()]
    cpu, written, kept, helper_cpu, machine = (b - a for a, b in zip(before, after))
    runs = max(1, row["requests"])
    other = max(0.0, machine - cpu - helper_cpu - wrk_cpu)
    row.update(name=name, conns=conns, rate=round(runs / row["seconds"], 1),
               cpu_s_per_1000=round(cpu / runs * 1000, 4), written_per_run=round(written / runs),
               kept_per_run=round(kept / runs), wrk_cpu_s=round(wrk_cpu, 2),
               peak_rss_mib=round(rss_mib(pid, "VmHWM"), 1) if pid else 0,
               other_cpu_s=round(other, 2), disturbed=not pid or other > DISTURBED * secs)
    return row


def durability():
    """What the store asks of SQLite, from the statement that opens it."""
    with open(f"{ROOT}/runtime/store/store_sqlite.c", encoding="utf-8") as f:
        found = re.search(r"PRAGMA (synchronous = \w+)", f.read())
    return found[1] if found else "not found in runtime/store/store_sqlite.c"


HEADER = (f"{'':12}{'conns':>6}{'runs/s':>10}{'min-max':>16}{'p50 ms':>8}{'p99 ms':>8}"
          f"{'CPU s/1000':>12}{'RSS MiB':>9}{'written B':>11}{'kept B':>8}{'errors':>8}  disturbed")


def show(rows):
    def middle(key):
        return statistics.median(r[key] for r in rows)
    rates = [r["rate"] for r in rows]
    print(f"{rows[0]['name']:12}{rows[0]['conns']:6}{middle('rate'):10.0f}"
          f"{f'{min(rates):.0f}-{max(rates):.0f}':>16}{middle('p50_us') / 1000:8.2f}"
          f"{middle('p99_us') / 1000:8.2f}{middle('cpu_s_per_1000'):12.3f}"
          f"{max(r['peak_rss_mib'] for r in rows):9.1f}{middle('written_per_run'):11.0f}"
          f"{middle('kept_per_run'):8.0f}{sum(r['errors'] for r in rows):8}"
          f"  {sum(r['disturbed'] for r in rows)} of {len(rows)}", flush=True)


def series(options, out, name, url, **server):
    load(url, 16, WARM_SECS)
    for conns in options.conns:
        rows = [measure(name, url, conns, options.secs, **server) for _ in range(options.repeat)]
        for row in rows:
            print(json.dumps(row), file=out, flush=True)
        show(rows)


def cold(options, out):
    """exec to the first answered webhook, in an empty data directory."""
    took = []
    for _ in range(max(5, options.repeat)):
        weft = Weft()
        status = weft.post("w1")[0]
        took.append((time.monotonic() - weft.started) * 1000)
        rss = rss_mib(weft.pid)
        weft.close()
        if status != 200:
            sys.exit(f"bench: the first webhook was answered {status}")
    row = {"name": "cold", "ms": [round(x, 1) for x in took], "median_ms":
           round(statistics.median(took), 1), "idle_rss_mib": round(rss, 1)}
    print(json.dumps(row), file=out, flush=True)
    print(f"{'cold start':12}{row['median_ms']:8.1f} ms to the first answer "
          f"(of {len(took)}: {min(took):.1f}-{max(took):.1f}), {rss:.1f} MiB", flush=True)


def weft_series(options, out, name):
    mock = Mock() if name == "w2" else None
    weft = Weft()
    try:
        series(options, out, name, weft.url(name), pid=weft.pid, data=weft.data,
               helpers=(mock.process.pid,) if mock else ())
    finally:
        weft.close()
        if mock:
            mock.close()


def waiting(options, out):
    rows = durable.waiting(options, out, measure, HEADER)
    for name in rows:
        show(rows[name])
    print(f"{'':12}W1 beside the waiting runs by W1 beside none: runs/s "
          f"{durable.ratio_of(rows, 'rate'):.3f}, CPU of a run "
          f"{durable.ratio_of(rows, 'cpu_s_per_1000'):.3f} (medians of {len(rows['w1 empty'])} "
          "pairs)", flush=True)


def storm(options, out):
    quiet, windy, text = durable.storm(options, out, measure, HEADER)
    show(quiet)
    show(windy)
    print(f"{'':12}{text}", flush=True)


DURABLE = {"recover": durable.recover, "waiting": waiting, "foreach": durable.foreach,
           "storm": storm}


def main():
    p = argparse.ArgumentParser(prog="run.sh")
    p.add_argument("what", nargs="?", default="all",
                   choices=["w1", "w2", "cold", "all", "peer", *DURABLE])
    p.add_argument("peer", nargs="*", metavar="NAME URL")
    p.add_argument("--pid", type=int)
    p.add_argument("--secs", type=int, default=10)
    p.add_argument("--repeat", type=int, default=3)
    p.add_argument("--runs", type=int)
    p.add_argument("--spread", type=int, default=0)
    p.add_argument("--conns", type=lambda text: [int(x) for x in text.split(",")],
                   default=[1, 16, 64, 256])
    options = p.parse_args()
    if (options.what == "peer") != (len(options.peer) == 2):
        p.error("peer needs NAME and URL, and nothing else takes them")
    os.makedirs(f"{ROOT}/build-bench", exist_ok=True)
    with open(f"{ROOT}/build-bench/results.jsonl", "a", encoding="utf-8") as out:
        if options.what != "peer":
            print(f"durability: {durability()}; an answer leaves after its commit")
        if options.what in DURABLE:
            DURABLE[options.what](options, out)
            return
        if options.what != "cold":
            print(HEADER, flush=True)
        if options.what == "peer":
            series(options, out, *options.peer, pid=options.pid)
        for name in ("w1", "w2"):
            if options.what in (name, "all"):
                weft_series(options, out, name)
        if options.what in ("cold", "all"):
            cold(options, out)


main()
