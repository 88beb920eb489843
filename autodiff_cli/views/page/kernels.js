// Float64 kernels by operator, as the command line has them: total, in IEEE arithmetic.
//
// The basic functions are rounded once (many_digits.js); what is made of them follows the steps of
// autodiff_cli/numbers, so that the rounding errors are the same, too.

const truth = (condition) => (condition ? 1 : 0);
const copySign = (x, sign) => (sign < 0 || Object.is(sign, -0) ? -Math.abs(x) : Math.abs(x));

// f with NaN for NaN.
const careful =
  (f) =>
  (...xs) =>
    xs.some(Number.isNaN) ? NaN : f(...xs);

// A function of a finite float by way of many digits; `far` is for infinities.
const byDigits =
  (f, far = () => NaN) =>
  (x) =>
    Number.isFinite(x) ? rounded(f(Big.of(x))) : Number.isNaN(x) ? NaN : far(x);

// -- Sums with their rounding errors (numbers/double_double.py) ------------------------------

function twoSum(a, b) {
  const total = a + b;
  const part = total - a;
  return [total, a - (total - part) + (b - part)];
}

const SPLITTER = 134217729;

function twoProduct(a, b) {
  const splitA = a * SPLITTER;
  const splitB = b * SPLITTER;
  const highA = splitA - (splitA - a);
  const highB = splitB - (splitB - b);
  const lowA = a - highA;
  const lowB = b - highB;
  const product = a * b;
  return [product, highA * highB - product + highA * lowB + lowA * highB + lowA * lowB];
}

// (a + aLow)/(b + bLow)
function quotient(a, aLow, b, bLow) {
  const high = a / b;
  const [product, error] = twoProduct(high, b);
  return [high, (a - product - error + aLow - high * bLow) / b];
}

// sqrt(a + aLow)
function root(a, aLow) {
  const high = Math.sqrt(a);
  const [square, error] = twoProduct(high, high);
  return [high, (a - square - error + aLow) / (2 * high)];
}

function logQuotient(a, aLow, b, bLow) {
  const [high, low] = quotient(a, aLow, b, bLow);
  return log(high) + low / high;
}

// -- Basic functions (numbers/floats.py) -----------------------------------------------------

const sqrt = (x) => (x >= 0 ? Math.sqrt(x) + 0 : NaN);

const exp = careful((x) => (x > 710 ? Infinity : x < -746 ? 0 : rounded(Big.of(x).exp())));
const exp2 = careful((x) => (x > 1025 ? Infinity : x < -1076 ? 0 : exp2Of(Big.of(x))));
const exp2Of = (x) => rounded(x.times(logOf2()).exp());

// Of a sum with a tiny x the bits of x are kept.
function expm1(x) {
  if (x === 0 || Number.isNaN(x)) return x;
  if (x > 710 || x < -60) return x > 0 ? Infinity : -1;
  const at = Big.of(x);
  if (Math.abs(x) < 2 ** -60) return at.plus(at.square().scaled(-1)).toNumber();
  return withBits(230, () => rounded(at.exp().minus(ONE)));
}

// log of x, which has a pole where x is `pole`.
const logarithm = (f, pole) => (x) =>
  x > pole && x < Infinity ? f(Big.of(x)) : x === pole ? -Infinity : x === Infinity ? x : NaN;

const LOG_10 = constant((bits) => withBits(bits + 40, () => Big.of(10).ln().fixed(bits)));
const log = logarithm((x) => rounded(x.ln()), 0);
const log2 = logarithm((x) => rounded(x.ln().over(logOf2())), 0);
const log10 = logarithm((x) => rounded(x.ln().over(LOG_10())), 0);
const log1pFar = logarithm((x) => withBits(1300, () => ONE.plus(x)).ln(), -1);

