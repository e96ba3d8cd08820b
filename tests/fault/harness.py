"""A daemon, a website with a feed and platform stand-ins, all in one temporary folder.

The stand-ins are processes of their own that outlive every crash of the daemon; their journals say
what the public saw, and judge() holds the daemon's database and ledger against them. Python standard
library only; takes LIANDONG_BINARY. LIANDONG_ALL=1 asks the suites for everything instead of a sample.
"""

import argparse
import collections
import concurrent.futures
import dataclasses
import email.utils
import http.server
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
STUB_TOKEN = "stub-token"
FINAL = {"delivered", "failed", "cancelled"}
ENDED = FINAL | {"held"}
# Exit codes the unit forbids to restart after: a person must mend the configuration.
NOT_RESTARTED = {0, 78}
ITEMS = 5
EVERYTHING = os.environ.get("LIANDONG_ALL") == "1"


def binary():
    path = os.environ.get("LIANDONG_BINARY")
    if not path:
        sys.exit("LIANDONG_BINARY is not set")
    return path


# Names in the abstract namespace of Unix sockets say to the suites that run beside which port is taken;
# a case long over needs its ports no more.
taken_ports = collections.deque(maxlen=300)


def free_port():
    """A port nobody listens on, this suite's own, and not of the range that outgoing connections take."""
    while True:
        port = random.randint(20000, 32000)
        claim = socket.socket(socket.AF_UNIX)
        try:
            claim.bind(f"\0liandong-test-port-{port}")
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            claim.close()
            continue
        taken_ports.append(claim)
        return port


def wait_until(what, condition, seconds=30.0):
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.1)


def noise_png(side):
    """A picture that does not compress, so that its upload takes several writes."""
    grains = random.Random(1)
    rows = b"".join(b"\0" + grains.randbytes(3 * side) for _ in range(side))

    def chunk(name, content):
        return (struct.pack(">I", len(content)) + name + content +
                struct.pack(">I", zlib.crc32(name + content)))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) +
            chunk(b"IEND", b""))


def title_of(number):
    return f"关于第{number}号事项的通知"


