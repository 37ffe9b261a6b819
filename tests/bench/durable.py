"""What the durable engine can bear: recover, waiting, foreach, storm; see run.sh.

A store with many runs is made from one real run that a server has left behind: tests/bench/fill.c
copies its rows. All is the real program on a real disk; the mock answers every POST at once.
"""
import json
import random
import shutil
import statistics
import string
import subprocess
import sys
import threading
import time

from server import Mock, Mute, ROOT, EVENT, Weft, cpu_of, new_data, rss_mib

FOLDERS = ("flows", "durable")
BUSY = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
STORM_AFTER_MS = 15000  # from the making of the store: by then the server has started


def event():
    """Of 1 KiB."""
    text = json.dumps(EVENT)
    letters = random.Random(1).choices(string.ascii_lowercase, k=1024)
    return dict(EVENT, reference="".join(letters[len(text) + len(', "reference": ""'):]))


def left_behind(name, secs, mute=None):
    """A data directory with one unfinished run of the flow; its server was killed."""
    data = new_data()
    weft = Weft(data, FOLDERS)
    status, answer = weft.post(name, event())
    if status != 202:
        sys.exit(f"bench: {name} was answered {status}: {answer.decode()}")
    end = time.monotonic() + secs
    while mute is not None and not mute.taken and time.monotonic() < end:
        time.sleep(0.01)
    time.sleep(1)  # what it writes behind its answer is on the disk
    weft.close(kill=True)
    if mute is not None:
        mute.close()
    return data


def fill(data, count, *due):
    """`count` runs like the one that is there; the moment of the first."""
    command = [f"{ROOT}/build-bench/fill", f"{data}/weft.db", str(count), *map(str, due)]
    began = time.monotonic()
    out = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    return int(out), time.monotonic() - began


# ---- recover

def recover_once(data, count):
    mock = Mock()
    weft = Weft(data, FOLDERS)
    in_hand_mib, in_hand_cpu = rss_mib(weft.pid), cpu_of(weft.pid)
    first = mock.until(1)
    last = mock.until(count)
    sent_cpu = cpu_of(weft.pid)
    time.sleep(1)
    row = {"listening_s": weft.listening - weft.started, "first_s": first - weft.started,
           "last_s": last - weft.started, "in_hand_cpu_s": in_hand_cpu, "cpu_s": sent_cpu,
           "rss_mib": in_hand_mib, "peak_mib": rss_mib(weft.pid, "VmHWM")}
    weft.close(kill=True)
    row["sent"] = mock.count()
    mock.close()
    return row


RECOVER_COLUMNS = (  # title, width, digits, key
    ("in hand s", 11, 2, "listening_s"), ("of CPU s", 10, 2, "in_hand_cpu_s"),
    ("1st sent s", 12, 2, "first_s"), ("all sent s", 12, 2, "last_s"), ("of CPU s", 10, 2, "cpu_s"),
    ("RSS MiB", 9, 1, "rss_mib"), ("peak MiB", 10, 1, "peak_mib"))


def recover(options, out):
    """exec, until all runs are in the engine's hands, until each has sent its request."""
    count = options.runs or 100000
    full = left_behind("resume", 10, Mute())
    _, took = fill(full, count - 1)
    titles = "".join(f"{title:>{width}}" for title, width, _, _ in RECOVER_COLUMNS)
    print(f"{'':12}{'runs':>8}{titles}   (made in {took:.1f} s)", flush=True)
    rows = []
    for _ in range(options.repeat):
        data = new_data()
        shutil.copytree(full, data, dirs_exist_ok=True,
                        ignore=lambda folder, names: [n for n in names if n.endswith(".sock")])
        rows.append(dict(recover_once(data, count), name="recover", runs=count))
        shutil.rmtree(data)
        print(json.dumps(rows[-1]), file=out, flush=True)
    shutil.rmtree(full)
    figures = "".join(f"{statistics.median(row[key] for row in rows):{width}.{digits}f}"
                      for _, width, digits, key in RECOVER_COLUMNS)
    print(f"{'recover':12}{count:8}{figures}", flush=True)


# ---- waiting

