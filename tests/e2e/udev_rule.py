#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""packaging/60-dfukit.rules in udev's own engine: which devices, made up with umockdev, it opens to whom.

udevadm reads the rules of this computer with ours among them; a mount namespace puts it there for this one process."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

SOURCE = pathlib.Path(os.environ["DFUKIT_SOURCE"])
RULE = SOURCE / "packaging/60-dfukit.rules"
DEVICE = "/devices/pci0000:00/usb1/1-1"
VENDOR_SPECIFIC = "ff0000"
# dfu-util's package brings a rule of its own, which would answer for ours
INSIDE = f"""
mount -t tmpfs none /run && mount -t tmpfs none /etc/udev/rules.d && cp "$1" /etc/udev/rules.d/60-dfukit.rules || exit 77
ln -s /dev/null /etc/udev/rules.d/60-dfu-util.rules
exec umockdev-run -d "$2" -- udevadm test --action="$3" /sys{DEVICE}
"""
CASES = [  # name, vendor, product, interfaces as class, subclass and protocol, whether people may use it
    ("DFU mode", 0x1209, 0x0D11, ["fe0102"], True),
    ("DFU mode with several alternate settings", 0x1209, 0x0D11, ["fe0102", "fe0102", "fe0102"], True),
    ("DFU 1.0", 0x1209, 0x0D10, ["fe0100"], True),
    ("application that can be detached", 0x1209, 0x0A01, ["020201", "0a0000", "fe0101"], True),
    ("keyboard", 0x1209, 0x0001, ["030101"], False),
    ("stick", 0x1209, 0x0002, ["080650"], False),
    ("infrared bridge, class fe too", 0x1209, 0x0003, ["fe0200"], False),
    ("serial port of the same vendor", 0x0483, 0x5740, ["020201", "0a0000"], False),
    ("application of an OpenMV camera without DFU", 0x37C5, 0x1204, ["020201", "0a0000"], False),
]


def known_devices():
    """The numbers in the table of known devices, each with an interface that is not DFU."""
    text = (SOURCE / "device/known.c").read_text(encoding="utf-8")
    values = {name: int(value, 16) for name, value in re.findall(r"(ST\w*) = (0x\w+)", text)}
    rows = re.findall(r"^    \{(\w+), (\w+), \w+, [\"\w]", text, re.M)
    numbers = {tuple(values[word] if word in values else int(word, 16) for word in row)
               for row in rows if "ANY" not in row}
    return [(f"known by number: {vendor:04x}:{product:04x}", vendor, product, [VENDOR_SPECIFIC], True)
            for vendor, product in sorted(numbers)]


def descriptors(vendor, product, interfaces):
    """What Linux shows of a device: its device descriptor and its one configuration, in hexadecimal."""
    device = bytes([18, 1, 0, 2, 0, 0, 0, 64]) + vendor.to_bytes(2, "little") + product.to_bytes(2, "little")
    functional, endpoint = bytes([9, 0x21, 3, 0xFF, 0, 0, 4, 0x10, 1]), bytes([7, 5, 0x81, 2, 64, 0, 0])
    # udev 252 passes over an interface with which the descriptors end; a real one has something behind it
    inside = b"".join(bytes([9, 4, i, 0, 0, *bytes.fromhex(triple), 0]) + (functional if triple[:4] == "fe01" else endpoint)
                      for i, triple in enumerate(interfaces))
    total = (9 + len(inside)).to_bytes(2, "little")
    return (device + bytes([0, 1, 0, 0, 0, 1]) + bytes([9, 2]) + total + bytes([len(interfaces), 1, 0, 0x80, 50]) + inside).hex()


def mock(vendor, product, interfaces):
    """The device in umockdev's notation."""
    properties = ["DEVNAME=/dev/bus/usb/001/005", "DEVTYPE=usb_device", "BUSNUM=001", "DEVNUM=005", "MAJOR=189", "MINOR=4",
                  f"PRODUCT={vendor:x}/{product:x}/100", "SUBSYSTEM=usb"]
    # a node with the descriptors in it is what libusb reads; udevadm only asks that there is one
    content = descriptors(vendor, product, interfaces)
    attributes = {"idVendor": f"{vendor:04x}", "idProduct": f"{product:04x}", "bcdDevice": "0100", "bDeviceClass": "00",
                  "bDeviceSubClass": "00", "bDeviceProtocol": "00", "busnum": "1", "devnum": "5", "speed": "12",
                  "bConfigurationValue": "1"}
    lines = [f"P: {DEVICE}", f"N: bus/usb/001/005={content.upper()}", *(f"E: {line}" for line in properties),
             *(f"A: {name}={value}\\n" for name, value in attributes.items()),
             f"H: descriptors={content}"]
    return "\n".join(lines) + "\n"


def ask(folder, device, action="add"):
    """What udevadm says of the device, or None where nobody may make a mount namespace."""
    file = folder / "device.umockdev"
    file.write_text(mock(*device), encoding="utf-8")
    become = [] if os.geteuid() == 0 else ["--map-root-user"]
    done = subprocess.run(["unshare", "--mount", *become, "sh", "-c", INSIDE, "sh", RULE, file, action], capture_output=True,
                          text=True, check=False, env=dict(os.environ, LC_ALL="C"))
    text = done.stdout + done.stderr
    assert done.returncode == 0 or "unshare" in text or done.returncode == 77, text
    return text if done.returncode == 0 else None


def granted(text):
    """(by logind, to plugdev, mode) as udev's engine decided."""
    ours = re.findall(r"60-dfukit\.rules:\d+ (GROUP|MODE) (\S+)", text)
    seat = "uaccess" in re.search(r"^TAGS=(.*)$", text, re.M)[1] if "TAGS=" in text else False
    return seat and "run: 'uaccess'" in text, "GROUP" in dict(ours), dict(ours).get("MODE")


def complaints(text):
    """What udev finds wrong with the rule itself. A computer without the group is no fault of the rule."""
    lines = re.findall(r"^.*60-dfukit\.rules:\d+ (.*)$", text, re.M)
    return [line for line in lines if not re.match(r"(GROUP|MODE) \S+$|Unknown group 'plugdev'", line)]


def report(number, name, good, text):
    print(f"{'ok' if good else 'not ok'} {number} - {name}")
    for line in [] if good else text.splitlines():
        if re.search(r"^got|dfukit|TAGS=|^ID_USB_INTERFACES|seat", line):
            print(f"# {line}")


def main():
    missing = [name for name in ("umockdev-run", "udevadm", "unshare") if shutil.which(name) is None]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        cases = CASES + known_devices()
        first = None if missing else ask(folder, cases[0][1:4])
        if first is None:
            print(f"1..0 # SKIP {'there is no ' + missing[0] if missing else 'no mount namespace can be made here'}")
            return
        print(f"1..{len(cases) + 2}")
        report(1, "udev understands every line", not complaints(first), first)
        for number, (name, *device, allowed) in enumerate(cases, 2):
            text = ask(folder, device)
            wanted = (True, True, "0660") if allowed else (False, False, None)
            report(number, name, granted(text) == wanted, f"got {granted(text)}, wanted {wanted}\n{text}")
        text = ask(folder, cases[0][1:4], "remove")
        report(len(cases) + 2, "nothing is done when it is unplugged", granted(text)[1:] == (False, None), text)


if __name__ == "__main__":
    main()
