# SPDX-License-Identifier: MIT
"""Serves boards to a guest from outside it: chips that are emulated within an emulated computer would be too slow.

The guest reaches 127.0.0.1 of this computer at 10.0.2.2. A connection brings one order, a line of JSON, and takes its
answer. FOLDER is one of the shared folder: a board keeps its flash and its figures there, under the names of lab.py.

    {"order": "start", "folder": FOLDER, "words": those of dfukit-twin}    {"port": N} or {"error": TEXT}
    {"order": "do", "folder": FOLDER, "words": those of dfukit twin}       {"code": N, "out": TEXT, "err": TEXT}
    {"order": "stop", "folder": FOLDER}                                    {"code": N, "log": TEXT}"""
import json
import re
import signal
import socketserver
import subprocess
import threading

ANSWER_S = 60


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        order = json.loads(self.rfile.readline())
        action = {"start": self.server.start, "do": self.server.do, "stop": self.server.stop}[order["order"]]
        answer = action(self.server.shared / order["folder"], order.get("words", []))
        self.wfile.write(json.dumps(answer).encode() + b"\n")


class Outside(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, build, shared):
        super().__init__(("127.0.0.1", 0), Handler)
        self.build, self.shared, self.twins = build, shared, {}
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self):
        return self.server_address[1]

    def start(self, folder, words):
        with open(folder / "log", "wb") as log:
            twin = subprocess.Popen([self.build / "twin/app/dfukit-twin", *words, "--control", folder / "control"],
                                    cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True)
        line = twin.stdout.readline()
        found = re.search(r"usbip://127\.0\.0\.1:(\d+)/1-1", line)
        if not found:
            return {"error": line + (folder / "log").read_text()}
        self.twins[folder] = twin
        return {"port": int(found.group(1))}

    def do(self, folder, words):
        done = subprocess.run([self.build / "cli/dfukit", "twin", *words, "--control", folder / "control"],
                              capture_output=True, text=True, timeout=ANSWER_S, check=False)
        return {"code": done.returncode, "out": done.stdout, "err": done.stderr}

    def stop(self, folder, _words):
        twin = self.twins.pop(folder)
        twin.send_signal(signal.SIGTERM)
        twin.communicate(timeout=ANSWER_S)
        return {"code": twin.returncode, "log": (folder / "log").read_text()}

    def end(self):
        """Ends what is left, as after a guest that was cut off."""
        self.shutdown()
        self.server_close()
        for twin in self.twins.values():
            twin.kill()
            twin.communicate()
