// The page: steps through the graph, and computes it again for other values.

const byId = (id) => document.getElementById(id);
const data = JSON.parse(byId("data").textContent);
data.program.values = data.program.values.map(numberOf);

// Digits in sentences; in the picture there are `data.digits`.
const SENTENCE_DIGITS = 10;
const PLAY_INTERVAL = 1300;
// Browsers refuse addresses that change more often than some times a second.
const ADDRESS_DELAY = 300;

const first = { values: data.program.values, isFirst: true };
const state = { step: 0, zoom: 1, timer: 0, addressTimer: 0, point: first };

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

// -- Steps -----------------------------------------------------------------------------------

// All steps in a row. `edges` are lit with the step; the last of a backward pass tells the results.
const steps = data.passes.flatMap((pass) => {
  const isBackward = pass.output >= 0;
  const isOnWay = (edge) => !isBackward || edge.passed[pass.output]?.length > 0;
  const own = pass.steps.map((step) => ({ ...step, pass, edges: edgesAt(step.place).filter(isOnWay) }));
  return isBackward ? [...own, { pass, place: -1, edges: [], title: [resultTitle(pass)], told: [] }] : own;
});

function resultTitle({ answers }) {
  if (!answers.length) return "There is nothing that it varies with";
  return answers.length === 1 ? "The derivative" : "The derivatives";
}

// What a node gets, or where it gives nothing and takes nothing, what it goes to.
function edgesAt(place) {
  const inward = data.edges.filter((edge) => edge.target === place);
  return inward.length ? inward : data.edges.filter((edge) => edge.source === place);
}

// The step from which on something is shown, by key.
const shownFrom = new Map();

function show(key, step) {
  shownFrom.set(key, step);
}

steps.forEach(({ pass, place }, number) => {
  if (pass.output < 0) show(`value ${place}`, number);
  else showDerivatives(pass.output, place, number);
});

function showDerivatives(output, place, number) {
  if (place < 0) return;
  show(`derivative ${output} ${place}`, number);
  for (const edge of data.edges.filter((edge) => edge.target === place)) {
    show(`passed ${output} ${edge.id}`, number);
    // A leaf has no step of its own where only one way leads to it.
    if (!data.edges.some((other) => other.target === edge.source)) {
      show(`derivative ${output} ${edge.source}`, number);
    }
  }
}

const isShown = (key) => (shownFrom.get(key) ?? -1) <= state.step;
const isPassed = (key) => shownFrom.has(key) && isShown(key);

// -- Numbers ---------------------------------------------------------------------------------

const valueAt = (node) => state.point.values[node];

// The derivative of an output along a node of the picture; undefined of what has none.
function derivativeOf(output, node) {
  const settled = data.settled.find((each) => each.output === output && each.id === node.id);
  if (settled && state.point.isFirst) return numberOf(settled.value);
  const index = node.derivatives[output];
  return index === undefined ? undefined : index < 0 ? 0 : valueAt(index);
}

function passedAlong(output, edge) {
  const nodes = edge.passed[output];
  return nodes && nodes.map(valueAt).reduce((sum, value) => sum + value, nodes.length ? -0 : 0);
}

function bracketed(text) {
  return text.startsWith("-") ? `(${text})` : text;
}

// Words with letters of scripts from right to left.
const FROM_RIGHT = /([\p{L}\p{M}\p{N}_]*[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe][\p{L}\p{M}\p{N}_]*)/u;

// Text in which such words are set apart: else signs and numbers behind them would stand before them.
function isolated(text) {
  return text.split(FROM_RIGHT).map((part, number) => (number % 2 ? element("bdi", {}, part) : part));
}

// A line as nodes of the document: text, and numbers in their colours.
function written(line, digits) {
  return line.flatMap((piece) => {
    if (typeof piece === "string") return isolated(piece);
    const [node, role, isBracketed] = piece;
    const value = valueAt(node);
    const text = digits ? roundedText(value, digits) : exactText(value);
    return element("span", { className: role }, isBracketed ? bracketed(text) : text);
  });
}

// -- The picture -----------------------------------------------------------------------------

const svg = document.querySelector(".picture svg");

