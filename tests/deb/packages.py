#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Builds the Debian packages, lets lintian judge them, installs, uses and purges them. Prints TAP.

packages.py            installs into a bare folder: what stands in the packages, on this computer's libraries
packages.py --fresh    installs with apt-get into a Debian that debootstrap makes; needs root"""
import contextlib
import gzip
import os
import pathlib
import re
import shutil
import subprocess
import sys

import roots
from roots import call, must

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = SOURCE / "build-deb"
NAMES = ("dfukit", "dfukit-twin", "libdfukit0", "libdfukit-dev")
FILES = [  # package, a file that people look for there
    ("dfukit", "/usr/bin/dfukit"),
    ("dfukit", "/usr/lib/udev/rules.d/60-dfukit.rules"),
    ("dfukit", "/usr/share/bash-completion/completions/dfukit"),
    ("dfukit", "/usr/share/zsh/vendor-completions/_dfukit"),
    ("dfukit", "/usr/share/fish/vendor_completions.d/dfukit.fish"),
    ("dfukit", "/usr/share/man/man1/dfukit.1.gz"),
    ("dfukit-twin", "/usr/bin/dfukit-twin"),
    ("dfukit-twin", "/usr/share/man/man1/dfukit-twin.1.gz"),
    ("libdfukit0", "/usr/lib/@MULTIARCH@/libdfukit.so.0"),
    ("libdfukit-dev", "/usr/lib/@MULTIARCH@/libdfukit.so"),
    ("libdfukit-dev", "/usr/lib/@MULTIARCH@/pkgconfig/libdfukit.pc"),
    ("libdfukit-dev", "/usr/include/dfukit.h"),
    ("libdfukit-dev", "/usr/share/doc/libdfukit-dev/examples/flash_file.c"),
]
SAME = [  # installed file, file of the project
    ("/usr/lib/udev/rules.d/60-dfukit.rules", "packaging/60-dfukit.rules"),
    ("/usr/share/bash-completion/completions/dfukit", "docs/completion/dfukit.bash"),
    ("/usr/share/zsh/vendor-completions/_dfukit", "docs/completion/_dfukit"),
    ("/usr/share/fish/vendor_completions.d/dfukit.fish", "docs/completion/dfukit.fish"),
]


class Wrong(Exception):
    """What a check found, in words."""


def expect(good, said):
    if not good:
        raise Wrong(said)


def packages():
    return [next(BUILD.glob(f"{name}_*.deb")) for name in NAMES]


def check_build():
    # the same tests have run in this tree, and more of them
    done = call(SOURCE / "tools/deb", env=dict(os.environ, DEB_BUILD_OPTIONS="nocheck"))
    expect(done.returncode == 0, "\n".join((done.stdout + done.stderr).splitlines()[-30:]))
    built = {file.name.split("_")[0] for file in BUILD.glob("*.deb")}
    debug = {f"{name}-dbgsym" for name in NAMES if name != "libdfukit-dev"}
    expect(built == {*NAMES, *debug}, f"built: {sorted(built)}")


def strangers():
    """What lies in the source tree and is neither the project's nor a build folder."""
    said = must("git", "-C", SOURCE, "status", "--porcelain", "--ignored").splitlines()
    return {line[3:] for line in said if line[:2] in ("??", "!!") and not line[3:].startswith("build")}


def check_clean_tree(before):
    said = strangers() - before
    expect(not said, f"new: {sorted(said)}")


def check_lintian():
    done = call("lintian", "--info", "--display-info", "--pedantic", "--allow-root", "--fail-on", "pedantic,info,warning,error",
                *BUILD.glob("*.changes"))
    expect(done.returncode == 0 and not re.search("^[EWIPX]:", done.stdout, re.M), done.stdout + done.stderr)


def check_fields():
    for package in packages():
        fields = must("dpkg-deb", "--field", package, "Package", "Depends", "Conflicts", "Replaces", "Provides", "Multi-Arch")
        expect(not re.search("^(Conflicts|Replaces|Provides):", fields, re.M), fields)
        expect("libdfukit" not in package.name or "Multi-Arch: same" in fields, fields)
        alone = package.name.startswith(("dfukit-twin_", "libdfukit0_"))
        expect(alone or re.search(r"^Depends:.*\blibdfukit0 \(", fields, re.M), fields)


def check_files(root):
    triplet = must("dpkg-architecture", "-qDEB_HOST_MULTIARCH").strip()
    listed = {name: set(root.files_of(name)) for name in NAMES}
    gone = [f"{name}: {file}" for name, file in FILES if file.replace("@MULTIARCH@", triplet) not in listed[name]]
    expect(not gone, "\n".join(gone))
    for file, ours in SAME:
        expect((root.path / file[1:]).read_bytes() == (SOURCE / ours).read_bytes(), f"{file} is not {ours}")


