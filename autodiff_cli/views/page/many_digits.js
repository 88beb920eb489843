// Numbers with as many bits as it takes: a BigInt times a power of two.
//
// Kernels compute with them and round once, at the end, so the page has the same numbers in
// every browser, whatever its Math.exp or Math.sin does in the last place.

// How many bits results of operations keep; `withDigits` and `withBits` change it for a while.
let workingBits = 160;

const BITS_PER_DIGIT = Math.log2(10);

function withBits(bits, compute) {
  const before = workingBits;
  workingBits = bits;
  try {
    return compute();
  } finally {
    workingBits = before;
  }
}

function withDigits(digits, compute) {
  return withBits(Math.ceil(digits * BITS_PER_DIGIT) + 4, compute);
}

// The precision in decimal digits.
function precision() {
  return Math.floor(workingBits / BITS_PER_DIGIT);
}

const FLOAT_VIEW = new DataView(new ArrayBuffer(8));

// A float's fraction as a whole number and its exponent: x = fraction * 2^exponent.
function floatParts(x) {
  FLOAT_VIEW.setFloat64(0, x);
  const high = FLOAT_VIEW.getUint32(0);
  const field = (high >>> 20) & 0x7ff;
  const size = (BigInt((high & 0xfffff) | (field ? 0x100000 : 0)) << 32n) | BigInt(FLOAT_VIEW.getUint32(4));
  return { fraction: high >>> 31 ? -size : size, exponent: Math.max(field, 1) - 1075 };
}

function floatExponent(x) {
  FLOAT_VIEW.setFloat64(0, x);
  return ((FLOAT_VIEW.getUint32(0) >>> 20) & 0x7ff) - 1023;
}

const TOO_LONG_FOR_FLOATS = 1n << 1000n;

// How many bits a positive whole number has.
function bitLength(n) {
  if (n >= TOO_LONG_FOR_FLOATS) {
    const text = n.toString(16);
    return 4 * text.length - Math.clz32(parseInt(text[0], 16)) + 28;
  }
  if (n === 0n) return 0;
  const length = floatExponent(Number(n)) + 1; // one too many where it was rounded up
  return n >> BigInt(length - 1) ? length : length - 1;
}

// floor(sqrt(n)), or one more.
function integerRoot(n) {
  if (n < 1n << 52n) return BigInt(Math.floor(Math.sqrt(Number(n))));
  const half = BigInt(bitLength(n) >> 2);
  const root = integerRoot(n >> (2n * half)) << half;
  return (root + n / root) >> 1n;
}

class Big {
  // The value is m * 2^e.
  constructor(m, e) {
    this.m = m;
    this.e = e;
  }

  // A finite float or a Big, exactly.
  static of(x) {
    if (x instanceof Big) return x;
    const { fraction, exponent } = floatParts(x);
    return new Big(fraction, exponent);
  }

  static rounded(m, e, bits = workingBits) {
    const extra = bitLength(m < 0n ? -m : m) - bits;
    if (extra <= 0) return new Big(m, e);
    const shift = BigInt(extra);
    return new Big((m + (1n << (shift - 1n))) >> shift, e + extra);
  }

  get isZero() {
    return this.m === 0n;
  }

  get sign() {
    return this.m > 0n ? 1 : this.m < 0n ? -1 : 0;
  }

  // The exponent of the power of two above: 2^(top - 1) <= abs(x) < 2^top.
  get top() {
    return bitLength(this.m < 0n ? -this.m : this.m) + this.e;
  }

  plus(other) {
    const b = Big.of(other);
    if (this.isZero) return Big.rounded(b.m, b.e);
    if (b.isZero) return Big.rounded(this.m, this.e);
    const apart = this.top - b.top;
    if (Math.abs(apart) > workingBits + 4) {
      const larger = apart > 0 ? this : b;
      return Big.rounded(larger.m, larger.e);
    }
    const e = Math.min(this.e, b.e);
    return Big.rounded((this.m << BigInt(this.e - e)) + (b.m << BigInt(b.e - e)), e);
  }

  minus(other) {
    return this.plus(Big.of(other).negated());
  }

  negated() {
    return new Big(-this.m, this.e);
  }

  abs() {
    return this.m < 0n ? this.negated() : this;
  }

  times(other) {
    const b = Big.of(other);
    return Big.rounded(this.m * b.m, this.e + b.e);
  }

  square() {
    return this.times(this);
  }

  over(other) {
    const b = Big.of(other);
    const shift = Math.max(0, workingBits + 2 + bitLength(b.abs().m) - bitLength(this.abs().m));
    return Big.rounded((this.m << BigInt(shift)) / b.m, this.e - b.e - shift);
  }

  // x * 2^exponent
  scaled(exponent) {
    return new Big(this.m, this.e + exponent);
  }

