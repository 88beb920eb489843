"""The page in Chromium, opened from disk: steps, keys, values, what a screen reader is told."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from command import quick

from autodiff_cli.views.numbers import rounded

pytestmark = pytest.mark.slow

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
FORMULA, VALUES = "q = sin(x)*y; q^2 + q", {"x": 0.5, "y": 2.0}


def browser_paths() -> tuple[str, str]:
    """Debian's Chromium and its driver; .ci/run says that they must be there."""
    found = shutil.which("chromium"), shutil.which("chromedriver")
    if found[0] is None or found[1] is None:
        said = "chromium and chromedriver are missing: apt-get install chromium chromium-driver"
        pytest.fail(said) if os.environ.get("AUTODIFF_BROWSER") == "required" else pytest.skip(said)
    return found


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    binary, driver = browser_paths()
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    found = webdriver.Chrome(service=Service(driver), options=options)
    yield found
    found.quit()


class Opened:
    """A page in the browser."""

    def __init__(self, browser: Any) -> None:
        self.browser = browser

    def run(self, script: str) -> Any:
        """What a script returns."""
        return self.browser.execute_script(f"return {script}")

    def press(self, key: str) -> None:
        """A key, wherever the focus is."""
        from selenium.webdriver.common.keys import Keys

        named = {"ArrowRight": Keys.ARROW_RIGHT, "ArrowLeft": Keys.ARROW_LEFT, "Tab": Keys.TAB}
        named |= {"Home": Keys.HOME, "End": Keys.END, " ": Keys.SPACE}
        self.browser.switch_to.active_element.send_keys(named.get(key, key))

    def type(self, box: int, text: str) -> None:
        """Type into a box, and leave it."""
        found = self.browser.find_element("id", f"box-{box}")
        found.clear()
        found.send_keys(text)
        self.press("Tab")

    def text(self, selector: str) -> str:
        return self.run(f"document.querySelector({json.dumps(selector)}).textContent")

    def texts(self, selector: str) -> list[str]:
        return self.run(
            f"[...document.querySelectorAll({json.dumps(selector)})].map((e) => e.textContent)"
        )

    def results(self) -> list[str]:
        return self.texts("#answers li")

    def shown(self, selector: str) -> list[str]:
        """Texts of the picture that can be seen, by the names of their groups."""
        return self.run(
            f"[...document.querySelectorAll({json.dumps(selector)})]"
            ".filter((e) => !e.classList.contains('pending'))"
            ".map((e) => e.parentNode.id + ' ' + e.textContent)"
        )

    def media(self, **features: str) -> None:
        named = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": named})

    def resize(self, width: int, height: int) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


Open = Callable[..., Opened]


@pytest.fixture
def page(browser: Any, tmp_path: Path) -> Iterator[Open]:
    """Opens a page about a formula; nothing may be complained of, nothing loaded."""
    opened = Opened(browser)

    def open_page(
        formula: str = FORMULA, options: tuple[str, ...] = (), fragment: str = "", **values: float
    ):
        path = tmp_path / "page.html"
        point = [f"{name}={value!r}" for name, value in (values or VALUES).items()]
        ran = quick("graph", formula, *point, *options, "-o", str(path))
        assert ran.code == 0, ran.err
        browser.get(f"{path.as_uri()}{fragment}")
        return opened

    yield open_page
    assert opened.run("performance.getEntriesByType('resource').map((e) => e.name)") == []
    assert browser.get_log("browser") == []


def evaluated(formula: str, values: dict[str, float], *options: str) -> dict:
    point = [f"{name}={value!r}" for name, value in values.items()]
    return json.loads(quick("eval", formula, *point, "--json", "--allow-nonfinite", *options).out)


