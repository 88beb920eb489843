"""The truth about special functions: their values with the working precision of mpmath.

Where mpmath takes seconds for thousands of bits, for gamma, li, Fresnel's and Bessel functions,
by Arb's intervals, which are made as narrow as mpmath's precision.
"""

from collections.abc import Callable

from flint import acb, arb, ctx
from mpmath import mp, mpf

Reference = Callable[..., mpf]


def _magnitude(x: mpf) -> int:
    return abs(int(mp.mag(x))) if x else 0


def _by_arb(function: Callable[..., arb]) -> Reference:
    def reference(*arguments: mpf) -> mpf:
        bits = mp.prec + 40
        for _ in range(8):
            with ctx.workprec(bits):
                found = function(*(arb(x) for x in arguments))
                if found.is_finite() and found.rel_accuracy_bits() >= mp.prec:
                    break
            bits *= 2
        else:
            return mpf(0) if found.is_finite() and found.contains(0) else mp.nan
        return +mp.make_mpf(found.mid()._mpf_)

    return reference


def _lgamma(x: arb) -> arb:
    return x.lgamma() if x > 0 else abs(x.gamma()).log()


_li_by_arb = _by_arb(arb.li)


def _li(x: mpf) -> mpf:
    return _li_by_arb(x) if x > 0 and x != 1 else mp.li(x)


def _lbeta(a: arb, b: arb) -> arb:
    return a.lgamma() + b.lgamma() - (a + b).lgamma()


def _beta_derivative(m: arb, n: arb, a: arb, b: arb) -> arb:
    """For m + n up to 1, which is all that tests differentiate on."""
    assert m + n <= 1
    slope = (a if m == 1 else b).digamma() - (a + b).digamma()
    return _lbeta(a, b).exp() * (slope if m + n == 1 else arb(1))


def _polygamma(n: arb, x: arb) -> arb:
    return x.digamma() if n == 0 else acb(x).polygamma(acb(n)).real


def _polygamma_difference(n: arb, x: arb, d: arb) -> arb:
    return _polygamma(n, x + d) - _polygamma(n, x) if d != 0 else d


def _bessel(letter: str) -> Callable[[arb, arb], arb]:
    """On the negative axis by parity, for whole orders."""

    def reference(n: arb, x: arb) -> arb:
        function = getattr(arb, f"bessel_{letter}")
        if x < 0 and n.is_integer():
            odd = not (n / 2).is_integer()
            return -function(-x, n) if odd else function(-x, n)
        return function(x, n)

    return reference


