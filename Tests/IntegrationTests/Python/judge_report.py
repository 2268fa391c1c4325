"""Judges the files of a report with other people's readers of their formats.

  judge_report.py SCHEMA FOLDER [FORMAT ...]

Prints one line for each thing that is wrong; the exit status is 1 if there is any.
"""
import csv
import json
import math
import os
import re
import sys
from xml.etree import ElementTree

from hdrh.histogram import HdrHistogram
from hdrh.iterators import PercentileIterator
from jsonschema import Draft202012Validator
from xmlschema import XMLSchema10
from prometheus_client.parser import text_string_to_metric_families

HIGHEST = 300_000_000_000
problems = []


def increment_iteration_level(self):
    """As PercentileIterator.java has it: the port forgets to round the halvings down, so that its levels are no even ticks."""
    if self.percentile_to_iterate_to >= 100:
        return
    halvings = int(math.log(100 / (100 - self.percentile_to_iterate_to)) / math.log(2)) + 1
    self.percentile_to_iterate_from = self.percentile_to_iterate_to
    self.percentile_to_iterate_to += 100 / (self.percentile_ticks_per_half_distance * 2**halvings)


PercentileIterator.increment_iteration_level = increment_iteration_level


def expect(condition, message):
    if not condition:
        problems.append(message)


def near(one, other, tolerance=0.0011):
    """Equal within the histogram's precision, three digits; and within the last of six decimals."""
    return math.isclose(one, other, rel_tol=tolerance, abs_tol=2e-6)


def judge_schema(schema, report):
    Draft202012Validator.check_schema(schema)
    for error in Draft202012Validator(schema).iter_errors(report):
        problems.append("schema: %s: %s" % ("/".join(map(str, error.absolute_path)), error.message[:200]))


def summaries(value, path=""):
    """Every latency summary of a report with its place."""
    if isinstance(value, dict):
        if "histogram" in value:
            yield path, value
        for key, part in value.items():
            yield from summaries(part, path + "/" + key)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from summaries(part, "%s/%d" % (path, index))


def judge_histograms(report):
    for path, summary in summaries(report):
        histogram = HdrHistogram.decode(summary["histogram"])
        for name, percentile in [("p50", 50), ("p90", 90), ("p95", 95), ("p99", 99), ("p999", 99.9), ("p9999", 99.99), ("max", 100)]:
            if name not in summary:
                # Reports of earlier versions.
                continue
            # By its rank, rounded up: the port rounds it to the nearest, other than HdrHistogram itself.
            total = histogram.get_total_count()
            rank = max(1, math.ceil(round(percentile * total / 100, 9)))
            value = histogram.get_value_at_percentile(100 * rank / total) / 1e6
            expect(near(value, summary[name]), "%s: %s is %r, HdrHistogram says %r" % (path, name, summary[name], value))
        expect(near(histogram.get_mean_value() / 1e6, summary["mean"]), path + ": the mean differs")
        if path.endswith("latency") or path.endswith("serviceTime") or path.endswith("firstByte"):
            owner = report
            for key in path.split("/")[1:-1]:
                owner = owner[int(key) if key.isdigit() else key]
            count = owner["requests"]["succeeded"] if isinstance(owner.get("requests"), dict) else owner["succeeded"]
            expect(histogram.get_total_count() == count, "%s: %d values, not %d" % (path, histogram.get_total_count(), count))


def judge_series(report):
    """That the intervals of a series make up the whole."""
    traffic = report.get("traffic") or {}
    series = traffic.get("series")
    if series is None:
        return
    interval = traffic["seriesIntervalSeconds"]
    expect([point["second"] for point in series] == [place * interval for place in range(len(series))], "series: a gap")
    for name, whole in [("requests", "completed"), ("failed", "failed")]:
        total = sum(point[name] for point in series)
        expect(total == traffic["requests"][whole], "series: %d %s, not %d" % (total, name, traffic["requests"][whole]))
    slowest = max((point.get("max", 0) for point in series), default=0)
    expect(near(slowest, (traffic.get("latency") or {"max": 0})["max"]), "series: the slowest is %r" % slowest)
    for point in series:
        expect(point.get("p50", 0) <= point.get("p99", 0) <= point.get("max", 0), "series: percentiles of %r" % point)
        expect(sum(point.get("shares", {}).values()) <= point["requests"], "series: shares of %r" % point)
    if "phases" not in report:
        for backend in report.get("backends", []):
            answers = sum(point.get("shares", {}).get(backend["name"], 0) for point in series)
            expect(answers == backend["requests"], "series: %d of %s" % (answers, backend["name"]))


