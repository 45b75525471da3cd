"""What the clients are tried in: homes with a keyring and a helper that is listened to, registries, engines."""

import base64
import contextlib
import hashlib
import hmac
import http.server
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path.append(str(TESTS / "bench"))

from place import AK, SK, Keyring  # noqa: E402  (it is a neighbour's)

ACCOUNT = "work"
PROJECT = "cn-north-4"
USERNAME = f"{PROJECT}@{AK}"
LOGIN_KEY = hmac.new(SK.encode(), AK.encode(), hashlib.sha256).hexdigest()
ENTER = pathlib.Path(__file__).with_name("enter.sh")
# `games`, an account that Debian's base system has and nothing uses. Clients look up the name of who runs them.
ROOT, ORDINARY = (0, 0), (5, 60)
# Seconds after which a client is ended that has no login. None needs as long, unless it tries again and again.
LIMIT = 30
# Seconds that a client with a login may take: ten services on a busy machine are more than one.
STEP_LIMIT = 180

# Stands before the helper, in what clients find on PATH. The states of `Home.be` are its variables, so that the client
# itself meets the same environment in each of them.
RECORDER = """#!/bin/sh
. {home}/state
input=$(mktemp {home}/calls/XXXXXX)
[ "$1" = list ] || cat >"$input"
start=$(date +%s%N)
{home}/helper/docker-credential-swr "$@" <"$input" >"$input.out"
code=$?
end=$(date +%s%N)
case $1 in
store) about=$(sed -n 's/.*"ServerURL" *: *"\\([^"]*\\)".*/\\1/p' "$input") ;;
kubelet) about=$(sed -n 's/.*"image":"\\([^"]*\\)".*/\\1/p' "$input") ;;
*) about=$(cat "$input") ;;
esac
printf '%s\\t%s\\t%s\\t%s\\t%s\\n' "$1" "$about" "$code" $((start / 1000000)) $((end / 1000000)) >>{home}/calls/log
cat "$input.out"
rm -f "$input" "$input.out"
exit $code
"""
STORAGE = """[storage]
driver = "vfs"
graphroot = "{home}/containers"
runroot = "{home}/run/containers"
"""
ENGINE = """[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
"""