// Numbers change, so they stand in the middle of their place, however long they are.
function centerTexts() {
  for (const { group, texts } of parts.values()) {
    if (!texts.size) continue;
    const body = group.querySelector(group.classList.contains("edge") ? "polygon" : "ellipse, path, polygon");
    const box = body.getBBox();
    const places = texts.has("partial") ? { derivative: 0.2, partial: 0.67 } : {};
    for (const [role, text] of texts) {
      text.setAttribute("text-anchor", "middle");
      text.setAttribute("x", box.x + box.width * (places[role] ?? 0.5));
    }
  }
}

// The parts of the picture, each found once: a group and its texts by their roles.
const parts = new Map();
for (const group of svg.querySelectorAll(".node, .edge")) {
  parts.set(group.id, { group, texts: new Map() });
  for (const text of group.querySelectorAll("text")) parts.get(group.id).texts.set(text.classList[0], text);
}

const partOf = (node) => parts.get(`node-${node.id}`);

function fillText(part, role, value, before = "") {
  const text = part.texts.get(role);
  if (text && value !== undefined) text.textContent = before + roundedText(value, data.digits);
}

// The numbers at this point; those of derivatives are one output's at a time.
function drawNumbers() {
  const output = Math.max(0, currentOutput());
  for (const node of data.nodes) {
    const part = partOf(node);
    fillText(part, "value", valueAt(node.node));
    fillText(part, "derivative", derivativeOf(output, node));
    part.group.classList.toggle("noted", notesAt(node.id).length > 0);
  }
  for (const edge of data.edges) {
    const part = parts.get(edge.id);
    fillText(part, "value", valueAt(edge.node));
    fillText(part, "derivative", passedAlong(output, edge));
    if (edge.partial >= 0) fillText(part, "partial", valueAt(edge.partial), "local ");
  }
}

const currentOutput = () => steps[state.step].pass.output;

function mark(part, role, isVisible) {
  part.texts.get(role)?.classList.toggle("pending", !isVisible);
}

// What is lit, and what is there to be seen in this step.
function drawPicture() {
  const { pass, place, edges } = steps[state.step];
  svg.classList.toggle("backward", pass.output >= 0);
  for (const node of data.nodes) {
    const isReached = isShown(`value ${node.id}`);
    markPart(partOf(node), isReached, place === node.id);
    mark(partOf(node), "derivative", isPassed(`derivative ${pass.output} ${node.id}`));
  }
  for (const edge of data.edges) {
    const part = parts.get(edge.id);
    const isBehind = isPassed(`passed ${pass.output} ${edge.id}`);
    markPart(part, isShown(`value ${edge.source}`), edges.includes(edge));
    mark(part, "derivative", isBehind && edge.passed.length > 0);
    mark(part, "partial", isBehind);
  }
  bringIntoView(steps[state.step]);
}

function markPart(part, isReached, isLit) {
  part.group.classList.toggle("pending", !isReached);
  part.group.classList.toggle("lit", isLit);
  mark(part, "value", isReached);
}

const wantsStillness = matchMedia("(prefers-reduced-motion: reduce)");

function bringIntoView({ place }) {
  if (place < 0) return;
  const scroller = byId("scroller");
  const inside = parts.get(`node-${place}`).group.getBoundingClientRect();
  const frame = scroller.getBoundingClientRect();
  const margin = 60;
  const isVisible =
    inside.left >= frame.left + margin / 4 &&
    inside.right <= frame.right - margin / 4 &&
    inside.top >= frame.top &&
    inside.bottom <= frame.bottom;
  if (isVisible) return;
  scroller.scrollTo({
    left: scroller.scrollLeft + (inside.left + inside.right - frame.left - frame.right) / 2,
    top: scroller.scrollTop + (inside.top + inside.bottom - frame.top - frame.bottom) / 2,
    behavior: wantsStillness.matches ? "auto" : "smooth",
  });
}

// As wide as its place, if it can be read so; else there is something to scroll.
function sizePicture() {
  const { width } = svg.viewBox.baseVal;
  const natural = (width * 4) / 3;
  const room = byId("scroller").clientWidth - 24;
  const fitting = Math.min(1.15, Math.max(0.72, room / natural));
  svg.style.width = `${Math.round(natural * fitting * state.zoom)}px`;
}

function resizePicture() {
  sizePicture();
  bringIntoView(steps[state.step]);
}

function zoomBy(factor) {
  state.zoom = Math.min(4, Math.max(0.25, state.zoom * factor));
  resizePicture();
}

