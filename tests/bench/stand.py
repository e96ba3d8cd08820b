"""What the benchmarks share: the stand-in for website and receivers, the daemon, its least configuration."""

import base64
import json
import os
import pathlib
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
PATIENCE = 300  # seconds for one measurement


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def key_file(folder, name, text):
    file = folder / name
    file.write_text(text + "\n")
    file.chmod(0o600)
    return file


def hook_key(folder):
    """A secret as Standard Webhooks writes it."""
    return key_file(folder, "webhook.key", "whsec_" + base64.b64encode(bytes(range(32))).decode())


class Stub:
    """The website and the receivers."""

    def __init__(self, build, items):
        self.process = subprocess.Popen([build / "tests/bench/bench_stub", "--items", str(items)],
                                        stdout=subprocess.PIPE, text=True)
        self.url = "http://" + self.process.stdout.readline().split()[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=10)
        self.process.stdout.close()

    def stats(self):
        return self.ask("/stats")

    def arrivals(self):
        """Microseconds since the epoch, by the item's number."""
        return dict(self.ask("/arrivals"))

    def ask(self, path):
        with urllib.request.urlopen(self.url + path, timeout=10) as reply:
            return json.load(reply)


def common_config(folder):
    return f"""[site]
name = "示范县人民政府"
organ = "示范县人民政府"
url = "http://127.0.0.1/"
site_id_code = "3400000000"
[store]
url = "sqlite://{folder / 'liandong.db'}"
[console]
listen = "127.0.0.1:{free_port()}"
screens_listen = "127.0.0.1:{free_port()}"
[calendar]
folder = "{ROOT / 'config/calendar'}"
[reading]
host_interval = "10ms"
[first_wait]
default = "0s"
[log]
file = "{folder / 'liandong.log'}"
[shutdown]
grace = "5s"
"""


def feed_config(folder, url, channels):
    """A JSON feed whose items all go to these webhook channels."""
    key = hook_key(folder)
    text = common_config(folder) + f"""[[source]]
name = "notices"
type = "feed"
url = "{url}/feed.json"
kind = "notice"
every = "1h"
backfill = "36500d"
hold_older_than = "0s"
most_new = 0
internal = true
"""
    for name in channels:
        text += f'[[channel]]\nname = "{name}"\ntype = "webhook"\nurl = "{url}/hook/{name}"\nsecret_file = "{key}"\n'
    listed = ", ".join(f'"{name}"' for name in channels)
    return text + f'[[route]]\nname = "all"\nkinds = ["notice"]\nchannels = [{listed}]\n'


class Daemon:
    """`liandong run` with its folder; knows its CPU time when it has ended."""

    def __init__(self, build, folder, config, no_sync=False):
        self.binary, self.config = build / "liandong", folder / "liandong.toml"
        self.config.write_text(config)
        surroundings = dict(os.environ)
        if no_sync:
            surroundings["LD_PRELOAD"] = str(build / "tests/bench/libbench_no_sync.so")
        self.process = subprocess.Popen([self.binary, "--config", self.config, "run", "--init"],
                                        stdin=subprocess.DEVNULL, env=surroundings)

    def alive(self):
        return self.process.poll() is None

    def end(self):
        """CPU seconds it used."""
        self.process.send_signal(signal.SIGTERM)
        _, status, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        if self.process.returncode != 0:
            raise RuntimeError(f"liandong ended with {self.process.returncode}")
        return usage.ru_utime + usage.ru_stime

    def kill(self):
        if self.process.returncode is None and self.alive():
            self.process.kill()
            self.process.wait()

    def verify(self):
        subprocess.run([self.binary, "--config", self.config, "ledger", "verify"], check=True,
                       stdout=subprocess.DEVNULL)


def memory_of(pid):
    """Kilobytes: resident, and of it anonymous."""
    lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    values = {line.split(":")[0]: int(line.split()[1]) for line in lines}
    return values["Rss"], values["Anonymous"]


def wait_until(what, condition, alive):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if not alive() or time.monotonic() > deadline:
            raise RuntimeError(f"never happened: {what}")
        time.sleep(0.2)


def one(database, statement):
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        return connection.execute(statement).fetchone()[0]
    finally:
        connection.close()


def build_of(options):
    """The folder with the release and the benchmarks, built unless --no-build."""
    build = options.build_folder.resolve()
    if not options.no_build:
        if not (build / "CMakeCache.txt").exists():
            subprocess.run(["cmake", "--preset", "release", "-B", build], cwd=ROOT, check=True)
        subprocess.run(["cmake", "--build", build, "--target", "bench"], check=True)
    return build
