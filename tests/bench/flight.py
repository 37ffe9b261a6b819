#!/usr/bin/env python3
"""Runs in flight: events whose flow posts each to a peer that answers late, and the memory of the
program while all of them wait for their answers.

    tests/bench/flight.py [--weft build/weft] [--runs 10000] [--late 40]

The peer answers after so many seconds; take more than the events need to come in, so that all are
under way at once. Descriptors: two for each run, half of them the peer's (ulimit -n)."""
import argparse
import asyncio
import json
import os
import pathlib
import re
import subprocess
import tempfile

CALLERS = 50
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


async def message(reader):
    head = await reader.readuntil(b"\r\n\r\n")
    size = re.search(rb"content-length: (\d+)", head.lower())
    await reader.readexactly(int(size.group(1)) if size else 0)
    return head


class Peer:
    def __init__(self, late):
        self.late, self.open, self.most = late, 0, 0

    async def serve(self, reader, writer):
        await message(reader)
        self.open += 1
        self.most = max(self.most, self.open)
        await asyncio.sleep(self.late)
        self.open -= 1
        writer.write(HEAD)
        writer.close()


def flow(folder, port):
    folder.mkdir(parents=True)
    (folder / "flow.json").write_text(json.dumps({
        "weft": 1, "name": "Flight", "settings": {"concurrency": 20000},
        "nodes": [
            {"id": "in", "type": "trigger.webhook",
             "config": {"path": "flight", "verify": {"type": "none"}}},
            {"id": "post", "type": "connector.http", "connection": "erp", "timeout": "5m",
             "config": {"method": "POST", "path": "/x", "body": "=trigger.body"}}],
        "edges": [{"from": "in", "to": "post"}]}))
    (folder / "connections.json").write_text(json.dumps({"weft": 1, "connections": {"erp": {
        "connector": "http", "base_url": f"http://127.0.0.1:{port}",
        "limits": {"concurrency": 20000}}}}))


async def call(port, count, done):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for i in range(count):
        body = json.dumps({"n": i, "text": "x" * 900}).encode()
        writer.write(b"POST /hooks/main/production/flight HTTP/1.1\r\nHost: bench\r\n"
                     b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
                     + body)
        done.append(b" 202 " in await message(reader))
    writer.close()


async def fly(options, folder):
    peer, done = Peer(options.late), []
    server = await asyncio.start_server(peer.serve, "127.0.0.1", 0, backlog=4096)
    flow(folder / "flows/flight", server.sockets[0].getsockname()[1])
    weft = subprocess.Popen(
        [options.weft, "serve", "--data", folder / "data", "--listen", "127.0.0.1:0",
         "--flows", folder / "flows"], stderr=subprocess.PIPE, text=True,
        env={**os.environ, "WEFT_EGRESS_ALLOW": "127.0.0.1"})
    found = None
    while found is None:
        found = re.search(r"listening on http://127.0.0.1:(\d+)", weft.stderr.readline())
    count = options.runs // CALLERS
    await asyncio.gather(*[call(int(found.group(1)), count, done) for _ in range(CALLERS)])
    await asyncio.sleep(1)
    while peer.open > 0:
        await asyncio.sleep(0.1)
    status = pathlib.Path(f"/proc/{weft.pid}/status").read_text()
    most = int(re.search(r"VmHWM:\s+(\d+)", status).group(1))
    weft.terminate()
    weft.wait()
    print(f"{sum(done)} of {len(done)} accepted, {peer.most} at the peer at once, "
          f"{most / 1024:.0f} MiB at most")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--weft", default="build/weft")
    parser.add_argument("--runs", type=int, default=10000)
    parser.add_argument("--late", type=float, default=40)
    with tempfile.TemporaryDirectory(prefix="weft-flight-") as folder:
        asyncio.run(fly(parser.parse_args(), pathlib.Path(folder)))


main()
