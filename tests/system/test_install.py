#!/usr/bin/env python3
"""cmake --install puts every part in its place, where the installed program looks for it."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

BINARY = pathlib.Path(os.environ.get("LIANDONG_BINARY") or sys.exit("LIANDONG_BINARY is not set"))
BUILD = BINARY.parent


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, timeout=120, **options)


def install(destination):
    ended = run("cmake", "--install", str(BUILD), env={**os.environ, "DESTDIR": str(destination)})
    assert ended.returncode == 0, ended.stdout + ended.stderr


def cached(name):
    found = re.search(rf"^{name}:[A-Z]+=(.*)$", (BUILD / "CMakeCache.txt").read_text(), re.M)
    return found.group(1)


def main():
    prefix = cached("CMAKE_INSTALL_PREFIX").lstrip("/")
    with tempfile.TemporaryDirectory(prefix="liandong-install-") as folder:
        root = pathlib.Path(folder)
        install(root)
        program = root / prefix / "bin/liandong"
        help_text = run(str(program), "--help").stdout
        default = re.search(r"(/\S+/liandong\.toml)", help_text).group(1)
        config = root / default.lstrip("/")
        for file in (program, config, config.parent / "calendar/2026.toml",
                     root / prefix / "share/man/man8/liandong.8",
                     root / prefix / "share/bash-completion/completions/liandong",
                     root / prefix / "lib/systemd/system/liandong.service",
                     root / prefix / "lib/sysusers.d/liandong.conf",
                     root / prefix / "lib/tmpfiles.d/liandong.conf"):
            assert file.is_file(), f"{file.relative_to(root)} is not installed"
        checked = run(str(program), "--config", str(config), "check")
        assert checked.returncode == 0, checked.stdout + checked.stderr
        # Where the program looks for what draws covers, and does not load before it is needed.
        run_path = re.search(r"PATH.*\[\$ORIGIN/(.+)\]", run("readelf", "-d", str(program)).stdout).group(1)
        assert (program.parent / run_path / "liandong_graphics.so").is_file(), run_path
        assert "pango" not in run("ldd", str(program)).stdout
        unit = (root / prefix / "lib/systemd/system/liandong.service").read_text()
        assert f"ExecStart=/{prefix}/bin/liandong run --config {default}\n" in unit, unit

        # What the operator has made of the configuration stays.
        config.write_text("# mine\n" + config.read_text())
        install(root)
        assert config.read_text().startswith("# mine\n"), "the configuration was written over"
    print("ok")
    return 0


if __name__ == "__main__":
    sys.exit(main())