def test_stepping_by_keys_reaches_every_number(page: Open) -> None:
    opened, truth = page(), evaluated(FORMULA, VALUES)
    count = opened.run("Number(document.getElementById('slider').max)")
    assert opened.shown("svg .edge text.value") == ["edge-0-2-0 0.5"]
    assert opened.shown("svg text.derivative") == []
    seen = [opened.text("#title")]
    for _ in range(count):
        opened.press("ArrowRight")
        seen.append(opened.text("#title"))
    assert seen[2:4] == [
        "v1 = sin(x) = sin(0.5) = 0.4794255386",
        "q = v1*y = 0.4794255386*2 = 0.9588510772",
    ]
    assert seen[6] == "v3 = v2 + q"
    assert opened.text("#place") == f"{count + 1} of {count + 1}"
    values = {node["id"]: rounded(node["value"], 4) for node in truth["nodes"]}
    expected = [f"edge-{s}-{t}-{p} {values[s]}" for s, t, p in [(0, 2, 0), (1, 3, 1), (2, 3, 0)]]
    expected += [f"edge-3-5-0 {values[3]}", f"edge-3-6-1 {values[3]}", f"edge-5-6-0 {values[5]}"]
    assert sorted(opened.shown("svg .edge text.value")) == sorted(expected)
    assert "edge-0-2-0 5.121" in opened.shown("svg .edge text.derivative")
    gradient = [f"df/d{name} = {value!r}" for name, value in truth["gradient"].items()]
    assert opened.results() == [f"f = {truth['value']!r}", *gradient]


def test_a_step_lights_its_node_and_edges(page: Open) -> None:
    opened = page(fragment="#step=4")
    assert opened.run("[...document.querySelectorAll('.lit[id]')].map((e) => e.id).sort()") == [
        "edge-1-3-1",
        "edge-2-3-0",
        "node-3",
    ]
    assert opened.shown("svg text.derivative") == []
    opened.press("End")
    opened.press("ArrowLeft")
    assert opened.text("#pass") == "Backward pass"
    assert opened.text("#title") == "v1 = sin(x)"
    assert (
        opened.texts("#told dd")[-1]
        == "df/dx = df/dv1 * ∂v1/∂x = 5.835404309 * 0.8775825619 = 5.121049063"
    )


def test_all_steps_say_what_explain_says(page: Open) -> None:
    opened = page()
    count = opened.run("steps.length")
    told = []
    for number in range(count):
        opened.run(f"goTo({number})")
        told += [opened.text("#title"), *opened.texts("#told dd")]
    assert "power rule: d(u^2)/du = 2*u" in told
    sums = [line for line in told if line.startswith("df/dq = ") and "+" in line]
    assert sums == [
        "df/dq = df/dv3 * ∂v3/∂q + df/dv2 * ∂v2/∂q = 1 + 1.917702154 = 2.917702154",
    ]


@pytest.mark.parametrize(
    ("formula", "values", "others"),
    [
        (FORMULA, VALUES, {"x": -1.25, "y": 1e-3}),
        ("exp(-x^2)*gamma(y) + erf(x*y)", {"x": 0.3, "y": 2.5}, {"x": 1.7, "y": 0.125}),
        ("where(x > 1, log(x), x^3) + max(x, y)", {"x": 2.0, "y": 0.5}, {"x": -3.0, "y": 7.0}),
        ("f(a) = a*sin(a); f(x) + f(y) + pi", {"x": 2.0, "y": 0.5}, {"x": -3.0, "y": 7.5}),
    ],
)
def test_other_values_give_what_the_command_line_gives(
    page: Open, formula: str, values: dict[str, float], others: dict[str, float]
) -> None:
    opened, before = page(formula, **values), evaluated(formula, values)
    for number, value in enumerate(others.values()):
        opened.type(number, repr(value))
    truth = evaluated(formula, others)
    found = [float(line.rpartition(" = ")[2]) for line in opened.results()]
    assert found == [truth["value"], *truth["gradient"].values()]
    assert opened.text("#origin") == "computed in this page"
    assert opened.text("#command").startswith("autodiff eval ")
    for line in opened.results():
        told = f"{line.rpartition(' = ')[0]} = {rounded(float(line.rpartition(' = ')[2]), 10)}"
        assert told in opened.run("document.querySelector('.picture svg').getAttribute('aria-label')")
    rows = opened.run("[...document.querySelectorAll('#table tbody tr')].map((r) => r.textContent)")
    assert all(
        any(repr(node["value"]).removesuffix(".0") in row for row in rows) for node in truth["nodes"][:2]
    )
    opened.browser.find_element("id", "reset").click()
    found = [float(line.rpartition(" = ")[2]) for line in opened.results()]
    assert found == [before["value"], *before["gradient"].values()]
    assert opened.text("#origin") == "from the command line"


