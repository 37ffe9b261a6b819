"""The program under test, the mock it posts to, and what the kernel says of them."""
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
TICKS = os.sysconf("SC_CLK_TCK")
MOCK = "127.0.0.1:18090"  # stands in mock.conf and in the flows that post, too
EVENT = {
    "transactionId": "TXN-0", "orderId": "ORD-0", "customerId": "CUS-0", "amount": 12.34,
    "currency": "USD", "status": "AUTHORISED", "timestamp": "2026-11-02T10:01:07.001Z",
    "card": {"token": "tok_0"}}


def cpu_of(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
        fields = f.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def cpu_of_machine():
    with open("/proc/stat", encoding="ascii") as f:
        v = [int(x) for x in f.readline().split()[1:]]
    return (v[0] + v[1] + v[2] + v[5] + v[6] + v[7]) / TICKS


def row_of(pid, name, key):
    try:
        with open(f"/proc/{pid}/{name}", encoding="ascii", errors="replace") as f:
            return next((int(x.split()[1]) for x in f if x.startswith(key + ":")), 0)
    except OSError:
        return 0


def rss_mib(pid, key="VmRSS"):
    return row_of(pid, "status", key) / 1024


def kept_in(folder):
    return sum(os.path.getsize(os.path.join(path, name))
               for path, _, names in os.walk(folder) for name in names) if folder else 0


def new_data():
    os.makedirs(os.path.join(ROOT, "build-bench"), exist_ok=True)
    return tempfile.mkdtemp(prefix="data-", dir=os.path.join(ROOT, "build-bench"))


def ask(address, method, path, body=None, secs=300):
    """One request over a fresh connection: its status and the answer."""
    connection = http.client.HTTPConnection(address, timeout=secs)
    try:
        connection.request(method, path, body=body, headers={"Content-Type": "application/json"})
        reply = connection.getresponse()
        return reply.status, reply.read()
    finally:
        connection.close()


class Local(http.client.HTTPConnection):
    """Over the local socket of a server."""

    def __init__(self, path):
        super().__init__("weft")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


class Weft:
    """The server, pinned to core 0. Without `data` it has a data directory of its own."""

    def __init__(self, data=None, flows=("flows",), wrapper=()):
        self.own = data is None
        self.data = data or new_data()
        self.log = open(os.path.join(ROOT, "build-bench", "weft.log"), "w", encoding="utf-8")
        env = dict(os.environ, WEFT_EGRESS_ALLOW=MOCK, WEFT_LOG_LEVEL="warn")
        command = ["taskset", "-c", "0", *wrapper, f"{ROOT}/build/weft", "serve",
                   "--data", self.data, "--listen", "127.0.0.1:0"]
        for folder in flows:
            command += ["--flows", f"{HERE}/{folder}"]
        self.started = time.monotonic()
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, env=env, text=True)
        self.pid = self.process.pid
        for line in self.process.stderr:
            self.log.write(line)
            if line.startswith("weft: listening on http://"):
                self.listening = time.monotonic()
                self.port = int(line.rpartition(":")[2])
                self.rest = threading.Thread(target=self.log.writelines,
                                             args=(self.process.stderr,))
                self.rest.start()
                return
        sys.exit(f"bench: weft did not start, see {self.log.name}")

    def path(self, name):
        return f"/hooks/main/production/{name}"

    def url(self, name):
        return f"http://127.0.0.1:{self.port}{self.path(name)}"

    def post(self, name, event=None):
        body = json.dumps(event if event is not None else EVENT)
        return ask(f"127.0.0.1:{self.port}", "POST", self.path(name), body)

    def close(self, kill=False):
        if kill:
            self.process.kill()
        else:
            self.process.terminate()
        self.process.wait(60)
        self.rest.join()
        self.log.close()
        if self.own:
            shutil.rmtree(self.data)


class Mock:
    """nginx on core 1: answers every POST at once and counts."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="weft-mock-")
        self.asked = 0
        self.process = subprocess.Popen(["taskset", "-c", "1", "nginx", "-p", self.folder, "-e",
                                         "mock.log", "-c", f"{HERE}/mock.conf"])
        for _ in range(500):
            if os.path.exists(os.path.join(self.folder, "mock.pid")):  # it has its port
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.01)
        sys.exit(f"bench: the mock did not start; is {MOCK} taken?")

    def count(self):
        """How many requests have come, without those that ask."""
        self.asked += 1
        text = ask(MOCK, "GET", "/count")[1].decode()
        return int(text.splitlines()[2].split()[2]) - self.asked

    def until(self, count, secs=300):
        """When so many had come: monotonic, to about 20 ms."""
        end = time.monotonic() + secs
        while self.count() < count:
            if time.monotonic() > end:
                sys.exit(f"bench: {self.count()} of {count} requests came within {secs} s")
            time.sleep(0.02)
        return time.monotonic()

    def close(self):
        self.process.terminate()
        self.process.wait(10)
        shutil.rmtree(self.folder)


class Mute:
    """Stands where the mock will: gives no answer, or always the same one."""

    def __init__(self, answer=None):
        host, port = MOCK.split(":")
        self.answer = answer
        self.socket = socket.create_server((host, int(port)))
        self.taken = []
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            self.taken.append(peer)
            peer.recv(65536)
            if self.answer is not None:
                peer.sendall(self.answer)
                peer.close()

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join()
        for peer in self.taken:
            peer.close()
