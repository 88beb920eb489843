// Kernels of special functions: with many digits, rounded once.
//
// The methods and the digits are those of autodiff_cli/numbers: quotients.py, error_functions.py,
// gamma.py, integrals.py and bessel.py tell where they come from.

// What kernels work with, and what exact sums of floats have at the most, in decimal digits.
const DIGITS = 45;
const EXACT_BITS = 4400;

const isOrder = (n) => n >= 0 && n <= 64 && Number.isInteger(n);
const isInfinite = (x) => Math.abs(x) === Infinity;

// How many digits a number has before the point.
const magnitude = (x) => (Math.abs(x) < Infinity ? Math.log10(Math.abs(x) + 1) : 0);

// The float nearest to what is computed with so many digits.
const toFloat = (digits, compute) => withDigits(digits, compute).toNumber();

// -- Polynomials: coefficients as BigInts, that of the lowest power first --------------------

function polynomialSum(...polynomials) {
  const length = Math.max(...polynomials.map((p) => p.length));
  return Array.from({ length }, (_, k) => polynomials.reduce((sum, p) => sum + (p[k] ?? 0n), 0n));
}

function polynomialProduct(a, b, scale = 1n) {
  const found = Array(a.length + b.length - 1).fill(0n);
  a.forEach((left, i) => b.forEach((right, j) => (found[i + j] += scale * left * right)));
  return found;
}

function polynomialSlope(a) {
  return a.length > 1 ? a.slice(1).map((c, k) => BigInt(k + 1) * c) : [0n];
}

function polynomialAt(a, x) {
  return a.reduceRight((total, c) => total.times(x).plus(whole(c)), ZERO);
}

// A function of whole numbers, by order, each computed once.
function remembered(compute) {
  const known = new Map();
  return (...orders) => {
    const key = orders.join();
    if (!known.has(key)) known.set(key, compute(...orders));
    return known.get(key);
  };
}

// -- Quotients of exponentials: (a(t) + x*b(t))/below(t)^power with t = exp(x) ---------------

const quotientFamily = (a, b, below) => {
  const derived = remembered((order) => {
    if (order === 0) return { a, b, power: 1 };
    const last = derived(order - 1);
    const growth = polynomialProduct([0n, 1n], polynomialSlope(below), BigInt(-last.power));
    const rate = [0n, 1n];
    const slopeA = polynomialSum(polynomialProduct(rate, polynomialSlope(last.a)), last.b);
    const slopeB = polynomialProduct(rate, polynomialSlope(last.b));
    return {
      a: polynomialSum(polynomialProduct(slopeA, below), polynomialProduct(growth, last.a)),
      b: polynomialSum(polynomialProduct(slopeB, below), polynomialProduct(growth, last.b)),
      power: last.power + 1,
    };
  });
  return (order, x) => {
    const found = derived(order);
    const t = x.exp();
    const above = polynomialAt(found.a, t).plus(x.times(polynomialAt(found.b, t)));
    return above.over(polynomialAt(below, t).power(found.power));
  };
};

const SOFTSHARE = quotientFamily([0n, 1n], [0n], [1n, 1n]);
const SILU = quotientFamily([0n], [0n, 1n], [1n, 1n]);
const MISH = quotientFamily([0n], [0n, 2n, 1n], [2n, 2n, 1n]);
const SECH = quotientFamily([0n, 2n], [0n], [1n, 0n, 1n]);

// Beyond, exp(x) or exp(-x) is nothing beside 1, whatever it is multiplied with here.
const VERY_FAR = 2000;

// Digits that exp(x) needs to tell it from 1.
const zerosOf = (x) => (x !== 0 ? Math.max(0, -Math.log10(Math.abs(x))) : 0);

function exactDerivative(family, n, x) {
  if (!isOrder(n)) return NaN;
  const at = Big.of(Math.min(Math.max(x, -VERY_FAR), VERY_FAR));
  return toFloat(DIGITS + 2 * n + zerosOf(x), () => family(n, at));
}

function exactSoftshareDerivative(n, x, y) {
  if (!isOrder(n)) return NaN;
  if (!(Math.abs(x - y) < VERY_FAR)) {
    return x === y ? NaN : exactDerivative(SOFTSHARE, n, copySign(VERY_FAR, x - y));
  }
  const difference = withBits(EXACT_BITS, () => Big.of(x).minus(y));
  return toFloat(2 * DIGITS + 2 * n + zerosOf(x - y), () => SOFTSHARE(n, difference));
}

function sechDerivative(n, x) {
  if (n === 0) return sech(x);
  return n === 1 ? -(sech(x) * tanh(x)) : exactDerivative(SECH, n, x);
}

// The numerator of the derivative with x^order*(1 - x^2)^(order - 1/2) below it.
const asechNumerator = remembered((order) => {
  if (order === 1) return [-1n];
  const before = asechNumerator(order - 1);
  const k = BigInt(order - 1);
  const rest = polynomialSum(
    polynomialProduct([0n, 1n], polynomialSlope(before)),
    polynomialProduct([-k], before),
  );
  return polynomialSum(
    polynomialProduct([1n, 0n, -1n], rest),
    polynomialProduct([0n, 0n, 2n * k - 1n], before),
  );
});