def test_what_is_no_number_is_told_and_changes_nothing(page: Open) -> None:
    opened = page()
    before = opened.results()
    opened.type(0, "abc")
    assert opened.results() == before
    assert opened.run("document.getElementById('box-0').getAttribute('aria-invalid')") == "true"
    described = opened.run("document.getElementById('box-0').getAttribute('aria-describedby')")
    assert "not a number" in opened.text(f"#{described}")
    opened.type(0, "1e-3")
    assert opened.run("document.getElementById('box-0').hasAttribute('aria-invalid')") is False
    assert opened.text(f"#{described}") == ""
    assert opened.results() != before


def test_kinks_and_domains_are_told_live(page: Open) -> None:
    opened = page("abs(x) + log(y)", x=1.0, y=2.0)
    assert opened.texts("#notes li") == []
    opened.type(0, "0")
    (note,) = opened.texts("#notes li")
    assert note.startswith("abs(x) has a kink here")
    opened.type(1, "-1")
    assert "log(y) is outside its domain here" in opened.texts("#notes li")
    assert opened.results()[0] == "f = nan"
    assert opened.text("#command") == "autodiff eval 'abs(x) + log(y)' x=0 y=-1 --allow-nonfinite"
    opened.type(0, "2")
    opened.type(1, "1")
    assert opened.texts("#notes li") == []


@pytest.mark.parametrize(
    ("formula", "value", "notes"),
    [
        ("floor(x)*x", "2", ["floor(x) jumps here"]),
        ("x*sign(x)", "0", ["sign(x) jumps here"]),
        ("where(x > 1, x^2, 3*x)", "1", ["x > 1 is at its boundary here"]),
        ("where(x > 5, abs(x) + sign(x), x)", "0", []),
        ("abs(x)*x", "0", []),
        ("max(x, x)", "3", []),
        ("sqrt(x)", "0", ["sqrt(x) has no finite derivative along x here"]),
        ("x^x", "0", ["x^x has no finite derivative along x here"]),
        ("x*log(x)", "0", ["log(x) is outside its domain here", "v1 is -inf", "v2 is nan"]),
        ("where(x > 0, x*log(x), 0)", "0", ["x > 0 is at its boundary here"]),
        ("f(a) = log(exp(exp(a)) - 1)*2; f(x) + f(2*x)", "9", ["v2 is inf", "v8 is inf"]),
    ],
)
def test_what_is_said_of_other_points(page: Open, formula: str, value: str, notes: list[str]) -> None:
    opened = page(formula, ("--max-nodes", "6") if ";" in formula else (), x=1.5)
    opened.type(0, value)
    assert [said.split(":")[0] for said in opened.texts("#notes li")] == notes


def test_the_first_points_warnings_are_the_command_lines(page: Open) -> None:
    opened = page("relu(x) - relu(-x) + abs(x)", x=0.0)
    warnings = evaluated("relu(x) - relu(-x) + abs(x)", {"x": 0.0})["warnings"]
    assert opened.texts("#notes li") == [warned["message"] for warned in warnings]
    opened = page("relu(x) - relu(-x)", x=0.0)
    assert opened.results() == ["f = 0", "df/dx = 1"]


