#!/usr/bin/env python3
"""Cuts the power at random moments: of what the daemon wrote, only what it synced is certain to be there
at the next start. Each item must stand on each channel exactly once all the same.

    test_power_cut.py [--control normal|unsynced] [--seed N]

disk_log.c notes what the daemon does to its files; here the notes become the disk after the cut.
--control runs a daemon whose store does not sync each commit, and ends with 0 when it forgot what it
had sent and sent it again.
"""

import argparse
import functools
import pathlib
import random
import struct
import subprocess
import sys
import tempfile
import time

from harness import EVERYTHING, ITEMS, Verdict, World, in_parallel, judge, wait_until

WRITE, TRUNCATE, SYNC, UNLINK, RENAME = 1, 2, 3, 4, 5
HEAD = struct.Struct("=IIQQ")
CHANNELS = 3
CUTS = 5  # in one world
CONTROLS = ("normal", "unsynced")


class Content:
    """One file's bytes: as the program sees them, and what of them is safe."""

    def __init__(self, content=b""):
        self.now = bytearray(content)
        self.safe = bytes(content)
        self.unsafe = []

    def change(self, operation):
        self.unsafe.append(operation)
        apply(self.now, operation)

    def sync(self):
        self.safe = bytes(self.now)
        self.unsafe.clear()

    def after_cut(self, chance):
        """A disk may have written any part of what it was not asked to keep, in any order."""
        content = bytearray(self.safe)
        if chance.random() < 0.5:
            for operation in self.unsafe:
                if chance.random() < 0.5:
                    apply(content, operation)
        return bytes(content)


def apply(content, operation):
    offset, data = operation
    if data is None:
        del content[offset:]
        content.extend(bytes(offset - len(content)))
        return
    content.extend(bytes(max(0, offset - len(content))))
    content[offset:offset + len(data)] = data


class Disk:
    """A folder as the program sees it, and as a power cut leaves it. A name is safe once its folder was
    synced, a file's bytes once the file was."""

    def __init__(self, folder):
        self.folder = folder
        self.names = {str(file): Content(file.read_bytes()) for file in folder.iterdir()
                      if not file.name.endswith(("-shm", ".lock"))}
        self.safe_names = dict(self.names)

    def replay(self, log):
        notes, at = log.read_bytes(), 0
        while at + HEAD.size <= len(notes):
            op, path_size, offset, size = HEAD.unpack_from(notes, at)
            start = at + HEAD.size + path_size
            data = notes[start:start + size] if op in (WRITE, RENAME) else b""
            path = notes[at + HEAD.size:start].decode()
            at = start + len(data)
            if at > len(notes):
                return
            self.note(op, path, offset, data)

    def note(self, op, path, offset, data):
        if op == WRITE:
            self.file(path).change((offset, data))
        elif op == TRUNCATE:
            self.file(path).change((offset, None))
        elif op == UNLINK:
            self.names.pop(path, None)
        elif op == RENAME:
            self.names[data.decode()] = self.names.pop(path)
        elif pathlib.Path(path) == self.folder:
            self.safe_names = dict(self.names)
        else:
            self.file(path).sync()

    def file(self, path):
        return self.names.setdefault(path, Content())

    def cut(self, chance):
        for file in self.folder.iterdir():
            file.unlink()
        for path, content in self.safe_names.items():
            pathlib.Path(path).write_bytes(content.after_cut(chance))


def build_shim(folder):
    shim = pathlib.Path(folder) / "disk_log.so"
    source = pathlib.Path(__file__).with_name("disk_log.c")
    subprocess.run(["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", str(shim),
                    str(source), "-ldl"], check=True)
    return shim


def run_world(shim, seed, control=""):
    """A verdict, after several cuts in one world."""
    chance = random.Random(seed)
    environment = {"LIANDONG_CONTROL": control} if control else {}
    failures, forgotten, kills = [], [], 0
    with World(data="data") as world:
        if seed % 2 == 0:  # a store that was closed well before
            world.start(**environment)
            wait_until("it answers", world.is_healthy)
            world.stop()
        watched = {**environment, "LD_PRELOAD": str(shim), "LIANDONG_DISK_FOLDER": str(world.data)}
        for number in range(CUTS):
            log = world.folder / f"disk-{number}.log"
            log.touch()
            disk = Disk(world.data)
            daemon = world.start(**watched, LIANDONG_DISK_LOG=str(log))
            until = time.monotonic() + chance.uniform(0.1, 4.0)
            while time.monotonic() < until and daemon.poll() is None:
                time.sleep(0.01)
            if daemon.poll() is not None:
                failures.append(f"the daemon ended with {daemon.returncode}")
                break
            world.kill()
            kills += 1
            disk.replay(log)
            disk.cut(chance)
            log.unlink()
            forgotten += world.sent_without_intent()
        failures += world.run_to_end(ITEMS * CHANNELS, 90, **environment)
        return world.verdict(failures + forgotten, kills)


def run_control(control):
    """True when the cuts made it forget what it had sent, and send it again."""
    whole, forgotten = Verdict(), []
    with tempfile.TemporaryDirectory(prefix="liandong-shim-") as folder:
        shim = build_shim(folder)
        for seed in range(2, 14, 2):
            whole.add(run_world(shim, seed, control))
            forgotten = [words for words in whole.failures if "without an intent" in words]
            if forgotten and whole.duplicated:
                break
    print(f"control {control}: forgotten {len(forgotten)}, {whole.figures()}", flush=True)
    return bool(forgotten and whole.duplicated)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--control", choices=CONTROLS)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.control:
        return 0 if run_control(options.control) else 1
    with tempfile.TemporaryDirectory(prefix="liandong-shim-") as folder:
        shim = build_shim(folder)
        worlds = 60 if EVERYTHING else 6
        return judge("power cuts", in_parallel(functools.partial(run_world, shim), [
            (f"--seed {seed}", {"seed": seed}) for seed in range(options.seed, options.seed + worlds)]))


if __name__ == "__main__":
    sys.exit(main())