// What is told of the picture where it is not seen, and to the pointer.
function describePicture() {
  const formula = data.parsed.length > LONGEST_FORMULA ? `${data.parsed.slice(0, LONGEST_FORMULA)}...` : data.parsed;
  const whole = [`Computational graph of ${formula}`, ...resultLines().map(textOf)].join("; ");
  svg.setAttribute("aria-label", whole);
  svg.querySelector("title").textContent = whole;
  for (const title of svg.querySelectorAll(".edge > title")) title.remove();
  for (const node of data.nodes) {
    const label = node.expression ? `${node.name} = ${node.expression}` : node.name;
    const told = [label, `value ${exactText(valueAt(node.node))}`];
    data.outputs.forEach(({ name }, output) => {
      const derivative = derivativeOf(output, node);
      if (derivative !== undefined) told.push(`derivative of ${name} ${exactText(derivative)}`);
    });
    const title = partOf(node).group.querySelector("title");
    if (title) title.textContent = told.join("; ");
  }
}

// -- What is said ----------------------------------------------------------------------------

// What is to be said of a node at this point: at the first one by the command line, at others by the
// conditions of the operators.
const notesAt = (place) => allNotes().filter((note) => note.place === place);

function allNotes() {
  state.point.notes ??= state.point.isFirst ? data.warnings : notesHere();
  return state.point.notes;
}

function notesHere() {
  const found = [...conditionNotes(), ...slopeNotes(), ...nonfiniteNotes()];
  const open = openNodes();
  return found.map((note) => ({ ...note, matters: open.has(note.node) && note.matters !== false }));
}

// The nodes that have a say in a result: a branch that is not taken has none.
function openNodes() {
  const open = new Set(data.outputs.map(({ node }) => node));
  for (let node = data.program.code.length - 1; node >= 0; node -= 1) {
    if (open.has(node)) for (const argument of takenArguments(node)) open.add(argument);
  }
  return open;
}

function takenArguments(node) {
  const { code, operators } = data.program;
  const given = data.program.arguments[node];
  if (operators[code[node]] !== "where") return given;
  const [condition, yes, no] = given;
  return [condition, valueAt(condition) === 0 ? no : yes];
}

const CONVENTION =
  "the derivative that is used is a convention; the command line looks at both sides, and may find another";

const MATTERS = {
  kink: `has a kink here: ${CONVENTION}`,
  jump: `jumps here: ${CONVENTION}`,
  boundary: `is at its boundary here: ${CONVENTION}`,
  "no derivative": `has no derivative here: ${CONVENTION}`,
};

// A kink without a jump is without effect where nothing passes it on.
function conditionNotes() {
  const isKept = ({ matter, holds }) => valueAt(holds) === (matter === "domain" ? 0 : 1);
  return data.conditions.filter(isKept).map(({ place, node, text, matter, derivatives }) => ({
    place,
    node,
    message: `${text} ${matter === "domain" ? "is outside its domain here" : MATTERS[matter]}`,
    matters: matter !== "kink" || derivatives.some((index) => index >= 0 && valueAt(index) !== 0),
  }));
}

// Where values are finite and a local partial is not.
function slopeNotes() {
  const isSteep = ({ node, partial }) => areFiniteAt([node, ...data.program.arguments[node]]) && !areFiniteAt([partial]);
  return data.slopes.filter(isSteep).map(({ place, node, text, along }) => {
    return { place, node, message: `${text} has no finite derivative along ${along} here` };
  });
}

function nonfiniteNotes() {
  const begun = data.computed.filter(({ node }) => !areFiniteAt([node]) && isBeginning(node));
  return begun.map(({ place, node, name }) => ({ place, node, message: `${name} is ${exactText(valueAt(node))}` }));
}

const areFiniteAt = (nodes) => nodes.every((node) => Number.isFinite(valueAt(node)));

// Whether what a node is made of is finite; or is a number, if the node is none.
function isBeginning(node) {
  const given = data.program.arguments[node];
  return areFiniteAt(given) || (Number.isNaN(valueAt(node)) && !given.map(valueAt).some(Number.isNaN));
}

function fillNotes(list, notes) {
  const messages = new Set(notes.map((note) => note.message));
  list.replaceChildren(...[...messages].map((message) => element("li", {}, ...isolated(message))));
}