function asechDerivative(n, x) {
  if (n === 0) return asech(x);
  if (n === 1) return -(1 / x / cathetus(1, x));
  if (!isOrder(n) || !(x >= 0 && x <= 1)) return NaN;
  if (x === 0 || x === 1) return polynomialAt(asechNumerator(n), Big.of(x)).sign * Infinity;
  return toFloat(DIGITS + 2 * n, () => {
    const at = Big.of(x);
    const rest = ONE.minus(at).times(ONE.plus(at));
    const below = at.power(n).times(rest.power(n - 1)).times(rest.sqrt());
    return polynomialAt(asechNumerator(n), at).over(below);
  });
}

// -- Of a point of the plane -----------------------------------------------------------------

const hypotNumerator = remembered((m, n) => {
  if (m === 0) return [...hypotNumerator(n, m)].reverse();
  if (m + n === 1) return [0n, 1n];
  const before = hypotNumerator(m - 1, n);
  return polynomialSum(
    polynomialProduct([1n, 0n, 1n], polynomialSlope(before)),
    polynomialProduct([0n, BigInt(3 - 2 * (m + n))], before),
  );
});

function hypotDerivative(m, n, x, y) {
  if (!isOrder(m) || !isOrder(n) || !isOrder(m + n)) return NaN;
  if (m + n === 0) return hypot(x, y);
  if (m + n === 1) return m === 1 ? direction(x, y) : direction(y, x);
  if (isInfinite(x) && isInfinite(y)) return NaN;
  if (isInfinite(x) || isInfinite(y) || (x === 0 && y === 0)) return 0;
  const degree = m + n;
  return toFloat(2 * DIGITS + 2 * degree, () => {
    const a = Big.of(x);
    const b = Big.of(y);
    const square = a.square().plus(b.square());
    let above = ZERO;
    let power = ONE;
    for (const coefficient of hypotNumerator(m, n)) {
      above = above.times(b).plus(power.times(whole(coefficient)));
      power = power.times(a);
    }
    return above.over(square.power(degree)).times(square.sqrt());
  });
}

// The real part of 1/z for z = x + i*y has powers of 1/z as derivatives.
function inversionDerivative(m, n, x, y) {
  if (!isOrder(m) || !isOrder(n) || !isOrder(m + n)) return NaN;
  if (isInfinite(x) || isInfinite(y) || (x === 0 && y === 0)) return 0;
  const degree = m + n;
  return toFloat(2 * DIGITS + 2 * degree, () => {
    const a = Big.of(x);
    const b = Big.of(y);
    const square = a.square().plus(b.square());
    let real = a;
    let imaginary = b.negated();
    for (let k = 1; k <= degree; k += 1) {
      const turnedReal = real.times(a).plus(imaginary.times(b)).times(-k);
      imaginary = imaginary.times(a).minus(real.times(b)).times(-k);
      real = turnedReal;
    }
    const part = [real, imaginary.negated(), real.negated(), imaginary][n % 4];
    return part.over(square.power(degree + 1));
  });
}

// -- Error functions -------------------------------------------------------------------------

// Below it the power series, above it the continued fraction.
const NEAR = 2.5;
const NOTHING = 60;

const rootOfPi = () => pi().sqrt();

function bigErf(x) {
  const square = x.square();
  let total = ZERO;
  let term = ONE;
  for (let k = 3; !negligible(term, total); k += 2) {
    total = total.plus(term);
    term = term.times(square).scaled(1).over(k);
  }
  return square.negated().exp().times(x).times(total).scaled(1).over(rootOfPi());
}

function bigErfcx(x) {
  if (x.sign < 0) return x.square().exp().scaled(1).minus(bigErfcx(x.negated()));
  if (x.toNumber() < NEAR) return x.square().exp().times(ONE.minus(bigErf(x)));
  const terms = Math.floor(((precision() * 1.1513) / x.toNumber()) ** 2 / 2) + Math.floor(precision() / 3) + 5;
  let below = x;
  for (let k = terms; k > 0; k -= 1) below = x.plus(Big.of(k / 2).over(below));
  return ONE.over(below.times(rootOfPi()));
}

function bigErfc(x) {
  return x.toNumber() < NEAR ? ONE.minus(bigErf(x)) : x.square().negated().exp().times(bigErfcx(x));
}

const bigNormpdf = (x) => x.square().scaled(-1).negated().exp().over(pi().scaled(1).sqrt());
const overRootOf2 = (x) => x.over(Big.of(2).sqrt());
const bigNormcdf = (x) => bigErfc(overRootOf2(x).negated()).scaled(-1);

// The derivative of exp(-rate*x^2/2), over itself.
function hermite(order, x, rate) {
  let before = ZERO;
  let here = ONE;
  for (let k = 0; k < order; k += 1) {
    [before, here] = [here, x.times(here).plus(before.times(k)).times(-rate)];
  }
  return here;
}

function erf(x) {
  if (Math.abs(x) > 6) return copySign(1, x);
  return x === 0 ? x : toFloat(DIGITS, () => bigErf(Big.of(x)));
}

function erfc(x) {
  if (Math.abs(x) > 30) return x > 0 ? 0 : 2;
  return toFloat(DIGITS, () => bigErfc(Big.of(x)));
}

function erfcxDerivative(n, x) {
  if (!isOrder(n)) return NaN;
  const sign = n % 2 ? -1 : 1;
  if (isInfinite(x)) return sign * (x > 0 ? 0 : Infinity);
  if (x < -60) return sign * Infinity;
  if (x > 1000) return toFloat(DIGITS, () => erfcxDerivativeFar(n, Big.of(x)));
  return toFloat(DIGITS + n * (2 * magnitude(x) + 1), () => {
    const at = Big.of(x);
    let before = ZERO;
    let here = bigErfcx(at);
    for (let k = 0; k < n; k += 1) {
      const rest = k ? before.times(k) : ONE.over(rootOfPi()).negated();
      [before, here] = [here, at.times(here).plus(rest).scaled(1)];
    }
    return here;
  });
}

