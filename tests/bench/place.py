"""Homes, buses with a gnome-keyring, and the stand-in for SWR's API: what the programs are measured in."""

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

TESTS = pathlib.Path(__file__).resolve().parent.parent
HOST = "swr.cn-north-4.myhuaweicloud.com"
OTHER_HOST = "swr.cn-south-1.myhuaweicloud.com"
PEER_HOST = "registry.example.com"
AK = "QTWAOYTTINDUT2QVKYUC"
SK = "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc"
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type><listen>unix:path={}</listen><auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/>
  </policy>
</busconfig>
"""


class Home:
    """A home of its own, with the environment that leads there; no bus. `user` is a uid and a gid."""

    def __init__(self, helper, user=(0, 0), **variables):
        self.helper = helper
        uid, gid = user
        self.who = ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups"] if uid else []
        # A socket's path has at most 108 bytes.
        self.folder = tempfile.TemporaryDirectory(prefix="swr-", dir="/tmp")
        self.path = pathlib.Path(self.folder.name)
        if uid:
            os.chown(self.path, uid, gid)
        self.environment = {
            "HOME": str(self.path),
            "PATH": "/usr/bin:/bin",
            "XDG_RUNTIME_DIR": str(self.path),
            # The kernel has one keyring for each user.
            "DOCKER_CREDENTIAL_SWR_CACHE_NAMESPACE": self.path.name,
            **variables,
        }

    def run(self, command, stdin):
        done = subprocess.run([*self.who, *command], input=stdin.encode(), env=self.environment, capture_output=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{command}: {(done.stdout + done.stderr).decode()}")
        return done.stdout.decode()

    def fill(self, count):
        """Stores an access key as `default`, and the same key for each of `count` registries, HOST among them."""
        backend = ["--backend", self.environment.get("DOCKER_CREDENTIAL_SWR_BACKEND", "keyring")]
        self.run([self.helper, "store", *backend, "--ak", AK, "--sk-stdin"], SK)
        for number in range(count):
            region = HOST.split(".")[1] if number == 0 else f"ap-bench-{number}"
            request = {
                "ServerURL": f"swr.{region}.myhuaweicloud.com",
                "Username": f"{region}@{AK}",
                "Secret": SK,
            }
            self.run([self.helper, "store"], json.dumps(request))
        return self

    def daemon_ms(self):
        """Returns the processor time that a keyring has used: here is none."""
        return 0

    def close(self):
        self.folder.cleanup()


class Keyring(Home):
    """A home with a session bus and an unlocked gnome-keyring."""

    def __init__(self, helper, user=(0, 0)):
        super().__init__(helper, user)
        self.daemon = None
        socket = self.path / "bus"
        (self.path / "bus.conf").write_text(BUS.format(socket))
        # `printf` is part of the shell, so that the password is no argument of a program.
        daemon = "printf %s password | gnome-keyring-daemon --foreground --unlock --components=secrets"
        self.session = subprocess.Popen(
            [*self.who, "dbus-run-session", f"--config-file={self.path}/bus.conf", "--", "sh", "-c", daemon],
            env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={socket}"
        ask = ["dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.secrets", "/org/freedesktop/secrets",
               "org.freedesktop.Secret.Service.ReadAlias", "string:default"]
        for _ in range(300):
            answer = subprocess.run([*self.who, *ask], env=self.environment, capture_output=True, check=False).stdout
            if b"/collection/" in answer:
                return
            time.sleep(0.05)
        self.close()
        sys.exit("no keyring within 15 s")

    def lock(self):
        """Locks the collection that holds the keys."""
        self.run(["dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.secrets",
                  "/org/freedesktop/secrets", "org.freedesktop.Secret.Service.Lock",
                  "array:objpath:/org/freedesktop/secrets/aliases/default"], "")

    def daemon_ms(self):
        """Returns the processor time that gnome-keyring has used, all its threads together."""
        if not self.daemon:
            self.daemon = self.find_daemon()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in (self.daemon / "task").iterdir()) / 1e6

    def find_daemon(self):
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            # Others end meanwhile.
            with contextlib.suppress(OSError):
                name, _, rest = (process / "stat").read_text().partition(") ")
                if "(gnome-keyring" in name and int(rest.split()[2]) == self.session.pid:
                    return process
        sys.exit("no gnome-keyring in its session")

    def close(self):
        os.killpg(self.session.pid, 15)
        self.session.wait()
        super().close()


class Standin:
    """The stand-in for SWR's API on 127.0.0.1."""

    def __init__(self, folder):
        self.process = subprocess.Popen(
            [sys.executable, "-B", TESTS / "standin/standin.py", folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        ports = json.loads(self.process.stdout.readline())
        self.folder = folder
        self.url, self.proxy = (f"http://127.0.0.1:{ports[name]}" for name in ("http", "proxy"))

    def close(self):
        self.process.stdin.close()
        self.process.wait()
