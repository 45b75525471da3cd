"""The clients, and what each is told to do.

A step is a shell script. It finds the registry in $HOST, an image that is there in $IMAGE, a name to push to in $COPY,
an OCI layout of the same image in $LAYOUT, the login in $USERNAME and $KEY, Python's clients in $PYTHON, and the scripts
of this folder in $SCRIPTS. `None` is what the client does not have.
"""

import dataclasses

NO = None


@dataclasses.dataclass(frozen=True)
class Client:
    """One client; `version` is a script whose first number with a dot in it is the version."""

    name: str
    version: str
    login: str = NO
    pull: str = NO
    push: str = NO
    build: str = NO
    logout: str = NO
    # A logout that leaves out the name of the file that leads to the helper.
    nameless: str = NO
    # Forgets what a pull left, so that the next one asks the registry again.
    forget: str = "true"
    # How the client is led to the helper: docker's credHelpers, its credsStore, or podman's own file.
    route: str = "credHelpers"
    # Variables of all its steps.
    variables: tuple = ()
    engine: bool = False
    # Seconds after which the helper gives up on a keyring that does not answer.
    deadline: int = 5
    # What does not work for the client's own reasons: (step, registry, why).
    limits: tuple = ()
    # Steps that are the client's own business, without the helper.
    alone: tuple = ()

    def limit(self, step, registry):
        """Returns why a step cannot work at a registry, if that is so."""
        return next((why for name, where, why in self.limits if (name, where) == (step, registry)), None)


DOCKER_FORGET = "docker rmi -f $IMAGE $COPY >/dev/null 2>&1 || true"
DOCKERFILE = "printf 'FROM %s\\nLABEL made=%s\\n' $IMAGE $(date +%s%N) >Dockerfile"
CLASSIC, BUILDKIT = (("DOCKER_BUILDKIT", "0"),), (("DOCKER_BUILDKIT", "1"),)
WITH_PASSWORD = '-u "$USERNAME" --password-stdin'
PASSWORD = 'printf %s "$KEY" | '
SERVICES = " ".join(str(number) for number in range(1, 11))
# What podman says of the machine, not of the login.
QUIET = (("PODMAN_IGNORE_CGROUPSV1_WARNING", "1"), ("SUPPRESS_BOLTDB_WARNING", "1"))
# A file with ten services, each with an image of its own and these more words.
TEN = "(echo services:; for n in %s; do printf '  s%%s: {image: \"%s\"%s}\\n' $n $n; done) >compose.yaml"


def docker(route="credHelpers", program="docker"):
    """The docker CLI, with classic build."""
    common = {"engine": True, "forget": DOCKER_FORGET, "route": route}
    version = f"{program} version --format '{{{{.Client.Version}}}}'"
    return [
        Client("docker CLI", version, f"{program} login $HOST", f"{program} pull -q $IMAGE",
               f"{program} pull -q $IMAGE && {program} tag $IMAGE $COPY && {program} push $COPY", NO,
               f"{program} logout $HOST", **common),
        Client("classic `docker build`", version, build=f"{DOCKERFILE}; {program} build --pull -q -t $COPY .",
               variables=CLASSIC, **common),
    ]


def buildkit():
    return [Client("BuildKit by `docker build`", "docker version --format '{{.Client.Version}}'", engine=True,
                   build=f"{DOCKERFILE}; docker build --pull --progress=plain -t $COPY .", forget=DOCKER_FORGET,
                   variables=BUILDKIT)]


def buildx():
    return [Client("buildx", "docker buildx version", engine=True, forget=DOCKER_FORGET,
                   build=f"{DOCKERFILE}; docker buildx build --pull --progress=plain --provenance=false "
                         "--output type=image,name=$COPY,push=true .")]


def compose(command):
    there = TEN % (SERVICES, "'$HOST'/team/s%s:1", "")
    new = TEN % (SERVICES, "'${COPY%:1}'-%s:1", ", build: .")
    forget = f"for n in {SERVICES}; do docker rmi -f $HOST/team/s$n:1; done >/dev/null 2>&1 || true"
    run = f"{command} -f compose.yaml"
    return [Client(f"`{command}`, ten services", f"{command} version", engine=True, forget=forget,
                   pull=f"{there}; {run} pull", push=f"{DOCKERFILE}; {new}; {run} build -q --pull && {run} push",
                   build=f"{DOCKERFILE}; {new}; {run} build -q --pull")]


