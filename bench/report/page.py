"""The report as a page."""

import base64
import datetime
import pathlib

import jinja2

import machine
import pictures
import postgresql
import postgresql_pictures
import results
import scenarios


def _section(name, rows, all_results):
    parameters = list(dict.fromkeys(key for row in rows for key, _ in row.case.parameters))
    return {"scenario": scenarios.describe(name), "rows": rows, "parameters": parameters,
            "has_remarks": any(row.remark for row in rows),
            "has_hit_ratio": any(row.hit_ratio is not None for row in rows),
            "pictures": pictures.pictures_of(all_results, name)}


def _postgresql_section(measurement):
    return {"rows": measurement.rows, "facts": measurement.facts(),
            "pictures": postgresql_pictures.pictures_of(measurement.rows)}


def write(folder, inputs, rows):
    contexts = inputs.scenarios.contexts
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(pathlib.Path(__file__).parent), autoescape=True,
        trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    environment.filters["base64"] = lambda text: base64.b64encode(text.encode()).decode()
    environment.filters["count_of"] = postgresql.count
    page = environment.get_template("page.html.j2").render(
        sections=[_section(name, of_scenario, inputs.scenarios)
                  for name, of_scenario in rows.items()],
        postgresql=_postgresql_section(inputs.postgresql) if inputs.postgresql else None,
        base=results.BASE, machine=machine.describe(contexts),
        commands=machine.commands(contexts),
        date=datetime.datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z"))
    (folder / "index.html").write_text(page, encoding="utf-8")
