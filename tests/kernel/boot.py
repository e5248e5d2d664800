#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs a command in a Linux guest: Debian's kernel under QEMU, this computer's files read-only below a writable layer.

boot.py BUILD LIMIT_S COMMAND [WORD...]    its output and exit code become ours; the guest's log goes to
BUILD/kernel/console-*.log. Inside, the twins of dfukit-twin can be plugged in with vhci_hcd (lab.py); those that run
our bootloader work outside (outside.py)."""
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

import outside

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[1]
MODULES = ("virtio_pci", "9pnet_virtio", "9p", "overlay", "vhci_hcd", "virtio_net")
EXIT_BROKEN = 125


def archive(entries):
    """An initramfs (newc) of (name, mode, bytes)."""
    out = b""
    for number, (name, mode, data) in enumerate([*entries, ("TRAILER!!!", 0, b"")]):
        encoded = name.encode() + b"\0"
        fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(encoded), 0)
        out += b"070701" + b"".join(b"%08X" % field for field in fields) + encoded
        out += b"\0" * (-len(out) % 4) + data
        out += b"\0" * (-len(out) % 4)
    return out


def module_order(folder):
    """Paths of the modules and of all that they need, in the order to load them."""
    needs = {}
    for line in (folder / "modules.dep").read_text().splitlines():
        path, _, rest = line.partition(":")
        needs[path] = rest.split()
    by_name = {pathlib.PurePath(path).name.removesuffix(".ko").replace("-", "_"): path for path in needs}
    order = []
    for name in MODULES:
        for path in (*reversed(needs[by_name[name]]), by_name[name]) if name in by_name else ():
            if path not in order:
                order.append(path)
    return order


def initramfs(kernel):
    version = (kernel / "ready").read_text().strip()
    folder = kernel / "root/lib/modules" / version
    order = module_order(folder)
    entries = [(name, 0o040755, b"") for name in ("bin", "dev", "modules")]
    entries.append(("bin/busybox", 0o100755, pathlib.Path("/bin/busybox").read_bytes()))
    entries.append(("init", 0o100755, (HERE / "init").read_bytes()))
    entries.append(("settings", 0o100644, f"SOURCE={shlex.quote(str(SOURCE))}\n".encode()))
    entries += [(f"modules/{pathlib.PurePath(path).name}", 0o100644, (folder / path).read_bytes()) for path in order]
    entries.append(("modules/order", 0o100644, "".join(pathlib.PurePath(path).name + "\n" for path in order).encode()))
    return archive(entries), kernel / "root/boot" / f"vmlinuz-{version}"


def qemu(kernel_image, ramdisk, results, console):
    share = "local,multidevs=remap,security_model=none"
    return ["qemu-system-x86_64", "-accel", "tcg", "-cpu", "max", "-smp", "1", "-m", "1536", "-nodefaults", "-no-reboot",
            "-nographic", "-kernel", str(kernel_image), "-initrd", str(ramdisk), "-serial", f"file:{console}",
            "-append", "console=ttyS0 quiet loglevel=6 panic=-1 mitigations=off net.ifnames=0",
            "-fsdev", f"{share},id=host,path=/,readonly=on", "-device", "virtio-9p-pci,fsdev=host,mount_tag=host",
            "-fsdev", f"{share},id=results,path={results}", "-device", "virtio-9p-pci,fsdev=results,mount_tag=results",
            "-device", "virtio-rng-pci", "-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net,romfile="]


def follow(process, output, deadline):
    """Passes the guest's output on while it comes; gives False when the time is over."""
    with open(output, "rb") as out:
        while True:
            ended = process.poll() is not None
            sys.stdout.buffer.write(out.read())
            sys.stdout.flush()
            if ended:
                return True
            if time.monotonic() > deadline:
                process.kill()
                process.wait()
                return False
            time.sleep(0.2)


def run(build, limit_s, command):
    kernel = build / "kernel"
    results = pathlib.Path(tempfile.mkdtemp(prefix="results-", dir=kernel))
    console = kernel / f"console-{results.name[8:]}.log"
    ramdisk, image = initramfs(kernel)
    (results / "initramfs").write_bytes(ramdisk)
    (results / "output").write_bytes(b"")
    boards = outside.Outside(build, results)
    words = " ".join(shlex.quote(word) for word in command)
    (results / "command").write_text(f"cd {shlex.quote(str(SOURCE))} && DFUKIT_BUILD={shlex.quote(str(build))} "
                                     f"DFUKIT_SOURCE={shlex.quote(str(SOURCE))} DFUKIT_OUTSIDE={boards.port} {words} > /results/output 2>&1\n")
    process = subprocess.Popen(qemu(image, results / "initramfs", results, console), stdin=subprocess.DEVNULL)
    try:
        in_time = follow(process, results / "output", time.monotonic() + limit_s)
    finally:
        boards.end()
    status = results / "status"
    code = int(status.read_text()) if status.is_file() and in_time else EXIT_BROKEN
    if code != 0:
        print(f"# guest: {'exit ' + str(code) if in_time else f'still running after {limit_s} s'}; the end of its log ({console}):")
        for line in console.read_text(errors="replace").splitlines()[-40:] if console.is_file() else []:
            print(f"# {line}")
    shutil.rmtree(results)
    return code


if __name__ == "__main__":
    BUILD = pathlib.Path(sys.argv[1]).resolve()
    subprocess.run([HERE / "fetch", BUILD / "kernel"], check=True)
    sys.exit(run(BUILD, float(sys.argv[2]), sys.argv[3:]))