function erfcxDerivativeFar(order, x) {
  const step = ONE.over(x).negated();
  let term = step.power(order).times(whole(factorialOf(order))).over(x.times(rootOfPi()));
  let total = ZERO;
  for (let k = 0; !negligible(term, total); k += 1) {
    total = total.plus(term);
    const factor = -(2 * k + 1 + order) * (2 * k + 2 + order);
    term = term.times(factor).over(4 * (k + 1)).over(x.square());
  }
  return total;
}

function erfi(x) {
  if (Math.abs(x) > 27) return copySign(Infinity, x);
  if (x === 0) return x;
  return toFloat(DIGITS, () => {
    const at = Big.of(x);
    const square = at.square();
    let total = ZERO;
    let term = ONE;
    for (let k = 1; !negligible(term, total); k += 1) {
      total = total.plus(term.over(2 * k - 1));
      term = term.times(square).over(k);
    }
    return at.times(total).scaled(1).over(rootOfPi());
  });
}

function expOfSquare(x, sign) {
  if (Math.abs(x) > 30) return sign < 0 ? 0 : Infinity;
  return toFloat(DIGITS, () => Big.of(x).square().times(sign).exp());
}

function gaussianDerivative(n, x) {
  if (!isOrder(n) || Math.abs(x) > NOTHING) return isOrder(n) ? 0 : NaN;
  if (n === 1 && x === 0) return -0;
  const at = Big.of(x);
  return toFloat(DIGITS + 2 * n, () => hermite(n, at, 2).times(at.square().negated().exp()));
}

function erfinv(p) {
  if (!(Math.abs(p) < 1)) return Math.abs(p) === 1 ? copySign(Infinity, p) : NaN;
  if (p === 0) return p;
  const size = Big.of(Math.abs(p));
  const root = toFloat(DIGITS, () => (Math.abs(p) < 0.5 ? erfinvNear0(size) : erfcinv(ONE.minus(size))));
  return copySign(root, p);
}

function erfinvNear0(p) {
  const slope = rootOfPi().scaled(-1);
  let y = p.times(slope);
  for (let k = 0; k < 5; k += 1) {
    const step = bigErf(y).minus(p).times(slope).times(y.square().exp());
    y = y.minus(step.over(ONE.plus(y.times(step))));
  }
  return y;
}

function erfcinv(q) {
  const target = q.ln();
  const log = -target.toNumber();
  let y = Big.of(Math.sqrt(Math.max(log - 0.5 * Math.log(3.2 * log), 0.05)));
  for (let k = 0; k < 8; k += 1) {
    const scaled = bigErfcx(y);
    const step = scaled.ln().minus(y.square()).minus(target).times(scaled).times(rootOfPi()).scaled(-1);
    y = y.plus(step);
    if (Math.abs(step.toNumber()) < 1e-20) break;
  }
  return y;
}

function normpdf(x) {
  return Math.abs(x) > 40 ? 0 : toFloat(DIGITS, () => bigNormpdf(Big.of(x)));
}

function normpdfDerivative(n, x) {
  if (!isOrder(n) || Math.abs(x) > NOTHING) return isOrder(n) ? 0 : NaN;
  if (n === 1 && x === 0) return -0;
  const at = Big.of(x);
  return toFloat(DIGITS + 2 * n, () => hermite(n, at, 1).times(bigNormpdf(at)));
}

function normcdf(x) {
  if (Math.abs(x) > 40) return x < 0 ? 0 : 1;
  return toFloat(DIGITS, () => bigNormcdf(Big.of(x)));
}

function gelu(x) {
  if (Math.abs(x) > 40) return x < 0 ? -0 : x;
  const at = Big.of(x);
  return x === 0 ? x : toFloat(DIGITS, () => at.times(bigNormcdf(at)));
}

function geluDerivative(n, x) {
  if (!isOrder(n)) return NaN;
  if (n === 0) return gelu(x);
  if (Math.abs(x) > NOTHING) return n === 1 && x > 0 ? 1 : 0;
  const at = Big.of(x);
  return toFloat(DIGITS + 2 * n, () => {
    if (n === 1) return at.times(bigNormpdf(at)).plus(bigNormcdf(at));
    const above = at.times(hermite(n - 1, at, 1)).plus(hermite(n - 2, at, 1).times(n));
    return above.times(bigNormpdf(at));
  });
}

function lognormcdf(x) {
  if (Math.abs(x) > 1e154) return x < 0 ? -Infinity : 0;
  if (x >= 40) return -0;
  const at = Big.of(x);
  return toFloat(DIGITS + (x > 0 ? 0.25 * x ** 2 : 0), () => {
    if (x > -3) return bigNormcdf(at).ln();
    return bigErfcx(overRootOf2(at).negated()).scaled(-1).ln().minus(at.square().scaled(-1));
  });
}