def shown(name):
    """A name as requests.csv has it: none that a spreadsheet takes for a formula."""
    return "'" + name if name[:1] in tuple("=+-@") else name


def judge_csv(folder, report):
    traffic = report["traffic"]
    with open(os.path.join(folder, "requests.csv"), newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, strict=True))
    expect(len(rows) == traffic["requests"]["completed"], "csv: %d rows, not %d" % (len(rows), traffic["requests"]["completed"]))
    good = [row for row in rows if not row["failure"]]
    expect(len(good) == traffic["requests"]["succeeded"], "csv: %d succeeded" % len(good))
    for column, name in [("latency_ms", "latency"), ("service_ms", "serviceTime")]:
        values = sorted(float(row[column]) for row in good)
        for figure, share in [("min", 0), ("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p999", 0.999), ("max", 1)]:
            if not values:
                continue
            value = values[max(0, math.ceil(round(share * len(values), 6)) - 1)]
            expect(near(value, traffic[name][figure]), "csv: %s of %s is %r, not %r" % (figure, column, value, traffic[name][figure]))

    def counts(column, rows):
        result = {}
        for row in rows:
            if row[column]:
                result[row[column]] = result.get(row[column], 0) + 1
        return result

    expect(counts("failure", rows) == traffic["failures"], "csv: failures by kind differ")
    expect(counts("status", rows) == traffic["statuses"], "csv: statuses differ")
    expect(counts("backend", good) == {shown(b["name"]): b["succeeded"] for b in report.get("backends", []) if b["succeeded"]}, "csv: backends differ")
    for flag in ["retried", "upstream_retried"]:
        expect(all(row[flag] in ("true", "false") for row in rows), "csv: %s is no truth" % flag)
    upstream = sum(row["upstream_retried"] == "true" for row in rows)
    expect(upstream == traffic["requests"].get("upstreamRetried", 0), "csv: upstream_retried differs")
    for row in rows:
        due, sent, done = (float(row[name + "_seconds"]) for name in ("due", "sent", "done"))
        expect(0 <= due <= sent <= done, "csv: times out of order: %r" % row)
        expect(math.isclose((done - due) * 1000, float(row["latency_ms"]), abs_tol=2e-3), "csv: latency differs: %r" % row)


def percentile_lines(lines):
    return [[float(part) for part in line.split()] for line in lines if line.strip() and line.lstrip()[0].isdigit()]


def judge_hgrm(folder, report):
    for name, file in [("latency", "latency.hgrm"), ("serviceTime", "service-time.hgrm")]:
        with open(os.path.join(folder, file), encoding="utf-8") as opened:
            text = opened.read()
        summary = report["traffic"].get(name)
        histogram = HdrHistogram.decode(summary["histogram"]) if summary else HdrHistogram(1, HIGHEST, 3)
        theirs = os.path.join(folder, "." + file + ".expected")
        with open(theirs, "wb") as out:
            histogram.output_percentile_distribution(out, 1e6, 5)
        with open(theirs, encoding="utf-8") as opened:
            expected = opened.read()
        os.remove(theirs)
        ours, other = percentile_lines(text.splitlines()), percentile_lines(expected.splitlines())
        expect(len(ours) == len(other), "hgrm: %s has %d lines, HdrHistogram %d" % (file, len(ours), len(other)))
        for one, two in zip(ours, other):
            expect(
                all(math.isclose(a, b, rel_tol=1e-9, abs_tol=0.0051 if i == 3 else 0.00051) for i, (a, b) in enumerate(zip(one[:4], two[:4]))),
                "hgrm: %s: %r, HdrHistogram says %r" % (file, one, two))
        foot = re.search(
            r"^#\[Mean    = +([0-9.]+), StdDeviation   = +([0-9.]+)\]\n#\[Max     = +([0-9.]+), Total count    = +([0-9]+)\]\n"
            r"#\[Buckets = +([0-9]+), SubBuckets     = +([0-9]+)\]\n\Z", text, re.MULTILINE)
        if not foot:
            problems.append("hgrm: the foot of %s is none" % file)
            continue
        figures = [histogram.get_mean_value() / 1e6, histogram.get_stddev() / 1e6, histogram.get_max_value() / 1e6] if summary else [0, 0, 0]
        figures += [histogram.get_total_count(), histogram.bucket_count, histogram.sub_bucket_count]
        for one, two in zip(map(float, foot.groups()), figures):
            expect(math.isclose(one, two, abs_tol=0.00051), "hgrm: the foot of %s says %r, HdrHistogram %r" % (file, one, two))


