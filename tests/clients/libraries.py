"""Drives one of Python's libraries through one step: LIBRARY STEP, with the variables of `clients.py`."""

import os
import pathlib
import sys

HOST, IMAGE, COPY, USERNAME, KEY = (os.environ[name] for name in ("HOST", "IMAGE", "COPY", "USERNAME", "KEY"))


class Docker:
    """docker, the SDK."""

    def __init__(self):
        import docker
        self.client = docker.from_env()

    def login(self):
        self.client.login(username=USERNAME, password=KEY, registry=HOST)

    def pull(self):
        self.client.images.pull(IMAGE)

    def push(self):
        self.client.images.pull(IMAGE).tag(COPY)
        # It reports a failure as one more line.
        for line in self.client.images.push(COPY, stream=True, decode=True):
            if "error" in line:
                sys.exit(line["error"])

    def build(self):
        pathlib.Path("Dockerfile").write_text(f"FROM {IMAGE}\nLABEL made=now\n")
        self.client.images.build(path=".", tag=COPY, pull=True)


class PythonOnWhales:
    """python-on-whales, which runs the docker CLI."""

    def __init__(self):
        import python_on_whales
        self.docker = python_on_whales.docker

    def login(self):
        self.docker.login(HOST, USERNAME, KEY)

    def pull(self):
        self.docker.pull(IMAGE)

    def push(self):
        self.docker.pull(IMAGE).tag(COPY)
        self.docker.push(COPY)

    def build(self):
        pathlib.Path("Dockerfile").write_text(f"FROM {IMAGE}\nLABEL made=now\n")
        self.docker.legacy_build(".", tags=[COPY], pull=True)

    def logout(self):
        self.docker.logout(HOST)


class Testcontainers:
    """testcontainers, which pulls and runs an image."""

    def pull(self):
        from testcontainers.core.container import DockerContainer
        with DockerContainer(IMAGE).with_kwargs(network_mode="none"):
            pass


class DockerPycreds:
    """docker-pycreds, a client of the protocol and no more."""

    def __init__(self):
        import dockerpycreds
        self.store = dockerpycreds.Store("swr")

    def login(self):
        self.store.store(HOST, USERNAME, KEY)

    def pull(self):
        assert self.store.get(HOST)["Secret"] == KEY

    def logout(self):
        self.store.erase(HOST)


class Oras:
    """oras, which pushes and pulls files."""

    def __init__(self):
        import oras.client
        self.client = oras.client.OrasClient(hostname=HOST, insecure=True, auth_backend=os.environ["AUTH"])

    def login(self):
        self.client.login(username=USERNAME, password=KEY, hostname=HOST)

    def pull(self):
        self.client.get_manifest(IMAGE)

    def push(self):
        pathlib.Path("text").write_text("text\n")
        self.client.push(COPY, files=["text"])

    def logout(self):
        self.client.logout(HOST)


LIBRARIES = {"docker": Docker, "python-on-whales": PythonOnWhales, "testcontainers": Testcontainers,
             "docker-pycreds": DockerPycreds, "oras": Oras}
library, step = sys.argv[1:]
getattr(LIBRARIES[library](), step)()