def _bessel_derivative(letter: str) -> Reference:
    """By central differences, right to half of the bits, and as smooth as the function."""
    function = _by_arb(_bessel(letter))

    def reference(i: mpf, j: mpf, n: mpf, x: mpf) -> mpf:
        along_n, along_x = int(i), int(j)
        step = mpf(2) ** (-mp.prec // 4)
        step_x = mp.ldexp(step, min(int(mp.mag(x)), 0))
        with mp.extraprec((along_n + along_x) * (mp.prec // 4 + _magnitude(x))):
            parts = (
                (-1) ** (k + m)
                * mp.binomial(along_n, k)
                * mp.binomial(along_x, m)
                * function(n + (along_n - 2 * k) * step / 2, x + (along_x - 2 * m) * step_x / 2)
                for k in range(along_n + 1)
                for m in range(along_x + 1)
            )
            return mp.fsum(parts) / step**along_n / step_x**along_x

    return reference


def _derivative(function: Callable[[mpf], mpf], n: mpf, x: mpf) -> mpf:
    """The n-th derivative of a smooth function, to the working precision."""
    return mp.diff(function, x, int(n))


def _erfcx(x: mpf) -> mpf:
    """exp(x^2)*erfc(x); far out, where mpmath's erfc fails, by its asymptotic series."""
    if x < 200:
        with mp.extraprec(20 + 2 * _magnitude(x)):
            return mp.exp(x * x) * mp.erfc(x) if x > -200 else 2 * mp.exp(x * x)
    total, term, k = mpf(0), mpf(1), 0
    while mp.mag(term) > -mp.prec - 10:
        total += term
        k += 1
        term *= (1 - 2 * k) / (2 * x * x)
    return total / (x * mp.sqrt(mp.pi))


def _erfc(x: mpf) -> mpf:
    if x > 200:
        with mp.extraprec(20 + 2 * _magnitude(x)):
            return mp.exp(-x * x) * _erfcx(x)
    return mp.erfc(x) if x > -200 else 2 - _erfc(-x)


def _normcdf(x: mpf) -> mpf:
    return _erfc(-x / mp.sqrt(2)) / 2


def _lognormcdf(x: mpf) -> mpf:
    if x > 0:
        return mp.log1p(-_normcdf(-x))
    with mp.extraprec(20 + 2 * _magnitude(x)):
        return mp.log(_erfcx(-x / mp.sqrt(2)) / 2) - x * x / 2


def _gelu_slope(x: mpf) -> mpf:
    return _normcdf(x) + x * mp.npdf(x)


def _beyond_value(function: Callable[[mpf], mpf], slope: Callable[[mpf], mpf]) -> Reference:
    """Derivatives of a function from those of its slope."""

    def reference(n: mpf, x: mpf) -> mpf:
        with mp.extraprec(40 + 3 * _magnitude(x)):
            return _derivative(slope, n - 1, x) if n else function(x)

    return reference


def _quotient(function: Callable[[mpf], mpf], n: mpf, x: mpf) -> mpf:
    """The (n - 1)-st derivative of function(x)/x, where function(x) is an odd x + ..."""
    with mp.extraprec(40 + 2 * _magnitude(x)):
        return _derivative(lambda t: function(t) / t if t else mpf(1), n - 1, x)


def _sinpi_derivative(turn: mpf, n: mpf, x: mpf) -> mpf:
    """The (n - 1)-st derivative of sin(pi*(x^2/2 + turn))."""
    with mp.extraprec(40 + 2 * _magnitude(x)):
        return _derivative(lambda t: mp.sinpi(t * t / 2 + turn), n - 1, x)


SPECIAL_FUNCTIONS: dict[str, Reference] = {
    "gamma": _by_arb(arb.gamma),
    "factorial": _by_arb(lambda x: (x + 1).gamma()),
    "lgamma": _by_arb(_lgamma),
    "digamma": _by_arb(arb.digamma),
    "polygamma": _by_arb(_polygamma),
    "polygamma_difference": _by_arb(_polygamma_difference),
    "beta": _by_arb(lambda a, b: _lbeta(a, b).exp()),
    "beta_derivative": _by_arb(_beta_derivative),
    "lbeta": _by_arb(_lbeta),
    "erfc": _erfc,
    "erfcx": _erfcx,
    "erfcx_derivative": lambda n, x: _derivative(_erfcx, n, x),
    "normpdf": mp.npdf,
    "normcdf": _normcdf,
    "lognormcdf": _lognormcdf,
    "lognormcdf_derivative": lambda n, x: _derivative(_lognormcdf, n, x),
    "gelu": lambda x: x * _normcdf(x),
    "digamma1p": _by_arb(lambda x: (x + 1).digamma()),
    "gaussian_derivative": lambda n, x: _derivative(lambda t: mp.exp(-t * t), n, x),
    "normpdf_derivative": lambda n, x: _derivative(mp.npdf, n, x),
    "gelu_derivative": _beyond_value(lambda t: t * _normcdf(t), _gelu_slope),
    "ei_derivative": _beyond_value(mp.ei, lambda t: mp.exp(t) / t),
    "li": _li,
    "ci_derivative": _beyond_value(mp.ci, lambda t: mp.cos(t) / t),
    "chi_derivative": _beyond_value(mp.chi, lambda t: mp.cosh(t) / t),
    "si_derivative": lambda n, x: _quotient(mp.sin, n, x),
    "shi_derivative": lambda n, x: _quotient(mp.sinh, n, x),
    "sinc": mp.sincpi,
    "sinc_derivative": lambda n, x: _derivative(mp.sincpi, n, x),
    "fresnels": _by_arb(arb.fresnel_s),
    "fresnelc": _by_arb(arb.fresnel_c),
    "fresnels_derivative": lambda n, x: _sinpi_derivative(mpf(0), n, x),
    "fresnelc_derivative": lambda n, x: _sinpi_derivative(mpf(0.5), n, x),
    "lambertw": lambda x: mp.lambertw(x) if x else mpf(0),
    "lambertw1p": lambda x: 1 + mp.lambertw(x) if x else mpf(1),
    "besselj": _by_arb(_bessel("j")),
    "besselj_derivative": _bessel_derivative("j"),
    "bessely": _by_arb(_bessel("y")),
    "bessely_derivative": _bessel_derivative("y"),
    "besseli": _by_arb(_bessel("i")),
    "besseli_derivative": _bessel_derivative("i"),
    "besselk": _by_arb(_bessel("k")),
    "besselk_derivative": _bessel_derivative("k"),
}