def test_several_outputs_have_their_own_passes(page: Open) -> None:
    opened = page("f = x*y; g = f + sin(x)", ("--output", "f,g"), x=2.0, y=3.0)
    passes = opened.run("[...new Set(steps.map((step) => passName(step.pass)))]")
    assert passes == ["Forward pass", "Backward pass of f", "Backward pass of g"]
    assert len(opened.results()) == 6


def test_a_choice_that_is_shut_passes_nothing(page: Open) -> None:
    opened = page("where(x > 0, sqrt(x), x^2)", x=4.0)
    opened.type(0, "0")
    told = []
    for number in range(opened.run("steps.length")):
        opened.run(f"goTo({number})")
        told.append([opened.text("#title"), *opened.texts("#told dd")])
    assert ["v2 = sqrt(x)", "nothing: at this point the choice is another"] in told
    (choice,) = [lines for lines in told if lines[0].startswith("v4 = where") and len(lines) > 1]
    assert "nothing to v2: at this point the choice is another" in choice
    assert "df/dv3 = df/dv4 * ∂v4/∂v3 = 1 * 1 = 1" in choice
    assert opened.results() == ["f = 0", "df/dx = 0"]


def test_a_click_on_a_node_goes_to_its_step_and_back_returns(page: Open) -> None:
    opened = page()
    opened.browser.find_element("css selector", "#node-5 text").click()
    assert opened.text("#title").startswith("v2 = q^2")
    assert opened.run("location.hash") == "#step=5"
    opened.browser.back()
    assert opened.run("state.step") == 0


def test_it_plays_and_pauses(page: Open) -> None:
    opened = page()
    opened.run("document.body.focus()")
    opened.press(" ")
    assert opened.run("document.getElementById('play').getAttribute('aria-label')") == "Pause"
    opened.browser.execute_async_script("setTimeout(arguments[0], 1600)")
    assert opened.run("state.step") == 1
    opened.press(" ")
    assert opened.run("state.timer") == 0


def test_a_screen_reader_is_told(page: Open) -> None:
    opened = page()
    assert opened.run("document.documentElement.lang") == "en"
    assert opened.run("document.getElementById('announcement').getAttribute('aria-live')") == "polite"
    opened.press("ArrowRight")
    assert opened.text("#announcement") == "Step 2: Forward pass, y = 2"
    slider = "document.getElementById('slider')"
    assert opened.run(f"{slider}.getAttribute('aria-valuetext')") == "2 of 11: Forward pass, y = 2"
    unnamed = (
        "[...document.querySelectorAll('button, input, svg')]"
        ".filter((e) => !e.getAttribute('aria-label') && !e.labels?.length && !e.textContent.trim())"
        ".length"
    )
    assert opened.run(unnamed) == 0


def test_the_focus_goes_in_reading_order(page: Open) -> None:
    opened = page()
    seen = []
    for _ in range(9):
        opened.press("Tab")
        seen.append(opened.run("document.activeElement.id || document.activeElement.className"))
    expected = ("scroller", "smaller", "larger", "play", "back", "slider", "forward", "reset", "box-0")
    assert seen == list(expected)


def test_a_screen_reader_is_told_once(page: Open) -> None:
    """What the slider says of its step is not said again; faults and results are said."""
    opened = page()
    opened.run("document.getElementById('slider').focus()")
    opened.run("goTo(steps.findIndex((step) => step.pass.output >= 0))")
    assert opened.text("#announcement").startswith("arrives df/dv3 = 1. rule sum rule")
    opened.type(0, "abc")
    assert opened.text("#announcement").startswith("x: not a number")
    opened.run("(window.heard = []) && 0")
    opened.run(
        "[...document.querySelectorAll('[role=status], [aria-live]')].forEach((e) =>"
        " new MutationObserver(() => heard.push(e.textContent))"
        ".observe(e, {childList: true, characterData: true}))"
    )
    opened.type(0, "0.25")
    opened.type(1, "1")
    truth = evaluated(FORMULA, {"x": 0.25, "y": 1.0})
    f, dx = rounded(truth["value"], 10), rounded(truth["gradient"]["x"], 10)
    assert opened.text("#announcement").startswith(f"f = {f}. df/dx = {dx}. df/dy = ")
    assert opened.run("heard.filter((text) => text === 'computed in this page').length") == 1