// By the power series of its slope m: m' = -m*(m + x).
function lognormcdfDerivative(n, x) {
  if (!isOrder(n)) return NaN;
  if (n === 0) return lognormcdf(x);
  if (x > 60) return 0;
  if (x < -1e20) return n < 3 ? (n === 1 ? -x : -1) : Number(factorialOf(n - 1)) * (1 / -x) ** n;
  return toFloat(DIGITS + (x < 0 ? n * (2 * magnitude(x) + 1) : 0), () => {
    const at = Big.of(x);
    const slopes = [pi().scaled(-1).sqrt().times(bigErfcx(overRootOf2(at).negated()))];
    slopes[0] = ONE.over(slopes[0]);
    const sums = [slopes[0].plus(at)];
    for (let k = 1; k < n; k += 1) {
      let sum = ZERO;
      for (let j = 0; j < k; j += 1) sum = sum.plus(slopes[j].times(sums[k - 1 - j]));
      slopes.push(sum.over(-k));
      sums.push(slopes[k].plus(k === 1 ? 1 : 0));
    }
    return slopes.at(-1).times(whole(factorialOf(n - 1)));
  });
}

// -- Gamma functions -------------------------------------------------------------------------

const isWhole = Number.isInteger;

// From where on the asymptotic series have all digits.
const farForSeries = () => (precision() < 200 ? Math.floor(precision() / 2) + 5 : precision());

// How many steps of 1 there are from x to there.
function shiftOf(x) {
  const far = farForSeries();
  return x.toNumber() < far ? Math.max(0, far - Math.trunc(x.toNumber())) : 0;
}

function stirling(x) {
  let total = x.minus(HALF).times(x.ln()).minus(x).plus(pi().scaled(1).ln().scaled(-1));
  const square = x.square();
  let power = x;
  for (let k = 1; ; k += 1) {
    const term = bernoulli(k).over(power.times(2 * k * (2 * k - 1)));
    if (negligible(term, total)) return total;
    total = total.plus(term);
    power = power.times(square);
  }
}

function risingProduct(x, steps) {
  let product = ONE;
  for (let k = 0; k < steps; k += 1) product = product.times(x.plus(k));
  return product;
}

function logGamma(x) {
  const steps = shiftOf(x);
  return stirling(x.plus(steps)).minus(risingProduct(x, steps).ln());
}

function gammaOf(x) {
  if (x.compare(HALF) < 0) {
    const [sine] = sinCosPi(x);
    const other = withBits(workingBits + 70, () => ONE.minus(x));
    return pi().over(sine.times(gammaOf(other)));
  }
  return withBits(workingBits + 20 + 7 * Math.max(Math.ceil(magnitude(x.toNumber())), 1), () => {
    const steps = shiftOf(x);
    return stirling(x.plus(steps)).exp().over(risingProduct(x, steps));
  });
}

// The sum of 1/(x + k)^s over k >= 0, for s >= 2 and x > 0, by Euler and Maclaurin.
function hurwitz(s, x) {
  let total = ZERO;
  const far = s + farForSeries();
  let at = x;
  while (at.toNumber() < far) {
    const term = at.power(-s);
    total = total.plus(term);
    if (negligible(term.times(at), total)) return total;
    at = at.plus(1);
  }
  const power = at.power(-s);
  total = total.plus(power.times(at).over(s - 1)).plus(power.scaled(-1));
  const square = at.square();
  let term = power.times(s).over(at);
  for (let k = 1; ; k += 1) {
    const part = bernoulli(k).times(term).scaled(-1);
    if (negligible(part, total)) return total;
    total = total.plus(part);
    term = term.times((s + 2 * k - 1) * (s + 2 * k)).over((2 * k + 1) * (2 * k + 2)).over(square);
  }
}

function digammaRight(x) {
  const steps = shiftOf(x);
  let total = ZERO;
  for (let k = 0; k < steps; k += 1) total = total.minus(ONE.over(x.plus(k)));
  const at = x.plus(steps);
  total = total.plus(at.ln()).minus(ONE.over(at.scaled(1)));
  const square = at.square();
  let power = square;
  for (let k = 1; ; k += 1) {
    const term = bernoulli(k).over(power.times(2 * k));
    if (negligible(term, total)) return total;
    total = total.minus(term);
    power = power.times(square);
  }
}

// The n-th derivative of digamma, at any x but a pole; by reflection on the negative axis.
function polygammaOf(n, x) {
  if (x.sign > 0) {
    if (n === 0) return digammaRight(x);
    const size = hurwitz(n + 1, x).times(whole(factorialOf(n)));
    return n % 2 ? size : size.negated();
  }
  const exactly = (compute) => withBits(EXACT_BITS, compute);
  const between = exactly(() => x.minus(new Big(x.floor(), 0)));
  const mirrored = exactly(() => ONE.minus(x));
  const opposite = exactly(() => ONE.minus(between));
  const rest = polygammaOf(n, mirrored).minus(polygammaOf(n, opposite)).times(n % 2 ? -1 : 1);
  return rest.plus(polygammaOf(n, between));
}

const euler = constant((bits) => withBits(bits + 40, () => digammaRight(ONE).negated().fixed(bits)));

// x + 1, exactly, but for what is too small to count.
const oneMore = (x) => withBits(Math.abs(x) < 1e-20 ? EXACT_BITS : 1400, () => Big.of(x).plus(1));

function gamma(x) {
  if (x === 0) return copySign(Infinity, x);
  if (x > 171.9 || x === -Infinity) return x > 0 ? Infinity : NaN;
  if (isWhole(x)) return x > 0 ? Number(factorialOf(x - 1)) : NaN;
  if (x < -190) return Math.floor(x) % 2 === 0 ? 0 : -0;
  return toFloat(DIGITS, () => gammaOf(Big.of(x)));
}

function factorial(x) {
  if (x > 170.9 || x === -Infinity) return x > 0 ? Infinity : NaN;
  if (isWhole(x)) return x >= 0 ? Number(factorialOf(x)) : NaN;
  if (x < -190) return gamma(x);
  return toFloat(DIGITS, () => gammaOf(oneMore(x)));
}