  // x^n for a whole n
  power(n) {
    let result = ONE;
    let square = this;
    for (let k = Math.abs(n); k; k = Math.floor(k / 2)) {
      if (k % 2) result = result.times(square);
      if (k > 1) square = square.square();
    }
    return n < 0 ? ONE.over(result) : result;
  }

  compare(other) {
    return this.minus(other).sign;
  }

  sqrt() {
    let shift = Math.max(0, 2 * workingBits + 2 - bitLength(this.m));
    if ((this.e - shift) % 2) shift += 1;
    return Big.rounded(integerRoot(this.m << BigInt(shift)), (this.e - shift) / 2);
  }

  // floor(x * 2^places), a whole number
  fixed(places) {
    const shift = this.e + places;
    return shift >= 0 ? this.m << BigInt(shift) : this.m >> BigInt(-shift);
  }

  // The nearest whole number, as a BigInt.
  toInteger() {
    return (this.fixed(1) + 1n) >> 1n;
  }

  floor() {
    return this.fixed(0);
  }

  // By the power series of what is left of x beside a multiple of log(2), halved a few times.
  exp() {
    const halvings = 8;
    const places = workingBits + 2 * halvings + 16 + Math.max(0, this.top);
    const one = 1n << BigInt(places);
    const log2 = logOf2(places).fixed(places);
    const x = this.fixed(places);
    const turns = (2n * x + log2) / (2n * log2) - (2n * x + log2 < 0n ? 1n : 0n);
    const rest = (x - turns * log2) >> BigInt(halvings);
    let sum = one;
    let term = one;
    for (let k = 1n; term !== 0n && term !== -1n; k += 1n) {
      term = ((term * rest) >> BigInt(places)) / k;
      sum += term;
    }
    for (let k = 0; k < halvings; k += 1) sum = (sum * sum) >> BigInt(places);
    return Big.rounded(sum, Number(turns) - places);
  }

  // Halley's steps for exp(y) = x, from the float's logarithm; they triple the right digits.
  ln() {
    const exponent = this.top - (this.isPowerOfTwo ? 1 : 0);
    let near = this.scaled(-exponent);
    let turns = exponent;
    if (near.toNumber() < 0.7) {
      near = near.scaled(1);
      turns -= 1;
    }
    const distance = near.minus(ONE);
    if (distance.isZero) return turns ? logOf2(workingBits).times(turns) : ZERO;
    const lost = turns ? 0 : Math.max(0, -distance.top);
    const y = withBits(workingBits + lost + 10, () => logarithmNear1(near));
    return turns ? y.plus(logOf2(workingBits).times(turns)) : Big.rounded(y.m, y.e);
  }

  get isPowerOfTwo() {
    return this.m > 0n && (this.m & (this.m - 1n)) === 0n;
  }

  // The nearest float, halves to even; overflow is infinity.
  toNumber() {
    if (this.isZero) return 0;
    const size = this.m < 0n ? -this.m : this.m;
    const length = bitLength(size);
    const top = length + this.e;
    if (top > 1024) return this.sign * Infinity;
    if (top < -1074) return this.sign * 0;
    const dropped = length - Math.min(53, top + 1074);
    if (dropped <= 0) return this.sign * Number(size) * 2 ** this.e;
    const shift = BigInt(dropped);
    let kept = size >> shift;
    const rest = size - (kept << shift);
    const half = 1n << (shift - 1n);
    if (rest > half || (rest === half && kept & 1n)) kept += 1n;
    return this.sign * Number(kept) * 2 ** (this.e + dropped);
  }
}

const ZERO = new Big(0n, 0);
const ONE = new Big(1n, 0);
const HALF = new Big(1n, -1);

// The nearest float to a number that may be exactly one, or halfway between two: what the last
// bits are off by is rounded away first.
function rounded(x) {
  return Big.rounded(x.m, x.e, workingBits - 24).toNumber();
}

function logarithmNear1(x) {
  let y = Big.of(Math.log1p(x.minus(ONE).toNumber()));
  for (let known = 45; known < workingBits; known *= 3) {
    const grown = y.exp();
    y = y.plus(x.minus(grown).scaled(1).over(x.plus(grown)));
  }
  return y;
}

// -- Constants ------------------------------------------------------------------------------

// A constant by its integer part times 2^bits; few precisions are stored.
function constant(compute) {
  const known = new Map();
  return (bits = workingBits) => {
    const stored = 256 * Math.ceil((bits + 16) / 256);
    if (!known.has(stored)) known.set(stored, new Big(compute(stored + 32), -stored - 32));
    return known.get(stored);
  };
}

