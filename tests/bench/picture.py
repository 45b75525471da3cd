"""Draws a set-up session from what the helper shows at a real terminal.

    picture.py HELPER PICTURE

The home folder's name, which is another one each time, is the only thing that is changed in what the helper showed.
"""

import fcntl
import html
import os
import pathlib
import pty
import re
import select
import shutil
import struct
import sys
import termios
import time

import place

SHOWN_HOME = "/home/me"
COLUMNS = 142
LINE, CHARACTER, MARGIN = 18, 7.83, 14
COLOURS = {"31": "#ff7b72", "32": "#7ee787", "33": "#e3b341", "36": "#79c0ff", "1": "#ffffff", "2": "#8b949e"}

# What is typed, and after which text.
SESSION = [
    ("docker-credential-swr store", [("[none]: ", "Beijing4"), ("[from the file]: ", "")]),
    ("docker-credential-swr doctor --online", []),
]


def main():
    helper, picture = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    home = place.Keyring(str(helper))
    cloud = place.Home(str(helper))
    standin = place.Standin(cloud.path)
    try:
        prepare(home, standin, helper)
        screen = "".join(f"$ {line}\n{typed(home, line, answers)}" for line, answers in SESSION)
    finally:
        standin.close()
        home.close()
        cloud.close()
    screen = screen.replace("\r\n", "\n").replace(str(home.path), SHOWN_HOME)
    picture.write_text(drawn(wrapped(screen)), encoding="utf-8")


def prepare(home, standin, helper):
    (home.path / "bin").mkdir()
    shutil.copy(helper, home.path / "bin/docker-credential-swr")
    (home.path / "Downloads").mkdir()
    table = f"User Name,Access Key Id,Secret Access Key\r\nme,{place.AK},{place.SK}\r\n"
    (home.path / "Downloads/credentials.csv").write_text(table, encoding="utf-8")
    home.environment.update(
        # Nothing else: what it says must not depend on what is installed here.
        PATH=f"{home.path}/bin",
        TERM="xterm-256color",
        # Otherwise doctor would say that this home is not the one of who runs this.
        DOCKER_CONFIG=f"{home.path}/.docker",
        HTTPS_PROXY=standin.proxy,
    )
    settings = home.path / ".config/docker-credential-swr/config.toml"
    settings.parent.mkdir(parents=True, mode=0o700)
    settings.write_text(f"ca_file = '{standin.folder / 'ca.pem'}'\n", encoding="utf-8")


def typed(home, line, answers):
    """Runs a line at a terminal of its own, types the answers, and returns what was to be seen."""
    child, terminal = pty.fork()
    if child == 0:
        # So wide that the helper breaks no line: where it would, depends on how long the name of the home folder is.
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("4H", 50, 10 * COLUMNS, 0, 0))
        os.chdir(home.path)
        os.execve("/bin/sh", ["sh", "-c", f"exec {line}"], home.environment)
    shown, answers, end = "", list(answers), time.monotonic() + 30
    while time.monotonic() < end:
        if answers and shown.endswith(answers[0][0]):
            os.write(terminal, (answers.pop(0)[1] + "\n").encode())
        if not select.select([terminal], [], [], 0.1)[0]:
            continue
        try:
            data = os.read(terminal, 65536)
        except OSError:
            data = b""
        if not data:
            break
        shown += data.decode()
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    if status or answers:
        sys.exit(f"{line} ended with {status}:\n{shown}")
    return shown


def wrapped(screen):
    """Returns the lines as they stand on the screen, each a list of (colour, text)."""
    lines = []
    colour = None
    for line in screen.removesuffix("\n").split("\n"):
        spans, width = [], 0
        for part in re.split(r"(\x1b\[[0-9;]*m)", line):
            if part.startswith("\x1b["):
                colour = next((COLOURS[code] for code in part[2:-1].split(";") if code in COLOURS), None)
                continue
            while part:
                piece, part = part[: COLUMNS - width], part[COLUMNS - width :]
                spans.append((colour, piece))
                width += len(piece)
                if part:
                    lines.append(spans)
                    spans, width = [], 0
        lines.append(spans)
    return lines


def drawn(lines):
    width, height = round(COLUMNS * CHARACTER + 2 * MARGIN), len(lines) * LINE + 2 * MARGIN
    rows = []
    for number, spans in enumerate(lines):
        text = "".join(
            f'<tspan fill="{colour}">{html.escape(piece)}</tspan>' if colour else html.escape(piece)
            for colour, piece in spans
        )
        rows.append(f'<text x="{MARGIN}" y="{MARGIN + LINE * number + 13}" xml:space="preserve">{text}</text>\n')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">\n'
        "<title>A set-up session</title>\n"
        "<desc>Drawn by tests/picture.sh from a real run</desc>\n"
        f'<rect width="{width}" height="{height}" rx="8" fill="#0d1117"/>\n'
        '<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="13" fill="#c9d1d9">\n'
        f'{"".join(rows)}</g>\n</svg>\n'
    )


main()
