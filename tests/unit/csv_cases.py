#!/usr/bin/env python3
"""Prints csv_cases.inc: texts written by Python's csv module with the rows that it wrote.

Usage: csv_cases.py [COUNT [SEED]] > csv_cases.inc
"""
import csv
import io
import random
import sys

LETTERS = ['a', 'b', '1', ',', ';', '\t', '"', '\n', '\r\n', ' ', '=', '|', '\u00fc', '\u20ac', '']
DELIMITERS = [',', ';', '\t', '|']


def literal(text):
    """A text of C, in lines that are not too long."""
    lines = ['']
    for byte in text.encode():
        if len(lines[-1]) > 80:
            lines.append('')
        lines[-1] += (chr(byte) if 32 <= byte < 127 and chr(byte) not in '"\\?'
                      else '\\%03o' % byte)
    return '\n      '.join('"%s"' % line for line in lines)


def shown(rows):
    """As row_show() of csv.c does it, without the lines."""
    return ' '.join(''.join('<%s>' % field for field in row) for row in rows)


def case(dice):
    width = dice.randint(1, 4)
    rows = [[''.join(dice.choice(LETTERS) for _ in range(dice.randint(0, 4)))
             for _ in range(width)] for _ in range(dice.randint(1, 3))]
    delimiter = dice.choice(DELIMITERS)
    quoting = dice.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
    end = dice.choice(['\n', '\r\n'])
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator=end).writerows(rows)
    again = list(csv.reader(io.StringIO(out.getvalue(), newline=''), delimiter=delimiter,
                            strict=True))
    assert again == rows, (again, rows)
    return "    { %s, %d, %d,\n      %s,\n      %s }," % (
        "'\\t'" if delimiter == '\t' else "'%s'" % delimiter, quoting == csv.QUOTE_ALL,
        end == '\r\n', literal(out.getvalue()), literal(shown(rows)))


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    dice = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 20261121)
    print("/* Written by csv_cases.py. { delimiter, all in quotes, CRLF, text, rows } */")
    for _ in range(count):
        print(case(dice))


main()
