#!/usr/bin/env python3
"""Prints decimal_cases.inc: operations on decimals with the answers of Python's decimal module, so
many of all sorts and as many at the edges of a limb.

Usage: decimal_cases.py [COUNT [SEED]] > decimal_cases.inc
"""
import random
import sys
from decimal import (Context, Decimal, ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_DOWN,
                     ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, setcontext)

DIGITS = 76
SCALE = 76
ROUNDINGS = {
    "half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "half_down": ROUND_HALF_DOWN,
    "up": ROUND_UP, "down": ROUND_DOWN, "ceiling": ROUND_CEILING, "floor": ROUND_FLOOR,
}
WIDE = Context(prec=700, Emax=99999, Emin=-99999)
FREE = Context(prec=38, rounding=ROUND_HALF_EVEN, Emax=99999, Emin=-99999)


class Refused(Exception):
    """The answer does not fit, or there is none."""


def scale_of(value):
    return -value.as_tuple().exponent


def coefficient_of(value):
    return int("".join(map(str, value.as_tuple().digits)))


def fit(value):
    """Plain notation; -0 is 0."""
    if scale_of(value) < 0:
        value = value.quantize(Decimal(1), context=WIDE)
    if scale_of(value) > SCALE or coefficient_of(value) >= 10 ** DIGITS:
        raise Refused("range")
    return format(value if value != 0 else value.copy_abs(), "f")


def round_to(value, scale, rounding):
    return value.quantize(Decimal(1).scaleb(-scale), rounding=ROUNDINGS[rounding], context=WIDE)


def divide_to(a, b, scale, rounding):
    """Rounds the exact quotient once, by whole numbers."""
    n, d = a.as_integer_ratio(), b.as_integer_ratio()
    top, bottom = n[0] * d[1] * 10 ** scale, n[1] * d[0]
    if bottom < 0:
        top, bottom = -top, -bottom
    whole, rest = divmod(abs(top), bottom)
    # A witness behind the point is enough for Python to round by: half, less or more.
    witness = 0 if rest == 0 else 5 if 2 * rest == bottom else 3 if 2 * rest < bottom else 7
    value = Decimal(whole).scaleb(0) + Decimal(witness) / 10
    value = value if top >= 0 else -value
    return round_to(value, 0, rounding).scaleb(-scale, context=WIDE)


def divide_free(a, b):
    lowest = max(scale_of(a), scale_of(b))
    quotient = FREE.divide(a, b)
    if quotient == 0:
        return Decimal(0).scaleb(-lowest)
    # 38 digits in full, then zeros go while the scale is above the lowest.
    scale = 37 - quotient.adjusted()
    quotient = quotient.quantize(Decimal(1).scaleb(-scale), context=WIDE)
    while scale > lowest and coefficient_of(quotient) % 10 == 0:
        scale -= 1
        quotient = quotient.quantize(Decimal(1).scaleb(-scale), context=WIDE)
    return quotient


def answer(op, a, b, scale, rounding):
    a, b = Decimal(a), Decimal(b)
    if op in "/%" and b == 0:
        raise Refused("zero")
    if op == "+":
        return fit(a + b)
    if op == "-":
        return fit(a - b)
    if op == "*":
        return fit(a * b)
    if op == "/":
        return fit(divide_free(a, b) if scale < 0 else divide_to(a, b, scale, rounding))
    if op == "%":
        rest = WIDE.remainder(a, b)
        if rest != 0 and (rest < 0) != (b < 0):
            rest += b
        return fit(rest.quantize(Decimal(1).scaleb(-max(scale_of(a), scale_of(b))), context=WIDE))
    return fit(round_to(a, scale, rounding))


def number(rng):
    """Amounts mostly; sometimes short ones that make ties, long ones, and those at the borders."""
    kind = rng.randrange(10)
    if kind < 4:
        digits, scale = rng.randint(1, 9), rng.choice([0, 2, 2, 2, 4])
    elif kind < 6:
        digits, scale = rng.randint(1, 3), rng.randint(0, 3)
    elif kind < 8:
        digits, scale = rng.randint(1, 38), rng.randint(0, 38)
    else:
        digits, scale = rng.randint(60, 76), rng.randint(0, 76)
    value = rng.choice([10 ** digits - 1, 10 ** (digits - 1), 5, 0]) if rng.random() < 0.15 else \
        rng.randrange(10 ** digits)
    sign = "-" if value and rng.random() < 0.4 else ""
    text = str(value).rjust(scale + 1, "0")
    return sign + (text[:-scale] + "." + text[-scale:] if scale else text)


def edge(rng):
    """Coefficients where those of one limb end, or a step between does."""
    base = rng.choice([2 ** 64, 2 ** 64, 2 ** 63, 2 ** 32, 10 ** 19, 10 ** 18, 10 ** 10, 10 ** 9,
                       1])
    value = max(0, base // rng.choice([1, 1, 1, 2, 5, 10]) + rng.randint(-3, 3))
    scale = rng.choice([0, 0, 1, 2, 9, 18, 19, 20, 21, 38, 39, 76])
    text = str(value).rjust(scale + 1, "0")
    sign = "-" if value and rng.random() < 0.5 else ""
    return sign + (text[:-scale] + "." + text[-scale:] if scale else text)


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 2026)
    setcontext(WIDE)
    print("/* decimal_cases.inc - made by decimal_cases.py beside it; not edited by hand. */")
    print("static const struct decimal_case decimal_cases[] = {")
    for i in range(2 * count):
        op = rng.choice("+-*//%rr")
        take = number if i < count else edge
        a, b = take(rng), take(rng)
        scale = rng.choice([0, 0, 1, 2, 2, 2, 3, 4, 6, 10, 38, 76])
        rounding = rng.choice(list(ROUNDINGS))
        if op == "/" and rng.random() < 0.5:
            scale = -1
        try:
            result = '"' + answer(op, a, b, scale, rounding) + '"'
        except Refused as refused:
            result = "OUT_OF_RANGE" if str(refused) == "range" else "BY_ZERO"
        line = f"    {{ '{op}', {scale}, \"{rounding}\","
        for text in ['"' + a + '"', '"' + b + '"', result + " }"]:
            if len(line) + len(text) > 98:
                print(line)
                line = "     "
            line += " " + text + ","
        print(line)
    print("};")


if __name__ == "__main__":
    main()