// The sum of weight/((2*k + 1)*n^(2*k + 1)) over k >= 0, times 2^bits; with signs an arctangent.
function inverseSeries(weight, n, bits, sign) {
  let power = (BigInt(weight) << BigInt(bits)) / n;
  let sum = power;
  for (let k = 3n; power !== 0n; k += 2n) {
    power = (sign * power) / (n * n);
    sum += power / k;
  }
  return sum;
}

// Machin's formula and its like for log(2).
const pi = constant((bits) => inverseSeries(16, 5n, bits, -1n) - inverseSeries(4, 239n, bits, -1n));
const logOf2 = constant(
  (bits) =>
    inverseSeries(18, 26n, bits, 1n) - inverseSeries(2, 4801n, bits, 1n) + inverseSeries(8, 8749n, bits, 1n),
);

// -- Circular functions ---------------------------------------------------------------------

// Whether a term of a series no longer counts.
function negligible(term, total) {
  return term.isZero || (!total.isZero && term.top < total.top - workingBits - 4);
}

// sin(x) and cos(x) for abs(x) <= 1.
function quarterTurn(x) {
  const square = x.square();
  let sine = ZERO;
  let cosine = ZERO;
  let term = ONE;
  for (let k = 0; !negligible(term, ONE); k += 2) {
    cosine = cosine.plus(term);
    term = term.over(k + 1);
    sine = sine.plus(term);
    term = term.times(square).over(-(k + 2));
  }
  return [x.times(sine), cosine];
}

function turned(quarters, x) {
  const [sine, cosine] = quarterTurn(x);
  return [
    [sine, cosine],
    [cosine, sine.negated()],
    [sine.negated(), cosine.negated()],
    [cosine.negated(), sine],
  ][Number(((quarters % 4n) + 4n) % 4n)];
}

function sinCos(x) {
  const [quarters, rest] = withBits(workingBits + Math.max(0, x.top) + 70, () => {
    const quarter = pi().scaled(-1);
    const count = x.over(quarter).toInteger();
    return [count, x.minus(quarter.times(new Big(count, 0)))];
  });
  return turned(quarters, Big.rounded(rest.m, rest.e));
}

// sin(pi*x) and cos(pi*x)
function sinCosPi(x) {
  const quarters = x.scaled(1).toInteger();
  const rest = withBits(4000, () => x.minus(new Big(quarters, -1)));
  return turned(quarters, pi().times(rest));
}

// From the float's arctangent, by the series of what is left.
function arctangent(x) {
  const near = Math.atan(x.toNumber());
  const [sine, cosine] = sinCos(Big.of(near));
  const rest = x.times(cosine).minus(sine).over(cosine.plus(x.times(sine)));
  const square = rest.square().negated();
  let sum = ZERO;
  let power = rest;
  for (let k = 1; !negligible(power, sum); k += 2) {
    sum = sum.plus(power.over(k));
    power = power.times(square);
  }
  return sum.plus(near);
}

// The angle of the point (x, y), for finite numbers that are not both 0.
function angle(y, x) {
  if (x.abs().compare(y.abs()) >= 0) {
    const from0 = arctangent(y.over(x));
    if (x.sign > 0) return from0;
    return y.sign < 0 ? from0.minus(pi()) : from0.plus(pi());
  }
  const quarter = pi().scaled(-1);
  return (y.sign > 0 ? quarter : quarter.negated()).minus(arctangent(x.over(y)));
}

// -- Whole numbers --------------------------------------------------------------------------

const FACTORIALS = [1n];

// n!, a BigInt
function factorialOf(n) {
  while (FACTORIALS.length <= n) FACTORIALS.push(FACTORIALS.at(-1) * BigInt(FACTORIALS.length));
  return FACTORIALS[n];
}

const whole = (n) => new Big(BigInt(n), 0);

function binomial(n, k) {
  return factorialOf(n) / (factorialOf(k) * factorialOf(n - k));
}

// Brent and Harvey 2011, "Fast computation of Bernoulli, Tangent and Secant numbers".
function tangentNumbers(count) {
  const numbers = [0n];
  for (let k = 0; k < count; k += 1) numbers.push(factorialOf(k));
  for (let k = 2; k <= count; k += 1) {
    for (let j = k; j <= count; j += 1) {
      numbers[j] = BigInt(j - k) * numbers[j - 1] + BigInt(j - k + 2) * numbers[j];
    }
  }
  return numbers;
}

let knownTangents = tangentNumbers(64);

// The Bernoulli number of index 2*k, for k >= 1.
function bernoulli(k) {
  while (knownTangents.length <= k) knownTangents = tangentNumbers(2 * knownTangents.length);
  const power = 1n << BigInt(2 * k);
  const size = whole(BigInt(2 * k) * knownTangents[k]).over(whole(power * (power - 1n)));
  return k % 2 ? size : size.negated();
}