function lgamma(x) {
  if (isInfinite(x) || (x <= 0 && isWhole(x))) return Infinity;
  if (x === 1 || x === 2) return 0;
  return toFloat(DIGITS + 2 * magnitude(x), () => {
    const at = Big.of(x);
    if (x > 0) return logGamma(at);
    const [sine] = sinCosPi(at);
    return pi().over(sine.times(at).abs()).ln().minus(logGamma(at.negated()));
  });
}

function atPole(n, x) {
  if (n % 2) return Infinity;
  return x === 0 ? -copySign(Infinity, x) : NaN;
}

function digamma1p(x) {
  if (Math.abs(x) > 1e20 || x + 1 === 0) return polygamma(0, x + 1);
  if (x < 0 && isWhole(x)) return atPole(0, x + 1);
  return toFloat(DIGITS + magnitude(x), () => polygammaOf(0, oneMore(x)));
}

// Of orders that take too long here there is no number.
const MOST_ORDERS = 500;

function polygamma(n, x) {
  if (!(n >= 0 && n < Infinity) || !isWhole(n) || x === -Infinity) return NaN;
  if (x <= 0 && isWhole(x)) return atPole(n, x);
  const sign = n % 2 ? 1 : -1;
  if (x === Infinity) return n === 0 ? Infinity : sign * 0;
  if (n > MOST_ORDERS) throw new NotKnownHere("polygamma");
  const digits = DIGITS + magnitude(x) + 2 * magnitude(n);
  return toFloat(digits, () => polygammaOf(n, Big.of(x)));
}

// A kernel's way to say that the command line is needed.
class NotKnownHere extends Error {}

function polygammaDifference(n, x, d) {
  if (!(n >= 0 && n <= 1e6) || !isWhole(n) || !(x >= 0) || !(d >= 0)) return NaN;
  const sign = n % 2 ? 1 : -1;
  if (x === 0) return d > 0 ? -sign * Infinity : NaN;
  if (x === Infinity) return d === Infinity && n === 0 ? NaN : 0;
  if (d === Infinity) return n === 0 ? Infinity : -polygamma(n, x);
  if (d === 0) return n % 2 ? 0 : d;
  if (n > MOST_ORDERS) throw new NotKnownHere("polygamma");
  return toFloat(DIGITS + 30 + 2 * magnitude(n), () => bigDifference(n, Big.of(x), Big.of(d)));
}

// polygamma(order, x + d) - polygamma(order, x), with half of the digits or more.
function bigDifference(order, x, d) {
  if (d.times(order + 1).compare(x.scaled(-Math.floor(workingBits / 3))) < 0) {
    const first = polygammaOf(order + 1, x).times(d);
    return first.plus(polygammaOf(order + 2, x).times(d.square()).scaled(-1));
  }
  return polygammaOf(order, x.plus(d)).minus(polygammaOf(order, x));
}

function logBeta(a, b) {
  const [small, large] = (a < b ? [a, b] : [b, a]).map(Big.of);
  if (Math.min(a, b) < 1e-20 * Math.max(a, b)) {
    const slope = polygammaOf(0, large).times(small);
    const bend = polygammaOf(1, large).times(small.square()).scaled(-1);
    return logGamma(small).minus(slope).minus(bend);
  }
  return logGamma(small).plus(logGamma(large)).minus(logGamma(small.plus(large)));
}

const betaDigits = (a, b) => DIGITS + 30 + Math.max(magnitude(a), magnitude(b));

// What the beta function has at edges of its domain; undefined inside.
function betaAtEdge(a, b, far) {
  if (!(a >= 0) || !(b >= 0)) return NaN;
  const isFar = isInfinite(a) || isInfinite(b);
  if (a === 0 || b === 0) return isFar ? NaN : Infinity;
  return isFar ? far : undefined;
}

function beta(a, b) {
  return betaAtEdge(a, b, 0) ?? toFloat(betaDigits(a, b), () => logBeta(a, b).exp());
}

function lbeta(a, b) {
  if (a === 1 && b === 1) return 0;
  return betaAtEdge(a, b, -Infinity) ?? toFloat(betaDigits(a, b), () => logBeta(a, b));
}

// By Leibniz's rule from the derivatives of its logarithm.
function betaDerivative(m, n, a, b) {
  if (!isWhole(m) || !isWhole(n) || m < 0 || n < 0 || m + n > 16) return NaN;
  if (!(a > 0) || !(b > 0)) return m === 0 && n === 0 ? beta(a, b) : NaN;
  if (isInfinite(a) || isInfinite(b)) return 0;
  let lost = Math.abs(Math.log10(a) - Math.log10(b)) + 2;
  if (m && n) lost -= 3 * Math.min(Math.log10(Math.min(a, b)), 0);
  const digits = betaDigits(a, b) + Math.max(m + n - 1, 0) * lost;
  return toFloat(digits, () => {
    const slope = remembered((i, j) => logBetaSlope(i, j, Big.of(a), Big.of(b)));
    const rows = Array.from({ length: m + 1 }, () => Array(n + 1).fill(ZERO));
    for (let i = 0; i <= m; i += 1) {
      for (let j = 0; j <= n; j += 1) {
        rows[i][j] = i || j ? leibniz(rows, slope, i, j) : logBeta(a, b).exp();
      }
    }
    return rows[m][n];
  });
}

function logBetaSlope(m, n, a, b) {
  if (n === 0) return bigDifference(m - 1, a, b).negated();
  if (m === 0) return bigDifference(n - 1, b, a).negated();
  return polygammaOf(m + n - 1, a.plus(b)).negated();
}

