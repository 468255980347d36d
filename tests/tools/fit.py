# SPDX-License-Identifier: GPL-2.0-or-later
"""fit.py FILE: nothing in it that a terminal may not be given, and no line that a text of make-recording's began."""
import re
import sys

UNFIT = '[^\n\x20-\x7e\xa0-\U0010fffd]|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]'

text = open(sys.argv[1], 'rb').read().decode('utf-8').replace('\r\n', '\n')
bad = re.search(UNFIT, text)
if bad:
    sys.exit('%r at %d: %r' % (bad[0], bad.start(), text[max(0, bad.start() - 60):bad.end() + 20]))
if re.search('^forged', text, re.M):
    sys.exit('a line that the recording made')
