"""Writes what was measured as a page with a plot."""

import dataclasses
import os
import subprocess


@dataclasses.dataclass
class Figures:
    """Medians: times and the keyring's own work in ms, peaks in KB, sizes in MB, counts of faults and instructions."""

    rounds: int
    parallel_rounds: int
    times: dict
    work: dict
    parallel: dict
    checked: dict
    peaks: dict
    faults: dict
    sizes: dict
    counts: dict
    made_with: str


PAGE = """# Performance

Docker runs the helper for each registry on each pull. `tests/bench.sh` measures the helper and similar programs, and
writes this page.

| work | target | measured | met |
|---|---|---|---|
{targets}

Ratios are of medians from one run of {rounds} rounds, in which every program ran once in each round, in a random order. A
run is a whole process, from its start until it has been waited for. The script starts them itself, because hyperfine, the
usual tool, does all runs of one program before those of the next, so that other work on the machine affects only one of
them. As a check, hyperfine measured the first row too, and found {checked:.2f} x. The 50 parallel `get`s were measured {parallel_rounds} times in turn.
docker-credential-secretservice ran on the same bus, with the same gnome-keyring. docker-credential-pass had nothing to
find, and ecr-login printed its version, which is its fastest verb. The empty Rust programs are `fn main() {{}}`,
built with the helper's options: the static one for the same system as the helper, the dynamic one for the compiler's.

![Median times of the helper and its peers](performance.svg)

## All times

Only times of one run can be compared, because they depend on the machine and its other work.

| program | median, ms | x empty, dynamic |
|---|---|---|
{times}

| 50 at once | median, ms |
|---|---|
{parallel}

| program | peak memory, MB |
|---|---|
{peaks}

| program | instructions | x empty, static |
|---|---|---|
{counts}

| program | page faults |
|---|---|
{faults}

Most of the time that a `get` from the environment needs beyond the empty static program is for pages that the kernel
loads. [architecture.md](architecture.md) lists them.

`tests/budget.sh` compares the instruction counts with `tests/budget.txt`, and allows 5 % more.

## The share of gnome-keyring

For each search, and for each item that is read, gnome-keyring goes through all its items, with one thread. Its own share of
the times is:

| program | median, ms | of that gnome-keyring, ms |
|---|---|---|
{work}

A `get` is one search and one secret, which is the least possible. With 1,000 records, gnome-keyring works {get_more:.2f} ms more for
them than with one record, and that alone makes about {get_floor:.1f} x, the lowest possible ratio. A `list` is one search and all secrets in one
call. gnome-keyring's own work for it is about {list_floor:.0f} x the `get` of one record, whatever is read of each item.
[architecture.md](architecture.md) explains what else was measured, and why it is done like this.

## What is not met or only just, and what it would take

Small programs show what a `get` of the file store needs beyond the empty static program (the fastest of 400 runs of each).
An empty program that starts a thread, as the helper does to end itself if a disk or a bus hangs, took 0.24 ms, and the
empty one 0.18 ms. No safe function of Rust sets an alarm that could report the reason instead. A program that touches 64
more pages took 0.09 ms more. A `get` touched about 60 more, and 27 fewer since the linker sorts the functions
([architecture.md](architecture.md)). 20 of them hold data with addresses, which is written at each start. Half of that data
(36 of 74 KB) are lines of the source for panics, and only an unstable option of the compiler leaves them out. `default`
reads the file twice, once for each slot. Reading it once would save about 0.01 ms, but a verb that takes the lock would have
to read it again.

A `get` reads the file store to its end, which shows whether the file is whole. So it takes longer where 1,000 records are
stored.

The program without features has 1.30 MB of code, 0.15 MB of constants and 0.23 MB of tables for unwinding, which a program
that aborts never reads. An option of the compiler outside Cargo.toml would leave them out, and about 1.5 MB would remain.

## The machine

{machine}
"""

# What a case is called on the page.
NAMES = {
    "empty": "empty Rust program, dynamic",
    "empty static": "empty Rust program, static",
    "version": "`version`",
    "secretservice version": "docker-credential-secretservice `version`",
    "ecr version": "docker-credential-ecr-login `-v`",
    "pass get": "docker-credential-pass `get`, nothing there",
    "get environment": "`get`, environment",
    "get file slot": "`get`, file store, the host's slot",
    "get file default": "`get`, file store, `default`",
    "get cached": "`get`, cached temporary login",
    "get keyring slot": "`get`, OS keyring, the host's slot",
    "get keyring default": "`get`, OS keyring, `default`",
    "secretservice get": "docker-credential-secretservice `get`",
}

# The bars of the plot.
SHOWN = ("empty static", "empty", "get environment", "get file slot", "get cached", "pass get", "ecr version", "get keyring slot",
         "get keyring default", "secretservice get")


