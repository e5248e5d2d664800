#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""fake_twin.py ANSWER PATH: a control socket that answers every command with ANSWER and hangs up; "hang": never answers."""
import os
import socket
import sys

with socket.socket(socket.AF_UNIX) as listener:
    listener.bind(sys.argv[2] + ".new")
    listener.listen()
    os.rename(sys.argv[2] + ".new", sys.argv[2])
    kept = []
    while True:
        line, _ = listener.accept()
        kept.append(line)
        if sys.argv[1] != "hang":
            line.recv(1000)
            line.sendall(sys.argv[1].encode() + b"\n" * (sys.argv[1] != ""))
            kept.pop().close()
