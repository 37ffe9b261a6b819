#!/usr/bin/env python3
"""Compares decimals and the spreading of money with a second implementation, Python's.

Usage: exact_python.py PROGRAM [COUNT [SEED]]

PROGRAM is exact_pipe, built from the file beside this one. COUNT random questions, 40,000 by
default, are asked of it, of every operation, rounding and width up to 76 digits; answers must be
the same to the last digit and to the zeros behind it, and what Python cannot hold either must be
refused. Prints "N passed, N failed".
"""
import random
import subprocess
import sys
from decimal import Decimal, setcontext
from fractions import Fraction

sys.dont_write_bytecode = True
from decimal_cases import ROUNDINGS, WIDE, Refused, answer, number

CURRENCIES = {"USD": 2, "JPY": 0, "BHD": 3, "EUR": 2}


def spread(minor, weights):
    """Shares cut toward zero; what is left goes to the largest rests, of equal ones the first."""
    total = sum(weights)
    exact = [Fraction(abs(minor)) * weight / total for weight in weights]
    parts = [int(share) for share in exact]
    rests = sorted(range(len(weights)), key=lambda i: (parts[i] - exact[i], i))
    for i in rests[:abs(minor) - sum(parts)]:
        parts[i] += 1
    return [-part if minor < 0 else part for part in parts]


def money_text(minor, digits):
    text = str(abs(minor)).rjust(digits + 1, "0")
    sign = "-" if minor < 0 else ""
    return sign + (text[:-digits] + "." + text[-digits:] if digits else text)


def money_case(rng):
    currency = rng.choice(list(CURRENCIES))
    digits = CURRENCIES[currency]
    minor = rng.randrange(10 ** rng.randint(1, 30)) * rng.choice([1, 1, -1])
    weights = [Decimal(rng.randrange(10 ** rng.randint(1, 8))).scaleb(-rng.randint(0, 4))
               for _ in range(rng.randint(1, 20))]
    if not any(weights):
        weights[0] = Decimal(1)
    parts = spread(minor, [Fraction(weight) for weight in weights])
    assert sum(parts) == minor
    question = " ".join(["a", currency, money_text(minor, digits),
                         ",".join(format(weight, "f") for weight in weights)])
    return question, ",".join(money_text(part, digits) for part in parts)


def decimal_case(rng):
    op = rng.choice("+-*//%rrc")
    a, b = number(rng), number(rng)
    if op == "c" and rng.random() < 0.3:
        b = a + ("0" if "." in a else ".0") if len(a) < 60 else a
    scale = -1 if op == "/" and rng.random() < 0.3 else rng.randint(0, 76)
    rounding = rng.choice(list(ROUNDINGS))
    if op == "c":
        wanted = str(int(WIDE.compare(Decimal(a), Decimal(b))))
    else:
        try:
            wanted = answer(op, a, b, scale, rounding)
        except Refused as refused:
            wanted = "!number out of range" if str(refused) == "range" else "!division by zero"
    return f"{op} {scale} {rounding} {a} {b}", wanted


def main():
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 40000
    rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 20261121)
    setcontext(WIDE)
    cases = [money_case(rng) if i % 8 == 0 else decimal_case(rng) for i in range(count)]
    done = subprocess.run([sys.argv[1], "--pipe"], text=True, capture_output=True, check=False,
                          input="".join(question + "\n" for question, _ in cases))
    said = done.stdout.splitlines()
    failed = 0
    for (question, wanted), got in zip(cases, said):
        if got == wanted or (wanted.startswith("!") and got.startswith(wanted)):
            continue
        failed += 1
        if failed <= 10:
            print(f"{question}\n  wanted {wanted}\n  got    {got}")
    if done.returncode != 0 or len(said) != count:
        print(f"{sys.argv[1]}: status {done.returncode}, {len(said)} of {count} answers\n"
              f"{done.stderr[-2000:]}")
        failed += 1
    print(f"{count - failed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