function log1p(x) {
  if (Math.abs(x) >= 2 ** -60 || Number.isNaN(x)) {
    const found = log1pFar(x);
    return found instanceof Big ? rounded(found) : found;
  }
  const at = Big.of(x);
  return x === 0 ? x : at.minus(at.square().scaled(-1)).toNumber();
}

const withSignedZero = (f) => (x) => (x === 0 ? x : f(x));

const sin = withSignedZero(byDigits((x) => sinCos(x)[0]));
const cos = byDigits((x) => sinCos(x)[1]);
const tan = withSignedZero(
  byDigits((x) => {
    const [sine, cosine] = sinCos(x);
    return sine.over(cosine);
  }),
);

const asin = withSignedZero((x) => (Math.abs(x) <= 1 ? rounded(angle(Big.of(x), legOfUnit(x))) : NaN));
const acos = (x) => (x === 1 ? 0 : Math.abs(x) <= 1 ? rounded(angle(legOfUnit(x), Big.of(x))) : NaN);
const atan = withSignedZero(byDigits(arctangentOfAny, (x) => copySign(Math.PI / 2, x)));

// sqrt(1 - x^2)
function legOfUnit(x) {
  const at = Big.of(x);
  return ONE.minus(at).times(ONE.plus(at)).sqrt();
}

function arctangentOfAny(x) {
  return angle(x, ONE);
}

function atan2(y, x) {
  if (y === 0 || x === 0 || !Number.isFinite(y) || !Number.isFinite(x)) return Math.atan2(y, x);
  return rounded(angle(Big.of(y), Big.of(x)));
}

function power(x, y) {
  if (Number.isNaN(x) || Number.isNaN(y)) return NaN;
  if (Math.abs(x) === 1 && Math.abs(y) === Infinity) return 1;
  const special = Math.pow(x, y);
  if (!Number.isFinite(x) || !Number.isFinite(y) || x === 0 || y === 0 || x === 1) return special;
  if (Number.isNaN(special)) return special;
  const size = powerOfPositive(Math.abs(x), y);
  return x < 0 && Math.abs(y % 2) === 1 ? -size : size;
}

function powerOfPositive(x, y) {
  const roughly = Math.log2(x) * y;
  if (roughly > 1025 || roughly < -1077) return roughly > 0 ? Infinity : 0;
  if (Number.isInteger(y) && Math.abs(y) <= 64) return withBits(230, () => rounded(Big.of(x).power(y)));
  return withBits(230, () => rounded(Big.of(x).ln().times(y).exp()));
}

function cbrt(x) {
  if (x === 0 || !Number.isFinite(x)) return x;
  return copySign(rounded(Big.of(Math.abs(x)).ln().over(3).exp()), x);
}

function mod(x, y) {
  if (y === 0 || Math.abs(x) === Infinity || Number.isNaN(x) || Number.isNaN(y)) return NaN;
  const rest = x % y;
  if (rest === 0) return copySign(0, y);
  return y < 0 !== rest < 0 ? rest + y : rest;
}

// As Python has it: x/y may round across a whole number.
function floordiv(x, y) {
  if (y === 0 || Math.abs(x) === Infinity || Number.isNaN(x) || Number.isNaN(y)) return NaN;
  const rest = x % y;
  const found = (x - rest) / y - (rest !== 0 && y < 0 !== rest < 0 ? 1 : 0);
  if (found === 0) return copySign(0, x / y);
  const whole = Math.floor(found);
  return found - whole > 0.5 ? whole + 1 : whole;
}

const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;

// exp(x) as a number near 1 and an exponent of 2.
function scaledExp(x) {
  const exponent = nearest(x / 0.6931471805599453);
  return [exp(x - exponent * LN2_HIGH - exponent * LN2_LOW), exponent];
}

function ldexp(fraction, exponent) {
  if (Math.abs(exponent) < 1000 || !Number.isFinite(fraction)) return fraction * 2 ** exponent;
  return copySign(Big.of(fraction).scaled(exponent).toNumber(), fraction);
}

