# SPDX-License-Identifier: MIT
"""A USB/IP client and as much DFU as a test needs; typed from the documents, not from core/."""
import socket
import struct
import time

WAIT_S = 20
DNLOAD, UPLOAD, GETSTATUS, CLRSTATUS, ABORT = 1, 2, 3, 4, 6
DNLOAD_SYNC, DNBUSY, MANIFEST_SYNC = 3, 4, 6


class Gone(Exception):
    """The server closed the connection: the board left the bus."""


class Stall(Exception):
    """The board refused a request."""


def dial(port, host="127.0.0.1"):
    line = socket.create_connection((host, port), timeout=WAIT_S)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return line


def read(line, length):
    data = b""
    while len(data) < length:
        try:
            part = line.recv(length - len(data))
        except ConnectionResetError:
            part = b""
        if not part:
            raise Gone(f"the connection ended after {len(data)} of {length} bytes")
        data += part
    return data


def text(field):
    return field.split(b"\0")[0].decode()


def record(data):
    names = ("path", "busid", "busnum", "devnum", "speed", "vendor", "product", "bcd", "class", "subclass",
             "protocol", "configuration", "configurations", "interfaces")
    fields = dict(zip(names, struct.unpack(">256s32sIIIHHHBBBBBB", data)))
    return fields | {"path": text(fields["path"]), "busid": text(fields["busid"])}


def listing(port):
    """The device records of OP_REP_DEVLIST, each with its interfaces' classes."""
    with dial(port) as line:
        line.sendall(struct.pack(">HHI", 0x0111, 0x8005, 0))
        version, code, status, count = struct.unpack(">HHII", read(line, 12))
        assert (version, code, status) == (0x0111, 0x0005, 0)
        found = []
        for _ in range(count):
            one = record(read(line, 312))
            one["classes"] = [tuple(read(line, 4)[:3]) for _ in range(one["interfaces"])]
            found.append(one)
        return found


class Device:
    """An imported board."""

    def __init__(self, port, busid="1-1", host="127.0.0.1"):
        self.line = dial(port, host)
        self.seqnum = 0
        self.reads = set()
        self.results = {}
        self.line.sendall(struct.pack(">HHI32s", 0x0111, 0x8003, 0, busid.encode()))
        version, code, status = struct.unpack(">HHI", read(self.line, 8))
        assert (version, code) == (0x0111, 0x0003)
        if status != 0:
            raise Gone(f"import refused with status {status}")
        self.record = record(read(self.line, 312))
        self.devid = self.record["busnum"] << 16 | self.record["devnum"]

    def close(self):
        self.line.close()

    def control(self, kind, request, value, index, data_or_length):
        """One control transfer. Gives the data of an IN transfer; raises Stall or Gone."""
        into = bool(kind & 0x80)
        length = data_or_length if into else len(data_or_length)
        self.seqnum += 1
        setup = struct.pack("<BBHHH", kind, request, value, index, length)
        self.line.sendall(struct.pack(">5I5I8s", 1, self.seqnum, self.devid, int(into and length > 0), 0,
                                      0, length, 0, 0, 0, setup) + (b"" if into else data_or_length))
        if into:
            self.reads.add(self.seqnum)
        data = self.result(self.seqnum)
        return data if into else b""

    def send(self, endpoint, into, length, data=b""):
        """Submits a transfer on an endpoint that is not 0; gives its number."""
        self.seqnum += 1
        self.line.sendall(struct.pack(">5I5I8s", 1, self.seqnum, self.devid, int(into), endpoint, 0, length, 0,
                                      0, 0, b"") + data)
        return self.seqnum

    def post(self, endpoint, length):
        """Submits a read, for result()."""
        self.reads.add(self.send(endpoint, True, length))
        return self.seqnum

    def take(self):
        """Reads one answer into results: the data of a read, or how much was written."""
        head = read(self.line, 48)
        command, seqnum, _, _, _, status, actual = struct.unpack(">5IiI", head[:28])
        assert command == 3, command
        into = seqnum in self.reads
        self.reads.discard(seqnum)
        data = read(self.line, actual) if into and status == 0 else actual
        self.results[seqnum] = (status, data)

    def result(self, seqnum):
        """Waits for one transfer; the answers to others that come before it are kept."""
        while seqnum not in self.results:
            self.take()
        status, data = self.results.pop(seqnum)
        if status == -32:
            raise Stall()
        assert status == 0, f"status {status}"
        return data

    def write(self, endpoint, data):
        return self.result(self.send(endpoint, False, len(data), data))

    def read(self, endpoint, length):
        return self.result(self.post(endpoint, length))

    def descriptor(self, kind, index=0, length=255, language=0):
        return self.control(0x80, 6, kind << 8 | index, language, length)

    def string(self, index):
        return self.descriptor(3, index, 255, 0x0409)[2:].decode("utf-16-le")

    def alternates(self):
        """Strings of the alternate settings, in order."""
        data, found = self.descriptor(2, length=1024), []
        while data:
            if data[1] == 4:
                found.append(self.string(data[8]))
            data = data[data[0]:]
        return found

    def status(self):
        """(status, poll timeout in ms, state)"""
        data = self.control(0xA1, GETSTATUS, 0, 0, 6)
        return data[0], int.from_bytes(data[1:4], "little"), data[4]

    def settle(self):
        """Asks until the board has done what it was told; gives (status, state)."""
        until = time.monotonic() + WAIT_S
        while time.monotonic() < until:
            status, _, state = self.status()
            if state not in (DNLOAD_SYNC, DNBUSY, MANIFEST_SYNC):
                return status, state
        raise AssertionError("the board stays busy")

    def download(self, block, data):
        self.control(0x21, DNLOAD, block, 0, data)
        return self.settle()

    def point(self, addr):
        return self.download(0, struct.pack("<BI", 0x21, addr))

    def erase(self, addr):
        return self.download(0, struct.pack("<BI", 0x41, addr))

    def abort(self):
        self.control(0x21, ABORT, 0, 0, b"")

    def upload(self, addr, length):
        self.point(addr)
        self.abort()
        data = self.control(0xA1, UPLOAD, 2, 0, length)
        self.abort()
        return data

    def leave(self, addr):
        """Starts the application; ends when the board is off the bus."""
        self.point(addr)
        try:
            self.control(0x21, DNLOAD, 0, 0, b"")
            self.status()
            read(self.line, 1)
        except Gone:
            pass
