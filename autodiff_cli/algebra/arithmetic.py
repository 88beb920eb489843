"""Sums, products and powers of terms: like terms and like factors are collected.

What is collected may hide where a formula is defined: x/x is not defined at 0, and 1 is. Such
conditions are noted (`Terms.lost`), and it is for others to say whether they matter.
"""

from collections.abc import Iterable
from fractions import Fraction

from autodiff_cli.algebra.terms import NONE, ONE, Kind, Sign, Sum, Terms, content_of
from autodiff_cli.graph.operators import BY_NAME

_ADD, _MUL, _POW = BY_NAME["add"], BY_NAME["mul"], BY_NAME["pow"]
ABS, CBRT, HYPOT = BY_NAME["abs"], BY_NAME["cbrt"], BY_NAME["hypot"]
LOG, LOG1P = BY_NAME["log"], BY_NAME["log1p"]
SIGN, WHERE = BY_NAME["sign"], BY_NAME["where"]

HALF = Fraction(1, 2)

# Numbers with more bits stay powers.
_MOST_BITS = 256
# Perfect powers are looked for among divisors up to here.
_LARGEST_DIVISOR = 1000


def add(terms: Terms, scaled: Iterable[tuple[int, Fraction]]) -> int:
    """The sum of terms times coefficients: like terms are collected."""
    given = list(scaled)
    if not terms.unbounded.isdisjoint(node for node, _ in given):
        return _opaque_sum(terms, given)
    constant, found = NONE, dict[int, Fraction]()
    for node, factor in given:
        kind, data = terms.kinds[node], terms.data[node]
        if kind is Kind.NUMBER:
            constant += factor * data
        elif kind is Kind.SUM:
            constant += factor * data.constant
            for term, coefficient in data.parts:
                found[term] = found.get(term, NONE) + factor * coefficient
        else:
            found[node] = found.get(node, NONE) + factor
    joined = _joined_choices(terms, found)
    if joined is not None:
        return add(terms, [*joined, (terms.one, constant)])
    return make_sum(terms, constant, found)


def make_sum(terms: Terms, constant: Fraction, found: dict[int, Fraction]) -> int:
    """The term of a sum whose terms are alike no more."""
    for term, coefficient in found.items():
        if not coefficient:
            terms.left_out[term] = None
    parts = tuple(sorted((t, c) for t, c in found.items() if c))
    if not parts:
        return terms.number(constant)
    if not constant and len(parts) == 1 and parts[0][1] == 1:
        return parts[0][0]
    sign = _sign_of_sum(terms, constant, parts)
    return terms.make(Kind.SUM, Sum(constant, parts), terms.sum_size(constant, parts), sign)


def _sign_of_sum(terms: Terms, constant: Fraction, parts: tuple[tuple[int, Fraction], ...]) -> int:
    if constant < 0 or any(c < 0 or not terms.signs[t] & Sign.NONNEGATIVE for t, c in parts):
        # A number times a term that is not 0 is not 0.
        return terms.signs[parts[0][0]] & Sign.NONZERO if not constant and len(parts) == 1 else 0
    if constant > 0 or any(terms.is_positive(term) for term, _ in parts):
        return Sign.POSITIVE
    return Sign.NONNEGATIVE


def needed(terms: Terms, exponent: int) -> int:
    """The sign that a base must have for a power to be defined."""
    power = terms.value(exponent)
    if power is None:
        return Sign.UNKNOWN
    return (Sign.NONZERO if power < 0 else 0) | (Sign.NONNEGATIVE if power.denominator != 1 else 0)


def _opaque_sum(terms: Terms, scaled: list[tuple[int, Fraction]]) -> int:
    """A sum with an infinity or a NaN in it, as it stands."""
    total = None
    for node, factor in scaled:
        term = node if factor == 1 else terms.call(_MUL, (terms.number(factor), node))
        total = term if total is None else terms.call(_ADD, (total, term))
    return terms.zero if total is None else total


