"""Prints the YAML blocks of a page as JSON, in order: pipelines.py PAGE."""

import json
import re
import sys

import yaml

text = open(sys.argv[1], encoding="utf-8").read()
blocks = re.findall(r"^```yaml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
print(json.dumps([yaml.safe_load(block) for block in blocks]))