class FeedSite:
    """A website with one RSS feed; `titles` may grow while it is watched. The first item has a
    picture. `pages` overrides what a path answers: (status, content type, body)."""

    def __init__(self, count=ITEMS):
        self.titles = [title_of(number) for number in range(1, count + 1)]
        self.shown = 0  # only so many of the newest, 0: all
        self.pages = {"/p.png": (200, "image/png", noise_png(256))}
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                status, kind, body = site.answer(self.path)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                except ConnectionError:  # the daemon was killed while it read
                    pass

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.date = email.utils.formatdate(time.time() - 3600)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, path):
        if path in self.pages:
            return self.pages[path]
        if path == "/rss.xml":
            return 200, "application/rss+xml; charset=utf-8", self.feed().encode()
        return 404, "text/html", b"<html>404</html>"

    def entry(self, number, title):
        picture = f'<p><img src="{self.url}/p.png" alt="示意图"/></p>' if number == 1 else ""
        return (f"<item><title>{title}</title><link>{self.url}/{number}.html</link>"
                f"<guid isPermaLink=\"false\">item-{number}</guid><pubDate>{self.date}</pubDate>"
                f"<content:encoded><![CDATA[<p>第{number}号事项的正文，请有关单位办理。</p>{picture}]]>"
                "</content:encoded></item>")

    def feed(self):
        numbered = list(enumerate(self.titles, 1))
        return self.rss("".join(self.entry(*item) for item in numbered[-self.shown:]))

    def rss(self, items):
        return ('<?xml version="1.0" encoding="utf-8"?><rss version="2.0" '
                'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
                f"<title>t</title><link>{self.url}</link><description>t</description>{items}</channel></rss>")

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class StubProcess:
    """One platform stand-in with its journal."""

    def __init__(self, name, folder, **options):
        self.path = folder / f"{name}.journal"
        command = [sys.executable, str(ROOT / "tests/stubs" / f"{name}.py"), "--port", "0",
                   "--journal", str(self.path), "--token", STUB_TOKEN]
        for key, value in options.items():
            command += ["--set", f"{key}={value}"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("listening "):
            raise AssertionError(f"{name} did not start: {line!r}")
        self.url = "http://" + line.split()[1]

    def post(self, path, content):
        request = urllib.request.Request(self.url + path, json.dumps(content).encode(),
                                         {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as reply:
            return json.loads(reply.read())

    def fault(self, **fault):
        self.post("/_stub/fault", fault)

    def end_faults(self):
        self.post("/_stub/reset", {})

    def requests(self, path):
        with urllib.request.urlopen(self.url + "/_stub/requests", timeout=10) as reply:
            return [request for request in json.loads(reply.read()) if request["path"] == path]

    def journal(self):
        with urllib.request.urlopen(self.url + "/_stub/journal", timeout=10) as reply:
            reply.read()  # lets jobs end whose time has come
        return [json.loads(line) for line in self.path.read_text().splitlines()]

    def published(self):
        return [entry for entry in self.journal() if entry["op"] == "publish"]

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=60)
        self.process.stdout.close()


def secret(folder, name, value):
    file = folder / name
    file.write_text(value + "\n")
    file.chmod(0o600)
    return name


def shared_config(folder, site_url, database):
    return f"""[site]
name = "示范县人民政府"
organ = "示范县人民政府"
url = "{site_url}/"
site_id_code = "3400000000"
[ledger]
origin = "liandong.test/fault"
[store]
url = "sqlite://{database}"
[console]
listen = "127.0.0.1:{free_port()}"
screens_listen = "127.0.0.1:{free_port()}"
[calendar]
folder = "{ROOT / 'config/calendar'}"
[reading]
host_interval = "100ms"
[shutdown]
grace = "3s"
[first_wait]
default = "0s"
"""


def source_config(kind, url, backfill="3650d", name="notices"):
    return f"""[[source]]
name = "{name}"
type = "{kind}"
url = "{url}"
kind = "notice"
every = "1s"
backfill = "{backfill}"
hold_older_than = "0s"
most_new = 0
most_changed = 0
internal = true
"""


# Adoption would hide a second post from the judge: what keeps a crash from repeating must do without.
PACE = """adopt = false
settle = "2s"
first_wait = "0s"
retry_first = "200ms"
retry_most = "1s"
min_interval = "0s"
per_hour = 0
per_day = 0
"""


def channel_config(folder, name, stub, pace=PACE):
    if name == "weibo":
        token = secret(folder, "weibo.token", STUB_TOKEN)
        own = f'access_token_file = "{token}"\nrip = "203.0.113.7"\nsafe_domains = ["127.0.0.1"]\ninternal = true\n'
    elif name == "mastodon":
        token = secret(folder, "mastodon.token", STUB_TOKEN)
        own = f'access_token_file = "{token}"\ninternal = true\n'
    elif name == "xibo":
        key = secret(folder, "xibo.secret", STUB_TOKEN)
        own = f'client_id = "liandong"\nclient_secret_file = "{key}"\ndata_set = 7\ndisplay_group = 3\n'
    elif name == "anthias":
        own = f'user = "liandong"\npassword_file = "{secret(folder, "anthias.password", STUB_TOKEN)}"\n'
    else:
        key = secret(folder, "wechat.secret", STUB_TOKEN)
        own = f'app_id = "wx0123456789abcdef"\napp_secret_file = "{key}"\n'
    return f'[[channel]]\nname = "{name}"\ntype = "{name}"\nbase_url = "{stub.url}"\n{own}{pace}'


HALL = '[[channel]]\nname = "hall"\ntype = "hall"\n'


def route(name, channels, more=""):
    listed = ", ".join(f'"{channel}"' for channel in channels)
    return (f'[[route]]\nname = "{name}"\nkinds = ["policy", "interpretation", "notice_important", '
            f'"notice", "news"]\nchannels = [{listed}]\n{more}')


@dataclasses.dataclass
class Verdict:
    """What one world came to; `failures` says in words what else is wrong."""

    failures: list = dataclasses.field(default_factory=list)
    lost: list = dataclasses.field(default_factory=list)
    duplicated: list = dataclasses.field(default_factory=list)
    unexpected: list = dataclasses.field(default_factory=list)
    held: list = dataclasses.field(default_factory=list)
    kills: int = 0

    def is_bad(self):
        return bool(self.failures or self.lost or self.duplicated or self.unexpected)

    def add(self, other):
        for field in dataclasses.fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))

    def figures(self):
        return (f"kills {self.kills}, lost {len(self.lost)}, duplicated {len(self.duplicated)}, "
                f"unexpected {len(self.unexpected)}, held {len(self.held)}")