def negative(terms: Terms, node: int) -> int:
    """Minus a term."""
    return add(terms, [(node, Fraction(-1))])


def multiply(terms: Terms, nodes: Iterable[int]) -> int:
    """The product of terms: like factors are collected."""
    given = [node for node in nodes if node != terms.one]
    if len(given) < 2:
        return given[0] if given else terms.one
    if not terms.unbounded.isdisjoint(given):
        total = given[0]
        for node in given[1:]:
            total = terms.call(_MUL, (total, node))
        return total
    coefficient, powers = ONE, dict[int, list[int]]()
    for node in given:
        factor, term = terms.scaled(node)
        coefficient *= factor
        for base, exponent in terms.factors(term):
            content, one = ONE, base
            if terms.kinds[base] is Kind.SUM and exponent == terms.one:
                content, one = primitive(terms, base)
            coefficient *= content
            powers.setdefault(one, []).append(exponent)
    if not coefficient:
        terms.left_out.update(dict.fromkeys(given))
        return terms.zero
    return _product(terms, coefficient, powers)


def _product(terms: Terms, coefficient: Fraction, powers: dict[int, list[int]]) -> int:
    """A coefficient times bases with the exponents that are to be added."""
    factors: list[tuple[int, int]] = []
    again: list[int] = []
    for base, exponents in powers.items():
        exponent = exponents[0] if len(exponents) == 1 else add(terms, [(e, ONE) for e in exponents])
        if len(exponents) > 1:
            for one in exponents:
                terms.lose(base, needed(terms, one) & ~needed(terms, exponent))
        if exponent == terms.zero:
            continue
        if len(exponents) > 1 and not _is_plain(terms, base):
            again.append(power(terms, base, exponent))
        else:
            factors.append((base, exponent))
    for base in powers:
        if terms.kinds[base] is Kind.CALL and terms.data[base].operator in (SIGN, ABS):
            factors = _with_signs_joined(terms, factors)
            break
    if again:
        return multiply(terms, [terms.number(coefficient), *again, make_product(terms, ONE, factors)])
    return make_product(terms, coefficient, factors)