function leibniz(rows, slope, m, n) {
  const alongA = m ? 1 : 0;
  let total = ZERO;
  for (let i = 0; i < m + 1 - alongA; i += 1) {
    for (let j = 0; j < n + alongA; j += 1) {
      const weight = binomial(m - alongA, i) * binomial(n - 1 + alongA, j);
      total = total.plus(rows[i][j].times(slope(m - i, n - j)).times(whole(weight)));
    }
  }
  return total;
}

// -- Integrals -------------------------------------------------------------------------------

// Where asymptotic series have a smallest term of exp(-110).
const ASYMPTOTIC = 110;
const LOST = 0.4343;

// The sum of sign^j*x^k/(k*k!) over k = first + j*step.
function powerSeries(x, first, step, sign) {
  const size = x.toNumber();
  let total = ZERO;
  let term = first === 1 ? x : x.square().scaled(-1).times(sign);
  for (let k = first; ; ) {
    total = total.plus(term.over(k));
    for (let j = 0; j < step; j += 1) {
      k += 1;
      term = term.times(x).over(k);
    }
    term = term.times(sign);
    if (negligible(term, total) && k > size) return total;
  }
}

// The sum of sign^j*k!/x^k over k = first + j*step.
function asymptotic(x, first, step, sign) {
  const size = Math.abs(x.toNumber());
  let total = ZERO;
  let term = first ? ONE.over(x) : ONE;
  for (let k = first; !negligible(term, total) && k < size; ) {
    total = total.plus(term);
    for (let j = 0; j < step; j += 1) {
      k += 1;
      term = term.times(k).over(x);
    }
    term = term.times(sign);
  }
  return total;
}

function bigEi(x) {
  if (Math.abs(x.toNumber()) > ASYMPTOTIC) return x.exp().over(x).times(asymptotic(x, 0, 1, 1));
  return euler().plus(x.abs().ln()).plus(powerSeries(x, 1, 1, 1));
}

// f and g of the sine and cosine integrals, for a large x.
const auxiliary = (x) => [asymptotic(x, 0, 2, -1).over(x), asymptotic(x, 1, 2, -1).over(x)];

// Digits for a power series with terms of up to exp(abs(x)), where it is used.
const digitsFor = (x) => DIGITS + (Math.abs(x) <= ASYMPTOTIC ? 2 * LOST * Math.abs(x) + 5 : 0);

function ei(x) {
  if (x === 0) return -Infinity;
  if (Math.abs(x) > 800) return x > 0 ? Infinity : -0;
  return toFloat(digitsFor(x), () => bigEi(Big.of(x)));
}

function li(x) {
  if (!(x > 0 && x < Infinity)) return x < 0 ? NaN : x;
  if (x === 1) return -Infinity;
  return toFloat(digitsFor(Math.log(x)), () => bigEi(Big.of(x).ln()));
}

function si(x) {
  if (isInfinite(x)) return copySign(Math.PI / 2, x);
  if (x === 0) return x;
  const size = Big.of(Math.abs(x));
  const found = toFloat(digitsFor(x), () => {
    if (Math.abs(x) <= ASYMPTOTIC) return powerSeries(size, 1, 2, -1);
    const [sine, cosine] = sinCos(size);
    const [f, g] = auxiliary(size);
    return pi().scaled(-1).minus(f.times(cosine)).minus(g.times(sine));
  });
  return copySign(found, x);
}

function ci(x) {
  if (!(x > 0 && x < Infinity)) return x === 0 ? -Infinity : x === Infinity ? 0 : NaN;
  const at = Big.of(x);
  return toFloat(digitsFor(x), () => {
    if (x <= ASYMPTOTIC) return euler().plus(at.ln()).plus(powerSeries(at, 2, 2, -1));
    const [sine, cosine] = sinCos(at);
    const [f, g] = auxiliary(at);
    return f.times(sine).minus(g.times(cosine));
  });
}

function shi(x) {
  if (Math.abs(x) > 800) return copySign(Infinity, x);
  if (x === 0) return x;
  const size = Big.of(Math.abs(x));
  const isFar = Math.abs(x) > ASYMPTOTIC;
  return copySign(toFloat(DIGITS, () => (isFar ? bigEi(size).scaled(-1) : powerSeries(size, 1, 2, 1))), x);
}

function chi(x) {
  if (!(x > 0 && x < 800)) return x === 0 ? -Infinity : x < 0 ? NaN : Infinity;
  const at = Big.of(x);
  return toFloat(DIGITS, () => {
    if (x > ASYMPTOTIC) return bigEi(at).scaled(-1);
    return euler().plus(at.ln()).plus(powerSeries(at, 2, 2, 1));
  });
}

// The derivative of f(x)/x, from those of f: x*(f/x)' + f/x = f', and so on.
function quotientDerivative(order, x, derivatives) {
  let found = derivatives(0).over(x);
  for (let k = 1; k <= order; k += 1) found = derivatives(k).minus(found.times(k)).over(x);
  return found;
}

// That of the sum of sign^j*(scale*x)^(2*j)/(2*j + 1)!, term by term.
function derivativeNear0(order, x, sign, scale) {
  const j = Math.floor((order + 1) / 2);
  let k = 2 * j;
  let term = scale.power(k).times(whole(factorialOf(k))).over(whole(factorialOf(k + 1)));
  term = term.times(sign ** j).times(k > order ? x : ONE).over(whole(factorialOf(k - order)));
  const square = scale.square().times(x.square()).times(sign);
  let total = ZERO;
  while (!negligible(term, total)) {
    total = total.plus(term);
    k += 2;
    term = term.times(square).times(k - 1).over((k + 1) * (k - order) * (k - order - 1));
  }
  return total;
}