const sign = (x) => (x === 0 || Number.isNaN(x) ? x : copySign(1, x));

// Halves to even, with the sign of zero kept.
function nearest(x) {
  if (!(Math.abs(x) < 2 ** 52)) return x;
  return copySign(Math.abs(x) + 2 ** 52 - 2 ** 52, x);
}

const maximum = careful((...xs) => xs.reduce((most, x) => (x > most ? x : most)));
const minimum = (...xs) => -maximum(...xs.map((x) => -x));

// The sum, rounded once, over how many there are.
function average(...xs) {
  if (!xs.every(Number.isFinite)) return xs.reduce((sum, x) => sum + x, 0) / xs.length;
  const sum = withBits(4400, () => xs.reduce((sum, x) => sum.plus(x), ZERO));
  const total = sum.toNumber();
  return Number.isFinite(total) ? total / xs.length : sum.over(xs.length).toNumber();
}

const ties = careful((x, ...xs) => xs.filter((other) => other === x).length);
const clip = (x, lower, upper) => minimum(maximum(x, lower), upper);
const relu = (x) => (x <= 0 ? 0 : x);
const elu = (x) => (x > 0 ? x : expm1(x));
const selu = (x) => (x > 0 ? 1.0507009873554805 * x : 1.7580993408473768 * expm1(x));

function and(a, b) {
  if (a === 0 || b === 0) return 0;
  return Number.isNaN(a) || Number.isNaN(b) ? NaN : 1;
}

function or(a, b) {
  if ((a && a !== 0) || (b && b !== 0)) return 1;
  return Number.isNaN(a) || Number.isNaN(b) ? NaN : 0;
}

function where(condition, a, b) {
  if (Number.isNaN(condition)) return NaN;
  return condition !== 0 ? a : b;
}

// -- Hyperbolic functions (numbers/hyperbolic.py) --------------------------------------------

const TINY = 2 ** -27;
const HUGE = 2 ** 28;
const LOG_2 = 0.6931471805599453;
const SINH = [];
for (let n = 19; n > 2; n -= 2) SINH.push(1 / Number(factorialOf(n)));

function sinhTail(x) {
  const square = x * x;
  const tail = SINH.reduce((sum, coefficient) => sum * square + coefficient, 0);
  return x * (square * tail);
}

function tanhTail(x) {
  const z = x * x;
  const below = 9 + z / (11 + z / (13 + z / (15 + z / 17)));
  return -x * (z / (z + (3 + z / (5 + z / (7 + z / below)))));
}

function halfExp(x) {
  if (x < 700) return 0.5 * exp(x);
  if (x > 1500) return Infinity;
  const [fraction, exponent] = scaledExp(x);
  return ldexp(fraction, exponent - 1);
}

function twiceExp(x) {
  if (x > -700) return 2 * exp(x);
  if (x < -800) return 0;
  if (Number.isNaN(x)) return x;
  const [fraction, exponent] = scaledExp(x);
  return ldexp(fraction, exponent + 1);
}

const sinh = careful((x) => {
  const size = Math.abs(x);
  if (size < 1) return x + sinhTail(x);
  if (size >= 25) return copySign(halfExp(size), x);
  const grown = exp(size);
  return copySign(0.5 * (grown - 1 / grown), x);
});

const cosh = careful((x) => {
  const size = Math.abs(x);
  if (size >= 25) return halfExp(size);
  const grown = exp(size);
  return 0.5 * (grown + 1 / grown);
});

const tanh = careful((x) => {
  const size = Math.abs(x);
  if (size < TINY) return x;
  if (size < 1) return x + tanhTail(x);
  return copySign(size < 20 ? 1 - 2 / (exp(2 * size) + 1) : 1, x);
});

function sech(x) {
  const size = Math.abs(x);
  if (!(size < 25)) return twiceExp(-size);
  const t = exp(-size);
  const square = t * t;
  const below = 1 + square;
  const [high, low] = quotient(2 * t, 0, below, square - (below - 1));
  return high + low;
}

