// Kernels of Bessel functions of real order: power series, and Hankel's for large arguments.
//
// As autodiff_cli/numbers/bessel.py, but that no third way is known here: for arguments above 2000
// and orders not far from them the command line is needed.

// Up to here power series are short enough, and so many terms or digits a kernel may take.
const SERIES_END = 2000;
const LONG = 2000;
const LARGEST_ORDER = 2 ** 53;
// From here on I of the orders n and -n differs by less than their last digits.
const ALIKE = 40;
// Digits of the step of differences along the order; its square is their error.
const STEP_DIGITS = 20;

const tenTo = (n) => (n < 0 ? ONE.over(Big.of(10).power(-n)) : Big.of(10).power(n));
const isWholeBig = (x) => new Big(x.floor(), 0).minus(x).isZero;

function oneOverGamma(x) {
  return x.sign <= 0 && isWholeBig(x) ? ZERO : ONE.over(gammaOf(x));
}

// (x/2)^n times the sum of (sign*x^2/4)^k/(k!*gamma(n + k + 1)).
function besselSeries(n, x, sign) {
  const order = n.toNumber();
  if (order < 0 && isWholeBig(n)) {
    const positive = besselSeries(n.negated(), x, sign);
    return sign < 0 && order % 2 !== 0 ? positive.negated() : positive;
  }
  const square = x.square().scaled(-2).times(sign);
  const size = Math.abs(square.toNumber());
  const last = order < 0 && growsAgain(-order, x.toNumber()) ? -order : 0;
  let total = ZERO;
  let term = ONE;
  for (let k = 0; k <= last || k * Math.abs(order + k) < size || !negligible(term, total); ) {
    total = total.plus(term);
    k += 1;
    term = term.times(square).over(n.plus(k).times(k));
  }
  return bigPower(x.scaled(-1), n).times(oneOverGamma(n.plus(1))).times(total);
}

// Whether the terms of the order -n that divide by -n + k for k near n may count.
function growsAgain(n, x) {
  return 2 * (n * (Math.log(x) - 0.7) - KERNELS.lgamma(n)) > -7 * precision();
}

function bigPower(x, n) {
  return withBits(workingBits + 85, () => n.times(x.ln()).exp());
}

// The sums of every other term of Hankel's series; `sign` alternates in each.
function hankel(n, x, sign) {
  const sums = [ZERO, ZERO];
  const four = n.square().scaled(2);
  let term = ONE;
  for (let k = 0; !negligible(term, ONE); ) {
    sums[k % 2] = sums[k % 2].plus(term);
    term = term.times(four.minus((2 * k + 1) ** 2)).over(x.times(8 * (k + 1)));
    k += 1;
    if (k % 2 === 0) term = term.times(sign);
  }
  return sums;
}

// J and Y for a large x.
function circularFar(n, x) {
  const [even, odd] = hankel(n, x, -1);
  const [sine, cosine] = sinCos(x);
  const [turn, base] = sinCosPi(n.scaled(-1).plus(new Big(1n, -2)));
  const turnedSine = sine.times(base).minus(cosine.times(turn));
  const turnedCosine = cosine.times(base).plus(sine.times(turn));
  const root = Big.of(2).over(pi().times(x)).sqrt();
  return [
    root.times(even.times(turnedCosine).minus(odd.times(turnedSine))),
    root.times(even.times(turnedSine).plus(odd.times(turnedCosine))),
  ];
}

function growingFar(n, x) {
  const [even, odd] = hankel(n, x, 1);
  return even.minus(odd).over(pi().times(x).scaled(1).sqrt());
}

function fallingFar(n, x) {
  const [even, odd] = hankel(n, x, 1);
  return pi().over(x.scaled(1)).sqrt().times(even.plus(odd));
}

// The average of two orders beside a whole one, right to the square of their distance.
function besideWhole(near, n, x) {
  const apart = Math.floor(workingBits / 2);
  return withBits(workingBits + apart, () => {
    const step = new Big(1n, -apart);
    return near(n.minus(step), x).plus(near(n.plus(step), x)).scaled(-1);
  });
}

function secondNear(n, x) {
  if (isWholeBig(n)) return besideWhole(secondNear, n, x);
  const [sine, cosine] = sinCosPi(n);
  return besselSeries(n, x, -1).times(cosine).minus(besselSeries(n.negated(), x, -1)).over(sine);
}

function fallingNear(n, x) {
  if (isWholeBig(n)) return besideWhole(fallingNear, n, x);
  const [sine] = sinCosPi(n);
  const difference = besselSeries(n.negated(), x, 1).minus(besselSeries(n, x, 1));
  return pi().scaled(-1).times(difference).over(sine);
}

// What `far` gives is to be multiplied by exp(growth*x). `lost` is how many times LOST*x digits may
// cancel in power series. The derivative along x is sign/2 times the function of order n - 1 and
// turn times that of order n + 1.
const BESSEL_J = {
  near: (n, x) => besselSeries(n, x, -1),
  far: (n, x) => circularFar(n, x)[0],
  ...{ growth: 0, lost: 1, sign: 1, turn: -1, beyond: 0 },
};
const BESSEL_Y = {
  near: secondNear,
  far: (n, x) => circularFar(n, x)[1],
  ...{ growth: 0, lost: 2, sign: 1, turn: -1, beyond: -Infinity },
};
const BESSEL_I = {
  near: (n, x) => besselSeries(n, x, 1),
  far: growingFar,
  ...{ growth: 1, lost: 0, sign: 1, turn: 1, beyond: 0 },
};
const BESSEL_K = {
  near: fallingNear,
  far: fallingFar,
  ...{ growth: -1, lost: 2, sign: -1, turn: 1, beyond: Infinity },
};