def targets(figures):
    """Yields work, target, measured value and limit, with the value's unit."""
    times, peaks = figures.times, figures.peaks
    peer = "secretservice get"
    for name in ("get keyring slot", "get keyring default"):
        yield NAMES[name], "docker-credential-secretservice", times[name] / times[peer], 0.2, "x"
    yield ("50 parallel `get`s, OS keyring", "docker-credential-secretservice",
           figures.parallel["get keyring slot"] / figures.parallel[peer], 0.25, "x")
    for name in ("get environment", "get file slot", "get file default"):
        yield NAMES[name], "the empty dynamic program", times[name] / times["empty"], 0.65, "x"
        yield NAMES[name], "the empty static program", times[name] / times["empty static"], 2.2, "x"
    yield NAMES["get cached"], "the empty dynamic program", times["get cached"] / times["empty"], 2, "x"
    for store, limit in (("file", 1.2), ("keyring", 1.5)):
        yield (f"`get`, {store}, 1,000 stored", "with one",
               times[f"get {store} 1000"] / times[f"get {store} 1"], limit, "x")
    for store in ("file", "keyring"):
        yield (f"`list`, {store}, 1,000 stored", "`get` of one",
               times[f"list {store} 1000"] / times[f"get {store} 1"], 10, "x")
    for other in (peer, "ecr version"):
        yield "peak memory of `get`, OS keyring", NAMES[other], peaks["get keyring slot"] / peaks[other], 1, "x"
    yield "binary, all features", "", figures.sizes["docker-credential-swr"], 4.3, "MB"
    yield "binary, no features", "", figures.sizes["small"], 1.3, "MB"


def write(document, figures):
    """Writes `document`, and the plot beside it."""
    rows = []
    for work, base, value, limit, unit in targets(figures):
        target = f"at most {limit:g} {unit} {base}".strip()
        rows.append((work, target, f"{value:.2f} {unit}", "yes" if value <= limit else "**no**"))
    times, work, base = figures.times, figures.work, figures.times["empty"]
    get_more = work["get keyring 1000"] - work["get keyring 1"]
    text = PAGE.format(
        targets=table(rows),
        rounds=figures.rounds,
        parallel_rounds=figures.parallel_rounds,
        checked=figures.checked["get keyring slot"] / figures.checked["secretservice get"],
        times=table((name_of(name), f"{ms:.2f}", f"{ms / base:.2f}") for name, ms in times.items()),
        parallel=table((name_of(name), f"{ms:.1f}") for name, ms in figures.parallel.items()),
        peaks=table((name_of(name), f"{kb / 1024:.1f}") for name, kb in figures.peaks.items()),
        faults=table((name_of(name), f"{count:.0f}") for name, count in figures.faults.items()),
        counts=table((name_of(name), f"{count:,}", f"{count / figures.counts['empty static']:.2f}")
                     for name, count in figures.counts.items()),
        work=table((name_of(name), f"{times[name]:.2f}", f"{work[name]:.2f}")
                   for name in times if name.split()[-1].isdigit() and "keyring" in name),
        get_more=get_more,
        get_floor=1 + get_more / times["get keyring 1"],
        list_floor=work["list keyring 1000"] / times["get keyring 1"],
        machine=machine(figures.made_with),
    )
    # The last section is measured by tests/kubelet/scale.py.
    _, start, cluster = document.read_text().partition("\n## On the nodes of a cluster") if document.exists() else ("",) * 3
    document.write_text(text + start + cluster)
    bars = [(name_of(name).replace("`", ""), figures.times[name]) for name in SHOWN]
    document.with_name("performance.svg").write_text(plot(bars))
    for row in rows:
        print(" | ".join(row))


def name_of(name):
    if name in NAMES:
        return NAMES[name]
    if name in ("environment", "file"):
        return f"`get`, {name}"
    verb, store, size = name.split()
    return f"`{verb}`, {store}, {int(size):,} stored"


def table(rows):
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def machine(made_with):
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
    packages = ("golang-docker-credential-helpers", "amazon-ecr-credential-helper", "hyperfine", "gnome-keyring", "dbus")
    query = ["dpkg-query", "--show", "--showformat", "${Package} ${Version}\n", *packages]
    versions = subprocess.run(query, check=True, capture_output=True, text=True).stdout.splitlines()
    lines = [f"{models[0] if models else os.uname().machine}, {os.cpu_count()} cores", f"Linux {os.uname().release}",
             made_with, ", ".join(versions)]
    return "\n".join(f"- {line}" for line in lines)


def plot(bars):
    """Returns an SVG of horizontal bars, each with its name and its value."""
    row, left, width = 26, 300, 420
    longest = max(value for _, value in bars)
    parts = []
    for number, (name, value) in enumerate(bars):
        top = 40 + number * row
        colour = "#8a8f98" if name.startswith(("docker-credential", "empty")) else "#c7000b"
        length = max(1, value / longest * width)
        parts.append(
            f'<text x="{left - 8}" y="{top + 14}" text-anchor="end">{name}</text>'
            f'<rect x="{left}" y="{top + 2}" width="{length:.1f}" height="16" fill="{colour}"/>'
            f'<text x="{left + length + 6:.1f}" y="{top + 14}">{value:.2f} ms</text>'
        )
    height = 50 + len(bars) * row
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="800" height="{height}" font-family="sans-serif" font-size="13">',
        '<rect width="100%" height="100%" fill="white"/>',
        '<text x="12" y="24" font-weight="bold">One process, from start to end: median</text>',
        *parts,
        "</svg>",
        "",
    ])
