"""convert.py [LINES] [--weft PROGRAM] [--rows N]: a CSV of a million lines through transform.map.

The real program with a data directory on the disk reads the file page by page (transform.csv),
maps each line (transform.map, six fields: a number, a date, texts), writes each page as CSV again
(transform.csv) and puts it behind the end of another file (connector.file), every page a durable
iteration of branch.repeat. Said are lines a second from the POST to the end of the run, and the
largest memory the program had, with a small file first: it must not grow with the file.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import http.client

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def flow(folder, rows):
    fields = [
        {"to": "id", "from": "=item.id"},
        {"to": "posted", "from": "=item.date"},
        {"to": "account", "from": "=item.customer"},
        {"to": "amount", "from": "=item.amount"},
        {"to": "currency", "from": "=item.currency"},
        {"to": "text", "from": "=text.upper(item.text)"},
    ]
    body = {
        "nodes": [
            {"id": "page", "type": "transform.csv", "config": {
                "file": {"folder": folder, "rows": rows}, "path": "in.csv",
                "cursor": "=previous and previous.next",
                "columns": [{"name": "id", "type": "integer"}, {"name": "amount", "type": "number"},
                            {"name": "date", "type": "date"}]}},
            {"id": "entries", "type": "transform.map", "config": {"fields": [
                {"to": "rows", "each": "=steps.page.rows", "fields": fields}]}},
            {"id": "csv", "type": "transform.csv", "config": {
                "mode": "write", "input": "=steps.entries.rows", "header": False,
                "columns": [{"name": f["to"]} if f["to"] not in ("id", "amount") else
                            {"name": f["to"], "type": "number"} for f in fields]}},
            {"id": "put", "type": "connector.file", "config": {
                "action": "append", "folder": folder, "path": "=trigger.body.out",
                "content": "=steps.csv"}},
        ],
        "edges": [{"from": "page", "to": "entries"}, {"from": "entries", "to": "csv"},
                  {"from": "csv", "to": "put"}]}
    return {
        "weft": 1, "name": "Convert",
        "nodes": [
            {"id": "event", "type": "trigger.webhook", "config": {
                "path": "convert", "respond": "accepted", "verify": {"type": "none"}}},
            {"id": "pages", "type": "branch.repeat", "config": {
                "until": "=steps.page.last", "limit": 100000,
                "collect": "={next = steps.page.next}", "body": body}}],
        "edges": [{"from": "event", "to": "pages"}]}


def make(path, lines):
    with open(path, "w", encoding="ascii") as f:
        f.write("id,date,customer,amount,currency,text\n")
        for i in range(lines):
            f.write(f"{i},2026-11-{i % 28 + 1:02d},C{i % 9973:05d},{i % 100000}.{i % 100:02d},USD,"
                    f"\"Invoice {i}, paid\"\n")


def cpu_of(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
        fields = f.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def most_mib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return next(int(x.split()[1]) for x in f if x.startswith("VmHWM:")) / 1024


def convert(options, lines):
    """Lines a second, and a second of processor time; MiB at most, and of the store."""
    folder = tempfile.mkdtemp(prefix="weft-convert-", dir=options.dir)
    try:
        os.makedirs(f"{folder}/flows/convert")
        os.makedirs(f"{folder}/files")
        with open(f"{folder}/flows/convert/flow.json", "w", encoding="utf-8") as f:
            json.dump(flow(f"{folder}/files", options.rows), f)
        make(f"{folder}/files/in.csv", lines)
        process = subprocess.Popen(
            [options.weft, "serve", "--data", f"{folder}/data", "--listen", "127.0.0.1:0",
             "--flows", f"{folder}/flows"],
            stderr=subprocess.PIPE, text=True, env=dict(os.environ, WEFT_FILES_ROOT=folder))
        for line in process.stderr:
            sys.stderr.write(line)
            if line.startswith("weft: listening on"):
                break
        connection = http.client.HTTPConnection("127.0.0.1", int(line.rpartition(":")[2]))
        began = time.monotonic()
        connection.request("POST", "/hooks/main/production/convert", '{"out": "out.csv"}',
                           {"Content-Type": "application/json"})
        run = json.loads(connection.getresponse().read())["run"]
        while True:
            shown = subprocess.run([options.weft, "runs", "--data", f"{folder}/data"],
                                   stdout=subprocess.PIPE, text=True, check=True).stdout
            if "active" not in shown:
                break
            time.sleep(0.1)
        took = time.monotonic() - began
        most, cpu = most_mib(process.pid), cpu_of(process.pid)
        store = os.path.getsize(f"{folder}/data/weft.db") / 1048576
        process.terminate()
        process.wait(60)
        with open(f"{folder}/files/out.csv", "rb") as f:
            written = sum(part.count(b"\n") for part in iter(lambda: f.read(1 << 20), b""))
        if written != lines or "succeeded" not in shown:
            sys.exit(f"convert: {written} of {lines} lines, run {run}: {shown}")
        return lines / took, lines / cpu, most, store
    finally:
        shutil.rmtree(folder)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("lines", nargs="?", type=int, default=1000000)
    parser.add_argument("--weft", default=f"{ROOT}/build/weft")
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--dir", default="/tmp")
    options = parser.parse_args()
    for lines in (options.lines // 20, options.lines):
        rate, busy, most, store = convert(options, lines)
        print(f"{lines} lines: {rate:.0f} lines/s, {busy:.0f} for each second of processor time, "
              f"{most:.0f} MiB at most, store {store:.0f} MiB", flush=True)


if __name__ == "__main__":
    main()
