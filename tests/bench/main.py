"""Measures the helper and its peers, all in turn in one run, and writes the report.

    main.py PROGRAMS DOCUMENT

Times are of whole processes, from the start of the program to its collected end. In each round every program runs once,
in another order, so that whatever else the machine does falls on all of them; what counts are medians and their ratios.
"""

import json
import os
import pathlib
import random
import shlex
import statistics
import subprocess
import sys
import tempfile
import time

import report
from place import AK, HOST, OTHER_HOST, PEER_HOST, SK, TESTS, Home, Keyring, Standin

ROUNDS = int(os.environ.get("SWR_BENCH_ROUNDS", "100"))
PARALLEL = 50
PARALLEL_ROUNDS = max(1, min(9, ROUNDS // 5))
SIZES = (1, 100, 1000)
SECRETSERVICE = "/usr/bin/docker-credential-secretservice"
PASS = "/usr/bin/docker-credential-pass"
ECR = "/usr/bin/docker-credential-ecr-login"
TOKEN_KEY = ("P0HEQUQ4XBWXY5WD69X0", "3WJuF1oMFSoSJSWKAWrhUVOVWvtAnATAbS61hDVs", "EXAMPLE-SECURITY-TOKEN")


class Case:
    """One command in one home; `good` is what a right answer holds."""

    def __init__(self, home, command, stdin="", good=None):
        self.home = home
        self.environment = home.environment
        self.command = [str(word) for word in command]
        self.times = []
        # What the keyring itself worked for it, in ms.
        self.work = []
        self.input = tempfile.TemporaryFile()
        self.input.write(stdin.encode())
        if good and good not in home.run(self.command, stdin):
            sys.exit(f"{self.command}: no {good} in its answer")

    def start(self, command=None):
        """Starts a process with its input as stdin, at its beginning, and returns its number."""
        # An input of its own, as processes would share the position in a common one.
        stdin = os.open(f"/proc/self/fd/{self.input.fileno()}", os.O_RDONLY)
        null = os.open("/dev/null", os.O_WRONLY)
        command = command or self.command
        actions = [(os.POSIX_SPAWN_DUP2, stdin, 0), (os.POSIX_SPAWN_DUP2, null, 1)]
        child = os.posix_spawn(command[0], command, self.environment, file_actions=actions)
        os.close(stdin)
        os.close(null)
        return child

    def measure(self, processes=1):
        self.input.flush()
        before = self.home.daemon_ms()
        start = time.perf_counter_ns()
        for child in [self.start() for _ in range(processes)]:
            os.waitpid(child, 0)
        self.times.append((time.perf_counter_ns() - start) / 1e6)
        self.work.append(self.home.daemon_ms() - before)

    def faults(self):
        """Returns how often the kernel had to bring in a page for it."""
        self.input.flush()
        _, _, usage = os.wait4(self.start(), 0)
        return usage.ru_minflt

    def peak(self):
        """Returns the peak memory in KB. `time` is small itself: a child inherits the peak of who starts it."""
        with tempfile.NamedTemporaryFile("r") as output:
            self.input.flush()
            child = self.start(["/usr/bin/time", "-q", "-f", "%M", "-o", output.name, *self.command])
            os.waitpid(child, 0)
            return int(output.read())


def measured(cases, rounds, processes=1):
    """Returns the median time of each case in ms, and the median work of its keyring."""
    cases = dict(cases)
    for _ in range(rounds):
        for case in random.sample(list(cases.values()), len(cases)):
            case.measure(processes)
    times = {name: statistics.median(case.times) for name, case in cases.items()}
    work = {name: statistics.median(case.work) for name, case in cases.items()}
    for case in cases.values():
        case.times, case.work = [], []
    return times, work


def by_hyperfine(case):
    """Returns the median in ms by another tool, from as many runs in a row."""
    with tempfile.NamedTemporaryFile() as stdin, tempfile.NamedTemporaryFile() as figures:
        case.input.seek(0)
        stdin.write(case.input.read())
        stdin.flush()
        # Of its own it hands no stdin on; what the shell takes is measured first and left out.
        command = f"{shlex.join(case.command)} <{stdin.name}"
        subprocess.run(
            ["hyperfine", "--style=none", "--shell=sh", "--warmup=3", f"--runs={ROUNDS}",
             f"--export-json={figures.name}", command],
            env=case.environment, check=True, capture_output=True,
        )
        return json.load(open(figures.name, encoding="utf-8"))["results"][0]["median"] * 1000


def cases_of(programs, homes):
    """Returns every command that is measured, by name."""
    helper = programs / "docker-credential-swr"
    get, listing = [helper, "get"], [helper, "list"]
    user = f"@{AK}"
    one = homes["keyring 1"]
    cases = {
        "empty": Case(homes["none"], [programs / "empty"]),
        "empty static": Case(homes["none"], [programs / "empty-static"]),
        "version": Case(homes["none"], [helper, "version"]),
        "secretservice version": Case(homes["none"], [SECRETSERVICE, "version"]),
        "ecr version": Case(homes["none"], [ECR, "-v"]),
        "pass get": Case(homes["none"], [PASS, "get"], HOST),
        "get environment": Case(homes["environment"], get, HOST, user),
        "get file slot": Case(homes["file 1"], get, HOST, user),
        "get file default": Case(homes["file 1"], get, OTHER_HOST, user),
        "get cached": Case(homes["token"], get, HOST, "TEMPORARYLOGIN"),
        "get keyring slot": Case(one, get, HOST, user),
        "get keyring default": Case(one, get, OTHER_HOST, user),
        "secretservice get": Case(one, [SECRETSERVICE, "get"], PEER_HOST, "somebody"),
    }
    for size in SIZES:
        for store in ("file", "keyring"):
            home = homes[f"{store} {size}"]
            cases[f"get {store} {size}"] = Case(home, get, HOST, user)
            cases[f"list {store} {size}"] = Case(home, listing, "", user)
    return cases


def keyring_of(helper, size, attempts=5):
    """Returns a keyring with so many registries. gnome-keyring 42 dies of some of the writes (it aborts when a new
    client's first call, the keyring crate's `OpenSession`, is faster than its own note of that client); then anew."""
    keyring = Keyring(helper)
    try:
        keyring.fill(size)
    except RuntimeError as error:
        keyring.close()
        if attempts == 1:
            raise
        print(f"again, as {error}", flush=True)
        return keyring_of(helper, size, attempts - 1)
    login = f'{{"ServerURL":"{PEER_HOST}","Username":"somebody","Secret":"a password"}}'
    keyring.run([SECRETSERVICE, "store"], login)
    return keyring


def instructions(program):
    """Returns what tests/budget.sh counts, by name, and what it was counted with."""
    text = subprocess.run([TESTS / "budget.sh", "--print", program], check=True, capture_output=True, text=True).stdout
    made_with, *counts = text.splitlines()
    return {name: int(count) for name, count in map(str.split, counts)}, made_with


def empty_instructions(program):
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", program]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    return int(text.split("refs:")[1].split()[0].replace(",", ""))


def main():
    programs, document = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    if ROUNDS < 50 and document.resolve().is_relative_to(TESTS.parent / "docs"):
        sys.exit("fewer than 50 rounds are a trial, and its page goes elsewhere")
    helper = programs / "docker-credential-swr"
    homes, standin = {}, None
    try:
        homes["none"] = Home(helper)
        homes["environment"] = Home(helper, HUAWEICLOUD_SDK_AK=AK, HUAWEICLOUD_SDK_SK=SK)
        standin = Standin(homes["none"].path)
        names = ("HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK", "HUAWEICLOUD_SDK_SECURITY_TOKEN")
        homes["token"] = Home(
            helper, HUAWEICLOUD_SDK_REGION_SWR_CN_NORTH_4=standin.url, **dict(zip(names, TOKEN_KEY))
        )
        for size in SIZES:
            print(f"storing {size} registries", flush=True)
            homes[f"file {size}"] = Home(helper, DOCKER_CREDENTIAL_SWR_BACKEND="file").fill(size)
            homes[f"keyring {size}"] = keyring_of(helper, size)
        cases = cases_of(programs, homes)
        print(f"{ROUNDS} rounds of {len(cases)} programs", flush=True)
        times, work = measured(cases.items(), ROUNDS)
        side_by_side = ("get keyring slot", "secretservice get")
        parallel, _ = measured([(name, cases[name]) for name in side_by_side], PARALLEL_ROUNDS, PARALLEL)
        checked = {name: by_hyperfine(cases[name]) for name in side_by_side}
        peaks = {
            name: statistics.median(cases[name].peak() for _ in range(9))
            for name in ("empty", "empty static", "get environment", "get cached", *side_by_side, "ecr version", "pass get")
        }
        faults = {
            name: statistics.median(cases[name].faults() for _ in range(9))
            for name in ("empty static", "empty", "version", "get environment", "get file slot", "get keyring slot")
        }
        counts, made_with = instructions(helper)
        counts["empty"] = empty_instructions(programs / "empty")
        counts["empty static"] = empty_instructions(programs / "empty-static")
    finally:
        for place in (standin, *homes.values()):
            if place:
                place.close()
    sizes = {name: (programs / name).stat().st_size / 1e6 for name in ("docker-credential-swr", "small")}
    report.write(document, report.Figures(
        ROUNDS, PARALLEL_ROUNDS, times, work, parallel, checked, peaks, faults, sizes, counts, made_with
    ))


main()
