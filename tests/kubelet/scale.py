"""Measures the program on the nodes of a cluster, and writes the last section of docs/performance.md.

    scale.py BINARY KUBELET-CLIENT DOCUMENT

A node starts 110 pods from 30 images; a cluster of 1,000 nodes starts at once. The services are the stand-in, which takes
so many calls a second and answers others with 429. Each node of the cluster is a process with a cache and a folder of its
own: what they share is this machine, so times are those of a thousand nodes on two cores.
"""

import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time

HOST = "swr.cn-north-4.myhuaweicloud.com"
IMAGES, PODS, NODES = 30, 110, 1000
# What a service may be asked a second: less than this machine can answer, so that the limit is what is measured.
RATE = 60
SPREAD = "DOCKER_CREDENTIAL_SWR_SPREAD"
START = "## On the nodes of a cluster"
TESTS = pathlib.Path(__file__).resolve().parent.parent
KEY = {
    "HUAWEICLOUD_SDK_AK": "P0HEQUQ4XBWXY5WD69X0",
    "HUAWEICLOUD_SDK_SK": "3WJuF1oMFSoSJSWKAWrhUVOVWvtAnATAbS61hDVs",
    "HUAWEICLOUD_SDK_SECURITY_TOKEN": "EXAMPLE-SECURITY-TOKEN",
}
CONFIG = """apiVersion: kubelet.config.k8s.io/v1alpha1
kind: CredentialProviderConfig
providers:
- name: docker-credential-swr
  apiVersion: credentialprovider.kubelet.k8s.io/v1
  matchImages: ["swr.*.myhuaweicloud.com"]
  defaultCacheDuration: 10m
  args: [kubelet]
"""