class Home:
    """The home of one user, with two keyrings that hold the access key of both registries' account, one of them locked."""

    def __init__(self, helper, hosts, user):
        self.user = user
        self.ready, self.locked = (Keyring(helper, user) for _ in range(2))
        self.path = self.ready.path
        for folder in ("bin", "helper", "calls", "run", ".docker", "work"):
            (self.path / folder).mkdir(mode=0o700)
        self.helper = shutil.copy(helper, self.path / "helper/docker-credential-swr")
        recorder = self.path / "bin/docker-credential-swr"
        recorder.write_text(RECORDER.format(home=self.path))
        recorder.chmod(0o755)
        (self.path / "storage.conf").write_text(STORAGE.format(home=self.path))
        (self.path / "containers.conf").write_text(ENGINE.format(home=self.path))
        # An account serves both, so that `list` has to know them by the settings.
        settings = self.path / ".config/docker-credential-swr"
        settings.mkdir(mode=0o700, parents=True)
        tables = (f"[registry.\"{host}\"]\naccount = \"{ACCOUNT}\"\nproject = \"{PROJECT}\"\n" for host in hosts)
        (settings / "config.toml").write_text("".join(tables))
        self.silent = self.make_silent_socket()
        self.be("ready")
        self.give()
        self.environment = {
            "HOME": str(self.path),
            # Debian's own programs, whatever else the machine has.
            "PATH": f"{self.path}/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "XDG_RUNTIME_DIR": f"{self.path}/run",
            "CONTAINERS_STORAGE_CONF": f"{self.path}/storage.conf",
            "CONTAINERS_CONF": f"{self.path}/containers.conf",
            "DBUS_SESSION_BUS_ADDRESS": self.ready.environment["DBUS_SESSION_BUS_ADDRESS"],
            # Nothing leaves this machine.
            **dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"), "http://127.0.0.1:1"),
            "NO_PROXY": "127.0.0.1",
        }
        for keyring in (self.ready, self.locked):
            keyring.run([self.helper, "store", "--account", ACCOUNT, "--ak", AK, "--sk-stdin", "--no-configure", "--offline"], SK)
        self.locked.lock()

    def make_silent_socket(self):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self.path / "run/silent"))
        # It takes connections, as far as the kernel does that for it, and says nothing.
        listener.listen(1000)
        return listener

    def give(self):
        """Gives all that is in the home to its user."""
        for place in [self.path, *self.path.rglob("*")]:
            os.chown(place, *self.user, follow_symlinks=False)

    def be(self, state):
        """Sets what the helper finds: `ready`, `not found`, `locked`, `fails` or `silent`."""
        text = {
            "ready": "",
            "not found": "export DOCKER_CREDENTIAL_SWR_PROVIDERS=environment\n",
            # A mistake of the user's, at which the helper stops.
            "fails": "export DOCKER_CREDENTIAL_SWR_PROVIDERS=nonsense\n",
            "locked": f"export DBUS_SESSION_BUS_ADDRESS='{self.locked.environment['DBUS_SESSION_BUS_ADDRESS']}'\n",
            "silent": f"export DBUS_SESSION_BUS_ADDRESS=unix:path={self.path}/run/silent\n",
        }[state]
        (self.path / "state").write_text(text)
        # The next keyring has all its time, though the last one did not answer.
        (self.path / ".local/state/docker-credential-swr/silent").unlink(missing_ok=True)

    def lead(self, host, route):
        """Leads clients to the helper for a registry, from a configuration that is new."""
        for place in (".docker/config.json", ".config/containers/auth.json", "run/containers/auth.json"):
            (self.path / place).unlink(missing_ok=True)
        if route == "credsStore":
            (self.path / ".docker/config.json").write_text('{"credsStore": "swr"}')
        else:
            client = "--podman" if route == "podman" else ""
            code, said = self.sh(f"docker-credential-swr configure {client} --registry {host}")
            assert code == 0, said

    def left_behind(self, host):
        """Returns what the clients should not have changed: the stored key, and no login in a file."""
        wrong = []
        said = self.ready.run([self.helper, "get"], host)
        login = {"ServerURL": host, "Username": USERNAME, "Secret": LOGIN_KEY}
        if json.loads(said) != login:
            wrong.append(f"another login afterwards: {said}")
        if SK not in self.ready.run(["secret-tool", "lookup", "service", "docker-credential-swr", "username", f"account/{ACCOUNT}"], ""):
            wrong.append("the SK is gone")
        marks = [LOGIN_KEY.encode(), base64.b64encode(f"{USERNAME}:{LOGIN_KEY}".encode())]
        for place in self.path.rglob("*"):
            parts = place.relative_to(self.path).parts
            if parts[0] in ("containers", "calls") or place.is_symlink() or not place.is_file():
                continue
            content = place.read_bytes()
            if any(mark in content for mark in marks):
                wrong.append(f"the login is in plain text in ~/{'/'.join(parts)}")
                place.unlink()
        return wrong

    def unnamed(self, text, variables):
        """Returns what a client showed without what is another in each run."""
        host = variables["HOST"]
        for value, name in ((variables["COPY"], "COPY"), (variables["IMAGE"], "IMAGE"), (host, "HOST"),
                            (urllib.parse.quote(host), "HOST"), (LOGIN_KEY, "KEY"), (str(self.path), "~")):
            text = text.replace(value, name)
        return text

    def end_pauses(self):
        """Ends the process that rootless podman leaves behind to hold its namespaces."""
        for place in self.path.rglob("pause.pid"):
            with contextlib.suppress(ProcessLookupError, ValueError):
                os.kill(int(place.read_text()), 9)
            place.unlink()

    def sh(self, script, root="/", limit=STEP_LIMIT, **variables):
        """Runs a shell script as the user, in a root folder that holds another Debian."""
        command = [ENTER, root, *self.ready.who, "sh", "-c", script]
        with tempfile.TemporaryFile() as output:
            process = subprocess.Popen(
                [str(word) for word in command], env={**self.environment, **variables}, cwd=self.path / "work",
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
            )
            try:
                process.wait(limit)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                output.write(f"\nstill running after {limit} s".encode())
            output.seek(0)
            return process.returncode, output.read().decode(errors="replace")

    def calls(self):
        """Returns the helper's calls since the last time, as (verb, what about, exit code, start, end in ms)."""
        log = self.path / "calls/log"
        lines = log.read_text().splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        calls = [line.split("\t") for line in lines]
        return sorted(((verb, about.strip(), int(code), int(start), int(end)) for verb, about, code, start, end in calls),
                      key=lambda call: call[3])

    def close(self):
        self.silent.close()
        self.locked.close()
        # Storage of podman's may hold files of other owners; they are root's to delete.
        self.ready.close()