const csch = careful((x) => {
  const size = Math.abs(x);
  if (size < TINY) return 1 / x;
  if (size < 1) {
    const [high, low] = quotient(1, 0, ...twoSum(x, sinhTail(x)));
    return high + low;
  }
  if (size >= 25) return copySign(twiceExp(-size), x);
  const t = exp(-size);
  const square = t * t;
  const below = 1 - square;
  const [high, low] = quotient(2 * t, 0, below, 1 - below - square);
  return copySign(high + low, x);
});

const coth = careful((x) => {
  const size = Math.abs(x);
  if (size < TINY) return 1 / x;
  if (size < 1) {
    const [high, low] = quotient(1, 0, ...twoSum(x, tanhTail(x)));
    return high + low;
  }
  return copySign(size < 20 ? 1 + 2 / expm1(2 * size) : 1, x);
});

function asinh(x) {
  const size = Math.abs(x);
  if (size < TINY || !Number.isFinite(x)) return x;
  if (size > HUGE) return copySign(log(size) + LOG_2, x);
  const [square, error] = twoProduct(size, size);
  const [high, low] = twoSum(square, 1);
  return copySign(logPlus(size, ...root(high, low + error)), x);
}

// log(x + high + low)
function logPlus(x, high, low) {
  const [total, error] = twoSum(x, high);
  return log(total) + (error + low) / total;
}

function acosh(x) {
  if (x <= 1) return x === 1 ? 0 : NaN;
  if (!(x <= HUGE)) return log(x) + LOG_2;
  const [square, error] = twoProduct(x, x);
  const [high, low] = twoSum(square, -1);
  return logPlus(x, ...root(high, low + error));
}

const atanh = careful((x) => {
  const size = Math.abs(x);
  if (size < TINY) return x;
  if (size >= 1) return size === 1 ? copySign(Infinity, x) : NaN;
  return copySign(0.5 * logQuotient(...twoSum(1, size), ...twoSum(1, -size)), x);
});

function asech(x) {
  if (!(x >= 0 && x <= 1)) return NaN;
  if (x < TINY) return x > 0 ? LOG_2 - log(x) : Infinity;
  if (x === 1) return 0;
  const [high, low] = leg(1, x);
  const [total, error] = twoSum(1, high);
  return logQuotient(total, error + low, x, 0);
}

function acsch(x) {
  const size = Math.abs(x);
  if (size > HUGE || Number.isNaN(x)) return 1 / x;
  if (size < TINY) return copySign(size > 0 ? LOG_2 - log(size) : Infinity, x);
  const [square, error] = twoProduct(size, size);
  const [sum, rest] = twoSum(square, 1);
  const [high, low] = root(sum, rest + error);
  const [total, more] = twoSum(1, high);
  return copySign(logQuotient(total, more + low, size, 0), x);
}

function acoth(x) {
  const size = Math.abs(x);
  if (size > HUGE || Number.isNaN(x)) return 1 / x;
  if (size <= 1) return size === 1 ? copySign(Infinity, x) : NaN;
  return copySign(0.5 * logQuotient(...twoSum(size, 1), ...twoSum(size, -1)), x);
}

// -- Right triangles -------------------------------------------------------------------------

function hypot(x, y) {
  if (Number.isNaN(x) || Number.isNaN(y)) return NaN;
  if (!Number.isFinite(x) || !Number.isFinite(y)) return Infinity;
  if (x === 0 || y === 0) return Math.abs(x) + Math.abs(y);
  return rounded(Big.of(x).square().plus(Big.of(y).square()).sqrt());
}

