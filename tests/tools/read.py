# SPDX-License-Identifier: GPL-2.0-or-later
"""read.py csv|lines FILE: the file as Python's own csv or json reads it, JSON without NaN and Infinity."""
import csv
import json
import sys


def refuse(word):
    sys.exit('%s is no JSON' % word)


kind, name = sys.argv[1:]
if kind == 'lines':
    for line in open(name, encoding='utf-8'):
        assert isinstance(json.loads(line, parse_constant=refuse), dict), line
else:
    rows = list(csv.reader(open(name, encoding='utf-8', newline=''), strict=True))
    assert len(rows) > 1 and rows[0][0] == 'time', rows[:1]
    for row in rows:
        assert len(row) == len(rows[0]), (len(row), len(rows[0]))
    for row in rows[1:]:
        for cell in row:
            assert cell == '' or abs(float(cell)) < float('inf'), cell
    for cell in rows[0]:
        assert cell[:1] not in ('=', '+', '-', '@'), cell
