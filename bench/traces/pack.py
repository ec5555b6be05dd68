#!/usr/bin/env python3
"""Packs a recorded buffer-access trace for the repository.

Reads CSV (plain, .gz or .xz) with the header backend,relation,fork,block, checks every row, and
writes the same CSV compressed with xz.

    pack.py recorded.csv.gz tpcb.csv.xz
"""

import argparse
import gzip
import lzma
import pathlib
import sys

HEADER = b"backend,relation,fork,block"
OPENERS = {".gz": gzip.open, ".xz": lzma.open}


def read_lines(path):
    with OPENERS.get(path.suffix, open)(path, "rb") as file:
        return file.read().splitlines()


def check(lines):
    """Returns rows, backends and distinct pages; raises ValueError on what a loader would refuse."""
    if not lines or lines[0] != HEADER:
        raise ValueError(f"line 1: not the header {HEADER.decode()}")
    backends = set()
    pages = set()
    for number, line in enumerate(lines[1:], start=2):
        fields = line.split(b",")
        if len(fields) != 4 or not all(field.isdigit() for field in fields):
            raise ValueError(f"line {number}: not four numbers")
        backends.add(int(fields[0]))
        pages.add(tuple(fields[1:]))
    if not backends:
        raise ValueError("no rows")
    if backends != set(range(len(backends))):
        raise ValueError("backends are not numbered from 0 without gaps")
    return len(lines) - 1, len(backends), len(pages)


def main():
    parser = argparse.ArgumentParser(description="Packs a buffer-access trace (CSV) with xz.")
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("target", type=pathlib.Path)
    options = parser.parse_args()
    try:
        lines = read_lines(options.source)
        rows, backends, pages = check(lines)
        packed = lzma.compress(b"\n".join(lines) + b"\n", preset=9 | lzma.PRESET_EXTREME)
        options.target.write_bytes(packed)
    except (OSError, EOFError, lzma.LZMAError, ValueError) as error:
        sys.exit(f"pack.py: {options.source}: {error}")
    print(f"{options.target}: {rows} rows, {backends} backends, {pages} distinct pages, "
          f"{len(packed)} bytes")


if __name__ == "__main__":
    main()
