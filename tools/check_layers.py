#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Arrows of the house: every include goes where tools/layers.txt lets it, and nothing goes in circles."""
import re
import sys

import source


def includes():
    """(file, line number, included name) of every project include."""
    for name in source.files(".c", ".h"):
        for number, line in enumerate(source.read(name), 1):
            match = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            if match:
                yield name, number, match.group(1)


def circles(graph):
    """Every circle found by walking the graph, once."""
    state, found = {}, []

    def walk(node, path):
        state[node] = "open"
        for target in sorted(graph.get(node, ())):
            if state.get(target) == "open":
                found.append(path[path.index(target):] + [target] if target in path else [node, target])
            elif target not in state:
                walk(target, path + [target])
        state[node] = "done"

    for node in sorted(graph):
        if node not in state:
            walk(node, [node])
    return found


def main():
    arrows = source.layers()
    problems, graph = [], {}
    known = set(source.files(".c", ".h"))
    for name, number, target in includes():
        if name.startswith("include/") and (source.ROOT / "include" / target).is_file():
            target = "include/" + target  # public headers name each other as they are installed
        here = source.room_of(name)
        if here == "examples":
            continue  # built against the installed header
        if target not in known:
            problems.append(f"{name}:{number}: \"{target}\" is not a path from the project's root. "
                            f"Quote project headers as \"room/file.h\"; use <> for the system's.")
            continue
        there = source.room_of(target)
        graph.setdefault(name, set()).add(target)
        if here == there:
            continue
        allowed = arrows.get(here)
        if allowed is None:
            problems.append(f"{name}: {here} is not a room of tools/layers.txt. A new room is a decision: "
                            f"add its line there first.")
        elif "*" not in allowed and there not in allowed:
            problems.append(f"{name}:{number}: {here} -> {there} is not an arrow of this house. "
                            f"Hand the data in as a struct of a room both may see, or move the function.")
    for circle in circles(graph) + circles(arrows):
        problems.append("circle: " + " -> ".join(circle) + ". Put what both need into a third file.")
    for problem in problems:
        print(problem)
    print(f"layers: {len(graph)} files, {sum(map(len, graph.values()))} includes, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