const quotientDigits = (order, x) =>
  DIGITS + 2 * order + order * Math.max(0, Math.log10((order + 1) / Math.abs(x)));

// Of odd functions, a zero with the sign that goes with x.
function signedZero(value, order, x) {
  if (value !== 0 || order % 2 === 0) return value;
  return order % 4 === 1 ? -x : x;
}

const cycleOf = (sine, cosine) => (k) => [sine, cosine, sine.negated(), cosine.negated()][k % 4];

function sincDerivative(n, x) {
  if (!isOrder(n)) return NaN;
  if (isInfinite(x)) return 0;
  const at = Big.of(x);
  if (Math.abs(x) < 1) {
    return signedZero(toFloat(DIGITS + n, () => derivativeNear0(n, at, -1, pi())), n, x);
  }
  if (n === 0 && isWhole(x)) return copySign(0, x);
  return toFloat(quotientDigits(n, x), () => {
    const cycle = cycleOf(...sinCosPi(at));
    return quotientDerivative(n, at, (k) => cycle(k).times(pi().power(k - 1)));
  });
}

function siDerivative(n, x) {
  if (!isOrder(n)) return NaN;
  if (n === 0) return si(x);
  if (isInfinite(x)) return 0;
  const order = n - 1;
  const at = Big.of(x);
  if (Math.abs(x) < 1) {
    return signedZero(toFloat(DIGITS + order, () => derivativeNear0(order, at, -1, ONE)), order, x);
  }
  return toFloat(quotientDigits(order, x), () => quotientDerivative(order, at, cycleOf(...sinCos(at))));
}

const hyperbolics = (x) => {
  const grown = x.exp();
  const fallen = ONE.over(grown);
  return [grown.minus(fallen).scaled(-1), grown.plus(fallen).scaled(-1)];
};

function shiDerivative(n, x) {
  if (!isOrder(n)) return NaN;
  if (n === 0) return shi(x);
  if (Math.abs(x) > 1000) return n % 2 ? Infinity : copySign(Infinity, x);
  const order = n - 1;
  const at = Big.of(x);
  if (Math.abs(x) < 1) return toFloat(DIGITS + order, () => derivativeNear0(order, at, 1, ONE));
  return toFloat(quotientDigits(order, x), () => {
    const rates = hyperbolics(at);
    return quotientDerivative(order, at, (k) => rates[k % 2]);
  });
}

// The derivative of f(x)/x of one order less, where those of f come round again.
function derivativeOfPole(n, x, rates) {
  if (x === 0) return n > 1 && (n % 2 === 0 || Object.is(x, -0)) ? -Infinity : 1 / x;
  const at = Big.of(x);
  return toFloat(DIGITS + 2 * n, () => {
    const cycle = rates(at);
    return quotientDerivative(n - 1, at, (k) => cycle[k % cycle.length]);
  });
}

function eiDerivative(n, x) {
  if (!isOrder(n)) return NaN;
  if (n === 0 || Math.abs(x) > 1000) return ei(x);
  return derivativeOfPole(n, x, (at) => [at.exp()]);
}

function chiDerivative(n, x) {
  if (!isOrder(n)) return NaN;
  if (n === 0 || !(x >= 0 && x < 1000)) return chi(x);
  return derivativeOfPole(n, x, (at) => hyperbolics(at).reverse());
}

function ciDerivative(n, x) {
  if (!isOrder(n)) return NaN;
  if (n === 0 || !(x >= 0 && x < Infinity)) return ci(x);
  const rates = (at) => {
    const [sine, cosine] = sinCos(at);
    return [cosine, sine.negated(), cosine.negated(), sine];
  };
  return derivativeOfPole(n, x, rates);
}

// The integrals of sin and of cos of pi*t^2/2 from 0 to x.
function fresnel(x) {
  if (x === 0) return [x, x];
  if (Math.abs(x) > 8.6) return fresnelFar(x);
  const found = withDigits(DIGITS + 2 * LOST * 1.5708 * x * x, () => {
    const at = Big.of(x);
    const angle = pi().times(at.square()).scaled(-1);
    const size = Math.max(angle.toNumber(), 1);
    const sums = [ZERO, ZERO];
    let term = at;
    for (let k = 0; ; ) {
      const part = term.over(2 * k + 1);
      sums[k % 2] = k % 4 < 2 ? sums[k % 2].plus(part) : sums[k % 2].minus(part);
      k += 1;
      term = term.times(angle).over(k);
      if (k > size && negligible(term, sums[k % 2])) return [sums[1], sums[0]];
    }
  });
  return found.map((sum) => sum.toNumber());
}

function fresnelFar(x) {
  const found = withDigits(DIGITS, () => {
    const size = Big.of(Math.abs(x));
    const [sine, cosine] = halfSquareTurns(size);
    const angle = pi().times(size.square());
    let f = ZERO;
    let g = ZERO;
    let term = ONE;
    for (let k = 0; !negligible(term, ONE); k += 1) {
      f = f.plus(term);
      term = term.times(4 * k + 1).over(angle);
      g = g.plus(term);
      term = term.times(-(4 * k + 3)).over(angle);
    }
    const scale = pi().times(size);
    f = f.over(scale);
    g = g.over(scale);
    return [
      HALF.minus(f.times(cosine)).minus(g.times(sine)),
      HALF.plus(f.times(sine)).minus(g.times(cosine)),
    ];
  });
  return found.map((integral) => copySign(integral.toNumber(), x));
}

