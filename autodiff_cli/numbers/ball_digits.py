"""What a ball decides: the float64 nearest to the truth, and the truth's decimal digits.

Exponents may be astronomical, so numbers are never written out before their size is known.
"""

import math

from flint import arb, ctx, fmpz

from autodiff_cli.numbers.ball_arithmetic import ZERO
from autodiff_cli.numbers.ball_pieces import nearest

_MORE_BITS = 64

# As for Python's floats: plain from 0.0001 up to this many digits before the point.
_PLAIN = range(-4, 17)


def nearest_float(ball: arb) -> float | None:
    """The float64 nearest to the truth, ties to even, or None if the ball does not decide it.

    What is beyond the largest float is infinite, and what is nearer to 0 than to any other 0.0.
    """
    if ball.is_nan():
        return None
    with ctx.workprec(max(ctx.prec, ball.bits()) + _MORE_BITS):
        low, high = _rounded(ball.lower()), _rounded(ball.upper())
    return low + 0.0 if low == high else None


def _rounded(x: arb) -> float:
    """The float64 nearest to an exact number."""
    if not x.is_finite():
        return math.inf if x > 0 else -math.inf
    mantissa, exponent = x.man_exp()
    whole = int(mantissa)
    infinity = math.inf if whole > 0 else -math.inf
    magnitude = whole.bit_length() + exponent
    if magnitude < -1076:
        return 0.0
    if magnitude > 1025:
        return infinity
    shift = int(exponent)
    try:
        return float(whole << shift) if shift >= 0 else whole / (1 << -shift)
    except OverflowError:
        return infinity


def decimal_digits(ball: arb, digits: int) -> str | None:
    """`digits` significant digits of the truth, rounded to nearest (a tie to the even digit).

    None if the ball does not decide them, or does not tell the truth from 0. Exactly 0 is "0".
    """
    if ball.is_zero():
        return "0"
    if not ball.is_finite() or ball.contains(ZERO):
        return None
    with ctx.workprec(_bits_of_exponent(ball) + _MORE_BITS):
        # The logarithm's lower end: at most one too small.
        power = int((abs(ball).lower().log() / arb.const_log10()).lower().floor().unique_fmpz() or 0)
    with ctx.workprec(max(ctx.prec, ball.bits(), 4 * digits) + _bits_of_exponent(ball) + _MORE_BITS):
        size = abs(ball)
        whole = _scaled(size, digits - 1 - power)
        if whole is not None and whole >= fmpz(10) ** digits:
            power += 1
            whole = _scaled(size, digits - 1 - power)
    if whole is None:
        return None
    return ("-" if ball < 0 else "") + _notation(str(whole), power)


def _bits_of_exponent(ball: arb) -> int:
    return int(ball.mid().man_exp()[1]).bit_length()


def _scaled(size: arb, power: int) -> fmpz | None:
    """size*10^power, rounded to a whole number, if that is decided."""
    ten = arb(10) ** arb(abs(power))
    whole = nearest(size * ten if power >= 0 else size / ten)
    return whole.unique_fmpz() if whole.is_exact() else None


def _notation(digits: str, power: int) -> str:
    """Digits with the point after the first, times 10 to the `power`."""
    if power not in _PLAIN or power >= len(digits):
        fraction = f".{digits[1:]}" if digits[1:] else ""
        # Python refuses to write out a number of thousands of digits; Arb's numbers do.
        sign = "-" if power < 0 else "+"
        return f"{digits[0]}{fraction}e{sign}{str(fmpz(abs(power))).zfill(2)}"
    if power < 0:
        return "0." + "0" * (-power - 1) + digits
    fraction = digits[power + 1 :]
    return digits[: power + 1] + (f".{fraction}" if fraction else "")
