"""`python -m benchmarks`: asks, commits, waves, outages, SOAP against zeep, drops, searches, pages."""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import uvloop

from benchmarks import drop, pages
from benchmarks.asks import Compared, Cost, compare
from benchmarks.commits import Batched, batches, databases, fsync_us
from benchmarks.late import lateness
from benchmarks.late import say as say_late
from benchmarks.searches import Searched, on_file, on_server
from benchmarks.soap import print_soap, soap_costs
from benchmarks.waves import say, waves
from gateway.cli.words import pick


def main() -> None:
    """Measure, print the table, and write it as JSON where `--json` says. Under three minutes."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="landbridge-bench-", dir=options.folder) as name:
        folder = Path(name)
        asks = uvloop.run(compare(folder, (1, 8), options.rounds, options.asks, options.seconds))
        disk = fsync_us(folder)
        with databases(folder) as urls:
            logged = {
                name: uvloop.run(batches(url, (8, 64, 256), options.asks * 10, options.seconds * 2))
                for name, url in urls.items()
            }
        waved = uvloop.run(waves(folder / "waves"))
        late = uvloop.run(lateness(folder / "late"))
        kept = options.log or folder
        kept.mkdir(parents=True, exist_ok=True)
        searched = {"SQLite": on_file(kept, options.entries)}
        with databases(folder / "searches") as urls:
            if url := urls.get("PostgreSQL"):
                searched["PostgreSQL"] = on_server(url, options.entries)
    _print_asks(asks)
    for name, batched in logged.items():
        _print_batches(name, batched, disk)
    say(waved)
    say_late(late)
    soap = soap_costs()
    print_soap(soap)
    drop.main(options.folder)
    for name, found in searched.items():
        _print_searches(name, *found, options.entries)
    opened = uvloop.run(pages.measure(options.rounds * 8))
    pages.say(opened)
    if options.json:
        report = {
            "asks": [each.as_json() for each in asks],
            "commits": {name: [one.as_json() for one in each] for name, each in logged.items()},
            "fsync_us": disk,
            "waves": waved.as_json(),
            "late": [each.as_json() for each in late],
            "soap": [each.as_json() for each in soap],
            "searches": {
                "entries": options.entries,
                "forms": {name: [each.as_json() for each in forms] for name, (forms, _) in searched.items()},
            },
            "pages": opened.as_json(),
        }
        options.json.write_text(json.dumps(report, indent=2) + "\n", "utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers there too")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="on the disk to measure; a temporary one")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each house")
    parser.add_argument("--asks", type=int, default=3000, help="asks a turn, at most")
    parser.add_argument("--seconds", type=float, default=1.5, help="seconds a turn, at most")
    parser.add_argument("--entries", type=int, default=100_000, help="entries of the log that is searched")
    parser.add_argument("--log", type=Path, metavar="DIR", help="where that log is kept for the next time")
    return parser.parse_args()


def _print_asks(found: list[Compared]) -> None:
    print(
        pick(
            "缓存命中的请求与 FastAPI hello（同机、同轮、交替）",
            "A cached ask and a FastAPI hello, turn about",
        )
    )
    print(f"  {'':22}{'asks':>8}{'p50 ms':>9}{'p99 ms':>9}{'CPU µs':>9}{'asks/s':>9}{'p50 ×':>8}{'CPU ×':>8}")
    for each in found:
        _print_cost(f"hello, {each.lines} conn.", each.hello, 1.0, 1.0)
        _print_cost(f"cached ask, {each.lines} conn.", each.cached, each.p50_ratio, each.cpu_ratio)


def _print_cost(name: str, cost: Cost, p50: float, cpu: float) -> None:
    print(
        f"  {name:22}{cost.asks:>8}{cost.p50_ms:>9.2f}{cost.p99_ms:>9.2f}{cost.cpu_us:>9.0f}"
        f"{cost.per_second:>9.0f}{p50:>8.1f}{cpu:>8.1f}"
    )


def _print_batches(name: str, found: list[Batched], disk: float) -> None:
    print(
        pick(
            f"\n日志：每次提交的条目数（{name}，提交即落盘；写 4 KiB 并 fsync：{disk:.0f} µs）",
            f"\nThe log: entries per commit ({name}, synchronous; 4 KiB write and fsync: {disk:.0f} µs)",
        )
    )
    print(f"  {'writers':>8}{'entries':>9}{'commits':>9}{'entries/s':>11}{'×':>7}   min/25/50/75/max")
    for each in found:
        batch = "/".join(str(count) for count in each.batch)
        row = (
            f"  {each.writers:>8}{each.entries:>9}{each.commits:>9}{each.per_second:>11.0f}{each.ratio:>7.1f}"
        )
        print(f"{row}   {batch}")


def _print_searches(name: str, found: list[Searched], made: float, entries: int) -> None:
    print(
        pick(
            f"\n审计检索（{name}）：{entries} 条日志，每页 50 条（生成用时 {made:.0f} s）",
            f"\nSearching {entries} entries ({name}), a page of 50 ({made:.0f} s to make the log)",
        )
    )
    print(f"  {'':32}{'finds':>7}{'p50 ms':>9}{'p95 ms':>9}{'× SELECT 1':>12}")
    for each in found:
        print(f"  {each.name:32}{each.finds:>7}{each.p50_ms:>9.2f}{each.p95_ms:>9.2f}{each.ratio:>12.0f}")


if __name__ == "__main__":
    main()