def waiting(options, out, measure, header):
    """W1 beside an empty store and beside one with a million runs that wait, by turns."""
    count = options.runs or 1000000
    data = left_behind("wait", 10)
    _, took = fill(data, count - 1)
    servers = [("w1 empty", Weft(None, FOLDERS)), ("w1 waiting", Weft(data, FOLDERS))]
    idle = [rss_mib(weft.pid) for _, weft in servers]
    start = [(weft.listening - weft.started) * 1000 for _, weft in servers]
    print(f"start to listening: {start[0]:.0f} ms empty, {start[1]:.0f} ms beside {count} waiting "
          f"runs (made in {took:.1f} s); RSS then {idle[0]:.1f} and {idle[1]:.1f} MiB", flush=True)
    print(header, flush=True)
    rows = {name: [] for name, _ in servers}
    for turn in range(-1, max(options.repeat, 3)):
        for name, weft in servers[::-1] if turn % 2 else servers:
            row = measure(name, weft.url("w1"), 64, options.secs if turn >= 0 else 2, pid=weft.pid,
                          data=weft.data)
            if turn >= 0:  # the first was to warm up
                rows[name].append(row)
                print(json.dumps(dict(row, waiting=count)), file=out, flush=True)
    for _, weft in servers:
        weft.close()
    shutil.rmtree(data)
    return rows


def ratio_of(rows, key):
    """The second's by the first's, median of the pairs, each of which ran side by side."""
    empty, full = rows["w1 empty"], rows["w1 waiting"]
    return statistics.median(b[key] / a[key] for a, b in zip(empty, full))


# ---- foreach

def foreach(options, out):
    """One webhook whose run makes a list and does a pure step for each of its items."""
    count = options.runs or 100000
    weft = Weft(None, FOLDERS)
    print(f"{'':12}{'items':>8}{'s':>8}{'items/s':>10}{'min-max':>16}{'CPU s':>8}{'peak MiB':>10}",
          flush=True)
    rows, refused = [], 0
    while len(rows) < options.repeat + 1:
        cpu, began = cpu_of(weft.pid), time.monotonic()
        status, answer = weft.post("foreach", {"lines": count})
        took = time.monotonic() - began
        if status != 200 and refused < 20:
            refused += 1  # the script's budget of time ran out: the machine is busy
            continue
        if status != 200 or int(answer) != count:
            sys.exit(f"bench: foreach was answered {status}: {answer[:200].decode()}")
        rows.append({"name": "foreach", "items": count, "s": took, "rate": count / took,
                     "cpu_s": cpu_of(weft.pid) - cpu, "peak_mib": rss_mib(weft.pid, "VmHWM")})
        print(json.dumps(rows[-1]), file=out, flush=True)
    weft.close()
    rows = rows[1:]
    rates = [row["rate"] for row in rows]
    print(f"{'foreach':12}{count:8}{statistics.median(row['s'] for row in rows):8.2f}"
          f"{statistics.median(rates):10.0f}{f'{min(rates):.0f}-{max(rates):.0f}':>16}"
          f"{statistics.median(row['cpu_s'] for row in rows):8.2f}"
          f"{max(row['peak_mib'] for row in rows):10.1f}   ({refused} tries out of time)",
          flush=True)


# ---- storm

def storm_watch(mock, count, due_ms, seen):
    """When the first and the last of the woken had sent, in ms after the moment of the first."""
    for share in (1, count // 2, count):
        while mock.count() < share:
            time.sleep(0.05)
        seen.append(time.time() * 1000 - due_ms)


def storm(options, out, measure, header):
    """W1 alone, then while runs come back from their back-off within --spread seconds."""
    count = options.runs or 20000
    data = left_behind("storm", 10, Mute(BUSY))
    due_ms, _ = fill(data, count, STORM_AFTER_MS, options.spread * 1000)
    mock, weft = Mock(), Weft(data, FOLDERS)
    quiet, windy, seen = [], [], []
    try:
        quiet.append(measure("w1 quiet", weft.url("w1"), 64, 5, pid=weft.pid, data=weft.data,
                             helpers=(mock.process.pid,)))
        watch = threading.Thread(target=storm_watch, args=(mock, count, due_ms, seen), daemon=True)
        watch.start()
        while time.time() * 1000 < due_ms - 500:
            time.sleep(0.01)
        windy.append(measure("w1 storm", weft.url("w1"), 64, max(options.secs, options.spread + 5),
                             pid=weft.pid, data=weft.data, helpers=(mock.process.pid,)))
        watch.join(300)
    finally:
        weft.close()
        mock.close()
        shutil.rmtree(data)
    if len(seen) < 3:
        sys.exit(f"bench: not all of {count} runs came back; see build-bench/weft.log")
    row = dict(windy[0], woken=count, spread_s=options.spread, first_ms=seen[0], half_ms=seen[1],
               last_ms=seen[2])
    print(json.dumps(row), file=out, flush=True)
    print(header, flush=True)
    return quiet, windy, (f"{count} runs due within {options.spread} s: the first request after "
                          f"{seen[0]:.0f} ms, half after {seen[1]:.0f}, the last after "
                          f"{seen[2]:.0f}; W1's longest answer {row['max_us'] / 1000:.0f} ms, "
                          f"quiet {quiet[0]['max_us'] / 1000:.0f}")
