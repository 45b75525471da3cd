"""Tries every client in every state of the helper, and writes the page.

    main.py HELPER ROOTS DOCUMENT [NAME...]

ROOTS has a folder for each other Debian. Where names are given, only clients whose name contains one of them are tried.
The program fails where a client does not work that should, where one works that should not, and where the stored key or
a configuration was not left as it was.
"""

import dataclasses
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

import page
import stage
from clients import DOCKERFILE, ENGINE_RECIPES, PLAN, PODMAN_RECIPES, QUIET

STEPS = ("login", "pull", "push", "build", "logout")
STATES = ("not found", "locked", "fails", "silent")
SCRIPTS = pathlib.Path(__file__).resolve().parent
OTHER_DOCKER = pathlib.Path("/usr/local/bin/docker")
IMAGES = ["app", *(f"s{number}" for number in range(1, 11))]


@dataclasses.dataclass
class Cell:
    """What became of a step: exit code, the helper's calls, what the client showed, and how long it took in seconds."""

    code: int
    calls: list
    shown: str
    seconds: float


@dataclasses.dataclass
class Row:
    """All cells of a client, by step or state, at one registry."""

    client: object
    version: str
    debian: str
    engine: str
    user: str
    registry: str
    cells: dict
    # Whether a login in DOCKER_AUTH_CONFIG is taken, and what it left behind that it should not have.
    reads_variable: bool = False
    left: list = dataclasses.field(default_factory=list)
    nameless: Cell | None = None

    def faults(self):
        """Returns what is not as it must be, in lines for a person."""
        wrong = [f"{step} fails: {page.last_line(cell.shown)}" for step, cell in self.cells.items()
                 if step in STEPS and cell.code != 0 and not self.client.limit(step, self.registry)]
        wrong += [f"works though the helper is `{state}`" for state, cell in self.cells.items()
                  if state in STATES and cell.code == 0]
        wrong += [f"{step} does not ask the helper" for step, cell in self.cells.items()
                  if step in STEPS and not cell.calls and step not in self.client.alone]
        if self.span("silent") > 2 * self.client.deadline:
            wrong.append(f"asks a silent keyring for {self.span('silent'):.0f} s")
        return [f"{page.title(self)}, {self.registry}: {line}" for line in wrong + self.left]

    def span(self, state):
        """Returns how long it was in a state from the start of the first call to the end of the last one, in seconds."""
        calls = self.cells[state].calls if state in self.cells else []
        return (max(end for *_, end in calls) - calls[0][3]) / 1000 if calls else 0