def copy_database(source, target):
    """Of a service that has ended."""
    for suffix in ("", "-wal", "-shm"):
        file = pathlib.Path(f"{source}{suffix}")
        copy = pathlib.Path(f"{target}{suffix}")
        copy.unlink(missing_ok=True)
        if file.exists():
            shutil.copy2(file, copy)


class World:
    """Everything one run needs; ends exactly what it started."""

    def __init__(self, channels=("weibo", "wechat"), source=None, site=None, backfill="3650d",
                 options=None, data=".", items=ITEMS, pace=PACE, routes="", more=""):
        """`more` ends the configuration; `routes` stands in place of: everything everywhere."""
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="liandong-fault-"))
        self.site = None if site else FeedSite(items)
        self.stubs = {name: StubProcess(name, self.folder, **(options or {}).get(name, {}))
                      for name in channels}
        self.data = self.folder / data
        self.data.mkdir(exist_ok=True)
        self.database = self.data / "liandong.db"
        self.config = self.folder / "liandong.toml"
        self.log = self.folder / "daemon.log"
        self.hits = self.folder / "hits"
        url = site or self.site.url
        text = shared_config(self.folder, url, self.database)
        text += source_config(*(source or ("feed", url + "/rss.xml")), backfill)
        text += "".join(channel_config(self.folder, name, stub, pace)
                        for name, stub in self.stubs.items())
        text += HALL + (routes or route("all", [*channels, "hall"]))
        self.config.write_text(text + more)
        self.wanted = {}  # titles by channel, where it is not all of them
        self.daemon = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.daemon and self.daemon.poll() is None:
            self.daemon.kill()
            self.daemon.wait()
        for stub in self.stubs.values():
            stub.stop()
        if self.site:
            self.site.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, init=None, before=(), **environment):
        """`init` None: as the operator would, until the first start has made what it makes;
        `before` is put in front of the command line."""
        if init is None:
            init = not (self.data / "ledger.key").exists()
        command = [*before, binary(), "--config", str(self.config), "run"] + (
            ["--init"] if init else [])
        surroundings = {**os.environ, "LIANDONG_FP_HITS": str(self.hits), **environment}
        with open(self.log, "ab") as log:
            self.daemon = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                           env=surroundings)
        return self.daemon

    def stop(self):
        self.daemon.send_signal(signal.SIGTERM)
        return self.daemon.wait(timeout=60)

    def is_healthy(self):
        try:
            with self.health() as reply:
                return reply.status == 200
        except OSError:
            return False

    def mode(self):
        """normal, or reconcile-only of a restored backup."""
        with self.health() as reply:
            return json.load(reply)["mode"]

    def health(self):
        address = self.config.read_text().split('listen = "')[1].split('"')[0]
        return urllib.request.urlopen(f"http://{address}/healthz", timeout=5)

    def kill(self):
        if self.daemon and self.daemon.poll() is None:
            self.daemon.kill()
            self.daemon.wait()

    def command(self, *arguments, **environment):
        return subprocess.run([binary(), "--config", str(self.config), *arguments],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
                              env={**os.environ, "LIANDONG_FP_HITS": str(self.hits), **environment})

    def query(self, statement):
        """Rows, or none while there is no such table yet."""
        if not self.database.exists():
            return []
        connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=5)
        try:
            return connection.execute(statement).fetchall()
        except sqlite3.OperationalError:
            return []
        finally:
            connection.close()

    def states(self):
        return [row[0] for row in self.query("SELECT state FROM delivery")]

    def all_final(self, expected, ends=FINAL):
        states = self.states()
        return len(states) >= expected and all(state in ends for state in states)

    def last_log(self):
        return self.log.read_text(errors="replace")[-3000:] if self.log.exists() else ""

    def hit_points(self):
        return {int(line) for line in self.hits.read_text().split()} if self.hits.exists() else set()

    def run_to_end(self, expected, seconds=60, ends=FINAL, before=(), restarts=0,
                   stays=NOT_RESTARTED, **environment):
        """Starts the daemon, up to `restarts` times again when it ends, as systemd would, until every
        delivery has ended; what went wrong. `before` and the environment are the first start's, which
        may be made to fail even as it stops. After a code of `stays` nobody starts it again."""
        deadline = time.monotonic() + seconds
        try:
            for _ in range(restarts + 1):
                self.start(before=before, **environment)
                ended = lambda: self.daemon.poll() is not None
                left = max(1.0, deadline - time.monotonic())
                wait_until("every delivery has ended",
                           lambda: self.all_final(expected, ends) or ended(), left)
                if not ended():
                    break
                before = ()
                environment = {name: value for name, value in environment.items()
                               if name == "LIANDONG_CONTROL"}
                if self.daemon.returncode in stays:
                    break
            if ended():
                return [f"the daemon ended with {self.daemon.returncode}"]
            wait_until("it answers", self.is_healthy)
            code = self.stop()
        except Exception as error:  # one broken world is a finding, not the end of the suite
            return [f"{type(error).__name__}: {error}"]
        finally:
            self.kill()
        if code != 0 and restarts > 0:
            return self.run_to_end(expected, seconds, ends, **environment)
        return [f"SIGTERM ended it with {code}"] if code != 0 else []

    def verdict(self, failures=(), kills=0):
        """The oracle: each item stands on each channel exactly once, but for those shown as held,
        failed or cancelled; the ledger verifies, and says accepted exactly for what is visible."""
        verdict = Verdict(failures=list(failures), kills=kills)
        verified = self.command("ledger", "verify")
        if verified.returncode != 0:
            verdict.failures.append("ledger verify: " + (verified.stdout + verified.stderr)[-500:])
        self.judge_channels(verdict)
        self.judge_ledger(verdict)
        if verdict.is_bad():
            verdict.failures.append(str(self.query(
                "SELECT id, channel, state, step, code, message, reason FROM delivery WHERE state "
                "!= 'delivered'")))
            verdict.failures.append(self.last_log())
        return verdict

    def sent_without_intent(self):
        """What stands on a platform though no attempt at it is stored (R1)."""
        tried = set(self.query("SELECT channel, title FROM delivery JOIN item ON item.id = delivery.item "
                               "WHERE epoch > 0"))
        return [f"sent without an intent: {name} {title}" for name, stub in self.stubs.items()
                for entry in stub.published() for title in self.site.titles
                if title in (entry.get("title") or entry.get("text")) and (name, title) not in tried]

    def judge(self):
        """(lost, duplicated): publications per channel and item against exactly one."""
        verdict = Verdict()
        self.judge_channels(verdict)
        return verdict.lost, verdict.duplicated

    def judge_channels(self, verdict):
        excused = collections.defaultdict(set)
        for channel, title, state in self.query(
                "SELECT channel, title, state FROM delivery JOIN item ON item.id = delivery.item "
                "WHERE purpose = 'publish' AND state IN ('held', 'failed', 'cancelled')"):
            excused[channel].add(title)
            verdict.held.append((channel, title, state))
        for name, stub in self.stubs.items():
            texts = [entry.get("title") or entry.get("text", "") for entry in stub.published()]
            titles = self.wanted.get(name, self.site.titles)
            count = {title: sum(title in text for text in texts) for title in titles}
            verdict.lost += [(name, title) for title in titles
                             if count[title] == 0 and title not in excused[name]]
            verdict.duplicated += [(name, title) for title in titles if count[title] > 1]
            verdict.unexpected += [(name, text) for text in texts
                                   if not any(title in text for title in titles)]

    def judge_ledger(self, verdict):
        accepted = collections.Counter()
        for (line,) in self.query("SELECT line FROM ledger ORDER BY seq"):
            entry = json.loads(line)
            if entry["event"] in ("delivery.settled", "delivery.reconciled") and (
                    entry.get("result") == "delivered"):
                accepted[entry["delivery"]] += 1
        for delivery, count in accepted.items():
            if count > 1:
                verdict.failures.append(f"the ledger says {count} times that {delivery} is there")
        delivered = self.query("SELECT id, channel, remote_id FROM delivery WHERE state = "
                               "'delivered' AND purpose = 'publish'")
        for (channel, remote), count in collections.Counter(
                (channel, remote) for _, channel, remote in delivered if remote).items():
            if count > 1 and channel in self.stubs:
                verdict.failures.append(f"{count} deliveries claim the post {remote} on {channel}")
        visible = {name: {entry["id"] for entry in stub.published()}
                   for name, stub in self.stubs.items()}
        for delivery, channel, remote in delivered:
            if accepted[delivery] == 0:
                verdict.failures.append(f"delivered, but the ledger does not say so: {delivery}")
            if channel in visible and remote not in visible[channel]:
                verdict.failures.append(f"delivered as {remote}, which is not on {channel}")


