"""Notes in a page what ran on a platform, from what cargo printed.

    platforms.py PAGE PLATFORM LOG

The page has a table with a row for each platform and a column for each test, and below it a line for each platform with
what was skipped there. Those of PLATFORM are written anew.
"""

import pathlib
import re
import sys

UNIT_TESTS = "unit tests"
RUNNING = re.compile(r"^ *Running (?:unittests src/(lib)\.rs|tests/(\w+)\.rs) ")
RESULT = re.compile(r"^test result: .* (\d+) passed; (\d+) failed;")
SKIPPED = re.compile(r"^skipped: (.*)")


def parse(log):
    """Returns what came of each test binary, and what was skipped."""
    results, skipped, name = {}, [], None
    for line in log.splitlines():
        if found := RUNNING.match(line):
            name = UNIT_TESTS if found[1] else found[2]
            results[name] = "**did not end**"
        elif found := RESULT.match(line):
            passed, failed = map(int, found.groups())
            # Cargo also starts a test that is for another platform.
            all_passed = str(passed or "")
            results[name] = f"**{failed} of {passed + failed} failed**" if failed else all_passed
            name = None
        elif found := SKIPPED.match(line):
            skipped.append(f"`{name}`: {found[1]}" if name else found[1])
    return results, skipped


def cells(row):
    return [cell.strip() for cell in row.strip("|").split("|")]


def main():
    page, platform, log = pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])
    results, skipped = parse(log.read_text(encoding="utf-8", errors="replace"))
    lines = page.read_text(encoding="utf-8").splitlines()
    head = next(number for number, line in enumerate(lines) if line.startswith(f"| platform | {UNIT_TESTS} |"))
    row = next(number for number in range(head, len(lines)) if cells(lines[number])[0] == platform)
    columns = cells(lines[head])[1:]
    unknown = results.keys() - set(columns)
    if unknown:
        sys.exit(f"{page} has no column for {', '.join(sorted(unknown))}")
    lines[row] = f"| {platform} | {' | '.join(results.get(column, '') for column in columns)} |"
    said = "; ".join(sorted(set(skipped))) or "nothing"
    note = next(number for number, line in enumerate(lines) if line.startswith(f"- Skipped on {platform}: "))
    lines[note] = f"- Skipped on {platform}: {said}."
    page.write_text("\n".join(lines) + "\n", encoding="utf-8")


main()