function cathetus(h, x) {
  if (!(Math.abs(x) <= h) || (Math.abs(x) === h && h === Infinity)) return NaN;
  if (Math.abs(x) === h) return 0;
  if (h > 1e-120 && h < 1e150) {
    const [high, low] = leg(h, x);
    return high + low;
  }
  if (h === Infinity) return h;
  const exponent = Big.of(h).top;
  const [high, low] = leg(ldexp(h, -exponent), ldexp(x, -exponent));
  return ldexp(high + low, exponent);
}

// sqrt((h - x)*(h + x)) to twice the precision.
function leg(h, x) {
  const [total, totalError] = twoSum(h, x);
  const [difference, differenceError] = twoSum(h, -x);
  const [product, error] = twoProduct(difference, total);
  return root(product, error + difference * totalError + total * differenceError);
}

function direction(x, y) {
  const h = hypot(x, y);
  if (h > 1e-290 && h < Infinity) return x / h;
  if (h === 0 || Number.isNaN(h)) return x * h;
  if (Math.abs(y) === Infinity) return Math.abs(x) === Infinity ? NaN : copySign(0, x);
  if (Math.abs(x) === Infinity) return copySign(1, x);
  const scale = h === Infinity ? 0.25 : 2 ** 200;
  return (x * scale) / hypot(x * scale, y * scale);
}

function inversion(x, y) {
  const h = hypot(x, y);
  if (h === 0 || Number.isNaN(h)) return x * h;
  if (h === Infinity && Number.isFinite(x) && Number.isFinite(y)) return inversionScaled(x, y, 0.25);
  if (h < 1e-290) return inversionScaled(x, y, 2 ** 100);
  if (h < 1e150) return h > 1e-120 ? x / (x * x + y * y) : x / h / h;
  return h < Infinity ? x / h / h : copySign(0, x);
}

function inversionScaled(x, y, scale) {
  const h = hypot(x * scale, y * scale);
  return ((x * scale) / h / h) * scale;
}

const asec = (x) => atan2(cathetus(Math.abs(x), 1), copySign(1, x));
const acsc = careful((x) => copySign(atan2(1, cathetus(Math.abs(x), 1)), x));
const acot = careful((x) => copySign(atan2(1, Math.abs(x)), x));

// -- Exponentials and logarithms (numbers/logistic.py) ---------------------------------------

const FAR = -40;

// 1/(1 + exp(-x)) as a sum.
function sigmoidParts(x) {
  const t = exp(-Math.abs(x));
  if (Math.abs(x) > -FAR) return x > 0 ? [1, -t] : [t, 0];
  const below = 1 + t;
  const [high, low] = quotient(t, 0, below, t - (below - 1));
  if (x <= 0) return [high, low];
  const rest = 1 - high;
  return [rest, 1 - rest - high - low];
}

const sigmoid = careful((x) => {
  const [high, low] = sigmoidParts(x);
  return high + low;
});

// factor*exp(x) for negative x, rounded once where it is subnormal.
function timesExp(factor, x) {
  if (x < -1000) return copySign(0, factor);
  const [fraction, exponent] = scaledExp(x);
  return ldexp(factor * fraction, exponent);
}

// (a + aLow) + x*(b + bLow); NaN where so much cancels that errors of a and b count.
function plusProduct(a, aLow, x, b, bLow) {
  const [product, error] = twoProduct(x, b);
  const [total, rest] = twoSum(a, product);
  return Math.abs(total) > 0.5 * Math.abs(a) ? total + (rest + error + aLow + x * bLow) : NaN;
}

const silu = careful((x) => {
  if (x < FAR) return timesExp(x, x);
  if (x > -FAR) return x;
  const [high, low] = sigmoidParts(x);
  return x * high + x * low;
});

const siluDerivative = careful((n, x) => {
  if (n === 0) return silu(x);
  if (n === 1 && Math.abs(x) > -FAR) return x > 0 ? 1 : timesExp(1 + x, x);
  if (n === 1) {
    const slope = plusProduct(...sigmoidParts(x), x, ...overSquare(exp(-Math.abs(x))));
    if (!Number.isNaN(slope)) return slope;
  }
  return exactDerivative(SILU, n, x);
});