def podman():
    """podman and its relatives; they are led to the helper by podman's own file."""
    forget = "podman rmi -f $IMAGE $COPY >/dev/null 2>&1 || true"
    buildah_forget = "buildah rmi -f $IMAGE $COPY >/dev/null 2>&1 || true"
    tls = "--tls-verify=false"
    # Without its name they look at no other file than the one under the runtime folder, for a login and a logout.
    file = "--authfile=$HOME/.config/containers/auth.json"
    common = {"route": "podman", "variables": QUIET}
    return [
        Client("podman", "podman --version", f"podman login {tls} {file} $HOST", f"podman pull -q {tls} $IMAGE",
               f"podman pull -q {tls} $IMAGE && podman push -q {tls} $IMAGE $COPY",
               f"{DOCKERFILE}; podman build --pull=always {tls} -t $COPY .", f"podman logout {file} $HOST", "podman logout $HOST", forget,
               **common),
        Client("buildah", "buildah --version", f"buildah login {tls} {file} $HOST", f"buildah pull -q {tls} $IMAGE",
               f"buildah pull -q {tls} $IMAGE && buildah push -q {tls} $IMAGE docker://$COPY",
               f"{DOCKERFILE}; buildah build --pull-always {tls} -t $COPY .", f"buildah logout {file} $HOST",
               "buildah logout $HOST", buildah_forget, **common),
        Client("skopeo", "skopeo --version", f"skopeo login {tls} {file} $HOST", f"skopeo inspect {tls} docker://$IMAGE",
               f"skopeo copy -q --dest-tls-verify=false oci:$LAYOUT docker://$COPY", NO, f"skopeo logout {file} $HOST",
               "skopeo logout $HOST", **common),
    ]


def crane():
    return [Client("crane", "dpkg-query -W -f '${Version}' crane",
                   f"{PASSWORD}crane auth login {WITH_PASSWORD} $HOST", "crane manifest $IMAGE",
                   "crane copy $IMAGE $COPY", NO, "crane auth logout $HOST", route=route)
            for route in ("credHelpers", "credsStore")]


def oras():
    return [Client("oras", "oras version",
                   f"{PASSWORD}oras login --plain-http {WITH_PASSWORD} $HOST", "oras manifest fetch --plain-http $IMAGE",
                   "oras copy --from-plain-http --to-plain-http $IMAGE $COPY", NO, "oras logout $HOST")]


def cosign():
    # It is given the digest of what it fetches, or it warns.
    return [Client("cosign", "dpkg-query -W -f '${Version}' cosign",
                   f"{PASSWORD}cosign login {WITH_PASSWORD} $HOST",
                   "cosign triangulate --allow-http-registry $IMAGE",
                   "echo text >text && cosign upload blob --allow-http-registry -f text $COPY")]


def apptainer():
    return [Client("apptainer", "apptainer --version",
                   f"{PASSWORD}apptainer registry login {WITH_PASSWORD} docker://$HOST",
                   "apptainer pull --no-https --disable-cache --force image.sif docker://$IMAGE", NO, NO,
                   "apptainer registry logout docker://$HOST")]


def python(package, name, steps, engine=True, route="credHelpers", **more):
    version = f"$PYTHON -c 'from importlib.metadata import version; print(version(\"{package}\"))'"
    done = {step: f"$PYTHON -B $SCRIPTS/libraries.py {package} {step}" for step in steps}
    return [Client(name, version, engine=engine, forget=DOCKER_FORGET if engine else "true", route=route,
                   variables=(("TESTCONTAINERS_RYUK_DISABLED", "true"),), **done, **more)]


def libraries():
    """Libraries, each driven by a small script of this folder."""
    return [
        *python("docker", "docker (Python's SDK)", ("login", "pull", "push", "build")),
        *python("docker", "docker (Python's SDK)", ("pull", "push", "build"), route="credsStore"),
        *python("python-on-whales", "python-on-whales", ("login", "pull", "push", "build", "logout")),
        *python("testcontainers", "testcontainers (Python)", ("pull",)),
        *python("docker-pycreds", "docker-pycreds", ("login", "pull", "logout"), engine=False),
        *python("oras", "oras (Python)", ("login", "pull", "push", "logout"), engine=False, alone=("login", "logout"),
                limits=(("push", "Bearer", "it keeps its first token, which is for pulls"),
                        *(("login", where, "it takes no config.json without `auths`") for where in ("Basic", "Bearer")))),
        Client("testcontainers (npm)", "node -p 'require(process.env.NODE_MODULES + \"/testcontainers/package.json\").version'",
               pull="node $SCRIPTS/containers.mjs", engine=True, forget=DOCKER_FORGET,
               variables=(("TESTCONTAINERS_RYUK_DISABLED", "true"), ("TESTCONTAINERS_HOST_OVERRIDE", "127.0.0.1"))),
        Client("docker_credential (crate)", "sed -n '/name = \"docker_credential\"/{n;p}' $SCRIPTS/crate/Cargo.lock",
               pull="$CRATE $HOST"),
    ]