// sin and cos of pi*x^2/2.
const halfSquareTurns = (x) => sinCosPi(withBits(EXACT_BITS, () => x.square().scaled(-1)));

const fresnelPart = (part) => (x) => (isInfinite(x) ? copySign(0.5, x) : fresnel(x)[part]);
const fresnels = fresnelPart(0);
const fresnelc = fresnelPart(1);

// By the coefficients of Taylor series, which rotate: the slope of either is pi*x times the other.
function fresnelDerivatives(order, x) {
  const extra = Math.abs(x) > 0 && Math.abs(x) < 1 ? order * magnitude(1 / x) : 0;
  return withDigits(DIGITS + 2 * order + Math.min(extra, 1000), () => {
    const at = Big.of(x);
    const [sine, cosine] = halfSquareTurns(at);
    const sines = [sine];
    const cosines = [cosine];
    for (let k = 0; k < order; k += 1) {
      const [lastSine, lastCosine] = k ? [sines[k - 1], cosines[k - 1]] : [ZERO, ZERO];
      sines.push(pi().times(at.times(cosines[k]).plus(lastCosine)).over(k + 1));
      cosines.push(pi().times(at.times(sines[k]).plus(lastSine)).over(-(k + 1)));
    }
    const scale = whole(factorialOf(order));
    return [sines[order], cosines[order]].map((rate) => rate.times(scale).toNumber());
  });
}

const fresnelDerivative = (part, integral) => (n, x) => {
  if (n === 0) return integral(x);
  return !isOrder(n) || isInfinite(x) ? NaN : fresnelDerivatives(n - 1, x)[part];
};

// -- Lambert's function ----------------------------------------------------------------------

// The float next to the branch point -1/e is taken for it.
const BRANCH_POINT = -0.36787944117144233;

// 1 + w for w*exp(w) = x, the principal branch, by Halley's steps.
function bigLambertw1p(x) {
  let above = lambertStart(x);
  for (let k = 0; k < 12; k += 1) {
    const w = above.minus(ONE);
    const grown = w.exp();
    const residual = w.times(grown).minus(x);
    if (residual.isZero) break;
    const bend = above.plus(1).times(residual).over(above.scaled(1));
    const step = residual.over(grown.times(above).minus(bend));
    above = above.minus(step);
    if (step.top < above.top - 54) break;
  }
  return above;
}

function lambertStart(x) {
  const distance = ONE.plus(ONE.exp().times(x));
  const size = x.toNumber();
  const root = distance.scaled(1).sqrt();
  if (distance.toNumber() < 1e-3) {
    return root.minus(root.square().over(3)).plus(root.power(3).times(11).over(72));
  }
  if (size >= 3) return ONE.plus(Math.log(size) - Math.log(Math.log(size)));
  const least = distance.sqrt();
  const start = ONE.plus(Big.of(Math.log1p(size)).times(size > 0 ? ONE : least));
  return start.compare(least) > 0 ? start : least;
}

function lambertw1p(x) {
  if (x <= BRANCH_POINT || x === Infinity) return x === BRANCH_POINT ? 0 : x === Infinity ? x : NaN;
  if (Math.abs(x) < 1e-20) return 1;
  return toFloat(2 * DIGITS, () => bigLambertw1p(Big.of(x)));
}

function lambertw(x) {
  if (x <= BRANCH_POINT || x === Infinity) return x === BRANCH_POINT ? -1 : x === Infinity ? x : NaN;
  if (Math.abs(x) < 1e-20) return x;
  return toFloat(2 * DIGITS, () => bigLambertw1p(Big.of(x)).minus(ONE));
}

// -- The table -------------------------------------------------------------------------------

const SPECIAL_KERNELS = {
  sech_derivative: sechDerivative,
  asech_derivative: asechDerivative,
  hypot_derivative: hypotDerivative,
  inversion_derivative: inversionDerivative,
  erf,
  erfc,
  erfcx: (x) => erfcxDerivative(0, x),
  erfcx_derivative: erfcxDerivative,
  erfi,
  erfinv,
  gaussian: (x) => expOfSquare(x, -1),
  gaussian_derivative: gaussianDerivative,
  expsquare: (x) => expOfSquare(x, 1),
  normpdf,
  normpdf_derivative: normpdfDerivative,
  normcdf,
  lognormcdf,
  lognormcdf_derivative: lognormcdfDerivative,
  gelu,
  gelu_derivative: geluDerivative,
  gamma,
  lgamma,
  digamma: (x) => polygamma(0, x),
  digamma1p,
  polygamma,
  factorial,
  beta,
  beta_derivative: betaDerivative,
  lbeta,
  polygamma_difference: polygammaDifference,
  ei,
  ei_derivative: eiDerivative,
  li,
  si,
  si_derivative: siDerivative,
  ci,
  ci_derivative: ciDerivative,
  shi,
  shi_derivative: shiDerivative,
  chi,
  chi_derivative: chiDerivative,
  fresnels,
  fresnels_derivative: fresnelDerivative(0, fresnels),
  fresnelc,
  fresnelc_derivative: fresnelDerivative(1, fresnelc),
  sinc: (x) => sincDerivative(0, x),
  sinc_derivative: sincDerivative,
  lambertw,
  lambertw1p,
};

for (const [name, kernel] of Object.entries(SPECIAL_KERNELS)) KERNELS[name] = careful(kernel);
