#!/usr/bin/env python3
"""The Debian package: lintian finds no error in it; installed, upgraded with its database, removed and purged
in the machine of test_systemd.py."""

import os
import pathlib
import re
import subprocess
import sys

from test_systemd import BINARY, boot_and_try


def run(*command, **options):
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300, **options)
    if ended.returncode != 0:
        sys.exit(f"{command[0]}: {ended.stdout}{ended.stderr}")
    return ended.stdout


def pack(folder):
    """The names of the package and of one that calls itself newer."""
    run("cpack", "-G", "DEB", "-B", str(folder / "pack"), "-D", "CPACK_DEBIAN_COMPRESSION_TYPE=gzip", cwd=BINARY.parent)
    package = next((folder / "pack").glob("liandong_*.deb"))
    run("lintian", "--fail-on", "error", "--allow-root", str(package))
    package = package.rename(folder / "liandong.deb")
    run("dpkg-deb", "-R", str(package), str(folder / "tree"))
    control = folder / "tree/DEBIAN/control"
    control.write_text(re.sub(r"^Version: .*$", "Version: 0.1.1", control.read_text(), flags=re.M))
    run("dpkg-deb", "-Zgzip", "--root-owner-group", "-b", str(folder / "tree"), str(folder / "newer.deb"))
    return "liandong.deb", "newer.deb"


if __name__ == "__main__":
    os.environ.setdefault("LC_ALL", "C.UTF-8")
    sys.exit(boot_and_try(pack))
