#!/usr/bin/env python3
"""Inside the machine of test_systemd.py and test_package.py: installs Liandong as the README says and looks
at its unit.

    systemd_steps.py BUILD TESTS [PACKAGE NEWER_PACKAGE]

With packages it is installed from the first, upgraded to the second, removed and purged.
"""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import urllib.request

BUILD, TESTS = map(pathlib.Path, sys.argv[1:3])
PACKAGES = sys.argv[3:]
STATE = pathlib.Path("/var/lib/private/liandong/liandong.db")
sys.path.insert(0, str(TESTS / "fault"))

from harness import STUB_TOKEN, FeedSite, StubProcess, wait_until

HEALTH = "http://127.0.0.1:8460/healthz"


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, timeout=90, **options)


def systemctl(*arguments):
    ended = run("systemctl", *arguments)
    assert ended.returncode == 0, f"systemctl {arguments}: {ended.stdout}{ended.stderr}{journal()}"
    return ended.stdout.strip()


def show(name):
    return systemctl("show", "liandong", f"--property={name}", "--value")


def journal():
    return run("journalctl", "--no-pager", "--lines=200").stdout


def is_healthy():
    try:
        with urllib.request.urlopen(HEALTH, timeout=5) as reply:
            return reply.status == 200
    except OSError:
        return False


def dpkg(*arguments):
    ended = run("dpkg", "--force-confold", *arguments, stdin=subprocess.DEVNULL)
    assert ended.returncode == 0, f"dpkg {arguments}: {ended.stdout}{ended.stderr}"
    return ended.stdout + ended.stderr


def install():
    if PACKAGES:
        # Containers forbid packages to start anything; an office's machine does not.
        pathlib.Path("/usr/sbin/policy-rc.d").unlink(missing_ok=True)
        dpkg("--install", PACKAGES[0])
        assert run("systemctl", "is-active", "liandong").stdout.strip() == "inactive", "nobody set it up yet"
        return
    installed = run("cmake", "--install", str(BUILD))
    assert installed.returncode == 0, installed.stdout + installed.stderr


def configuration():
    return pathlib.Path(re.search(r"(/\S+/liandong\.toml)", run("liandong", "--help").stdout).group(1))


def configure(site, weibo):
    configuration().write_text(f"""
[site]
name = "示例省教育厅"
organ = "示例省教育厅"
url = "{site.url}/"
site_id_code = "3400000000"
[ledger]
origin = "trial.example.gov.cn/liandong"
[first_wait]
default = "0s"
[[source]]
name = "notices"
type = "feed"
url = "{site.url}/rss.xml"
kind = "notice"
internal = true
every = "2s"
backfill = "3650d"
[[channel]]
name = "weibo"
type = "weibo"
base_url = "{weibo.url}"
access_token_file = "weibo.token"
safe_domains = ["127.0.0.1"]
rip = "127.0.0.1"
min_interval = "0s"
per_hour = 0
per_day = 0
adopt = false
[[route]]
name = "everything"
kinds = ["notice"]
channels = ["weibo"]
""")
    secret = pathlib.Path("/etc/credstore/liandong.weibo.token")
    secret.parent.mkdir(mode=0o700, exist_ok=True)
    secret.write_text(STUB_TOKEN + "\n")
    secret.chmod(0o600)
    drop_in = pathlib.Path("/etc/systemd/system/liandong.service.d/trial.conf")
    drop_in.parent.mkdir()
    drop_in.write_text(f"[Service]\nLoadCredential=weibo.token:{secret}\n")
    systemctl("daemon-reload")


def first_start():
    """`run --init` by hand, as root, with the token where the unit's credential will be."""
    credentials = pathlib.Path("/run/trial-credentials")
    credentials.mkdir(mode=0o700)
    (credentials / "weibo.token").write_text(STUB_TOKEN + "\n")
    (credentials / "weibo.token").chmod(0o600)
    daemon = subprocess.Popen(["liandong", "run", "--init"],
                              env={**os.environ, "CREDENTIALS_DIRECTORY": str(credentials)})
    wait_until("the first start answers", is_healthy, 60)
    daemon.send_signal(signal.SIGINT)
    assert daemon.wait(timeout=60) == 0, "the first start did not end well"


def published(weibo, expected):
    return lambda: sum(any(title in entry.get("text", "") for entry in weibo.published())
                       for title in expected) == len(expected)


def check_service(site, weibo):
    systemctl("start", "liandong")  # returns only after READY=1
    assert is_healthy(), "started, but it does not answer"
    pid = int(show("MainPID"))
    assert os.stat(f"/proc/{pid}").st_uid not in (0, 65534), "it runs as a user of everybody"
    wait_until("every item is on Weibo", published(weibo, site.titles), 60)

    systemctl("reload", "liandong")
    wait_until("the reload was applied", lambda: "config.changed" in journal(), 30)
    assert int(show("MainPID")) == pid, "the reload started it again"

    os.kill(pid, signal.SIGKILL)
    wait_until("systemd started it again", lambda: show("NRestarts") == "1" and is_healthy(), 60)
    site.titles.append("关于重新启动之后的通知")
    wait_until("what is new goes out", published(weibo, site.titles), 60)
    assert len(weibo.published()) == len(site.titles), "something is on Weibo twice"

    time.sleep(1)
    systemctl("stop", "liandong")
    assert show("Result") == "success", show("Result") + journal()
    assert STUB_TOKEN not in journal(), "the token is in the journal"


def check_package(weibo):
    """Upgraded while it runs, removed, purged: the office's configuration and record stay."""
    config = configuration()
    written = config.read_text()
    posts = len(weibo.published())
    systemctl("start", "liandong")
    pid = int(show("MainPID"))
    dpkg("--install", PACKAGES[1])
    assert config.read_text() == written, "the upgrade wrote over the configuration"
    wait_until("the new version runs", lambda: is_healthy() and int(show("MainPID")) not in (0, pid), 60)
    assert run("dpkg-query", "-W", "-f=${Version}", "liandong").stdout == "0.1.1"
    assert len(weibo.published()) == posts, "the upgrade posted something again"

    dpkg("--remove", "liandong")
    assert not is_healthy() and not pathlib.Path("/usr/bin/liandong").exists(), "removed, and there"
    assert config.exists() and STATE.exists(), "a removal takes the program only"
    told = dpkg("--purge", "liandong")
    assert not config.exists(), "purged, and the configuration is there"
    assert STATE.exists() and str(STATE.parent) in told, "the record must stay, and be named: " + told


def main():
    site = FeedSite(3)
    weibo = StubProcess("weibo", pathlib.Path("/run"), safe_domain="127.0.0.1")
    try:
        install()
        configure(site, weibo)
        first_start()
        check_service(site, weibo)
        if PACKAGES:
            check_package(weibo)
        result = {"done": True}
        print("ok")
    except BaseException as error:  # the machine ends with this program; what went wrong must get out
        result = {"error": f"{type(error).__name__}: {error}"}
        print(result["error"], journal(), sep="\n", flush=True)
    finally:
        weibo.stop()
    pathlib.Path("/trial/result.json").write_text(json.dumps(result))


if __name__ == "__main__":
    main()