def test_buttons_leave_the_arrow_keys_and_keep_the_focus(page: Open) -> None:
    opened = page()
    button = opened.browser.find_element("id", "forward")
    button.click()
    opened.press("ArrowRight")
    assert opened.run("state.step") == 2
    for _ in range(opened.run("steps.length")):
        button.send_keys(" ")
    assert opened.run("state.step === steps.length - 1 && state.timer === 0")
    assert opened.run("document.activeElement.id") == "forward"
    assert button.get_attribute("aria-disabled") == "true"
    opened.press("ArrowLeft")
    assert opened.run("state.step === steps.length - 2")
    assert button.get_attribute("aria-disabled") == "false"


def test_many_steps_at_once_are_no_flood_of_addresses(page: Open) -> None:
    """Chromium complains of more than 200 in half a minute, and drops the others."""
    opened = page("sum(k, 1, 33, sin(k*x)*exp(-y/k))", x=0.3, y=0.7)
    opened.run("steps.forEach((_, number) => goTo(number))")
    opened.browser.execute_async_script("setTimeout(arguments[0], 400)")
    assert opened.run("location.hash === `#step=${steps.length}`")


@pytest.mark.parametrize(
    ("fragment", "step"), [("#step=7", 6), ("#step=0", 0), ("#step=999", 10), ("#step=x", 0)]
)
def test_an_address_opens_at_a_step(page: Open, fragment: str, step: int) -> None:
    assert page(fragment=fragment).run("state.step") == step


def test_clicks_on_a_folded_part_go_through_its_steps(page: Open) -> None:
    opened = page("f(a) = sin(a)*a; f(x) + f(y)", ("--max-nodes", "6"), x=1.0, y=2.0)
    seen = []
    for _ in range(3):
        opened.browser.find_element("css selector", ".node.folded text").click()
        seen.append(opened.text("#title").split(" = ")[0])
    assert seen == ["v1", "v2", "v1"]


def test_what_the_page_does_not_compute_is_told_with_the_command(page: Open) -> None:
    opened = page("besselj(2600, x)", x=2.0)
    opened.type(0, "5100")
    said = "a Bessel function is not computed in the page at this point: use autodiff eval"
    assert opened.text("#values-error") == f"{said} 'besselj(2600, x)' x=5100"
    opened.type(0, "?")
    assert opened.text("#values-error") == ""


def test_a_slider_moves_by_its_own_keys_once(page: Open) -> None:
    opened = page()
    opened.run("document.getElementById('slider').focus()")
    opened.press("ArrowRight")
    assert opened.run("state.step") == 1


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_the_screen(page: Open, width: int, scheme: str) -> None:
    opened = page(
        "f(a, b) = a*sin(b) + a; f(x, y) + f(y, x)/exp(x)*very_long_name_of_a_variable",
        **{**VALUES, "very_long_name_of_a_variable": 1.0},
    )
    opened.resize(width, 740)
    opened.media(prefers_color_scheme=scheme)
    opened.press("End")
    # Not `innerWidth`, which grows with what does not fit a phone.
    assert opened.run("document.documentElement.scrollWidth") <= width
    luminance = opened.run("getComputedStyle(document.documentElement).backgroundColor")
    assert (luminance == "rgb(255, 255, 255)") == (scheme == "light")
    opened.resize(1280, 800)


