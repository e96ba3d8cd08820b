#!/usr/bin/env python3
"""The installed unit under a real systemd: the steps of the README's installation, then a reload, a crash
and an end. The machine is this one's files under a layer of their own, with a network of its own.

Where no such machine can be made (not root, or inside of a container that forbids its mounts) there is
nothing to see: exit code 77, "skipped".
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
TESTS = HERE.parent
BINARY = pathlib.Path(os.environ.get("LIANDONG_BINARY") or sys.exit("LIANDONG_BINARY is not set"))
SKIPPED = 77

UNIT = """[Unit]
Requires=systemd-journald.service
After=systemd-journald.service
DefaultDependencies=no
[Service]
Type=oneshot
ExecStart={python} {here}/systemd_steps.py {build} {tests} {packages}
StandardOutput=file:/trial/steps.log
StandardError=inherit
TimeoutStartSec=240
ExecStopPost=/bin/systemctl --force exit
"""


def machine(folder):
    command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--uts", "--ipc", "--net", "--cgroup",
               "bash", str(HERE / "systemd_machine.sh"), str(folder), "trial.service"]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def unit(packages):
    return UNIT.format(python=sys.executable, here=HERE, build=BINARY.parent, tests=TESTS, packages=" ".join(packages))


def boot_and_try(prepare=lambda folder: ()):
    """What the trial's exit code is; `prepare` puts packages into the machine's folder and names them."""
    if os.geteuid() != 0 or not shutil.which("unshare"):
        print("skipped: only root can boot a systemd of its own")
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="liandong-systemd-") as name:
        folder = pathlib.Path(name)
        packages = [f"/trial/{file}" for file in prepare(folder)]
        (folder / "trial.service").write_text(unit(packages))
        ended = machine(folder)
        log = folder / "steps.log"
        if not log.exists():
            print("skipped: no systemd comes up here", ended.returncode, ended.stdout, ended.stderr)
            return SKIPPED
        print(log.read_text())
        result = folder / "result.json"
        return 0 if result.exists() and json.loads(result.read_text()) == {"done": True} else 1


if __name__ == "__main__":
    sys.exit(boot_and_try())