// n and n + 2 with n = t*(t + 2), each as a sum.
function tanhSoftplus(t) {
  const [above, aboveLow] = twoSum(2 * t, t * t);
  const [below, belowLow] = twoSum(2, above);
  return [above, aboveLow, below, belowLow + aboveLow];
}

function mish(x) {
  if (x < FAR) return timesExp(x, x);
  if (x > 20 || Number.isNaN(x)) return x;
  const [high, low] = quotient(...tanhSoftplus(exp(x)));
  return x * high + x * low;
}

const mishDerivative = careful((n, x) => {
  if (n === 0) return mish(x);
  if (n === 1 && x < FAR) return timesExp(1 + x, x);
  if (n === 1 && x > -FAR) return 1;
  if (n === 1) {
    const t = exp(x);
    const [above, aboveLow, below, belowLow] = tanhSoftplus(t);
    const density = quotient(...twoSum(4 * t, 4 * t * t), below, belowLow);
    const ratio = quotient(above, aboveLow, below, belowLow);
    const slope = plusProduct(...ratio, x, ...quotient(...density, below, belowLow));
    if (!Number.isNaN(slope)) return slope;
  }
  return exactDerivative(MISH, n, x);
});

function softplus(x) {
  const t = exp(-Math.abs(x));
  const total = 1 + t;
  const rest = log(total) + (t - (total - 1)) / total;
  return x > 0 ? x + rest : rest;
}

function softshare(x, y) {
  const [difference, error] = twoSum(x, -y);
  if (!Number.isFinite(difference) || error === 0 || Number.isNaN(error)) return sigmoid(difference);
  const [high, low] = sigmoidParts(difference);
  return high + (low + high * sigmoid(-difference) * error);
}

const softshareDerivative = careful((n, x, y) => {
  if (n === 0) return softshare(x, y);
  return n === 1 ? logisticDensity(x, y) : exactSoftshareDerivative(n, x, y);
});

function logisticDensity(x, y) {
  const [difference, rest] = twoSum(x, -y);
  if (!Number.isFinite(difference)) return Number.isNaN(difference) ? NaN : 0;
  const [size, error] = difference <= 0 ? [difference, rest] : [-difference, -rest];
  let t = exp(size);
  if (size > FAR) {
    const [high, low] = overSquare(t);
    t = high + low;
  }
  return Number.isNaN(error) ? t : t + t * error * tanh(-0.5 * size);
}

// t/(1 + t)^2 as a sum, for 0 < t <= 1.
function overSquare(t) {
  const base = 1 + t;
  const [below, belowLow] = twoProduct(base, base);
  return quotient(t, 0, below, belowLow + 2 * base * (t - (base - 1)));
}

const logaddexp = careful((x, y) => {
  const [high, low] = x >= y ? [x, y] : [y, x];
  const [difference, error] = twoSum(low, -high);
  if (!Number.isFinite(difference)) return high;
  const rest = softplus(difference) + error * sigmoid(difference);
  const total = high + rest;
  if (high < 0 && Math.abs(total) < 0.75 * rest) {
    const places = 60 - 2 * Math.round(Math.log10(rest));
    return withDigits(places, () => Big.of(x).exp().plus(Big.of(y).exp()).ln().toNumber());
  }
  return total;
});

function logit(x) {
  if (x > 1e-8 && x < 1) return logQuotient(x, 0, ...twoSum(1, -x));
  if (x >= 1) return x === 1 ? Infinity : NaN;
  return log(x) + x;
}

const log1mexp = (x) => (x > -LOG_2 ? log(-expm1(x)) : log1p(-exp(x)));
const xlogy = (x, y) => (x === 0 && y >= 0 ? 0 : x * log(y));