def _with_signs_joined(terms: Terms, factors: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """u*sign(u) = abs(u), abs(u)*sign(u) = u, sign(u)^2 = 1, u^2/abs(u) = abs(u)."""
    exponents = dict(factors)
    for base, _ in factors:
        if terms.kinds[base] is not Kind.CALL or terms.data[base].operator not in (SIGN, ABS):
            continue
        (inner,) = terms.data[base].arguments
        bases = inner, terms.call(ABS, (inner,)), terms.call(SIGN, (inner,))
        counts = [terms.value(exponents.get(each, terms.zero)) for each in bases]
        if all(n is not None and n.denominator == 1 for n in counts):
            joined = _joined_signs(*(n.numerator for n in counts if n is not None))
            if any(n is not None and n < 0 for n in (*counts, None)) and min(joined[:2]) >= 0:
                terms.lose(inner, Sign.NONZERO)
            if abs(counts[2] or 0) > 1:
                terms.lose(inner, Sign.NONZERO)
            exponents.update(zip(bases, map(terms.number, joined), strict=True))
    return [(base, exponent) for base, exponent in exponents.items() if exponent != terms.zero]


def _joined_signs(plain: int, absolute: int, sign: int) -> tuple[int, int, int]:
    """The exponents of u, abs(u) and sign(u), as few as they can be."""
    sign %= 2
    if sign and (plain > 0 or absolute > 0):
        plain, absolute, sign = plain - 1, absolute + 1, 0  # sign(u) = abs(u)/u
    while absolute > 1 or (absolute < 0 and plain > 1):
        step = 2 if absolute > 1 else -2
        plain, absolute = plain + step, absolute - step
    return plain, absolute, sign


def _is_plain(terms: Terms, base: int) -> bool:
    """Whether a power of the base is nothing but that, whatever the exponent."""
    kind = terms.kinds[base]
    if kind is Kind.CALL:
        return terms.data[base].operator not in (ABS, CBRT, HYPOT)
    return kind is not Kind.NUMBER and base != terms.e


def make_product(terms: Terms, coefficient: Fraction, factors: list[tuple[int, int]]) -> int:
    """The term of a coefficient and factors that are alike no more."""
    if not factors:
        return terms.number(coefficient)
    if len(factors) == 1 and factors[0][1] == terms.one:
        term = factors[0][0]
        if terms.kinds[term] is Kind.SUM:
            return add(terms, [(term, coefficient)])
    else:
        ordered = tuple(sorted(factors))
        size = terms.product_size(ONE, ordered)
        term = terms.make(Kind.PRODUCT, ordered, size, _sign_of_product(terms, ordered))
    return term if coefficient == 1 else make_sum(terms, NONE, {term: coefficient})


def _sign_of_product(terms: Terms, factors: tuple[tuple[int, int], ...]) -> int:
    sign = Sign.POSITIVE
    for base, exponent in factors:
        sign &= _sign_of_power(terms, base, exponent)
    return sign


def _sign_of_power(terms: Terms, base: int, exponent: int) -> int:
    power, sign = terms.value(exponent), terms.signs[base]
    if base == terms.e or terms.is_positive(base):
        return Sign.POSITIVE
    if power is None:
        return Sign.UNKNOWN
    # Where a power with a negative exponent is defined, the base is not 0.
    nonzero = Sign.NONZERO if power < 0 else sign & Sign.NONZERO
    is_even = power.denominator == 1 and power.numerator % 2 == 0
    return nonzero | (Sign.NONNEGATIVE if is_even or power.denominator != 1 else sign & Sign.NONNEGATIVE)


def primitive(terms: Terms, node: int) -> tuple[Fraction, int]:
    """A sum as a coefficient times a sum of whole, coprime coefficients, the first one positive."""
    constant, parts = terms.sum(node)
    content = content_of(constant, parts)
    first = min(parts, key=lambda part: terms.digests[part[0]])
    if first[1] < 0:
        content = -content
    if content == 1:
        return ONE, node
    found = {term: coefficient / content for term, coefficient in parts}
    return content, make_sum(terms, constant / content, found)


# -- Powers ----------------------------------------------------------------------------------


def power(terms: Terms, base: int, exponent: int) -> int:
    """A term to the power of another."""
    number = terms.value(exponent)
    if base in terms.unbounded or exponent in terms.unbounded:
        return terms.call(_POW, (base, exponent))
    if number is None:
        return _symbolic_power(terms, base, exponent)
    if number == 0:
        terms.left_out[base] = None
        return terms.one
    if number == 1 or base == terms.one:
        return base
    if terms.kinds[base] is Kind.NUMBER:
        return _number_power(terms, terms.data[base], number)
    if number.denominator == 1:
        return _whole_power(terms, base, number)
    return _broken_power(terms, base, number)


def square_root(terms: Terms, node: int) -> int:
    """The square root of a term."""
    return power(terms, node, terms.number(HALF))


def _whole_power(terms: Terms, base: int, number: Fraction) -> int:
    """(c*u^a*v^b)^n = c^n*u^(a*n)*v^(b*n), for whole n."""
    coefficient, term = terms.scaled(base)
    if terms.kinds[term] is Kind.SUM:
        content, term = primitive(terms, term)
        coefficient *= content
    nodes = [_number_power(terms, coefficient, number)]
    for one, exponent in terms.factors(term):
        product = add(terms, [(exponent, number)])
        terms.lose(one, needed(terms, exponent) & ~needed(terms, product))
        nodes.append(_factor(terms, one, product))
    return multiply(terms, nodes)


def _factor(terms: Terms, base: int, exponent: int) -> int:
    """A base to a power, by the rules of its own."""
    number = terms.value(exponent)
    if base == terms.e:
        return exponential(terms, exponent)
    if terms.kinds[base] is Kind.CALL and number is not None and number.denominator == 1:
        operator, arguments = terms.data[base]
        n = number.numerator
        if operator is ABS and n % 2 == 0:
            return power(terms, arguments[0], exponent)
        if operator is HYPOT and n % 2 == 0:
            two = terms.number(2)
            squares = add(terms, [(power(terms, a, two), ONE) for a in arguments])
            return power(terms, squares, terms.number(n // 2))
        if operator is CBRT and n % 3 == 0:
            return power(terms, arguments[0], terms.number(n // 3))
    if terms.kinds[base] is Kind.NUMBER:
        return power(terms, base, exponent)
    return make_product(terms, ONE, [(base, exponent)])


def _broken_power(terms: Terms, base: int, number: Fraction) -> int:
    """A power that needs a base >= 0: factors that are not negative come out of it."""
    coefficient, term = terms.scaled(base)
    if terms.kinds[term] is Kind.SUM:
        content = content_of(*terms.data[term])
        coefficient, term = coefficient * content, add(terms, [(term, 1 / content)])
    outside: list[int] = []
    inside: list[tuple[int, int]] = []
    for one, exponent in terms.factors(term):
        product = add(terms, [(exponent, number)])
        if one == terms.e or terms.signs[one] & Sign.NONNEGATIVE:
            outside.append(_factor(terms, one, product))
        elif _is_even(terms.value(exponent)):
            outside.append(power(terms, terms.apply(ABS, one), product))
        else:
            inside.append((one, exponent))
    if coefficient > 0:
        outside.append(_number_power(terms, coefficient, number))
        if len(inside) == 1:
            one, exponent = inside.pop()
            outside.append(make_product(terms, ONE, [(one, add(terms, [(exponent, number)]))]))
        coefficient = ONE
    if inside or coefficient < 0:
        whole = make_product(terms, coefficient, inside)
        factor = [(whole, terms.number(number))]
        outside.append(make_product(terms, ONE, factor))
    return multiply(terms, outside)


def _is_even(number: Fraction | None) -> bool:
    return number is not None and number.denominator == 1 and number.numerator % 2 == 0


def _number_power(terms: Terms, base: Fraction, number: Fraction) -> int:
    """A rational number to a rational power, in lowest terms; a root stays if it is no number."""
    if base == 1:
        return terms.one
    if base == 0:
        return terms.zero if number > 0 else terms.call(_POW, (terms.zero, terms.number(number)))
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    if number.denominator == 1 and abs(number) * bits <= _MOST_BITS:
        return terms.number(base**number.numerator)
    if base < 0 or abs(number) * bits > _MOST_BITS:
        return make_product(terms, ONE, [(terms.number(base), terms.number(number))])
    coefficient, roots = ONE, dict[int, Fraction]()
    for whole, sign in ((base.numerator, 1), (base.denominator, -1)):
        for prime, count in _divisors(whole):
            exponent = sign * count * number
            steps = exponent.numerator // exponent.denominator
            coefficient *= Fraction(prime) ** steps
            if exponent != steps:
                roots[prime] = exponent - steps
    # Roots of the same kind are one root: sqrt(2)*sqrt(3) = sqrt(6).
    joined: dict[Fraction, int] = {}
    for prime, exponent in roots.items():
        joined[exponent] = joined.get(exponent, 1) * prime
    factors = [(terms.number(n), terms.number(e)) for e, n in joined.items()]
    return make_product(terms, coefficient, factors)


def _divisors(whole: int) -> list[tuple[int, int]]:
    """Prime divisors with their multiplicities, and what is left after the small ones."""
    found: list[tuple[int, int]] = []
    prime = 2
    while prime * prime <= whole and prime <= _LARGEST_DIVISOR:
        count = 0
        while whole % prime == 0:
            whole //= prime
            count += 1
        if count:
            found.append((prime, count))
        prime += 1
    return [*found, (whole, 1)] if whole > 1 else found


def _symbolic_power(terms: Terms, base: int, exponent: int) -> int:
    """A power whose exponent is no number."""
    if base == terms.e:
        return exponential(terms, exponent)
    if base == terms.one:
        return base
    factors = terms.factors(base)
    if terms.kinds[base] is Kind.PRODUCT and all(terms.is_positive(b) for b, _ in factors):
        return multiply(terms, [power(terms, b, multiply(terms, [e, exponent])) for b, e in factors])
    if terms.kinds[base] is Kind.NUMBER and terms.is_positive(base):
        # 2^(x + 1) = 2*2^x
        constant = terms.data[exponent].constant if terms.kinds[exponent] is Kind.SUM else NONE
        if constant and constant.denominator == 1:
            rest = add(terms, [(exponent, ONE), (terms.one, -constant)])
            return multiply(
                terms, [_number_power(terms, terms.data[base], constant), power(terms, base, rest)]
            )
    return make_product(terms, ONE, [(base, exponent)])


def exponential(terms: Terms, exponent: int) -> int:
    """exp of a term; logarithms in it become factors: exp(u + c*log(v)) = exp(u)*v^c."""
    if exponent == terms.zero:
        return terms.one
    coefficient, term = terms.scaled(exponent)
    if terms.kinds[term] is not Kind.SUM:
        taken = _power_of_logarithm(terms, term, coefficient)
        return make_product(terms, ONE, [(terms.e, exponent)]) if taken is None else taken
    constant, parts = terms.data[exponent]
    outside, rest = list[int](), dict[int, Fraction]()
    for part, factor in parts:
        taken = _power_of_logarithm(terms, part, factor)
        if taken is None:
            rest[part] = factor
        else:
            outside.append(taken)
    if rest or constant:
        outside.append(make_product(terms, ONE, [(terms.e, make_sum(terms, constant, rest))]))
    return multiply(terms, outside)


def _power_of_logarithm(terms: Terms, term: int, coefficient: Fraction) -> int | None:
    """v^(c*w) for exp(c*w*log(v)); None where the exponent has no such factor."""
    for position, (base, exponent) in enumerate(factors := terms.factors(term)):
        if exponent != terms.one or terms.kinds[base] is not Kind.CALL:
            continue
        operator, (argument, *_) = terms.data[base]
        if operator in (LOG, LOG1P):
            of = argument if operator is LOG else add(terms, [(argument, ONE), (terms.one, ONE)])
            others = [f for k, f in enumerate(factors) if k != position]
            terms.lose(of, Sign.POSITIVE)
            return power(terms, of, make_product(terms, coefficient, others))
    return None


# -- Choices ---------------------------------------------------------------------------------


def _joined_choices(terms: Terms, found: dict[int, Fraction]) -> list[tuple[int, Fraction]] | None:
    """where(c, a, b) + where(c, u, v) = where(c, a + u, b + v); None where there is nothing to join."""
    choices: dict[int, list[int]] = {}
    for term in found:
        if terms.kinds[term] is Kind.CALL and terms.data[term].operator is WHERE:
            choices.setdefault(terms.data[term].arguments[0], []).append(term)
    if all(len(group) < 2 for group in choices.values()):
        return None
    scaled: list[tuple[int, Fraction]] = []
    for condition, group in choices.items():
        sides = [
            add(terms, [(terms.data[term].arguments[side], found[term]) for term in group])
            for side in (1, 2)
        ]
        scaled.append((terms.apply(WHERE, condition, *sides), ONE))
    chosen = {term for group in choices.values() for term in group}
    return [*scaled, *((term, c) for term, c in found.items() if term not in chosen)]