// Along n by a central difference, along x by half a sum of neighbouring orders for each time.
function besselDifference(kind, at, alongN, alongX, n, x) {
  const step = tenTo(-STEP_DIGITS);
  let total = ZERO;
  for (let j = 0; j <= alongX; j += 1) {
    const order = n.plus(2 * j - alongX);
    const weight = kind.turn ** j * Number(binomial(alongX, j));
    for (let k = 0; k <= alongN; k += 1) {
      const moved = at(order.plus(step.times(alongN - 2 * k).scaled(-1)), x);
      total = total.plus(moved.times((-1) ** k * Number(binomial(alongN, k)) * weight));
    }
  }
  return total.times(kind.sign ** alongX).over(step.power(alongN)).scaled(-alongX);
}

// A derivative at x > 0.
function besselAt(kind, alongN, alongX, n, x) {
  const places = DIGITS + STEP_DIGITS * alongN + 2 * alongX;
  const size = Math.abs(n) + alongX;
  const [order, at] = [Big.of(n), Big.of(x)];
  if (x > 1.2 * places + 10 && size < x / 2 && size * size < 2 * LONG * x) {
    const alike = kind.growth ? alongN * magnitude(x) : 0;
    return toFloat(places + (LOST * size * size) / (2 * x) + alike, () => {
      const scaled = besselDifference(kind, kind.far, alongN, alongX, order, at);
      // exp of more than this is too large or too small for any float
      if (Math.abs(x) > 4000 && kind.growth) return new Big(BigInt(scaled.sign), 9000 * kind.growth);
      return kind.growth ? scaled.times(at.times(kind.growth).exp()) : scaled;
    });
  }
  if (size < LARGEST_ORDER && (x <= SERIES_END || x * x < 4 * LONG * size)) {
    const apart = Math.abs(n - nearest(n)) || 1;
    const close = Math.max(-Math.log10(apart), alongN ? STEP_DIGITS : 0);
    const lost = kind.lost * LOST * Math.min(x, (x * x) / (size + 1));
    return toFloat(places + 30 + lost + close, () =>
      besselDifference(kind, kind.near, alongN, alongX, order, at),
    );
  }
  if (alongN) return NaN;
  if (!(Math.abs(n) >= LARGEST_ORDER && x < 0.1 * Math.abs(n))) throw new NotKnownHere("a Bessel function");
  const isSigned = kind.growth === 0 && n < 0 && n % 2 !== 0;
  return kind.beyond * (isSigned ? -1 : 1);
}

const areOrders = (i, j) => isOrder(i) && isOrder(j) && i + j <= 12;

// J and I: on the negative axis for whole orders, with their parity.
function firstKind(kind, i, j, n, x) {
  if (!areOrders(i, j) || isInfinite(n)) return NaN;
  if (x <= 0 && (i > 0 || !(isWhole(n) || (x === 0 && n > 0)))) return NaN;
  if (x === 0) {
    const found = besselAt0(kind, j, n);
    return found === 0 && Math.abs(n) === 1 ? x : found;
  }
  if (isInfinite(x) && kind === BESSEL_J) return 0;
  const sign = x < 0 && (n + j) % 2 ? -1 : 1;
  if (isInfinite(x)) return sign * Infinity;
  if (kind === BESSEL_I && n === 0 && i % 2 && x > ALIKE) {
    // The orders on both sides of 0 differ by K.
    return i === 1 ? -besselAt(BESSEL_K, 0, j, 0, x) : NaN;
  }
  return sign * besselAt(kind, i, j, n, Math.abs(x));
}

// The derivative at 0, from the coefficient of x^alongX; NaN where a fraction is left of x.
function besselAt0(kind, alongX, n) {
  if (!isWhole(n)) return n > alongX ? 0 : NaN;
  const order = Math.abs(n);
  const k = (alongX - order) / 2;
  if (k < 0 || !isWhole(k)) return 0;
  const size = Number(binomial(alongX, k)) / 2 ** alongX;
  if (kind === BESSEL_I) return size;
  return (k % 2 !== 0) !== (n < 0 && order % 2 !== 0) ? -size : size;
}

// Y and K, for x > 0 and next to their pole at 0.
function secondKind(kind, i, j, n, x) {
  if (!areOrders(i, j) || isInfinite(n) || !(x >= 0)) return NaN;
  if (x === 0) {
    if (i > 0 || n < 0) return NaN;
    return (kind === BESSEL_K) === (j % 2 === 0) ? Infinity : -Infinity;
  }
  if (x === Infinity || (kind === BESSEL_K && n === 0 && i % 2)) return 0;
  return besselAt(kind, i, j, n, x);
}

for (const [name, of, kind] of [
  ["besselj", firstKind, BESSEL_J],
  ["bessely", secondKind, BESSEL_Y],
  ["besseli", firstKind, BESSEL_I],
  ["besselk", secondKind, BESSEL_K],
]) {
  KERNELS[name] = careful((n, x) => of(kind, 0, 0, n, x));
  KERNELS[`${name}_derivative`] = careful((i, j, n, x) => of(kind, i, j, n, x));
}
