"""How long a CMS's signed call takes to become a delivery: the daemon, and a bare program beside it."""

import hashlib
import hmac
import http.client
import json
import pathlib
import shutil
import socket
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.parse

from stand import Daemon, Stub, common_config, free_port, hook_key, key_file, wait_until

CALLERS = 4  # each makes every fourth call
CALL_KEY = b"bench-calls"  # of this benchmark's own throw-away source


def calls_config(folder, url, port):
    """An intake that listens on `port`, and one webhook channel."""
    key, call_key = hook_key(folder), key_file(folder, "calls.key", CALL_KEY.decode())
    text = common_config(folder).replace("[console]\n", f'[console]\ncallbacks_listen = "127.0.0.1:{port}"\n')
    return text + f"""[[source]]
name = "calls"
type = "intake"
url = "{url}/"
kind = "notice"
callback_path = "/callback/bench"
callback_secret_file = "{call_key}"
hold_older_than = "0s"
most_new = 0
internal = true
[[channel]]
name = "portal"
type = "webhook"
url = "{url}/hook/portal"
secret_file = "{key}"
[[route]]
name = "all"
kinds = ["notice"]
channels = ["portal"]
"""


def call_body(base, number):
    published = time.strftime("%Y-%m-%dT%H:%M:%S+08:00", time.gmtime(time.time() + 8 * 3600 - 60))
    paragraph = "<p>为贯彻落实国家和省有关工作部署，进一步提升政务服务效能，现将有关事项通知如下。</p>"
    return json.dumps({"id": f"call-{number}", "url": f"{base}/article/{number}.html",
                       "title": f"关于第{number}号来文办理工作的通知", "date_published": published,
                       "content_html": f"<p>第{number}号来文的正文。</p>" + paragraph * 12}).encode()


def make_calls(base, port, path, rate, numbers, due):
    """Calls 127.0.0.1:port for every number at its time; `due` gets that time, in microseconds."""
    failures = []

    def caller(mine, first_at):
        try:
            for place, number in mine:
                at = first_at + place / rate
                time.sleep(max(0, at - time.time()))
                due[number] = at * 1e6
                body = call_body(base, number)
                signature = "sha256=" + hmac.new(CALL_KEY, body, hashlib.sha256).hexdigest()
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
                connection.request("POST", path, body, {"Content-Type": "application/json",
                                                        "X-Hub-Signature-256": signature, "Connection": "close"})
                status = connection.getresponse().status
                connection.close()
                if status != 202:
                    raise RuntimeError(f"a call was answered {status}")
        except Exception as error:  # said by the main thread
            failures.append(error)

    placed = list(enumerate(numbers))
    first_at = time.time() + 0.1
    threads = [threading.Thread(target=caller, args=(placed[at::CALLERS], first_at)) for at in range(CALLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def call_latencies(stub, port, path, rate, calls, alive):
    """Milliseconds from due to received of every call, after a tenth as many to warm up."""
    warm_up = calls // 10
    due = {}
    make_calls(stub.url, port, path, rate, range(1, warm_up + 1), due)
    make_calls(stub.url, port, path, rate, range(warm_up + 1, warm_up + calls + 1), due)
    wait_until("all calls delivered", lambda: len(stub.arrivals()) >= warm_up + calls, alive)
    arrivals = stub.arrivals()
    return [(arrivals[number] - due[number]) / 1000 for number in due if number > warm_up]


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def engine_latencies(build, rate, calls):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="liandong-bench-"))
    port = free_port()
    with Stub(build, 1) as stub:
        daemon = Daemon(build, folder, calls_config(folder, stub.url, port))
        try:
            wait_until("listening", lambda: listens(port), daemon.alive)
            times = call_latencies(stub, port, "/callback/bench", rate, calls, daemon.alive)
            time.sleep(1)
            daemon.end()
            stats = stub.stats()
            if stats["received"] != len(stub.arrivals()):
                raise RuntimeError(f"not exactly once: {stats}")
            daemon.verify()
            return times
        finally:
            daemon.kill()
            shutil.rmtree(folder, ignore_errors=True)


def bare_latencies(build, rate, calls):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="liandong-bench-"))
    with Stub(build, 1) as stub:
        receiver = urllib.parse.urlsplit(stub.url)
        process = subprocess.Popen([build / "tests/bench/bench_bare_hook", receiver.hostname, str(receiver.port),
                                    "/hook/portal", folder / "bare.db"], stdout=subprocess.PIPE, text=True)
        try:
            port = int(process.stdout.readline().rsplit(":", 1)[1])
            return call_latencies(stub, port, "/call", rate, calls, lambda: process.poll() is None)
        finally:
            process.terminate()
            process.wait(timeout=10)
            process.stdout.close()
            shutil.rmtree(folder, ignore_errors=True)


def latency(build, rate, calls, rounds):
    kinds = {"liandong, call to receiver": engine_latencies, "bare program": bare_latencies}
    measured = {name: [] for name in kinds}
    for number in range(1, rounds + 1):
        for name, measure in kinds.items():
            cuts = statistics.quantiles(measure(build, rate, calls), n=100)
            measured[name].append((cuts[49], cuts[98]))
        print(f"round {number}: " + ", ".join(f"p50 {values[-1][0]:.2f} p99 {values[-1][1]:.2f} ms"
                                              for values in measured.values()), flush=True)
    print(f"\n{calls} calls at {rate} a second, median of {rounds}{'':17}p50 ms      p99 ms")
    medians = []
    for name, values in measured.items():
        medians.append([statistics.median(column) for column in zip(*values)])
        print(f"  {name:46}{medians[-1][0]:12.2f}{medians[-1][1]:12.2f}")
    (p50, p99), (bare50, bare99) = medians
    print(f"  {'liandong : bare (aims 3 and 4)':46}{p50 / bare50:12.2f}{p99 / bare99:12.2f}", flush=True)