function xlog1py(x, y) {
  if (x === 0 && y >= -1) return 0;
  const total = 1 + y;
  if (!(total > 0 && total < Infinity) || !Number.isFinite(x)) return x * log1p(y);
  const error = y < 1 ? y - (total - 1) : 1 - (total - y);
  const [high, low] = twoSum(log(total), error / total);
  return x * high + x * low;
}

function exprel(x) {
  if (x === 0) return 1;
  if (x > 700 && x < 800) {
    const [fraction, exponent] = scaledExp(x);
    return ldexp(fraction / x, exponent);
  }
  return x === Infinity ? x : expm1(x) / x;
}

function expmoment(n, x) {
  if (!(n >= 0 && n <= 100) || !Number.isInteger(n) || Number.isNaN(x)) return NaN;
  if (n === 0) return exprel(x);
  if (Math.abs(x) < 3 * n + 1) return momentNear0(n, x);
  if (x > 1500) return Infinity;
  const [fraction, exponent] = x > 700 ? scaledExp(x) : [exp(x), 0];
  let moment = exponent ? fraction / x : exprel(x);
  for (let k = 1; k <= n; k += 1) moment = (fraction - k * moment) / x;
  return ldexp(moment, exponent);
}

// By power series of positive terms; for a negative x exp(x) times such a series.
function momentNear0(n, x) {
  let total = 0;
  for (let k = Math.min(24 + 8 * n, 150); k >= 0; k -= 1) {
    if (x >= 0) total = total * x + 1 / Number(factorialOf(k) * BigInt(n + k + 1));
    else total = whole(factorialOf(n)).over(whole(factorialOf(n + 1 + k))).toNumber() - total * x;
  }
  return x >= 0 ? total : exp(x) * total;
}

// -- The table -------------------------------------------------------------------------------

const KERNELS = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  neg: (a) => -a,
  pow: power,
  mod,
  floordiv,
  avg: average,
  count: careful((...xs) => xs.length),
  sqrt,
  cbrt,
  exp,
  exp2,
  expm1,
  log,
  log1p,
  log2,
  log10,
  log1mexp,
  exprel,
  expmoment,
  xlogy,
  xlog1py,
  logaddexp,
  softshare,
  softshare_derivative: softshareDerivative,
  logit,
  sin,
  cos,
  tan,
  sec: (x) => 1 / cos(x),
  csc: (x) => 1 / sin(x),
  cot: (x) => 1 / tan(x),
  asin,
  acos,
  atan,
  asec,
  acsc,
  acot,
  atan2,
  inversion,
  hypot,
  direction,
  cathetus,
  deg: (x) => x * 57.29577951308232,
  rad: (x) => x * 0.017453292519943295,
  sinh,
  cosh,
  tanh,
  sech,
  csch,
  coth,
  asinh,
  acosh,
  atanh,
  asech,
  acsch,
  acoth,
  sigmoid,
  softplus,
  log_sigmoid: (x) => -softplus(-x),
  silu,
  silu_derivative: siluDerivative,
  mish,
  mish_derivative: mishDerivative,
  elu,
  selu,
  relu,
  leaky_relu: (x) => (x <= 0 ? 0.01 * x : x),
  relu6: (x) => clip(x, 0, 6),
  hardtanh: (x) => clip(x, -1, 1),
  abs: Math.abs,
  sign,
  floor: Math.floor,
  ceil: Math.ceil,
  round: nearest,
  trunc: Math.trunc,
  step: careful((x) => truth(x >= 0)),
  max: maximum,
  min: minimum,
  ties,
  clip,
  lt: careful((a, b) => truth(a < b)),
  le: careful((a, b) => truth(a <= b)),
  gt: careful((a, b) => truth(a > b)),
  ge: careful((a, b) => truth(a >= b)),
  eq: careful((a, b) => truth(a === b)),
  ne: careful((a, b) => truth(a !== b)),
  and,
  or,
  not: careful((a) => truth(a === 0)),
  where,
  gate: (condition, value) => where(condition, value, 0),
};
