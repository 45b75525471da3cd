"""Writes what the clients did as a page."""

import collections
import re

from clients import ABSENT, DEBIANS

# The type of docker's own manifest.
DOCKERS = "application/vnd.docker.distribution.manifest.v2+json"
KINDS = {
    DOCKERS: "docker's manifest",
    "application/vnd.oci.image.manifest.v1+json": "an OCI manifest",
    "application/vnd.oci.image.index.v1+json": "an OCI index",
    "application/vnd.docker.distribution.manifest.list.v2+json": "docker's list of manifests",
}

PAGE = """# Clients

Which clients get their login from the helper, and what they do if it has none. `tests/clients.sh` tests them and writes
this page. The last run was with version {helper}: {count} runs of a client at a registry, {failed}.

Each client pulls, pushes and builds at Debian's `docker-registry` on this machine, which accepts only the login
key: once with Basic, and once behind a token service like SWR's, which accepts a GET with Basic and answers a POST with 404.
The key is in gnome-keyring, once for root and once for an ordinary user, and the helper's calls are recorded. After each
client, the stored access key is unchanged, and no file in the home directory holds the login, unless there is a section
"What they left behind".

A cell lists the helper's calls; `get` x2 means two of them. If a call is not for the registry itself, its argument follows.
"Basic" and "Bearer" are given if the two differ. An empty cell is something that the client does not have, or that another
row of it shows. "graph driver" and "containerd" are the places where docker's engine stores images.

{tables}
## What is pushed

SWR accepts docker's manifest and no OCI index, so what counts is what each way to build and push leaves at the registry:
{made}
## When the helper has no login

The same pull (or build) with nothing stored ("not found"), with a locked keyring, with a helper that fails because
of a mistake in its settings, and with a keyring that accepts the connection and never answers.

- **tells**: stops, and shows what the helper said.
- **anonymous**: continues without a login, and shows the registry's answer to that.
- **stops**: stops, and shows neither.
- **again and again**: still trying after {limit} s.

`DOCKER_AUTH_CONFIG` is a variable with logins that some clients prefer to a helper's.

{states}
## What they show

{texts}
{nameless}{left}## Not available

| client | why it has no row |
|---|---|
{absent}
"""

# What the helper says in each of the states.
HELPERS_WORDS = (r"keyring is locked|did not answer|DOCKER_CREDENTIAL_SWR_PROVIDERS|not found in native keychain"
                 r"|no access key for")

NAMELESS = """## A logout without the file's name

`logout HOST` of those that have more than one file, where `configure --podman` has written one of them:

"""


def last_line(text):
    """Returns the line that says most: the last with an error in it, or else the last."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if re.search(r"error|denied|unauthorized|cannot|not found|keyring", line, re.I)]
    return re.sub(r'^time="[^"]*" ', "", (telling or lines or [""])[-1])


def line(row):
    """Returns a row for the log."""
    cells = "; ".join(f"{name} {'ok' if cell.code == 0 else 'fails'} [{calls(cell)}] {cell.seconds:.1f} s"
                      for name, cell in row.cells.items())
    shown = "".join(f"\n    {name}: {last_line(cell.shown)[:240]}" for name, cell in row.cells.items() if cell.code)
    return f"{title(row)}, {row.registry}: {cells}{shown}"


def title(row):
    route = ", `credsStore`" if row.client.route == "credsStore" else ""
    engine = f", {row.engine}" if row.engine else ""
    user = ", rootless" if row.user == "ordinary" else ""
    return f"{row.client.name}{row.version and f' {row.version}'} ({DEBIANS[row.debian]}{engine}{user}{route})"


def calls(cell):
    """Returns the helper's calls, equal ones counted."""
    counts = collections.Counter()
    for verb, about, code, *_ in cell.calls:
        about = "" if verb == "list" or re.fullmatch(r"127\.0\.0\.1:\d+", about) else re.sub(r"127\.0\.0\.1:\d+", "HOST", about)
        about = re.sub(r"/team/copy\d+", "/team/copy", about)
        counts[f"`{verb} {about}`" if about else f"`{verb}`"] += 1
    return ", ".join(call if count == 1 else f"{call} x{count}" for call, count in counts.items()) or "no call"


