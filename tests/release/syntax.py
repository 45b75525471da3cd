"""Prints what is no PowerShell in these files.

    syntax.py FILE...
"""

import pathlib
import sys

import tree_sitter
import tree_sitter_powershell


def mistakes(node):
    if node.type == "ERROR" or node.is_missing:
        yield node
    for child in node.children:
        yield from mistakes(child)


parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))
found = [
    f"{file}:{node.start_point[0] + 1}: {node.text.decode()[:60]}"
    for file in sys.argv[1:]
    for node in mistakes(parser.parse(pathlib.Path(file).read_bytes()).root_node)
]
print("\n".join(found))
sys.exit(bool(found))