def in_parallel(function, cases, workers=6):
    """(name, result) of function(**arguments) for each (name, arguments), as they end."""
    count = int(os.environ.get("LIANDONG_PARALLEL", workers))
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        running = {pool.submit(function, **arguments): name for name, arguments in cases}
        try:
            for future in concurrent.futures.as_completed(running):
                yield running[future], future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def report(suite, cases, verdict):
    """Prints a suite's figures and, for `tests/run --all`, keeps them."""
    print(f"{suite}: cases {cases}, {verdict.figures()}", flush=True)
    file = os.environ.get("LIANDONG_FIGURES")
    if file:
        line = {"suite": suite, "cases": cases, "kills": verdict.kills, "lost": len(verdict.lost),
                "duplicated": len(verdict.duplicated), "unexpected": len(verdict.unexpected),
                "held": len(verdict.held)}
        with open(file, "a") as figures:
            figures.write(json.dumps(line) + "\n")


def complain(name, verdict):
    print(f"FAILED {name}: lost {verdict.lost} duplicated {verdict.duplicated} "
          f"unexpected {verdict.unexpected}")
    print("  " + "\n  ".join(verdict.failures), flush=True)


def judge(suite, results):
    """Adds up the (name, verdict) pairs as they come and reports: the exit code."""
    whole, count, broken = Verdict(), 0, 0
    for name, verdict in results:
        whole.add(verdict)
        count += 1
        if verdict.is_bad():
            broken += 1
            complain(name, verdict)
        else:
            print(f"ok {name}", flush=True)
    report(suite, count, whole)
    return 1 if broken else 0


def run_tests(*tests):
    """The main of a script whose tests are functions that assert: the exit code."""
    failed = 0
    for test in tests:
        try:
            test()
            print(f"ok {test.__name__}", flush=True)
        except (AssertionError, OSError) as error:
            failed += 1
            print(f"FAILED {test.__name__}: {error}", flush=True)
    return 1 if failed else 0


def run_suite(suite, function, cases):
    """The main of a suite whose cases each end in a verdict: the exit code. --only TEXT takes the cases whose
    name has it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    return judge(suite, in_parallel(function, [case for case in cases if options.only in case[0]]))