def judge_junit(folder, report):
    path = os.path.join(folder, "junit.xml")
    for error in XMLSchema10(os.path.join(sys.prefix, "junit-10.xsd")).iter_errors(path):
        problems.append("junit: %s" % str(error)[:300])
    suites = ElementTree.parse(path).getroot()
    cases = suites.findall("testsuite/testcase")
    expect(len(cases) == len(report["assertions"]), "junit: %d cases" % len(cases))
    for verdict, name in [("fail", "failure"), ("inconclusive", "error")]:
        count = sum(assertion["verdict"] == verdict for assertion in report["assertions"])
        expect(sum(case.find(name) is not None for case in cases) == count, "junit: %s is not %d times there" % (name, count))
        total = sum(int(suite.get(name + "s")) for suite in suites)
        expect(total == count, "junit: %ss are counted as %d" % (name, total))


def judge_prometheus(folder, report):
    with open(os.path.join(folder, "metrics.prom"), encoding="utf-8", newline="") as opened:
        text = opened.read()
    expect(text.endswith("\n"), "prometheus: no line feed at the end")
    families = {family.name: family for family in text_string_to_metric_families(text)}
    series = set()
    values = {}
    for family in families.values():
        expect(family.documentation and family.type in ("gauge", "summary"), "prometheus: %s has no help or type" % family.name)
        expect(family.samples, "prometheus: %s is empty" % family.name)
        # What promtool's linter says of gauges.
        expect(not family.name.endswith(("_total", "_count", "_sum")), "prometheus: %s is named like a counter" % family.name)
        for sample in family.samples:
            labels = dict(sample.labels)
            expect(labels.pop("check", None) == report["check"], "prometheus: %s names no check" % sample.name)
            expect(labels.pop("target", None) == report["target"]["url"], "prometheus: %s names no target" % sample.name)
            key = (sample.name, tuple(sorted(labels.items())))
            expect(key not in series, "prometheus: %r comes twice" % (key,))
            series.add(key)
            values[key] = sample.value

    def value(name, **labels):
        return values.get((name, tuple(sorted(labels.items()))))

    traffic = report["traffic"]
    for outcome in ["succeeded", "failed", "unsent"]:
        expect(value("lbcheck_requests", outcome=outcome) == traffic["requests"][outcome], "prometheus: requests %s" % outcome)
    for kind, count in traffic["failures"].items():
        expect(value("lbcheck_failures", kind=kind) == count, "prometheus: failures %s" % kind)
    for status, count in traffic["statuses"].items():
        expect(value("lbcheck_responses", status=status) == count, "prometheus: responses %s" % status)
    for backend in report.get("backends", []):
        expect(value("lbcheck_backend_requests", backend=backend["name"]) == backend["requests"], "prometheus: backend %s" % backend["name"])
    for name, metric in [("latency", "lbcheck_latency_seconds"), ("serviceTime", "lbcheck_service_time_seconds")]:
        if name not in traffic:
            continue
        summary = traffic[name]
        for quantile, figure in [("0.5", "p50"), ("0.9", "p90"), ("0.99", "p99"), ("0.999", "p999"), ("1", "max")]:
            found = value(metric, quantile=quantile)
            expect(found is not None and math.isclose(found * 1000, summary[figure], abs_tol=1e-5), "prometheus: %s %s" % (metric, quantile))
        count = traffic["requests"]["succeeded"]
        expect(value(metric + "_count") == count, "prometheus: %s_count" % metric)
        expect(math.isclose(value(metric + "_sum") * 1000, summary["mean"] * count, rel_tol=1e-6), "prometheus: %s_sum" % metric)
    for verdict in ["pass", "fail", "inconclusive"]:
        expect(value("lbcheck_check_verdict", verdict=verdict) == (report["verdict"] == verdict), "prometheus: verdict")
    stamp = value("lbcheck_report_timestamp_seconds")
    expect(stamp is not None and abs(stamp - os.path.getmtime(os.path.join(folder, "metrics.prom"))) < 60, "prometheus: timestamp")


def main():
    schema_path, folder, formats = sys.argv[1], sys.argv[2], sys.argv[3:]
    with open(schema_path, encoding="utf-8") as file:
        schema = json.load(file)
    with open(os.path.join(folder, "report.json"), encoding="utf-8") as file:
        report = json.load(file)
    judge_schema(schema, report)
    # What does not fit the schema cannot be read any further.
    if not problems:
        judge_histograms(report)
        judge_series(report)
        judges = {"csv": judge_csv, "hgrm": judge_hgrm, "prometheus": judge_prometheus, "junit": judge_junit}
        for name in formats:
            judges[name](folder, report)
    for problem in problems[:20]:
        print(problem)
    if len(problems) > 20:
        print("… and %d more" % (len(problems) - 20))
    return 1 if problems else 0


sys.exit(main())
