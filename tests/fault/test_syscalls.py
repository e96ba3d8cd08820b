#!/usr/bin/env python3
"""Breaks the k-th system call of one delivery, for every k: the process is killed at it, or the call
fails. Whatever happens, the item must stand on each channel exactly once and the ledger must verify.

    test_syscalls.py [--only fdatasync] [--list]

strace injects. It counts each thread's calls by themselves, so k runs up to the busiest thread's count.
"""

import argparse
import collections
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from harness import EVERYTHING, FeedSite, Verdict, World, complain, in_parallel, report

CHANNELS = ("weibo", "wechat")
EXPECTED = 3  # those and the hall
# What fails how. A failed write() to an event descriptor is nothing a kernel does, so only a kill.
FAILURES = {"pwrite64": ("error=EIO", "error=ENOSPC"), "fdatasync": ("error=EIO", "error=ENOSPC"),
            "fsync": ("error=EIO",), "ftruncate": ("error=EIO",),
            "openat": ("error=EIO", "error=EMFILE"), "connect": ("error=ETIMEDOUT",),
            "sendto": ("error=ECONNRESET",), "recvfrom": ("error=ECONNRESET",), "write": ()}
SAMPLE = 3  # of each call and failure, where not everything is asked for
MOST_ERRORS = 100  # places of one error
MAY_BE_EMPTY = "may_be_empty = true\n"


def make_template(folder):
    """A store that has been set up by a first start, so that the sweep is that of a delivery."""
    with World(CHANNELS, items=0, data="data") as world:
        empty_source(world)
        world.start()
        while not world.query("SELECT 1 FROM source_state WHERE baseline > 0"):
            if world.daemon.poll() is not None:
                sys.exit("the first start ended:\n" + world.last_log())
        if world.stop() != 0:
            sys.exit("the first start did not end well:\n" + world.last_log())
        shutil.copytree(world.data, folder)


def empty_source(world):
    text = world.config.read_text()
    world.config.write_text(text.replace("internal = true\n[[channel]]",
                                         "internal = true\n" + MAY_BE_EMPTY + "[[channel]]", 1))


def strace(trace, call, inject):
    # With --seccomp-bpf, which is faster, strace 6.1 injects errors and no signals.
    filtered = () if "signal" in inject else ("--seccomp-bpf",)
    fault = ("-e", f"inject={call}:{inject}") if inject else ()
    return ("strace", "-D", "-f", "-q", *filtered, "-o", str(trace), "-e", f"trace={call}", *fault)


def run_world(template, call, inject):
    """(verdict, the trace) of one delivery."""
    with World(CHANNELS, items=1, data="data") as world:
        empty_source(world)
        shutil.copytree(template, world.data, dirs_exist_ok=True)
        trace = world.folder / "trace"
        before = strace(trace, call, inject)
        # A configuration that cannot be read ends with 78: it is a person who starts it again.
        failures = world.run_to_end(EXPECTED, 90, before=before, restarts=3, stays={0})
        calls = trace.read_text(errors="replace") if trace.exists() else ""
        return world.verdict(failures, int("killed by SIGKILL" in calls)), calls


def count_calls(template):
    """The most calls of one kind any thread makes for one delivery."""
    counts = collections.Counter()
    verdict, calls = run_world(template, ",".join(FAILURES), "")
    if verdict.is_bad():
        sys.exit("one delivery without any fault:\n" + "\n".join(verdict.failures))
    for line in calls.splitlines():
        match = re.match(r"(\d+) +(\w+)\(", line)
        if match:
            counts[match.groups()] += 1
    most = collections.Counter()
    for (_, call), count in counts.items():
        most[call] = max(most[call], count)
    return most


def cases(counts):
    listed = []
    for call, errors in FAILURES.items():
        last = counts[call]
        for what in ("signal=SIGKILL", *errors):
            places = range(1, last + 1, 1 if "SIGKILL" in what else 1 + last // MOST_ERRORS)
            if not EVERYTHING:
                places = sorted({1 + (last - 1) * part // SAMPLE for part in range(1, SAMPLE + 1)})
            listed += [(f"{call} {what} {place}", {"call": call, "inject": f"{what}:when={place}"})
                       for place in places if last]
    return listed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="liandong-template-") as folder:
        template = pathlib.Path(folder) / "data"
        make_template(template)
        counts = count_calls(template)
        print("calls of the busiest thread: " + ", ".join(
            f"{call} {count}" for call, count in sorted(counts.items())), flush=True)
        listed = [(name, {"template": template, **arguments}) for name, arguments in cases(counts)
                  if options.only in name]
        if options.list:
            return print("\n".join(name for name, _ in listed))
        whole, broken, errors = Verdict(), 0, 0
        for name, (verdict, calls) in in_parallel(run_world, listed):
            whole.add(verdict)
            errors += "INJECTED" in calls
            if verdict.is_bad():
                broken += 1
                complain(name, verdict)
        report("system calls", len(listed), whole)
        kills = sum("SIGKILL" in name for name, _ in listed)
        print(f"reached {whole.kills} of {kills} kills, {errors} of {len(listed) - kills} errors")
        # A place near the end may not be reached: the counts differ a little from run to run.
        few = whole.kills < kills // 2 or errors < (len(listed) - kills) // 2
        return 1 if broken or whole.held or few else 0


if __name__ == "__main__":
    sys.exit(main())
