"""Judges parts of a check by their schema, with somebody else's reader of schemas and of histograms.

  judge_parts.py SCHEMAS PART ...

SCHEMAS is the folder that holds them. Prints one line for each thing that is wrong; the exit status is 1 if there is any.
"""
import json
import sys

from hdrh.histogram import HdrHistogram
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

problems = []


def read(path):
    with open(path) as file:
        return json.load(file)


def histograms(value):
    """Every distribution of a part."""
    if isinstance(value, dict):
        if "counts" in value and "sum" in value:
            yield value
        for part in value.values():
            yield from histograms(part)
    elif isinstance(value, list):
        for part in value:
            yield from histograms(part)


folder, *parts = sys.argv[1:]
schema = read(folder + "/part.schema.json")
registry = Registry().with_resource(
    "report.schema.json", DRAFT202012.create_resource(read(folder + "/report.schema.json")))
Draft202012Validator.check_schema(schema)
validator = Draft202012Validator(schema, registry=registry)
for path in parts:
    part = read(path)
    for error in validator.iter_errors(part):
        problems.append("%s: %s: %s" % (path, "/".join(map(str, error.absolute_path)), error.message[:200]))
    for stage in part["findings"]["stages"]:
        measured = stage["measured"]
        for histogram in histograms(measured):
            decoded = HdrHistogram.decode(histogram["counts"])
            if not decoded.get_min_value() <= histogram["min"] * 1.001:
                problems.append("%s: the least value is %d" % (path, decoded.get_min_value()))
        latency = measured["latency"]
        count = HdrHistogram.decode(latency["counts"]).get_total_count() if latency else 0
        if count != measured["counters"]["succeeded"]:
            problems.append("%s: %d latencies of %d successes" % (path, count, measured["counters"]["succeeded"]))
print("\n".join(problems), end="")
sys.exit(1 if problems else 0)
