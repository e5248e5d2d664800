#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What --trace writes, as Wireshark's dissectors read it. Prints TAP."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

BUILD = pathlib.Path(os.environ["DFUKIT_BUILD"])
DFUKIT = BUILD / "cli/dfukit"
TWIN = BUILD / "twin/app/dfukit-twin"
END_S = 60
# Wireshark names DFU requests of a product that it is told of; a saved "Decode As" does the same.
DECODE = ("-d", "usb.product==0x0483df11,usbdfu")
SUBMIT, COMPLETE = "'S'", "'C'"


class Board:
    """A running dfukit-twin on a free port."""

    def __enter__(self):
        self.process = subprocess.Popen(
            [TWIN, "--port", "0", "--board", "openmv4p", "--rom", "V9.2", "--speed", "0"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline()
        found = re.search(r"usbip://127\.0\.0\.1:\d+", line)
        assert found, f"not ready: {line}"
        self.uri = found.group(0)
        return self

    def __exit__(self, *_):
        self.process.terminate()  # it removes its control socket
        self.process.communicate()


def tshark(path, *words):
    done = subprocess.run(["tshark", "-r", path, *DECODE, *words], capture_output=True, text=True, timeout=END_S)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def fields(path, *names, only=""):
    """One dictionary for each packet that the display filter lets through."""
    words = [word for name in names for word in ("-e", name)]
    chosen = ("-Y", only) if only else ()
    rows = tshark(path, *chosen, "-T", "fields", "-E", "separator=|", "-E", "occurrence=f", *words)
    return [dict(zip(names, row.split("|"))) for row in rows]


def nothing_is_malformed(path, _):
    assert tshark(path), "no packets"
    assert tshark(path, "-Y", "_ws.malformed || _ws.short") == []
    # The dissector wonders at the empty answer of every OUT request, also in captures of usbmon.
    wonders = "Unexpected response for this command"
    wrong = fields(path, "_ws.expert.message", only="_ws.expert.severity >= 6291456")
    assert [row for row in wrong if row["_ws.expert.message"] != wonders] == [], wrong


def descriptors_come_first(path, _):
    kinds = [row["usb.bDescriptorType"] for row in fields(path, "usb.bDescriptorType", only="usb.setup.bRequest == 6")]
    assert [int(kind, 0) for kind in kinds[:2]] == [1, 2], kinds
    answers = fields(path, "usb.idVendor", "usb.idProduct", "usb.bcdDevice", only="usb.idVendor")
    assert answers[0] == {"usb.idVendor": "0x0483", "usb.idProduct": "0xdf11", "usb.bcdDevice": "0x0200"}, answers


def the_functional_descriptor_is_read(path, _):
    row, = fields(path, "usbdfu.descriptor.wTransferSize", "usbdfu.descriptor.wDetachTimeOut",
                  "usb.bInterfaceSubClass", "usb.bInterfaceProtocol", only="usbdfu.descriptor")
    assert (row["usbdfu.descriptor.wTransferSize"], row["usbdfu.descriptor.wDetachTimeOut"]) == ("1024", "255"), row
    assert (int(row["usb.bInterfaceSubClass"], 0), int(row["usb.bInterfaceProtocol"], 0)) == (1, 2), row


def dfu_requests_have_their_names(path, _):
    lines = "\n".join(line for line in tshark(path) if "USB DFU" in line)
    for name in ("Sent Command: Get Status", "State: dfuIdle", "Sent Command: Download Block Number=0",
                 "Rcvd Response: Download", "State: dfuDownloadBusy"):
        assert name in lines, f"{name} not in\n{lines}"


def class_requests_are_all_dfu(path, _):
    wild = tshark(path, "-Y", "usb.urb_type == 83 && usb.bmRequestType.type == 1 && !usbdfu")
    assert wild == [], wild


def each_answer_belongs_to_its_request(path, _):
    rows = fields(path, "usb.urb_id", "usb.urb_type", "usb.request_in")
    assert len(rows) % 2 == 0 and len(rows) > 8, len(rows)
    for number, (asked, answered) in enumerate(zip(rows[::2], rows[1::2])):
        assert asked["usb.urb_id"] == answered["usb.urb_id"], (asked, answered)
        assert (asked["usb.urb_type"], answered["usb.urb_type"]) == (SUBMIT, COMPLETE), (asked, answered)
        assert answered["usb.request_in"] == str(2 * number + 1), answered


def times_are_now_and_do_not_run_back(path, started):
    times = [float(row["frame.time_epoch"]) for row in fields(path, "frame.time_epoch")]
    assert times == sorted(times)
    assert started - 1 <= times[0] <= times[-1] <= time.time() + 1, (started, times[0], times[-1])


def data_stands_where_it_travelled(path, _):
    names = ("usb.urb_type", "usb.endpoint_address.direction", "usb.data_flag", "usb.data_len")
    seen = {(row[names[0]], row[names[1]]): row[names[2]] for row in fields(path, *names)}
    assert seen == {(SUBMIT, "1"): "'<'", (COMPLETE, "1"): r"'\0'",
                    (SUBMIT, "0"): r"'\0'", (COMPLETE, "0"): "'>'"}, seen


TESTS = (nothing_is_malformed, descriptors_come_first, the_functional_descriptor_is_read,
         dfu_requests_have_their_names, class_requests_are_all_dfu, each_answer_belongs_to_its_request,
         times_are_now_and_do_not_run_back, data_stands_where_it_travelled)


def main():
    if shutil.which("tshark") is None:
        print("1..0 # SKIP tshark is not installed")
        return 0
    failed = 0
    print(f"1..{len(TESTS)}")
    with tempfile.TemporaryDirectory() as folder, Board() as board:
        path = pathlib.Path(folder) / "trace.pcapng"
        started = time.time()
        done = subprocess.run([DFUKIT, "info", "--bus", board.uri, "--trace", path], capture_output=True,
                              text=True, timeout=END_S)
        if done.returncode != 0:
            print(f"Bail out! dfukit info: exit code {done.returncode}: {done.stderr}")
            return 1
        for number, test in enumerate(TESTS, 1):
            try:
                test(path, started)
                print(f"ok {number} - {test.__name__}", flush=True)
            except (AssertionError, ValueError, subprocess.TimeoutExpired) as why:
                failed += 1
                print(f"not ok {number} - {test.__name__}", flush=True)
                print("\n".join(f"# {line}" for line in str(why).splitlines()), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
