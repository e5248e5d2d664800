#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The example program, built against the installed headers and library as a stranger would, flashes a twin."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(os.environ["DFUKIT_SOURCE"])
BUILD = pathlib.Path(os.environ["DFUKIT_BUILD"])


def run(*words, **more):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, **more)


def install(folder):
    """Installs into folder and gives the environment in which pkg-config finds it."""
    made = run("meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", folder)
    assert made.returncode == 0, made.stderr
    pc = next(folder.rglob("libdfukit.pc"))
    env = dict(os.environ, PKG_CONFIG_PATH=str(pc.parent), PKG_CONFIG_SYSROOT_DIR=str(folder))
    env["LD_LIBRARY_PATH"] = str(next(folder.rglob("libdfukit.so")).parent)
    return env


def build(folder, env):
    flags = run("pkg-config", "--cflags", "--libs", "libdfukit", env=env)
    assert flags.returncode == 0, flags.stderr
    sanitize = ["-fsanitize=address,undefined"] if "asan" in os.environ.get("DFUKIT_OPTIONS", "") else []
    program = folder / "flash_file"
    made = run("cc", "-std=c11", "-Wall", "-Wextra", "-Werror", *sanitize, SOURCE / "examples/flash_file.c",
               "-o", program, *flags.stdout.split(), env=env)
    assert made.returncode == 0, made.stderr
    return program


def flash(folder, program, env):
    hexfile = folder / "app.hex"
    assert run(sys.executable, SOURCE / "tools/demo_firmware.py", "firmware", hexfile,
               "0x08000000:14000", "0x08020000:50000").returncode == 0
    twin = subprocess.Popen([BUILD / "twin/app/dfukit-twin", "--board", "pybv11", "--speed", "0", "--port", "0",
                             "--once"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        uri = None
        while uri is None:
            line = twin.stdout.readline()
            assert line, "the twin did not start"
            found = re.search(r"usbip://[0-9.:]+", line)
            uri = found and found.group(0)
        return run(program, hexfile, uri, env=env, timeout=60)
    finally:
        twin.terminate()
        twin.communicate(timeout=20)


def main():
    print("1..5")
    lines = len((SOURCE / "examples/flash_file.c").read_text().splitlines())
    print(f"{'ok' if lines <= 50 else 'not ok'} 1 - the example is short ({lines} lines)")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        env = install(folder)
        print("ok 2 - make install puts library, headers and pkg-config file in place")
        told = run(next(folder.rglob("bin/dfukit")), "--version")
        good = told.returncode == 0 and told.stdout.startswith("dfukit ")
        print(f"{'ok' if good else 'not ok'} 3 - the installed program finds its library without ldconfig")
        program = build(folder, env)
        print("ok 4 - the example builds with pkg-config alone")
        done = flash(folder, program, env)
        good = done.returncode == 0 and "bytes verified" in done.stdout
        print(f"{'ok' if good else 'not ok'} 5 - it flashes a twin")
        if not good:
            print(f"# exit {done.returncode}\n# {done.stdout}\n# {done.stderr}")


if __name__ == "__main__":
    main()
