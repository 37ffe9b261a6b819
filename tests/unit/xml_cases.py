#!/usr/bin/env python3
"""Prints xml_cases.inc: documents made at random, with the JSON that they are by the convention
"data", made from what Python's ElementTree reads.

Usage: xml_cases.py [COUNT [SEED]] > xml_cases.inc
"""
import json
import random
import sys
import xml.etree.ElementTree as ET

NAMES = ['a', 'b', 'c', 'Line', 'x-y', '_z', '\u00fc']
TEXTS = ['', 'x', ' ', 'a b', '<&>', '"\'', '\u20ac', '\U0001f600', ']]>', '\n', '\t 1 ']


def literal(text):
    """A text of C, in lines that are not too long."""
    lines = ['']
    for byte in text.encode():
        if len(lines[-1]) > 80:
            lines.append('')
        lines[-1] += (chr(byte) if 32 <= byte < 127 and chr(byte) not in '"\\?'
                      else '\\%03o' % byte)
    return '\n      '.join('"%s"' % line for line in lines)


def grow(dice, depth):
    element = ET.Element(dice.choice(NAMES))
    for name in dice.sample(NAMES, dice.choice([0, 0, 1, 2])):
        element.set(name, dice.choice(TEXTS))
    if depth > 0 and dice.random() < 0.6:
        for _ in range(dice.randint(1, 4)):
            element.append(grow(dice, depth - 1))
            element[-1].tail = dice.choice([None, '\n  '])
    else:
        element.text = dice.choice(TEXTS)
    return element


def data(element):
    """The convention, from ElementTree's view of the document."""
    text = element.text or ''
    members = {'@' + name: value for name, value in element.attrib.items()}
    for child in element:
        value = data(child)
        if child.tag not in members:
            members[child.tag] = value
        elif isinstance(members[child.tag], list):
            members[child.tag].append(value)
        else:
            members[child.tag] = [members[child.tag], value]
    if not members:
        return text
    if len(element) == 0 and text:
        members['#text'] = text
    return members


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    dice = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 20261121)
    print("/* Written by xml_cases.py. { document, JSON } */")
    for _ in range(count):
        text = ET.tostring(grow(dice, 3), encoding='unicode')
        root = ET.fromstring(text)
        print("    { %s,\n      %s }," % (literal(text), literal(
            json.dumps({root.tag: data(root)}, ensure_ascii=False))))


main()
