"""Starts a stand-in for each connection, for tests that cannot: no Windows program can under wine.

    starter.py

Prints its address and serves until its stdin ends. A connection is told the ports and the folder of its stand-in, which
goes with it.
"""

import json
import pathlib
import socketserver
import subprocess
import sys
import tempfile
import threading

STANDIN = pathlib.Path(__file__).with_name("standin.py")


class Starter(socketserver.BaseRequestHandler):
    def handle(self):
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-B", STANDIN, folder]
            with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as standin:
                ports = json.loads(standin.stdout.readline())
                self.request.sendall(json.dumps(ports | {"folder": folder}).encode() + b"\n")
                self.request.recv(1)
                standin.stdin.close()


with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Starter) as server:
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print("{}:{}".format(*server.server_address), flush=True)
    sys.stdin.read()
    server.shutdown()