def test_large_letters_fit_a_phone(page: Open) -> None:
    opened = page("sum(k, 1, 9, sin(k*x)*exp(k*y))")
    opened.resize(360, 740)
    opened.run("document.documentElement.style.fontSize = '32px'")
    assert opened.run("document.documentElement.scrollWidth") <= 360
    opened.resize(1280, 800)


def test_nothing_lies_over_the_picture(page: Open) -> None:
    opened = page()
    bottom = "document.getElementById('scroller').getBoundingClientRect().bottom"
    assert opened.run(f"document.querySelector('.zoom').getBoundingClientRect().top >= {bottom}")


def test_the_active_node_stays_in_view_when_the_screen_turns(page: Open) -> None:
    opened = page("sum(k, 1, 9, sin(k*x))", x=0.3)
    opened.media(prefers_reduced_motion="reduce")
    opened.resize(1280, 800)
    opened.run("goTo(steps.findIndex((step) => step.pass.output >= 0))")
    opened.resize(360, 740)
    opened.browser.execute_async_script("requestAnimationFrame(() => setTimeout(arguments[0], 50))")
    (left, right), (least, most) = opened.run(
        "['.node.lit', '#scroller'].map((s) => document.querySelector(s).getBoundingClientRect())"
        ".map(({ left, right }) => [left, right])"
    )
    assert least <= left < right <= most
    opened.resize(1280, 800)
    opened.media()


def test_a_formula_keeps_its_lines(page: Open) -> None:
    """Else its comments would swallow what comes after them, where the command is copied."""
    formula = "a = x^2  # square\na*3"
    opened = page(formula, x=2.0)
    for selector in ("h1 code", "#command"):
        assert formula in opened.run(f"document.querySelector({selector!r}).innerText")


def test_names_from_right_to_left_leave_the_order_of_equations(page: Open) -> None:
    opened = page("אבג*sin(x)", אבג=2.0, x=3.0)
    assert opened.results()[1].startswith("df/dאבג = 0.14112")
    assert opened.text("#command") == "autodiff eval 'אבג*sin(x)' אבג=2 x=3"
    name, number = opened.run(
        "['bdi', '.derivative'].map((s) => document.querySelector(`#answers ${s}`))"
        ".map((found) => found.getBoundingClientRect()).map(({ left, right }) => [left, right])"
    )
    assert name[1] <= number[0]


def test_what_the_user_writes_stays_text(page: Open) -> None:
    hostile = "x^2 # </script><img src=a onerror=document.title=1><!-- \u2028"
    opened = page(hostile, x=3.0)
    assert opened.text("h1 code") == hostile
    assert opened.run("document.images.length") == 0
    assert opened.results() == ["f = 9", "df/dx = 6"]


def test_two_hundred_nodes_are_usable(page: Open) -> None:
    opened = page("sum(k, 1, 33, sin(k*x)*exp(-y/k))", x=0.3, y=0.7)
    taken = opened.run(
        "((before) => { readBoxes(true);"
        " moveTo(data.inputs.map((input) => [input.node, 0.25]), true);"
        " goTo(steps.length - 1);"
        " return performance.now() - before; })(performance.now())"
    )
    assert taken < 3000


def test_folded_parts_are_stepped_through(page: Open) -> None:
    formula = "f(a) = sin(a)*a + cos(a); f(x) + f(y)"
    opened = page(formula, ("--max-nodes", "6"), x=1.0, y=2.0)
    opened.type(0, "1.5")
    truth = evaluated(formula, {"x": 1.5, "y": 2.0})
    assert float(opened.results()[0].rpartition(" = ")[2]) == truth["value"]
    for number in range(opened.run("steps.length")):
        opened.run(f"goTo({number})")
    shown = dict(text.split(" ", 1) for text in opened.shown("svg .edge text.derivative"))
    passed = [float(text) for name, text in shown.items() if name.startswith("edge-0-")]
    assert sum(passed) == pytest.approx(truth["gradient"]["x"], rel=1e-3)