// What is told in a step. Choices that are shut here pass nothing, whatever the factors are.
function toldLines(step) {
  const { answers } = step.pass;
  if (step.place < 0) return answers.length ? [{ label: "results", lines: answers.map(answerLine) }] : [];
  if (isShut(step)) return [{ label: "arrives", lines: [[`nothing${OTHER_CHOICE}`]] }];
  return step.told.map((told) => (told.label === "passes on" ? { ...told, lines: departures(step, told) } : told));
}

const OTHER_CHOICE = ": at this point the choice is another";
const isShut = ({ gate }) => gate >= 0 && valueAt(gate) === 0;

function departures(step, { lines }) {
  return lines.map((line, number) => {
    const way = step.departures[number];
    return way && isShut(way) ? [`nothing to ${way.name}${OTHER_CHOICE}`] : line;
  });
}

// At the first point a derivative may be taken from both sides of it, not from the sweep.
function answerLine({ line, settled }) {
  return settled === null || !state.point.isFirst ? line : [...line.slice(0, -1), exactText(numberOf(settled))];
}

function settledNotes(step) {
  const { output } = step.pass;
  if (output < 0 || !state.point.isFirst) return [];
  return data.settled
    .filter((each) => each.output === output && each.id === step.place)
    .map(({ value }) => {
      return { message: `beside the point the derivative is ${exactText(numberOf(value))}, which is used` };
    });
}

function drawStep() {
  const step = steps[state.step];
  const isFirstOfPass = step === steps.find((other) => other.pass === step.pass);
  byId("pass").textContent = passName(step.pass);
  byId("about").replaceChildren(...(isFirstOfPass || step.place < 0 ? written(step.pass.about) : []));
  byId("title").replaceChildren(...written(step.title, SENTENCE_DIGITS));
  byId("told").replaceChildren(
    ...toldLines(step).flatMap(({ label, lines }) => [
      element("dt", {}, label),
      ...lines.map((line) => element("dd", {}, ...written(line, SENTENCE_DIGITS))),
    ]),
  );
  fillNotes(byId("step-notes"), step.place < 0 ? [] : [...notesAt(step.place), ...settledNotes(step)]);
  byId("place").textContent = `${state.step + 1} of ${steps.length}`;
  const slider = byId("slider");
  slider.value = state.step;
  slider.setAttribute("aria-valuetext", `${state.step + 1} of ${steps.length}: ${spoken(step)}`);
  setIdle("back", state.step === 0);
  setIdle("forward", state.step === steps.length - 1);
}

// A button that does nothing now; one that is disabled would lose the focus.
function setIdle(id, isIdle) {
  byId(id).setAttribute("aria-disabled", isIdle);
}

function passName({ title, output }) {
  const hasSeveral = output >= 0 && data.outputs.length > 1;
  return hasSeveral ? `${title} of ${data.outputs[output].name}` : title;
}

const textOf = (line) =>
  written(line, SENTENCE_DIGITS)
    .map((piece) => piece.textContent ?? piece)
    .join("");

const spoken = (step) => `${passName(step.pass)}, ${textOf(step.title)}`;

// To those who do not see the page. A slider in focus tells its step itself.
function announceStep() {
  const step = steps[state.step];
  const head = document.activeElement === byId("slider") ? [] : [`Step ${state.step + 1}: ${spoken(step)}`];
  const told = toldLines(step).flatMap(({ label, lines }) => lines.map((line) => `${label} ${textOf(line)}`));
  announce([...head, ...told, ...messagesIn("step-notes")]);
}

function announceResults() {
  announce([...resultLines().map(textOf), ...messagesIn("notes")]);
}

const messagesIn = (list) => [...byId(list).children].map((note) => note.textContent);

function announce(sentences) {
  setText("announcement", sentences.join(". "));
}

// Only what is new, since it may be read out.
function setText(id, text) {
  if (byId(id).textContent !== text) byId(id).textContent = text;
}

// -- Results ---------------------------------------------------------------------------------

// The values of the outputs and the derivatives.
function resultLines() {
  const values = data.outputs.map(({ name, node }) => [`${name} = `, [node, "value", 0]]);
  return [...values, ...data.passes.flatMap((pass) => pass.answers.map(answerLine))];
}

function drawResults() {
  byId("answers").replaceChildren(...resultLines().map((line) => element("li", {}, ...written(line))));
  fillNotes(byId("notes"), allNotes().filter((note) => note.matters !== false));
  byId("command").replaceChildren(...isolated(commandLine(valueAt, areFinite(resultLines()))));
  drawTable();
}