def check_pages(root):
    """man shows the pages, every command and every option of dfukit-twin in them."""
    for page, wanted in (("dfukit", r"^  (\w+) "), ("dfukit-twin", r"(?:^|, )(--[\w-]+)")):
        said = must(*root.command(page, "--help"), env=root.env)
        words = set(re.findall(wanted, said.split("commands:")[-1].split("\noptions:")[0], re.M))
        man = root.inside(root.path / f"usr/share/man/man1/{page}.1.gz")
        text = must(*root.command("man", "-l", man), env=dict(root.env, MANPAGER="cat", MANWIDTH="200"))
        text = re.sub(r".\x08|\x1b\[[\d;]*m", "", text)
        expect(words and all(word in text for word in words), f"{page}: {[word for word in words if word not in text]}\n{text}")


@contextlib.contextmanager
def twin(root, board):
    """The URI of a virtual board that the installed dfukit-twin serves."""
    process = subprocess.Popen(
        root.command("dfukit-twin", "--board", board, "--speed", "0", "--port", "0"), env=root.env, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True)
    try:
        for line in process.stdout:
            found = re.search(r"usbip://[0-9.:]+", line)
            if found:
                break
        expect(found, "dfukit-twin did not start")
        yield found[0]
    finally:
        process.terminate()
        process.communicate()


def firmware(root):
    file = BUILD / "app.hex"
    must(sys.executable, SOURCE / "tools/demo_firmware.py", "firmware", file, "0x08000000:14000", "0x08020000:50000")
    return root.copy_in(file)


def check_use(root):
    """dfukit lists, flashes and verifies a board of dfukit-twin."""
    file = firmware(root)
    with twin(root, "pybv11") as bus:
        listed = must(*root.command("dfukit", "list", "--bus", bus), env=root.env)
        expect("0483:df11" in listed and "in 12 sectors" in listed, listed)
        done = call(*root.command("dfukit", "flash", file, "--no-leave", "--bus", bus), env=root.env)
        expect(done.returncode == 0 and "all equal" in done.stdout + done.stderr, done.stdout + done.stderr)
        done = call(*root.command("dfukit", "verify", file, "--bus", bus), env=root.env)
        expect(done.returncode == 0, done.stdout + done.stderr)


def check_example(root):
    """The example of libdfukit-dev is built with pkg-config alone, and flashes."""
    place = root.path / "usr/share/doc/libdfukit-dev/examples/flash_file.c"
    flags = must(*root.command("pkg-config", "--cflags", "--libs", "libdfukit"), env=root.env).split()
    program = root.copy_in(place).replace(".c", "")
    must(*root.command("gcc", "-Wall", "-Werror", root.inside(place), "-o", program, *flags), env=root.env)
    file = firmware(root)
    with twin(root, "nucleo-h743zi") as bus:
        done = call(*root.command(program, file, bus), env=root.env)
        expect(done.returncode == 0 and "bytes verified" in done.stdout, done.stdout + done.stderr)


def check_purge(root, before):
    root.purge(NAMES)
    left = root.tree() - before
    expect(not left, f"left behind: {sorted(left)}")
    gone = before - root.tree()
    expect(not gone, f"taken along: {sorted(gone)}")


def check_changelog(root):
    version = re.search(r"version: '([^']+)'", (SOURCE / "meson.build").read_text(encoding="utf-8"))[1]
    with gzip.open(root.path / "usr/share/doc/dfukit/changelog.gz", "rt", encoding="utf-8") as log:
        first = log.readline()
    said = must(*root.command("dfukit", "--version"), env=root.env)
    expect(f"({version})" in first and said == f"dfukit {version}\n", first + said)


def installed(make_root, path):
    """The checks of an installation, in the order in which they have to run."""
    root = make_root(path)
    before = root.tree()
    yield "they install", lambda: root.install(packages())
    yield "every file is in its package", lambda: check_files(root)
    yield "changelog, program and build agree on the version", lambda: check_changelog(root)
    yield "man pages", lambda: check_pages(root)
    yield "dfukit lists, flashes and verifies a board of dfukit-twin", lambda: check_use(root)
    yield "the example builds and flashes", lambda: check_example(root)
    yield "nothing is left after a purge", lambda: check_purge(root, before)


def checks(fresh):
    before = strangers()
    yield "make deb builds every package", check_build
    yield "nothing new lies in the source tree", lambda: check_clean_tree(before)
    yield "lintian has nothing to say", check_lintian
    yield "packages conflict with nothing and name what they need", check_fields
    if not fresh:
        yield from installed(roots.BareFolder, BUILD / "root-bare")
    elif os.geteuid() != 0:
        yield "in a fresh Debian # SKIP debootstrap and chroot need root", lambda: None
    else:
        yield from installed(roots.FreshDebian, BUILD / "root-fresh")
        shutil.rmtree(BUILD / "root-fresh")


def main():
    number = failed = 0
    for number, (name, check) in enumerate(checks("--fresh" in sys.argv), 1):
        try:
            check()
            print(f"ok {number} - {name}", flush=True)
        except (Wrong, RuntimeError, OSError, StopIteration) as error:
            failed += 1
            print(f"not ok {number} - {name}")
            print("\n".join(f"# {line}" for line in str(error).splitlines()), flush=True)
    print(f"1..{number}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
