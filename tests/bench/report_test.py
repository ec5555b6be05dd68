#!/usr/bin/env python3
"""The report over files of both kinds, and over files that are neither."""

import html.parser
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

REPORT = pathlib.Path(__file__).resolve().parents[2] / "bench" / "report"
SKIPPED = 77  # as CTest is told

try:
    import jinja2, matplotlib, numpy  # noqa: E401, F401
except ImportError as error:
    print(f"skipped: {error}; scripts/install-packages report")
    sys.exit(SKIPPED)


def rates(values):
    ordered = sorted(values)
    return {"median": ordered[len(ordered) // 2], "min": ordered[0], "max": ordered[-1],
            "runs": values}


def server(runs, calls):
    return {"tps": rates(runs), "context_switches": 2.5, "system_calls": calls}


def calls(semaphores, locks):
    return {"all": 40.5, "semaphore_wake": semaphores, "semaphore_wait": semaphores,
            "lock_wait": locks, "lock_wake": locks}


def of_postgresql(**changed):
    def result(workload, ratios, stock_calls, replaced_calls):
        return {"workload": workload, "seconds": 12, "rounds": 3, "slice": 0.25,
                "date": "2026-11-22 16:30", "stock": server([1000.0] * 3, stock_calls),
                "replaced": server([1000 * each for each in ratios], replaced_calls),
                "ratio": rates(ratios)}
    return {"schema": "lwlock-postgresql-bench/1", "postgresql": "15.18-made-up", "scale": 7,
            "machine": {"processor": "Some <processor>", "cpus": 2, "kernel": "6.1",
                        "date": "2026-11-22"},
            "settings": {"fsync": "off", "shared_buffers": "'96MB'"},
            "results": [result("tpcb-64", [0.81, 0.82, 0.83], calls(1.25, 0), calls(0.125, 1.5)),
                        result("storm-120", [0.97, 1.234, 1.3], None, None)], **changed}


def of_google_benchmark():
    return {"context": {"date": "2026-11-22", "executable": "contended"},
            "benchmarks": [{"name": f"contended/{name}/backends:2", "run_type": "iteration",
                            "real_time": 5.0, "time_unit": "ns", "acquisitions_per_second": rate}
                           for name in ("futex", "posix_sem") for rate in (1e6, 1.1e6)]}


class Page(html.parser.HTMLParser):
    """Headings, pictures and the cells of tables by row."""

    def __init__(self, text):
        super().__init__()
        self.headings, self.pictures, self.rows = [], [], []
        self.tag = ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tag = tag
        if tag == "img":
            self.pictures.append(dict(attributes)["alt"])
        elif tag == "tr":
            self.rows.append([])
        elif tag == "td":
            self.rows[-1].append("")
        elif tag == "h2":
            self.headings.append("")

    def handle_endtag(self, tag):
        self.tag = ""

    def handle_data(self, data):
        if self.tag == "td":
            self.rows[-1][-1] += data
        elif self.tag == "h2":
            self.headings[-1] += data

    def row(self, workload):
        return next(row for row in self.rows if row and row[0] == workload)


class ReportTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def report(self, *contents):
        files = []
        for content in contents:
            files.append(self.folder / f"{len(files)}.json")
            files[-1].write_text(content if isinstance(content, str) else json.dumps(content))
        return subprocess.run([sys.executable, REPORT, "--output", self.folder / "made", *files],
                              text=True, capture_output=True)

    def made(self, *contents):
        """The table, the page and the JSON."""
        done = self.report(*contents)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        text = (self.folder / "made" / "index.html").read_text()
        return (done.stdout, text, json.loads((self.folder / "made" / "results.json").read_text()))

    def assert_refused(self, content, *words):
        done = self.report(of_google_benchmark(), content)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        for word in ("report: ", "1.json", *words):
            self.assertIn(word, done.stderr)
        self.assertFalse((self.folder / "made").exists())

    def test_postgresql_stands_beside_the_scenarios(self):
        table, text, document = self.made(of_google_benchmark(), of_postgresql())
        self.assertEqual(document["postgresql"], of_postgresql())
        self.assertEqual(list(document["scenarios"]), ["contended"])
        page = Page(text)
        self.assertEqual(page.headings, ["Contended locks", "PostgreSQL", "The machine",
                                         "The commands"])
        self.assertIn("Transactions a second, replaced against stock", page.pictures)
        self.assertIn("System calls and context switches a transaction", page.pictures)
        self.assertEqual(page.row("tpcb-64"),
                         ["tpcb-64", "1,000.0", "820.0", "0.820", "0.810 to 0.830", "2.50", "0.25",
                          "3.00", "40.5", "40.5", "2.50", "2.50", "3 × 12 s", "2026-11-22"])
        # A difference is only what the whole range shows.
        self.assertIn('class="number worse">0.820<', text)
        self.assertIn('class="number ">1.234<', text)
        for fact in ("15.18-made-up", "Some &lt;processor&gt;",
                     "fsync = off, shared_buffers = 96MB"):
            self.assertIn(fact, text)
        self.assertRegex(table, r"tpcb-64 +1000\.0 +820\.0 +0\.820 \(0\.810-0\.830\) +2\.50 +3\.00")

    def test_postgresql_alone_without_counted_calls(self):
        storm = of_postgresql()["results"][1:]
        table, text, document = self.made(of_postgresql(results=storm))
        page = Page(text)
        self.assertEqual(page.headings, ["PostgreSQL"])
        self.assertEqual(page.row("storm-120")[5:10], ["-"] * 5)
        self.assertRegex(table, r"storm-120 .* - +- +- +2\.50/2\.50")
        self.assertEqual(document["scenarios"], {})

    def test_without_postgresql_nothing_speaks_of_it(self):
        _, text, document = self.made(of_google_benchmark())
        self.assertNotIn("PostgreSQL", Page(text).headings)
        self.assertNotIn("postgresql", document)

    def test_what_is_no_result_gets_one_line(self):
        self.assert_refused("no JSON", "no results")
        self.assert_refused("[1]", "neither")
        self.assert_refused({"something": "else"}, "neither")
        self.assert_refused({"context": {}, "benchmarks": [{}]}, "Google Benchmark")
        self.assert_refused(of_postgresql(schema="lwlock-postgresql-bench/9"), "bench/9")
        self.assert_refused(of_postgresql(results=[]), "no workload")
        self.assert_refused(of_postgresql(results=[{"workload": "tpcb-64"}]), "PostgreSQL")
        self.assert_refused(of_postgresql(machine=None), "PostgreSQL")

    def test_two_files_of_postgresql_are_one_too_many(self):
        done = self.report(of_postgresql(), of_postgresql())
        self.assertEqual(done.returncode, 1)
        self.assertIn("one file of PostgreSQL", done.stderr)


if __name__ == "__main__":
    unittest.main()