function drawTable() {
  const derivatives = data.outputs.map(({ name }) => (data.outputs.length > 1 ? `d ${name}` : "derivative"));
  const heads = ["node", "expression", "value", ...derivatives];
  const head = element("tr", {}, ...heads.map((text) => element("th", { scope: "col" }, text)));
  byId("table").tHead.replaceChildren(head);
  byId("table").tBodies[0].replaceChildren(...data.nodes.map(tableRow));
}

function tableRow(node) {
  const found = data.outputs.map((_, output) => derivativeOf(output, node));
  const row = element(
    "tr",
    {},
    element("th", { scope: "row" }, node.name),
    element("td", {}, ...isolated(node.expression)),
    element("td", { className: "value" }, exactText(valueAt(node.node))),
    ...found.map((d) => element("td", { className: "derivative" }, d === undefined ? "" : exactText(d))),
  );
  row.dataset.place = node.id;
  return row;
}

function markRow() {
  const { place } = steps[state.step];
  for (const row of byId("table").tBodies[0].rows) row.classList.toggle("lit", row.dataset.place === String(place));
}

const LONGEST_FORMULA = 400;

function commandLine(valueOf, areResultsFinite) {
  const formula = data.formula.length > LONGEST_FORMULA ? "@FILE" : quoted(data.formula);
  const values = data.inputs.map(({ name, node }) => `${name}=${exactText(valueOf(node))}`);
  const options = areResultsFinite ? data.options : [...data.options, "--allow-nonfinite"];
  return ["autodiff eval", formula, ...values, ...options].join(" ");
}

const areFinite = (lines) => lines.flat().every((piece) => !Array.isArray(piece) || Number.isFinite(valueAt(piece[0])));

// As a shell reads it.
const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

// -- Moving ----------------------------------------------------------------------------------

function draw() {
  drawPicture();
  drawStep();
  markRow();
}

// To a step; `remember` leaves the one before in the browser's history.
function goTo(step, remember = false) {
  const wanted = Math.min(Math.max(step, 0), steps.length - 1);
  if (wanted === state.step) return;
  const before = currentOutput();
  if (remember) writeAddress("replaceState");
  state.step = wanted;
  if (currentOutput() !== before) drawNumbers();
  draw();
  announceStep();
  if (remember) writeAddress("pushState");
  else writeAddressSoon();
}

function writeAddressSoon() {
  clearTimeout(state.addressTimer);
  state.addressTimer = setTimeout(() => writeAddress("replaceState"), ADDRESS_DELAY);
}

// Where a page is shown inside another one, it may have no address of its own.
function writeAddress(how) {
  clearTimeout(state.addressTimer);
  try {
    history[how](null, "", `#step=${state.step + 1}`);
  } catch {
    // Then there is nothing to remember.
  }
}

function goToAddress() {
  const match = /^#step=(\d+)$/.exec(location.hash);
  goTo(match ? Number(match[1]) - 1 : 0);
}

function play() {
  if (state.step === steps.length - 1) goTo(0);
  state.timer = setInterval(() => {
    goTo(state.step + 1);
    if (state.step === steps.length - 1) pause();
  }, PLAY_INTERVAL);
  showPlaying(true);
}

function pause() {
  clearInterval(state.timer);
  state.timer = 0;
  showPlaying(false);
}

function showPlaying(isPlaying) {
  const button = byId("play");
  button.textContent = isPlaying ? "❚❚" : "▶";
  button.setAttribute("aria-label", isPlaying ? "Pause" : "Play");
}

function moveBy(step) {
  pause();
  goTo(step);
}

const KEYS = {
  ArrowLeft: () => moveBy(state.step - 1),
  ArrowRight: () => moveBy(state.step + 1),
  Home: () => moveBy(0),
  End: () => moveBy(steps.length - 1),
  " ": () => (state.timer ? pause() : play()),
};

function onKey(event) {
  const isTaken = event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || event.defaultPrevented;
  // Buttons have a use for the space bar alone.
  const owners = event.key === " " ? "input, button, summary" : "input";
  if (isTaken || event.target.closest(owners) || !Object.hasOwn(KEYS, event.key)) return;
  event.preventDefault();
  KEYS[event.key]();
}

