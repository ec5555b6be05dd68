"""The parts of documents that scripts write, and the JSON that they are written from."""

import datetime
import json
import pathlib
import platform
import re
import subprocess


class Problem(Exception):
    """Something that the caller has to put right, in one line."""


def machine():
    """What a measurement was made on, in a few words."""
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    cpus = subprocess.run(["nproc"], capture_output=True, text=True).stdout.strip()
    return f"{cpus} CPUs{f' ({model[1]})' if model else ''}, Linux {platform.release()}"


def dated(result):
    """The result as a document has it: with the day, which is today, and the machine."""
    return f"{datetime.date.today()}, {machine()}:\n\n{result}\n"


def put(document, name, result):
    """Today's result between the marks NAME:begin and NAME:end."""
    document.write_text(between(document.read_text(), name, dated(result), document))


def between(text, name, content, document):
    """The text with other content between the marks NAME:begin and NAME:end."""
    pattern = re.compile(f"(<!-- {name}:begin -->\n).*?(<!-- {name}:end -->)", re.DOTALL)
    fresh, count = pattern.subn(lambda match: match[1] + content + match[2], text)
    if count != 1:
        raise Problem(f"{document} needs one pair of {name}:begin and {name}:end")
    return fresh


def load_json(path, otherwise):
    """What the file holds; `otherwise` says what is wrong when it holds no JSON."""
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise Problem(f"{otherwise} ({error!r})") from error
