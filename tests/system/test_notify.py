#!/usr/bin/env python3
"""What the service manager is told, in the words of sd_notify(3), over a socket like systemd's."""

import os
import pathlib
import signal
import socket
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "fault"))

from harness import World, wait_until


class Manager:
    """The service manager's end: keeps every word in the order it came."""

    def __init__(self, folder):
        self.path = str(folder / "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.settimeout(0.2)
        self.words = []
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self.listen)
        self.thread.start()

    def listen(self):
        while not self.ending.is_set():
            try:
                self.words += self.socket.recv(4096).decode().split("\n")
            except TimeoutError:
                continue

    def count(self, word):
        return self.words.count(word)

    def stop(self):
        self.ending.set()
        self.thread.join()
        self.socket.close()


def tells_the_service_manager(world, manager):
    world.start(init=True, NOTIFY_SOCKET=manager.path)
    wait_until("READY=1", lambda: manager.count("READY=1") == 1)
    assert world.is_healthy(), "ready before the console answers"
    wait_until("the watchdog is fed twice", lambda: manager.count("WATCHDOG=1") >= 2)

    world.daemon.send_signal(signal.SIGHUP)
    wait_until("ready again after a reload", lambda: manager.count("READY=1") == 2)
    assert manager.words.index("RELOADING=1") > manager.words.index("READY=1"), manager.words

    broken = world.config.read_text() + "\n[nonsense]\na = 1\n"
    world.config.write_text(broken)
    world.daemon.send_signal(signal.SIGHUP)
    wait_until("ready again after a refused reload", lambda: manager.count("READY=1") == 3)
    fed = manager.count("WATCHDOG=1")
    wait_until("the watchdog is fed after it", lambda: manager.count("WATCHDOG=1") > fed)

    assert world.stop() == 0
    wait_until("STOPPING=1", lambda: manager.count("STOPPING=1") == 1)


def starves_the_watchdog_when_it_stands(world, manager):
    world.start(init=True, NOTIFY_SOCKET=manager.path)
    wait_until("the watchdog is fed", lambda: manager.count("WATCHDOG=1") >= 1)
    os.kill(world.daemon.pid, signal.SIGSTOP)
    fed = manager.count("WATCHDOG=1")
    try:
        wait_until("fed again", lambda: manager.count("WATCHDOG=1") > fed + 1, 5)
    except AssertionError:
        return
    finally:
        os.kill(world.daemon.pid, signal.SIGCONT)
    raise AssertionError("a stopped process fed the watchdog")


def main():
    failed = 0
    for test in (tells_the_service_manager, starves_the_watchdog_when_it_stands):
        with World(("weibo",)) as world:
            manager = Manager(world.folder)
            try:
                test(world, manager)
                print(f"ok {test.__name__}", flush=True)
            except (AssertionError, OSError) as error:
                failed += 1
                print(f"FAILED {test.__name__}: {error}; heard {manager.words}", flush=True)
                print(world.last_log(), flush=True)
            finally:
                manager.stop()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
