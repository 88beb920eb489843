// The graph as data: its evaluation, and how numbers are read and written.

// The values of all nodes for values of the variables, given by node. Throws NotKnownHere where a
// kernel leaves its arguments to the command line.
function evaluateProgram(program, variables) {
  const values = program.values.slice();
  for (const [node, value] of variables) values[node] = value;
  program.code.forEach((code, node) => {
    if (code < 0) return;
    const kernel = KERNELS[program.operators[code]];
    values[node] = kernel(...program.arguments[node].map((argument) => values[argument]));
  });
  return values;
}

// A number out of the data, where what JSON does not have is text.
const numberOf = (value) => (typeof value === "string" ? Number(value) : value);

// -- Reading ---------------------------------------------------------------------------------

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const WORDS = { inf: Infinity, infinity: Infinity, nan: NaN };

// A number as it is typed; a text says what is wrong with it.
function readNumber(text) {
  const typed = text.trim().replace(/[\u2212\u2013]/g, "-");
  const word = typed.replace(/^[+-]/, "").toLowerCase();
  if (Object.hasOwn(WORDS, word)) return typed.startsWith("-") ? -WORDS[word] : WORDS[word];
  if (typed === "") return "a number is missing";
  if (!NUMBER.test(typed)) return "not a number: write 2, -0.5, 1e-3 or inf";
  const value = Number(typed);
  if (value === 0 && /^[^e]*[1-9]/i.test(typed)) return "too small: write 0 if that is meant";
  return Number.isFinite(value) ? value : "too large: write inf if that is meant";
}

// -- Writing, as the command line does -------------------------------------------------------

const NONFINITE = new Map([
  [Infinity, "inf"],
  [-Infinity, "-inf"],
]);

function nonfinite(x) {
  return Number.isNaN(x) ? "nan" : NONFINITE.get(x);
}

// Digits without a point and the exponent of the first, as people read them: 1.5, 0.002, 1e-05.
function laidOut(digits, exponent, least, most, sign) {
  if (exponent < least || exponent >= most) {
    const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits;
    const size = String(Math.abs(exponent)).padStart(2, "0");
    return `${sign}${mantissa}e${exponent < 0 ? "-" : "+"}${size}`;
  }
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return sign + digits.padEnd(exponent + 1, "0");
  return `${sign}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}

function scientific(text) {
  const [mantissa, exponent] = text.split("e");
  return { digits: mantissa.replace(".", ""), exponent: Number(exponent) };
}

const signOf = (x) => (x < 0 || Object.is(x, -0) ? "-" : "");

// The shortest text that reads back as the same float.
function exactText(x) {
  if (!Number.isFinite(x)) return nonfinite(x);
  const { digits, exponent } = scientific(Math.abs(x).toExponential());
  return laidOut(digits, exponent, -4, 16, signOf(x));
}

// So many significant digits, halves to even, without zeros at the end.
function roundedText(x, count) {
  if (!Number.isFinite(x)) return nonfinite(x);
  let { digits, exponent } = scientific(Math.abs(x).toExponential(100));
  let kept = BigInt(digits.slice(0, count));
  const rest = digits.slice(count);
  const isHalf = /^50*$/.test(rest);
  if (isHalf ? kept % 2n === 1n : rest[0] >= "5") kept += 1n;
  digits = String(kept).padStart(count, "0");
  if (digits.length > count) exponent += 1;
  return laidOut(digits.replace(/0+$/, "") || "0", exponent, -4, count, signOf(x));
}