class Standin:
    def __init__(self, folder, **control):
        self.folder = folder
        folder.mkdir()
        (folder / "control.json").write_text(json.dumps(control), encoding="utf-8")
        command = [sys.executable, "-B", str(TESTS / "standin/standin.py"), str(folder)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        ports = json.loads(self.process.stdout.readline())
        self.url, self.proxy = (f"http://127.0.0.1:{ports[name]}" for name in ("http", "proxy"))

    def requests(self):
        path = self.folder / "requests.jsonl"
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []

    def end(self):
        self.process.kill()
        self.process.wait()


class Node:
    """The environment of a kubelet on one node."""

    def __init__(self, folder, standin, **more):
        folder.mkdir(mode=0o700)
        self.folder = folder
        self.variables = {
            "HOME": str(folder),
            "XDG_RUNTIME_DIR": str(folder),
            "DOCKER_CREDENTIAL_SWR_CACHE_NAMESPACE": str(folder),
            "DOCKER_CREDENTIAL_SWR_METADATA_ENDPOINT": standin.url,
            "HUAWEICLOUD_SDK_REGION_SWR_CN_NORTH_4": standin.url,
            "HUAWEICLOUD_SDK_IAM_ENDPOINT": standin.url,
            # No variable leads the server's own agency anywhere: it finds the stand-in by the services' names.
            "HTTPS_PROXY": standin.proxy,
            "SSL_CERT_FILE": str(standin.folder / "ca.pem"),
            **more,
        }

    def forget(self, helper):
        """Drops what is kept in the kernel for this node, whose keys would go on until their end."""
        # A new key of the user's drops all that came of the old one.
        options = ["--backend", "file", "--offline", "--no-configure", "--sk-stdin"]
        command = [helper, "store", *options, "--ak", "QTWAOYTTINDUT2QVKYUC"]
        sk = b"MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc"
        subprocess.run(command, env=self.variables, check=True, capture_output=True, input=sk)

    def memory(self, helper):
        """Returns the peak memory of a run in KB. `time` is small itself: a child inherits the peak of who starts it."""
        command = ["/usr/bin/time", "-f", "%M", helper, "kubelet"]
        run = subprocess.run(command, env=self.variables, check=True, capture_output=True, input=request(image(0)))
        return int(run.stderr)

    def ask(self, helper, image):
        """Runs the program as a kubelet does; returns whether it answered, and its seconds."""
        start = time.monotonic()
        process = subprocess.Popen(
            [helper, "kubelet"],
            env=self.variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        answer, _ = process.communicate(request(image))
        found = process.returncode == 0 and json.loads(answer)["auth"] is not None
        return found, time.monotonic() - start


def at_once(jobs):
    """Runs the jobs, all at once; returns what they return, and when they began."""
    results = [None] * len(jobs)
    gate = threading.Barrier(len(jobs) + 1)

    def run(index, job):
        gate.wait()
        results[index] = job()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    gate.wait()
    start = time.monotonic()
    for thread in threads:
        thread.join()
    return results, start


def spread_of(folder, helper):
    """Returns the seconds of the spread in the configuration that the program writes."""
    command = [helper, "configure", "--kubelet"]
    text = subprocess.run(command, env={"HOME": str(folder)}, check=True, capture_output=True, text=True).stdout
    return int(re.search(rf'{SPREAD}\s+value: "(\d+)"', text)[1])


def request(image):
    """Returns what a kubelet writes to the program."""
    version = "credentialprovider.kubelet.k8s.io/v1"
    return json.dumps({"kind": "CredentialProviderRequest", "apiVersion": version, "image": image}).encode()


def image(number):
    return f"{HOST}/organization/image-{number % IMAGES}"


def pods(folder, helper, **more):
    """Starts the pods of one node without a kubelet's cache: each asks the program."""
    standin = Standin(folder / "standin")
    node = Node(folder / "node", standin, DOCKER_CREDENTIAL_SWR_PROVIDERS="agency", **more)
    results, start = at_once([lambda number=number: node.ask(helper, image(number)) for number in range(PODS)])
    seconds = time.monotonic() - start
    calls = len(standin.requests())
    memory = node.memory(helper)
    node.forget(helper)
    standin.end()
    assert all(found for found, _ in results)
    return PODS, calls, seconds, memory


def pods_by_kubelet(folder, helper, client):
    """Starts them by the kubelet's own code: first what the images need, then what is left of the pods."""
    standin = Standin(folder / "standin")
    trace = folder / "trace"
    more = {"DOCKER_CREDENTIAL_SWR_PROVIDERS": "agency", "DOCKER_CREDENTIAL_SWR_TRACE": str(trace)}
    node = Node(folder / "node", standin, **more)
    programs = folder / "bin"
    programs.mkdir()
    (programs / "docker-credential-swr").symlink_to(helper)
    config = folder / "config.yaml"
    config.write_text(CONFIG, encoding="utf-8")
    # Four rounds of 30 are 120 look-ups; the first asks, and the others are answered by the kubelet's cache.
    command = [client, "pull", config, programs, "4", *(image(number) for number in range(IMAGES))]
    start = time.monotonic()
    output = subprocess.run(command, env=node.variables, check=True, capture_output=True).stdout
    seconds = time.monotonic() - start
    assert all(json.loads(line)["logins"] for line in output.splitlines())
    runs = trace.read_text(encoding="utf-8").count("kubelet `")
    calls = len(standin.requests())
    node.forget(helper)
    standin.end()
    return runs, calls, seconds, None


def cluster(folder, helper, spread):
    """Starts all nodes at once; each pulls one image, again after 10 s where it got no login, as a kubelet does."""
    standin = Standin(folder / "standin", rate=RATE, path="/v2/manage")
    nodes = [
        # Each asks once, so a cache has nothing to do; what it kept would stay in this machine's kernel.
        Node(
            folder / f"node-{number}",
            standin,
            DOCKER_CREDENTIAL_SWR_CACHE="off",
            **({SPREAD: str(spread)} if spread else {}),
            **KEY,
        )
        for number in range(NODES)
    ]

    def pull(node):
        for attempt in range(1, 7):
            if node.ask(helper, image(attempt))[0]:
                return attempt, time.monotonic()
            time.sleep(10)
        return None, time.monotonic()

    results, start = at_once([lambda node=node: pull(node) for node in nodes])
    asked = [request for request in standin.requests() if request["path"].startswith("/v2/manage")]
    standin.end()
    assert {request["status"] for request in asked} <= {200, 429}, collections.Counter(r["status"] for r in asked)
    taken = collections.Counter(int(request["time"]) for request in asked if request["status"] == 200)
    all_asked = collections.Counter(int(request["time"]) for request in asked)
    times = sorted(end - start for _, end in results)
    return {
        "without": sum(attempt is None for attempt, _ in results),
        "first": sum(attempt == 1 for attempt, _ in results),
        "calls": len(asked),
        "refused": sum(request["status"] == 429 for request in asked),
        "most_taken": max(taken.values()),
        "most_asked": max(all_asked.values()),
        "median": times[len(times) // 2],
        "last": times[-1],
    }


def main():
    helper, client, document = sys.argv[1:]
    helper = os.path.abspath(helper)
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="scale-") as name:
        root = pathlib.Path(name)

        def place(name):
            (root / name).mkdir()
            return root / name

        rows = {
            "the kubelet's cache and ours": pods_by_kubelet(place("kubelet"), helper, client),
            "ours alone": pods(place("ours"), helper),
            "neither": pods(place("neither"), helper, DOCKER_CREDENTIAL_SWR_CACHE="off"),
        }
        spread = spread_of(root, helper)
        clusters = {seconds: cluster(place(f"spread-{seconds}"), helper, seconds) for seconds in (0, spread)}
    path = pathlib.Path(document)
    text = path.read_text(encoding="utf-8").split(START)[0].rstrip("\n")
    path.write_text(f"{text}\n\n{section(rows, clusters, load)}", encoding="utf-8")


def section(rows, clusters, load):
    spread = max(clusters)
    lines = [
        START,
        "",
        f"`tests/long.sh` measures this too, by `tests/kubelet/scale.py`, and writes this section. A node starts {PODS} pods",
        f"from {IMAGES} images of one registry, with a server's agency: two calls to the metadata service and one to SWR's API",
        "for each login that nobody has yet. In the first row the kubelet's own code looks up 120 images; it asks the program",
        "for one image after the other until an answer is for the whole registry.",
        "",
        "| with | the program runs | calls, the metadata service's too | time, s | peak memory of a run, MB |",
        "|---|---|---|---|---|",
    ]
    for name, (runs, calls, seconds, memory) in rows.items():
        memory = "" if memory is None else f"{memory / 1024:.1f}"
        lines.append(f"| {name} | {runs} | {calls} | {seconds:.2f} | {memory} |")
    lines += [
        "",
        f"A cluster of {NODES:,} nodes starts at once, with nothing in any cache, and the API takes {RATE} calls a second. All",
        "nodes are processes of one machine with two cores. A kubelet that got no login tries the image again after 10 s. The",
        f"machine's load average was {load:.0f} when this section was measured.",
        "",
        f"| `{SPREAD}` | not set | {spread}, as `configure --kubelet` sets it |",
        "|---|---|---|",
    ]
    for name, form in (
        ("nodes with a login at their first try", "first"),
        ("nodes without one at the end", "without"),
        ("calls in all", "calls"),
        ("of them answered with 429", "refused"),
        ("most calls in a second", "most_asked"),
        ("of them taken", "most_taken"),
    ):
        lines.append(f"| {name} | " + " | ".join(f"{one[form]:,}" for one in clusters.values()) + " |")
    for name, form in (("time until half of the nodes had a login, s", "median"), ("until all had, s", "last")):
        lines.append(f"| {name} | " + " | ".join(f"{one[form]:.1f}" for one in clusters.values()) + " |")
    lines += [
        "",
        "The limit is kept with the configuration that `configure --kubelet` writes, or another that sets the variable, and only",
        f"then: the program itself delays no call by default. {NODES:,} logins at {RATE} a second take at least {NODES / RATE:.1f} s. A spread of",
        f"{spread} s leads to {NODES / spread:.0f} calls a second on average, and to up to half as many again in some seconds by chance. `--nodes N`",
        f"sets N x {spread} / {NODES:,} s, which is the same {NODES / spread:.0f} calls a second for a smaller cluster, and no delay below {-(-NODES // spread)} nodes.",
        "SWR's documents state no limit. For a limit of L calls a second, N nodes need a spread of 1.5 x N / L s. The variable is at",
        f"most {spread}: with 15 s for the calls themselves, a run ends within 45 s, well before a kubelet ends it after 60. So at a",
        f"limit of {RATE} a second, about {RATE * spread * 2 // 300 * 100:,} nodes can start at once.",
        "",
        "Larger clusters, and nodes without the variable, exceed the limit. They ask again after a random part of 1, 2, 4 and then",
        "8 s, until the deadline; a node that has no login by then needs the kubelet's second try. A 429 is not a failed",
        "authentication: none of these calls was answered with 401 or 403, which are never repeated, and of which more than five",
        "in a row lock a key.",
        "",
        "Later a kubelet asks the program again after half of a login's life, and the program answers from its own cache until",
        f"five minutes before the end: with logins of 6 h the nodes make {NODES:,} calls in six hours at the most, one in",
        f"{6 * 3600 / NODES:.0f} seconds.",
        "",
    ]
    return "\n".join(lines)


main()