class World:
    """The registries, the homes, and how a client is tried in them."""

    def __init__(self, helper, roots, folder):
        here = pathlib.Path("/")
        self.roots = {"bookworm": here, "other": here, **{name: roots / name for name in ("trixie", "sid")}}
        stage.make_layout(folder / "layout")
        self.folder = folder
        self.tokens = stage.Tokens(folder / "tokens")
        self.registries = {
            "Basic": stage.Registry(folder / "basic"),
            "Bearer": stage.Registry(folder / "bearer", self.tokens),
        }
        hosts = [registry.host for registry in self.registries.values()]
        for host in hosts:
            for image in IMAGES:
                subprocess.run(
                    ["skopeo", "copy", "--quiet", "--dest-tls-verify=false",
                     f"--dest-creds={stage.USERNAME}:{stage.LOGIN_KEY}", f"oci:{folder}/layout",
                     f"docker://{host}/team/{image}:1"], check=True)
        self.homes = {"root": stage.Home(helper, hosts, stage.ROOT), "ordinary": stage.Home(helper, hosts, stage.ORDINARY)}
        self.pushed = 0

    def row(self, client, debian, engine, user, registry):
        home, root, host = self.homes[user], self.roots[debian], self.registries[registry].host
        variables = {
            "HOST": host, "IMAGE": f"{host}/team/app:1", "LAYOUT": f"{self.folder}/layout", "SCRIPTS": str(SCRIPTS),
            "USERNAME": stage.USERNAME, "KEY": stage.LOGIN_KEY, "AUTH": {"Basic": "basic", "Bearer": "token"}[registry],
            **{name: os.environ.get(name, "") for name in ("PYTHON", "NODE_MODULES", "CRATE")},
            **dict(client.variables),
        }
        if engine:
            variables["DOCKER_HOST"] = engine.address
        home.be("ready")
        home.lead(host, client.route)
        version = number(home.sh(client.version, root, **variables)[1])

        def cell(script, limit=stage.STEP_LIMIT, **more):
            self.pushed += 1
            variables["COPY"] = f"{host}/team/copy{self.pushed}:1"
            home.sh(client.forget, root, **variables)
            home.calls()
            start = time.monotonic()
            code, shown = home.sh(script, root, limit, **variables, **more)
            return Cell(code, home.calls(), home.unnamed(shown, variables), time.monotonic() - start)

        cells = {step: cell(getattr(client, step)) for step in STEPS if getattr(client, step)}
        asks = client.pull or client.build or client.push
        row = Row(client, version, debian, engine.name if engine else "", user, registry, cells)
        for state in STATES:
            # The slow one is the same at both. A rootless client's helper takes root's socket for a stranger's.
            if state != "silent" or (registry, user) == ("Basic", "root"):
                home.be(state)
                cells[state] = cell(asks, stage.LIMIT)
        if registry == "Basic":
            home.be("not found")
            row.reads_variable = cell(asks, stage.LIMIT, DOCKER_AUTH_CONFIG=stage.auth_config(host, stage.LOGIN_KEY)).code == 0
        home.be("ready")
        if client.login:
            # Some hand over what the registry has just refused.
            cell(client.login, stage.LIMIT, DOCKER_AUTH_CONFIG=stage.auth_config(host, "wrong"))
        if client.nameless and registry == "Basic":
            home.lead(host, client.route)
            row.nameless = cell(client.nameless)
        row.left = home.left_behind(host)
        home.end_pauses()
        return row

    def recipe(self, recipe, debian, engine):
        """Returns what a way to build and push makes of an image: the type of its manifest at the registry."""
        _, script, _ = recipe
        home, host = self.homes["root"], self.registries["Bearer"].host
        self.pushed += 1
        copy = f"{host}/team/copy{self.pushed}:1"
        variables = {"HOST": host, "IMAGE": f"{host}/team/app:1", "COPY": copy, **dict(QUIET)}
        if engine:
            variables["DOCKER_HOST"] = engine.address
        home.lead(host, "credHelpers")
        code, shown = home.sh(f"{DOCKERFILE}; {script}", self.roots[debian], **variables)
        home.calls()
        home.end_pauses()
        if code:
            return f"fails: {page.last_line(home.unnamed(shown, variables))}"
        raw = subprocess.run(["skopeo", "inspect", "--raw", "--tls-verify=false",
                              f"--creds={stage.USERNAME}:{stage.LOGIN_KEY}", f"docker://{copy}"], capture_output=True, check=True)
        return json.loads(raw.stdout).get("mediaType", "none")

    def close(self):
        for part in (*self.homes.values(), *self.registries.values(), self.tokens):
            part.close()


def recipes_of(debian, engine, clients):
    names = {client.name for client in clients}
    if "podman" in names:
        return PODMAN_RECIPES
    # Debian 12 has no buildx.
    return ENGINE_RECIPES if engine and "buildx" in names else []


def number(text):
    found = re.search(r"\d+(\.\d+)+", text)
    return found.group() if found else ""


def main(helper, roots, document, names):
    rows, made = [], []
    roots = pathlib.Path(roots).resolve()
    with tempfile.TemporaryDirectory(prefix="swr-", dir="/tmp") as folder:
        os.chmod(folder, 0o755)
        world = World(helper, roots, pathlib.Path(folder))
        try:
            for debian, store, users, clients in PLAN:
                chosen = [client for client in clients if not names or any(name in client.name for name in names)]
                if not chosen:
                    continue
                if debian == "other" and not OTHER_DOCKER.exists():
                    print(f"skipped: no {OTHER_DOCKER}", flush=True)
                    continue
                if world.roots[debian] != pathlib.Path("/") and not roots.joinpath(f"{debian}.ready").exists():
                    print(f"skipped: {debian} cannot be had here: {roots}/{debian}.log", flush=True)
                    continue
                engine = stage.Engine(world.roots[debian], store) if any(client.engine for client in chosen) else None
                try:
                    for client in chosen:
                        for user in users:
                            for registry in world.registries:
                                row = world.row(client, debian, engine if client.engine else None, user, registry)
                                rows.append(row)
                                print(page.line(row), flush=True)
                    for recipe in recipes_of(debian, engine, chosen):
                        made.append((debian, engine.name if engine else "", recipe, world.recipe(recipe, debian, engine)))
                        print(made[-1], flush=True)
                finally:
                    if engine:
                        engine.close()
        finally:
            world.close()
    faults = [fault for row in rows for fault in row.faults()]
    faults += [f"{recipe[0]} ({debian}, {engine}): {kind}" for debian, engine, recipe, kind in made
               if recipe[2] and kind != page.DOCKERS]
    version = subprocess.run([helper, "--version"], capture_output=True, check=True).stdout.decode().split()[-1]
    pathlib.Path(document).write_text(page.text(rows, made, version, stage.LIMIT, faults))
    for fault in faults:
        print(f"failed: {fault}")
    print(f"{len(rows)} rows, {len(faults)} failed")
    return 1 if faults or not rows else 0


if __name__ == "__main__":
    # So that what was started is ended.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]))
