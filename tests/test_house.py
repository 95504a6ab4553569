"""The house itself: what the tree may name, who owns our packages, what `make check` and CI really run."""

import ast
import importlib
import importlib.metadata
import os
import pkgutil
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("gateway", "adapters", "contracts", "demo")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

# Names of package indexes and of one developer's machine: a lock is installed from wherever the installer
# says, and a stranger has none of our folders. Bracketed so that this file does not name them either.
FORBIDDEN = re.compile(
    r"py[p]i\.org|pythonh[o]sted|/simple[/]|--(?:extra-)?index-u[r]l[ =]http"
    r"|/wor[k]/|/tmp/brie[f]|\bshare[d]/[\w-]+\.(?:md|json)|DESIG[N]\.md|DOMAI[N]\.md|PLA[N]\.md"
    r"|\bissu[e] \d",
)

# Folders and modules are named by the question they answer; these answer none.
EMPTY_NAMES = {"common", "core", "misc"} | {
    word + plural for word in ("helper", "manager", "service", "util") for plural in ("", "s")
}


def house_files(suffix: str = "") -> list[Path]:
    """Every file of the repository whose name ends in `suffix`, tracked or about to be."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    files = [ROOT / name for name in listed.split("\0") if name.endswith(suffix) and name]
    return sorted(path for path in files if path.is_file())


def text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def outer_make(*arguments: str, cwd: Path = ROOT) -> str:
    """The output of a make that knows nothing of the make these tests may be running under."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def imported_roots(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def locked(name: str) -> dict[str, str]:
    """Versions by canonical name in one lock file."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    pins = [re.match(r"([A-Za-z0-9._-]+)==([^\s;\\]+)", line) for line in lines]
    return {canonicalize_name(pin[1]): pin[2] for pin in pins if pin}


def test_the_tree_names_no_index_and_no_machine():
    named = [
        f"{path.relative_to(ROOT)}:{number}: {hit[0]}"
        for path in house_files()
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if (hit := FORBIDDEN.search(line))
    ]
    assert named == []


def test_every_folder_and_module_is_named_by_what_it_answers():
    empty = [
        path.relative_to(ROOT)
        for path in house_files(".py")
        if EMPTY_NAMES & {part.removesuffix(".py") for part in path.relative_to(ROOT).parts}
    ]
    assert empty == []


def test_no_room_has_grown_into_a_giant():
    rooms = [path for path in house_files(".py") if path.relative_to(ROOT).parts[0] in PACKAGES]
    lengths = {str(path.relative_to(ROOT)): len(text_of(path).splitlines()) for path in rooms}
    assert {name: length for name, length in lengths.items() if length > 400} == {}


def test_contracts_lean_on_pydantic_and_the_standard_library_alone():
    allowed = sys.stdlib_module_names | {"annotated_types", "contracts", "pydantic", "pydantic_core"}
    strangers = {
        f"{path.relative_to(ROOT)}: {root}"
        for path in (ROOT / "contracts").rglob("*.py")
        for root in imported_roots(path)
        if root not in allowed
    }
    assert strangers == set()


def kept_in(thing: object) -> Iterator[object]:
    """What a module or a class keeps, and what lies in collections there."""
    for kept in list(vars(thing).values()):
        yield kept
        if isinstance(kept, (tuple, list, set, frozenset, dict)):
            yield from kept.values() if isinstance(kept, dict) else kept


def test_no_module_keeps_an_error_to_raise_it_again_and_again():
    """Each raise would append its frames, with all they hold, to the one instance."""
    names = [
        each.name
        for package in PACKAGES
        for each in pkgutil.walk_packages([str(ROOT / package)], f"{package}.")
        if not each.name.endswith("__main__")
    ]
    modules = {name: importlib.import_module(name) for name in names}
    places = {
        name: [module, *filter(owned_by(name), vars(module).values())] for name, module in modules.items()
    }
    kept = [(name, each) for name, things in places.items() for thing in things for each in kept_in(thing)]
    assert len(names) > 300
    assert [(name, str(each)) for name, each in kept if isinstance(each, BaseException)] == []


def owned_by(module: str) -> Callable[[object], bool]:
    """Whether something is a class of this module."""
    return lambda thing: isinstance(thing, type) and thing.__module__ == module


@pytest.mark.parametrize("package", PACKAGES)
def test_the_name_resolves_to_us_and_nobody_else_installed_it(package, tmp_path):
    """Asked from outside the repository, as the installed command asks."""
    question = f"import importlib.util as u; print(u.find_spec({package!r}).origin)"
    origin = subprocess.run(
        [sys.executable, "-I", "-c", question], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout.strip()
    owners = importlib.metadata.packages_distributions().get(package, [])
    assert Path(origin).resolve().parent == ROOT / package
    assert set(owners) <= {"landbridge"}


def test_every_kit_we_offer_can_be_loaded():
    offered = importlib.metadata.entry_points(group="landbridge.adapters")
    ours = [kit for kit in offered if kit.dist and kit.dist.name == "landbridge"]
    assert {kit.name for kit in ours} == set(PROJECT["entry-points"]["landbridge.adapters"])
    assert all(callable(kit.load()) for kit in ours)


def test_make_check_runs_every_guard():
    commands = outer_make("--dry-run", "check")
    for guard in ("ruff format --check", "ruff check", "mypy", "lint-imports", "gateway.reference --check"):
        assert guard in commands
    assert "pytest" in commands
    assert "--fix" not in commands


MAKE_ONE_OF_THREE_FAIL = """
.PHONY: install stages first second third
stages: ; @echo first second third
install first third: ; @echo ran $@
second: ; @echo ran $@ && false
"""


THE_IMAGE_BESIDE = """
.PHONY: install stages first image test
AWAIT = i=0; until test -e $1; do i=$$((i + 1)); test $$i -lt 1000 || exit 1; sleep 0.02; done
stages: ; @echo first image test
install: ; @echo ran $@
first: ; @$(call AWAIT,begun); touch ended
image: ; @touch begun; $(call AWAIT,ended); $(call AWAIT,tested); sleep 0.5; echo ran $@; false
test: ; @$(call AWAIT,begun); touch tested; echo ran $@
"""
"""All other stages wait for the image to be begun, and it for them; the verdict for all."""


def run_ci(place: Path, makefile: str) -> subprocess.CompletedProcess[str]:
    (place / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", place / ".ci" / "run")
    (place / "Makefile").write_text(makefile, encoding="utf-8")
    return subprocess.run([place / ".ci" / "run"], cwd="/", capture_output=True, text=True, check=False)


def test_ci_runs_every_stage_and_fails_for_any(tmp_path):
    ci = run_ci(tmp_path, MAKE_ONE_OF_THREE_FAIL)
    assert [line for line in ci.stdout.splitlines() if line.startswith("ran ")] == [
        "ran install",
        "ran first",
        "ran second",
        "ran third",
    ]
    assert ci.stdout.endswith("FAILED: second\n")
    assert ci.returncode == 1


def test_ci_makes_the_image_beside_everything_else(tmp_path):
    ci = run_ci(tmp_path, THE_IMAGE_BESIDE)
    said = ci.stdout.splitlines()
    assert [line for line in said if line.startswith("ran ")] == ["ran install", "ran test", "ran image"]
    assert said.index("== test") < said.index("ran test") < said.index("== image") < said.index("ran image")
    verdicts = {tuple(line.split()[:2]) for line in said if re.search(r" \d+\.\d min$", line)}
    assert verdicts >= {("first", "passed"), ("image", "FAILED"), ("test", "passed")}
    assert said[-1] == "FAILED: image"


def test_ci_passes_when_every_stage_does(tmp_path):
    ci = run_ci(tmp_path, MAKE_ONE_OF_THREE_FAIL.replace("&& false", ""))
    assert ci.stdout.endswith("passed\n")
    assert re.search(r"^total\s+\d+\.\d min$", ci.stdout, re.MULTILINE)
    assert ci.returncode == 0


@pytest.mark.parametrize(
    ("name", "at_least"),
    [("requirements.txt", 21), ("requirements-dev.txt", 21), ("requirements-build.txt", 2)],
)
def test_a_lock_names_digests_and_no_addresses(name, at_least):
    text = (ROOT / name).read_text(encoding="utf-8")
    pins = [block for block in re.split(r"\n(?=\S)", text) if not block.startswith("#")]
    assert len(pins) >= at_least
    assert [pin.split()[0] for pin in pins if "--hash=sha256:" not in pin] == []
    assert "://" not in text


@pytest.mark.parametrize(
    ("name", "extras"), [("requirements.txt", []), ("requirements-dev.txt", ["demo", "dev"])]
)
def test_a_lock_is_not_older_than_what_we_ask_for(name, extras):
    asked = [
        *PROJECT["dependencies"],
        *(r for extra in extras for r in PROJECT["optional-dependencies"][extra]),
    ]
    pins = locked(name)
    unmet = [
        wanted
        for wanted in map(Requirement, asked)
        if not wanted.specifier.contains(pins.get(canonicalize_name(wanted.name), "0"))
    ]
    assert unmet == []


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-build.txt"])
def test_the_locks_agree(name):
    pins, development = locked(name), locked("requirements-dev.txt")
    assert {name: development.get(name) for name in pins} == pins
