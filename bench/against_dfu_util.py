#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""dfu-util against dfukit, in turn, on equal real-time boards in one guest, and both in virtual time.

against_dfu_util.py BUILD [RUNS]   prints the tables and writes them to bench/RESULTS.md; RUNS: 3"""
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parents[1]
JOBS = ("blank board", "same file again", "one sector changed", "upload 1 MiB")
GUEST_LIMIT_S = 3600
START = 0x08000000


def measurements(build, runs):
    """Every line that the guest printed."""
    words = [sys.executable, SOURCE / "tests/kernel/boot.py", build, str(GUEST_LIMIT_S), "/usr/bin/python3",
             SOURCE / "bench/in_guest.py", str(runs)]
    with subprocess.Popen([str(word) for word in words], stdout=subprocess.PIPE, text=True) as guest:
        found = []
        for line in guest.stdout:
            if line.startswith("{"):
                found.append(json.loads(line))
                print(f"  {found[-1]['board']}, {found[-1]['job']}, {found[-1]['program']}: {found[-1]['seconds']:.2f} s",
                      file=sys.stderr)
            else:
                print(line, end="", file=sys.stderr)
    if guest.returncode != 0:
        sys.exit("the guest did not end well")
    return found


def physics(one):
    return (one["erase_ns"] + one["program_ns"] + one["usb_ns"]) / 1e9


def median(found, board, job, program, value):
    return statistics.median(value(one) for one in found if (one["board"], one["job"], one["program"]) == (board, job, program))


def real_time_table(found):
    lines = ["| board | job | dfu-util | dfukit | times as fast | physical limit | dfukit / limit | dfu-util / limit |",
             "| --- | --- | --- | --- | --- | --- | --- | --- |"]
    for board in dict.fromkeys(one["board"] for one in found):
        for job in JOBS:
            theirs, ours = (median(found, board, job, program, lambda one: one["seconds"]) for program in ("dfu-util", "dfukit"))
            limits = [median(found, board, job, program, physics) for program in ("dfu-util", "dfukit")]
            lines.append(f"| {board} | {job} | {theirs:.2f} s | {ours:.2f} s | {theirs / ours:.1f} | {limits[1]:.2f} s | "
                         f"{ours / limits[1]:.2f} | {theirs / limits[0]:.2f} |")
    return lines


def cost_table(found):
    lines = ["| board | job | program | CPU | of one core | peak memory | control transfers |", "| --- | --- | --- | --- | --- | --- | --- |"]
    for board in dict.fromkeys(one["board"] for one in found):
        for job in JOBS:
            for program in ("dfu-util", "dfukit"):
                cpu, seconds, peak, transfers = (median(found, board, job, program, lambda one, key=key: one[key])
                                                 for key in ("cpu_s", "seconds", "peak_kib", "transfers"))
                lines.append(f"| {board} | {job} | {program} | {cpu:.2f} s | {100 * cpu / seconds:.1f} % | {peak / 1024:.1f} MiB | "
                             f"{transfers:.0f} |")
    return lines


def virtual_table(build):
    import files  # pylint: disable=import-outside-toplevel
    import shim  # pylint: disable=import-outside-toplevel
    lines = ["| board | bytes | dfu-util | dfukit | times as fast | dfukit / limit | again, times as fast |",
             "| --- | --- | --- | --- | --- | --- | --- |"]
    for name, board, length in (("F405 V3.1", "--board pybv11 --rom V3.1", 1 << 20),
                                ("H743 V9.2", "--board nucleo-h743zi --rom V9.2", 1300000)):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "app.bin"
            file.write_bytes(files.firmware(START, length))
            times, ratio = {}, 0.0
            for program, words in (("dfu-util", ["dfu-util", "-a", "0", "-s", f"{START:#x}", "-D", file]),
                                   ("dfukit", [shim.DFUKIT, "flash", file, "--at", f"{START:#x}", "--no-leave", "-q"])):
                flash = f"{board} --flash {folder}/{program}.flash"
                once = shim.shim_run(words, flash)
                again = shim.shim_run(words, flash)
                if once.code or again.code:
                    sys.exit(f"{program}: {once.err}{again.err}")
                times[program] = (shim.seconds(once), shim.seconds(again))
                ratio = shim.seconds(once) / shim.physics(once)
        theirs, ours = times["dfu-util"], times["dfukit"]
        lines.append(f"| {name} | {length} | {theirs[0]:.2f} s | {ours[0]:.2f} s | {theirs[0] / ours[0]:.2f} | {ratio:.3f} | "
                     f"{theirs[1] / ours[1]:.1f} |")
    return lines


def host_table(build):
    """What a flash costs this computer itself, without a guest in between."""
    import re  # pylint: disable=import-outside-toplevel
    lines = ["| board | time | CPU | of one core | peak memory |", "| --- | --- | --- | --- | --- |"]
    import files  # pylint: disable=import-outside-toplevel
    import lab  # pylint: disable=import-outside-toplevel
    for name, board, length in (("F405 V3.1", "--board pybv11 --rom V3.1", 400000),
                                ("H743 V9.2", "--board nucleo-h743zi --rom V9.2", 1300000)):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "app.bin"
            file.write_bytes(files.firmware(START, length))
            twin = subprocess.Popen([build / "twin/app/dfukit-twin", *board.split(), "--port", "0", "--speed", "1"],
                                    stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            uri = re.search(r"usbip://\S+?:\d+", twin.stdout.readline()).group(0)
            started = os.times().elapsed
            process = subprocess.Popen([build / "cli/dfukit", "flash", file, "--at", f"{START:#x}", "--bus", uri, "-q"])
            memory = lab.PeakMemory(process.pid)
            _, status, usage = os.wait4(process.pid, 0)
            seconds = os.times().elapsed - started
            twin.terminate()
            twin.wait()
            if status != 0:
                sys.exit(f"{name}: dfukit ended with {os.waitstatus_to_exitcode(status)}")
        cpu = usage.ru_utime + usage.ru_stime
        lines.append(f"| {name}, {length} bytes | {seconds:.2f} s | {cpu:.2f} s | {100 * cpu / seconds:.1f} % | "
                     f"{memory.kib / 1024:.1f} MiB |")
    return lines


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    os.environ.update(DFUKIT_BUILD=str(build), DFUKIT_SOURCE=str(SOURCE))
    sys.path[:0] = [str(SOURCE / "tests" / folder) for folder in ("shim", "compat", "kernel")]
    virtual, host = virtual_table(build), host_table(build)
    found = measurements(build, runs)
    text = ["# dfu-util and dfukit, side by side", "",
            f"Made by `make bench`: Debian's dfu-util 0.11 and dfukit in turn, {runs} runs, medians. dfukit's times contain the comparison",
            "before and the read-back after; dfu-util has neither. The physical limit is the sum of erasing, programming and bytes on",
            "the wire by the board's own clock, during dfukit's run (and during dfu-util's in the last column).", "",
            "## Real time, over Linux' USB stack", "", *real_time_table(found), "",
            "The guest's processor is emulated, so what a program computes takes some ten times as long as on the machine itself.", "",
            "## What it costs the host, in the guest", "", *cost_table(found), "",
            "## What it costs the host, without a guest (real time, over USB/IP)", "", *host, "",
            "## Virtual time: the same programs without a computer's own delays", "", *virtual, ""]
    print("\n".join(text))
    (SOURCE / "bench/RESULTS.md").write_text("\n".join(text), encoding="utf-8")


if __name__ == "__main__":
    main()