// To the next step about a node, and after the last to the first; in the pass that is shown if it has one.
function goToNode(place) {
  const { pass } = steps[state.step];
  const all = [...steps.keys()].filter((number) => steps[number].place === place);
  const inPass = all.filter((number) => steps[number].pass === pass);
  const next = inPass.find((number) => number > state.step) ?? inPass[0] ?? all[0];
  pause();
  if (next !== undefined) goTo(next, true);
}

function onPictureClick(event) {
  const group = event.target.closest(".node");
  if (group) goToNode(Number(group.id.replace("node-", "")));
}

// -- Values ----------------------------------------------------------------------------------

function makeBoxes() {
  byId("boxes").append(...data.inputs.map(makeBox));
  if (!data.inputs.length) byId("boxes").append("The formula has no variables.");
}

function makeBox(input, number) {
  const id = `box-${number}`;
  const box = element("input", { type: "text", id, autocomplete: "off", spellcheck: false });
  box.setAttribute("autocapitalize", "off");
  box.setAttribute("aria-describedby", `${id}-error`);
  box.value = exactText(first.values[input.node]);
  box.addEventListener("input", () => readBoxes(false));
  box.addEventListener("change", () => readBoxes(true));
  const error = element("p", { id: `${id}-error`, className: "error" });
  return element("div", { className: "box" }, element("label", { htmlFor: id }, input.name), box, error);
}

// The values of all boxes, or nothing where one cannot be read. While something is typed, no fault is
// found with what was right before.
function readBoxes(isDone) {
  const variables = [];
  const faults = [];
  data.inputs.forEach((input, number) => {
    const found = readNumber(byId(`box-${number}`).value);
    const isFault = typeof found === "string";
    if (isFault) faults.push(`${input.name}: ${found}`);
    else variables.push([input.node, found]);
    sayFault(number, isFault ? found : "", isDone);
  });
  setIdle("reset", false);
  if (!faults.length) return moveTo(variables, isDone);
  setText("values-error", "");
  if (isDone) announce(faults);
}

function sayFault(number, fault, isDone) {
  const box = byId(`box-${number}`);
  if (fault && !isDone) return;
  byId(`box-${number}-error`).textContent = fault;
  if (fault) box.setAttribute("aria-invalid", "true");
  else box.removeAttribute("aria-invalid");
}

function moveTo(variables, isDone) {
  const isFirst = variables.every(([node, value]) => Object.is(value, first.values[node]));
  try {
    state.point = isFirst ? first : { values: evaluateProgram(data.program, variables), isFirst };
  } catch (error) {
    if (!(error instanceof NotKnownHere)) throw error;
    const command = commandLine((node) => new Map(variables).get(node), true);
    setText("values-error", `${error.message} is not computed in the page at this point: use ${command}`);
    return;
  }
  setIdle("reset", isFirst);
  showPoint();
  if (isDone) announceResults();
}

function showPoint() {
  setText("values-error", "");
  setText("origin", state.point.isFirst ? "from the command line" : "computed in this page");
  drawNumbers();
  describePicture();
  drawResults();
  draw();
}

function reset() {
  data.inputs.forEach(({ node }, number) => {
    byId(`box-${number}`).value = exactText(first.values[node]);
  });
  readBoxes(true);
}

// -- The beginning ---------------------------------------------------------------------------

function start() {
  byId("formula").replaceChildren(...isolated(data.formula));
  byId("slider").max = steps.length - 1;
  makeBoxes();
  centerTexts();
  sizePicture();
  showPoint();
  goToAddress();
  byId("slider").addEventListener("input", (event) => moveBy(Number(event.target.value)));
  byId("back").addEventListener("click", KEYS.ArrowLeft);
  byId("forward").addEventListener("click", KEYS.ArrowRight);
  byId("play").addEventListener("click", KEYS[" "]);
  byId("smaller").addEventListener("click", () => zoomBy(1 / 1.25));
  byId("larger").addEventListener("click", () => zoomBy(1.25));
  byId("reset").addEventListener("click", reset);
  byId("values").addEventListener("submit", (event) => event.preventDefault());
  svg.addEventListener("click", onPictureClick);
  document.addEventListener("keydown", onKey);
  addEventListener("hashchange", goToAddress);
  addEventListener("popstate", goToAddress);
  addEventListener("resize", resizePicture);
}

start();