def step(row, name):
    cell = row.cells.get(name)
    if cell is None:
        return ""
    why = row.client.limit(name, row.registry)
    if why:
        return f"fails, as {why} ({calls(cell)})"
    return calls(cell) if cell.code == 0 else f"**fails** ({calls(cell)})"


def state(cell):
    if cell is None:
        return ""
    if cell.code == 0:
        return "**goes through**"
    if "still running after" in cell.shown:
        outcome = "again and again"
    elif re.search(HELPERS_WORDS, cell.shown):
        outcome = "tells"
    elif re.search(r"unauthorized|authentication required|no basic auth|denied|\b401\b|not authorized", cell.shown, re.I):
        outcome = "anonymous"
    else:
        outcome = "stops"
    count = len(cell.calls)
    return outcome if count == 1 else f"{outcome}, {calls(cell)}"


def merged(rows, show):
    """Returns one cell of both registries."""
    shown = {row.registry: show(row) for row in rows}
    texts = set(shown.values())
    return texts.pop() if len(texts) == 1 else "; ".join(f"{name}: {text}" for name, text in shown.items())


def table(head, lines):
    return "\n".join([f"| {' | '.join(head)} |", f"|{'---|' * len(head)}",
                      *(f"| {' | '.join(cells)} |" for cells in lines), ""])


def quoted(text):
    text = text.replace("|", "\\|").replace("`", "'")
    return f"`{text[:240]}`" if text else ""


def text(rows, made, helper, limit, faults):
    """Returns the page for all rows."""
    groups = collections.defaultdict(list)
    for row in rows:
        groups[title(row)].append(row)
    steps, states, texts = [], [], []
    for name, both in groups.items():
        first = both[0]
        steps.append([name, *(merged(both, lambda row, key=key: step(row, key))
                              for key in ("login", "pull", "push", "build", "logout"))])
        silent = first.cells.get("silent")
        states.append([
            name,
            *(merged(both, lambda row, key=key: state(row.cells.get(key))) for key in ("not found", "locked", "fails")),
            f"{state(silent)}, {silent.seconds:.0f} s" if silent else "",
            "taken" if first.reads_variable else "",
        ])
        shown = {key: last_line(first.cells[key].shown) for key in ("not found", "locked") if key in first.cells}
        texts.append([name, *(quoted(shown.get(key, "")) for key in ("not found", "locked"))])
    places = dict.fromkeys((debian, engine) for debian, engine, *_ in made)
    kinds = {(recipe[0], debian, engine): KINDS.get(kind, kind) for debian, engine, recipe, kind in made}
    ways = [[name, *(kinds.get((name, *place), "") for place in places)] for name in dict.fromkeys(key[0] for key in kinds)]
    heads = ["built and pushed by", *(", ".join(filter(None, (DEBIANS[debian], engine))) for debian, engine in places)]
    left = [f"- {title(row)}, {row.registry}: {what}" for row in rows for what in row.left]
    outcomes = [[title(row), "works" if row.nameless.code == 0 else quoted(last_line(row.nameless.shown)), calls(row.nameless)]
                for row in rows if row.nameless]
    nameless = f"{NAMELESS}{table(['client', 'what it says', 'calls'], outcomes)}\n" if outcomes else ""
    left = f"## What they left behind\n\n{chr(10).join(dict.fromkeys(left))}\n\n" if left else ""
    failed = f"{len(faults)} of their steps failed" if faults else "none failed"
    return PAGE.format(
        count=len(rows), failed=failed, helper=helper, limit=limit,
        tables=table(["client", "login", "pull", "push", "build", "logout"], steps),
        states=table(["client", "not found", "locked", "fails", "silent", "`DOCKER_AUTH_CONFIG`"], states),
        made=f"\n{table(heads, ways)}" if ways else "\nNothing was built.\n",
        texts=table(["client", "not found", "locked"], texts), nameless=nameless, left=left,
        absent="\n".join(f"| {client} | {why} |" for client, why in ABSENT),
    )