class Registry:
    """Debian's docker-registry on 127.0.0.1; it takes the login key with Basic, or with tokens as SWR does."""

    def __init__(self, folder, tokens=None):
        folder.mkdir()
        self.host = f"127.0.0.1:{free_port()}"
        if tokens:
            auth = (f"{{token: {{realm: '{tokens.realm}', service: {tokens.SERVICE}, issuer: {tokens.ISSUER}, "
                    f"rootcertbundle: {tokens.certificate}}}}}")
        else:
            line = subprocess.run(["htpasswd", "-niB", "-C", "4", USERNAME], input=LOGIN_KEY.encode(),
                                  capture_output=True, check=True).stdout
            (folder / "htpasswd").write_bytes(line)
            auth = f"{{htpasswd: {{realm: test, path: {folder}/htpasswd}}}}"
        (folder / "registry.yml").write_text(
            "version: 0.1\n"
            f"storage: {{filesystem: {{rootdirectory: {folder}/data}}}}\n"
            f"http: {{addr: '{self.host}', secret: test}}\n"
            f"auth: {auth}\n")
        with open(folder / "log", "wb") as log:
            self.process = subprocess.Popen(["docker-registry", "serve", folder / "registry.yml"],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_for("a registry", lambda: can_connect(self.host), self.process)

    def close(self):
        self.process.terminate()
        self.process.wait()


class Tokens:
    """A token service as SWR's: a GET with Basic gives a token, a POST answers 404."""

    SERVICE = "dockyard"
    ISSUER = "tokens"

    def __init__(self, folder):
        folder.mkdir()
        self.key, self.certificate = folder / "key.pem", folder / "certificate.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=tokens",
                        "-keyout", self.key, "-out", self.certificate], capture_output=True, check=True)
        body = self.certificate.read_text().split("-----")[2]
        self.x5c = ["".join(body.split())]
        self.asked = []
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                service.answer(self)

            def do_POST(self):
                self.send_error(404)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.realm = f"http://127.0.0.1:{self.server.server_port}/swr/auth/v2/registry/auth/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, request):
        kind, _, text = request.headers.get("Authorization", "").partition(" ")
        expected = base64.b64encode(f"{USERNAME}:{LOGIN_KEY}".encode()).decode()
        if (kind, text) != ("Basic", expected):
            request.send_response(401)
            body = b'{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}'
        else:
            request.send_response(200)
            token = self.token(request.path)
            body = json.dumps({"token": token, "access_token": token, "expires_in": 900}).encode()
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    def token(self, path):
        asked = urllib.parse.parse_qs(urllib.parse.urlsplit(path).query)
        access = []
        for scope in (word for value in asked.get("scope", []) for word in value.split()):
            kind, name, actions = scope.split(":")
            access.append({"type": kind, "name": name, "actions": actions.split(",")})
        now = int(time.time())
        claims = {"iss": self.ISSUER, "sub": USERNAME, "aud": self.SERVICE, "iat": now, "nbf": now - 60,
                  "exp": now + 900, "jti": os.urandom(8).hex(), "access": access}
        head = {"typ": "JWT", "alg": "RS256", "x5c": self.x5c}
        text = b".".join(base64url(json.dumps(part).encode()) for part in (head, claims))
        signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.key], input=text, capture_output=True,
                                   check=True).stdout
        return (text + b"." + base64url(signature)).decode()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Engine:
    """A dockerd of the test's own, from one of the roots; it has no network for containers.

    `store` is how it keeps images: `graph driver` or `containerd`.
    """

    def __init__(self, root, store):
        self.name = store
        # Sockets lie in it, and a socket's path has at most 108 bytes.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="swr-", dir="/tmp"))
        socket_path = self.folder / "docker.sock"
        self.address = f"unix://{socket_path}"
        features = {"containerd-snapshotter": True} if store == "containerd" else {}
        settings = {"features": features} if features else {}
        (self.folder / "daemon.json").write_text(json.dumps(settings))
        driver = "native" if store == "containerd" else "vfs"
        # What it mounts goes with its namespace; and it writes a key below /etc/docker at its first start.
        script = 'mkdir -p /etc/docker && mount -t tmpfs tmpfs /etc/docker && exec "$@"'
        command = [
            ENTER, root, "sh", "-c", script, "private", "dockerd", f"--host={self.address}",
            f"--config-file={self.folder}/daemon.json", f"--data-root={self.folder}/data",
            f"--exec-root={self.folder}/state", f"--pidfile={self.folder}/docker.pid", f"--storage-driver={driver}",
            "--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false",
        ]
        path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen([str(word) for word in command], env={"PATH": path, "HOME": str(self.folder)},
                                            cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            wait_for("an engine", lambda: answers_http(socket_path), self.process)
        except SystemExit:
            print((self.folder / "log").read_text()[-3000:], file=sys.stderr)
            raise

    def close(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def make_layout(folder):
    """Makes an OCI image layout of one image: busybox and what it needs, so that it can also be run."""
    blobs = folder / "blobs/sha256"
    blobs.mkdir(parents=True)
    # A static one needs nothing.
    needs = subprocess.run(["ldd", "/bin/busybox"], capture_output=True, check=False).stdout.decode()
    files = ["/bin/busybox", *re.findall(r"/\S+", needs)]
    tar = subprocess.run(["tar", "-chzf", "-", "--mtime=@0", *files], capture_output=True, check=True).stdout

    def put(content, kind):
        digest = hashlib.sha256(content).hexdigest()
        (blobs / digest).write_bytes(content)
        return {"mediaType": kind, "digest": f"sha256:{digest}", "size": len(content)}

    plain = hashlib.sha256(subprocess.run(["gzip", "-dc"], input=tar, capture_output=True, check=True).stdout).hexdigest()
    layer = put(tar, "application/vnd.oci.image.layer.v1.tar+gzip")
    image = {"architecture": "amd64", "os": "linux", "config": {"Cmd": ["/bin/busybox", "sleep", "60"]},
             "rootfs": {"type": "layers", "diff_ids": [f"sha256:{plain}"]}}
    config = put(json.dumps(image).encode(), "application/vnd.oci.image.config.v1+json")
    kind = "application/vnd.oci.image.manifest.v1+json"
    manifest = {"schemaVersion": 2, "mediaType": kind, "config": config, "layers": [layer]}
    index = {"schemaVersion": 2, "manifests": [put(json.dumps(manifest).encode(), kind)]}
    (folder / "index.json").write_text(json.dumps(index))
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')


def auth_config(host, password):
    """Returns a DOCKER_AUTH_CONFIG with a login for the registry."""
    auth = base64.b64encode(f"{USERNAME}:{password}".encode()).decode()
    return json.dumps({"auths": {host: {"auth": auth}}})


def base64url(content):
    return base64.urlsafe_b64encode(content).rstrip(b"=")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def can_connect(host):
    name, port = host.split(":")
    with socket.socket() as client:
        return client.connect_ex((name, int(port))) == 0


def answers_http(path):
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(5)
        try:
            client.connect(str(path))
            client.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
            return b" 200 " in client.recv(100)
        except OSError:
            return False


def wait_for(what, ready, process):
    for _ in range(600):
        if ready():
            return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    process.kill()
    sys.exit(f"no {what}")