def nerdctl():
    """The calls that nerdctl makes for a registry with a port, in their order: no package has it."""
    tries = "for server in $HOST https://$HOST http://$HOST"
    return [Client("nerdctl's calls", "echo", pull=f"{tries}; do printf %s $server | docker-credential-swr get && exit 0; done; exit 1")]


def kubelet():
    """The one call that a kubelet makes for an image."""
    request = '{"apiVersion":"credentialprovider.kubelet.k8s.io/v1","kind":"CredentialProviderRequest","image":"'
    return [Client("the kubelet's call", "echo",
                   pull=f"printf '{request}%s\"}}' $IMAGE | docker-credential-swr kubelet | grep -q $KEY",
                   deadline=20)]


# -- which clients are tried where: (Debian, engine's image store or none, users, clients) ---------------------------
# "other" is this machine again, with a docker that is not Debian's.

PLAN = [
    ("bookworm", NO, ("root", "ordinary"), podman()),
    ("trixie", NO, ("root", "ordinary"), podman()),
    ("sid", NO, ("root", "ordinary"), podman()),
    ("trixie", NO, ("root",), oras() + cosign() + nerdctl() + kubelet()),
    ("sid", NO, ("root",), crane() + oras() + cosign() + apptainer()),
    ("bookworm", "graph driver", ("root",),
     docker() + buildkit() + docker("credsStore") + compose("docker-compose") + libraries()),
    ("other", "graph driver", ("root",), docker(program="/usr/local/bin/docker")),
    ("trixie", "graph driver", ("root",), docker() + buildkit() + buildx() + compose("docker compose")),
    ("trixie", "containerd", ("root",), docker() + buildkit() + buildx() + compose("docker compose")),
    ("sid", "graph driver", ("root",), docker() + buildkit() + buildx() + compose("docker compose")),
    ("sid", "containerd", ("root",),
     docker() + buildkit() + docker("credsStore") + buildx() + compose("docker compose")),
]

# -- how an image is built and pushed: (what it is called, script, whether docs/recipes.md says so) --------------------

FLAT = "--provenance=false --sbom=false"
TYPES = "type=image,push=true,oci-mediatypes=false"
ONE_SERVICE = "printf 'services: {app: {build: ., image: \"%s\"}}\\n' $COPY >compose.yaml"
ENGINE_RECIPES = [
    ("`docker build`, `docker push`", "docker build -q -t $COPY . && docker push -q $COPY", False),
    ("`docker buildx build --push`", "docker buildx build --push -t $COPY .", False),
    ("`docker buildx build --output %s`" % TYPES, f"docker buildx build --output {TYPES} -t $COPY .", False),
    ("the recipe for buildx", f"docker buildx build {FLAT} --output {TYPES} -t $COPY .", True),
    ("`docker compose build --push`", f"{ONE_SERVICE}; docker compose -f compose.yaml build --push", False),
    ("the recipe for Compose",
     f"{ONE_SERVICE}; docker buildx bake -f compose.yaml {FLAT} --set '*.output={TYPES}'", True),
]
PODMAN_RECIPES = [
    (f"`{program} build{option}`, `{program} push`",
     f"{program} build{option} --tls-verify=false -t $COPY . && {program} push --tls-verify=false $COPY", bool(option))
    for program in ("podman", "buildah") for option in ("", " --format docker")
]

DEBIANS = {"bookworm": "Debian 12", "other": "another's, engine of Debian 12", "trixie": "Debian 13", "sid": "Debian unstable"}

# What no package has, and why.
ABSENT = [
    ("docker 29", "no branch of Debian has it; unstable has 28.5.2. In the source of docker/cli after 28.5 a pull stops where "
     "the helper fails (`RetrieveAuthTokenFromImage`)"),
    ("nerdctl", "no branch of Debian has it; a row above repeats its calls. For a registry without a port it asks for "
     "`HOST:443`, `https://HOST:443` and `http://HOST:443` first"),
    ("the kubelet", "no branch of Debian has it; a row above repeats its call, and `tests/kubelet_client.rs` tries the "
     "helper with the kubelet's own code"),
    ("buildkitd by itself", "no branch of Debian has it; docker's engine has BuildKit in it"),
    ("kaniko, ko, jib, Bazel's rules_oci", "no registry of packages has them"),
    ("crane and apptainer of Debian 12 and 13", "only unstable has them"),
]
