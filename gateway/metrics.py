"""What Prometheus is told: every metric declared once, counted where things happen, measured when asked.

Counters and histograms of all workers of one gateway add up, through prometheus-client's files in a folder
they share; what is measured only when Prometheus asks is said by whichever worker answers. No label holds a
word of a stranger's: outcomes, faults and results are fixed lists, agencies are those published here,
addresses those in the table of doors.
"""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from contracts.audit import EntryKind
from contracts.errors import LogUnavailable
from contracts.text import Text, text

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from pathlib import Path

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from contracts.audit import Draft, Recorded

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""Prometheus' text format."""

SHARED = "PROMETHEUS_MULTIPROC_DIR"
"""Where prometheus-client looks for the folder that workers share. It reads it when it is imported."""

# When a counter began is told by its reset; a second series for each says nothing more.
disable_created_metrics()  # type: ignore[no-untyped-call]

_PULL = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60)
_QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15, 60)
_ENTRIES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric as Prometheus sees it; `buckets` are a histogram's upper bounds."""

    name: str
    type: Literal["counter", "histogram", "gauge"]
    labels: tuple[str, ...]
    meaning: Text
    buckets: tuple[float, ...] = ()


METRICS: tuple[Metric, ...] = (
    Metric(
        "landbridge_asks_total",
        "counter",
        ("outcome",),
        text(
            "已办结的请求：answered、refused、failed，或 unrecorded（日志不可写，未作答复）",
            "Asks ended: answered, refused, failed, or unrecorded (the log was out, nothing was answered)",
        ),
    ),
    Metric(
        "landbridge_http_seconds",
        "histogram",
        ("method", "address", "status"),
        text(
            "各接口的处理时间；status 为 2xx、4xx 等，不在接口表中的地址记为 other",
            "Time to answer at each address; status is 2xx, 4xx…, an address in no table of ours is `other`",
        ),
        _QUICK,
    ),
    Metric(
        "landbridge_agency_pull_seconds",
        "histogram",
        ("agency", "outcome"),
        text(
            "向部门查询的时间，含排队与重试；outcome 为 evidence 或故障代码",
            "Time to pull from an agency, queueing and retries included; outcome is `evidence` or the fault",
        ),
        _PULL,
    ),
    Metric(
        "landbridge_agency_unread_total",
        "counter",
        ("agency", "fault"),
        text("收到但不能采信或不能识别的部门答复", "Replies that came and could not be trusted or read"),
    ),
    Metric(
        "landbridge_breaker_state",
        "gauge",
        ("agency", "state"),
        text(
            "部门熔断器：当前状态（closed、open、half-open）为 1，其余为 0",
            "The agency's breaker: 1 for the state it is in (closed, open, half-open), 0 for the others",
        ),
    ),
    Metric(
        "landbridge_agency_busy",
        "gauge",
        ("agency",),
        text("正在与部门进行的会话数", "Conversations going on with the agency"),
    ),
    Metric(
        "landbridge_cache_lookups_total",
        "counter",
        ("result",),
        text(
            "缓存查询：hit 或 miss；未命中的，向部门查询前再查一次",
            "Looks into the cache: hit or miss; after a miss once more, just before an agency is asked",
        ),
    ),
    Metric("landbridge_cache_answers", "gauge", (), text("内存中的答复条数", "Answers kept in memory")),
    Metric(
        "landbridge_log_entries_total",
        "counter",
        ("kind",),
        text("本网关写入日志的条目", "Entries this gateway wrote to the log"),
    ),
    Metric(
        "landbridge_log_append_seconds",
        "histogram",
        (),
        text("条目从提交到落盘的时间", "Time from an entry's hand-in until it was durable"),
        _QUICK,
    ),
    Metric(
        "landbridge_log_commit_entries",
        "histogram",
        (),
        text("每次提交的条目数", "Entries in one commit"),
        _ENTRIES,
    ),
    Metric(
        "landbridge_log_commit_failures_total",
        "counter",
        (),
        text("未能落盘的提交", "Commits that did not become durable"),
    ),
    Metric("landbridge_log_size", "gauge", (), text("日志条目总数", "Entries in the log")),
    Metric(
        "landbridge_log_head_age_seconds",
        "gauge",
        (),
        text("最新检查点距今的秒数", "Age of the newest checkpoint"),
    ),
    Metric(
        "landbridge_drift_signals",
        "gauge",
        ("agency",),
        text(
            "部门接口变化信号数（自启动以来，去重）",
            "Distinct signs, since the start, that an agency's replies changed shape",
        ),
    ),
    Metric(
        "landbridge_part_fit",
        "gauge",
        ("part",),
        text(
            "就绪检查各部分：1 正常，0.5 降级，0 不可用", "Each part of readiness: 1 fit, 0.5 degraded, 0 out"
        ),
    ),
    Metric(
        "landbridge_disk_free_bytes",
        "gauge",
        (),
        text("数据目录所在磁盘的可用空间", "Free space where home is"),
    ),
)
"""Every metric there is; `docs/metrics.md` is made from this."""

_BY_NAME = {metric.name: metric for metric in METRICS}

Measure = tuple[str, tuple[str, ...], float]
"""A gauge's name, its label values, and what it is now."""


def share_between_workers(folder: Path) -> None:
    """For the parent of several workers, before it starts them: their counts add up in this folder, emptied.

    Raises OSError.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    os.environ[SHARED] = str(folder)


class Metrics:
    """The counters and histograms of one house."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._asks = self._counter("landbridge_asks_total")
        self._http = self._histogram("landbridge_http_seconds")
        self._pulls = self._histogram("landbridge_agency_pull_seconds")
        self._unread = self._counter("landbridge_agency_unread_total")
        self._lookups = self._counter("landbridge_cache_lookups_total")
        self._entries = self._counter("landbridge_log_entries_total")
        self._appends = self._histogram("landbridge_log_append_seconds")
        self._commits = self._histogram("landbridge_log_commit_entries")
        self._commit_failures = self._counter("landbridge_log_commit_failures_total")

    def _counter(self, name: str) -> Counter:
        metric = _BY_NAME[name]
        return Counter(name, metric.meaning.en, metric.labels, registry=self._registry)

    def _histogram(self, name: str) -> Histogram:
        metric = _BY_NAME[name]
        return Histogram(
            name, metric.meaning.en, metric.labels, registry=self._registry, buckets=metric.buckets
        )

    def recording(
        self, record: Callable[[Draft], Awaitable[Recorded]]
    ) -> Callable[[Draft], Awaitable[Recorded]]:
        """The log's `append`, with every entry counted and timed."""

        async def counted(draft: Draft) -> Recorded:
            began = time.perf_counter()
            recorded = await record(draft)
            self._appends.observe(time.perf_counter() - began)
            self._entries.labels(draft.kind.value).inc()
            return recorded

        return counted

    def asking(
        self, record: Callable[[Draft], Awaitable[Recorded]]
    ) -> Callable[[Draft], Awaitable[Recorded]]:
        """What the path records with: how each ask ended is told by its closing entry."""

        async def counted(draft: Draft) -> Recorded:
            try:
                recorded = await record(draft)
            except LogUnavailable:
                self._asks.labels("unrecorded").inc()
                raise
            if draft.kind is not EntryKind.ASKED:
                self._asks.labels(draft.kind.value).inc()
            return recorded

        return counted

    def committed(self, entries: int) -> None:
        """A commit of so many entries is durable; of 0 it is not."""
        if entries:
            self._commits.observe(entries)
        else:
            self._commit_failures.inc()

    def looked_up(self, hit: bool) -> None:  # noqa: FBT001  the only thing there is to say
        """The cache was looked into."""
        self._lookups.labels("hit" if hit else "miss").inc()

    def pulled(self, agency: str, outcome: str, seconds: float) -> None:
        """An agency was asked, and this is how it ended."""
        self._pulls.labels(agency, outcome).observe(seconds)

    def unread(self, agency: str, fault: str) -> None:
        """A reply came that could not be used."""
        self._unread.labels(agency, fault).inc()

    def answered(self, method: str, address: str, status: str, seconds: float) -> None:
        """Somebody at an address was answered."""
        self._http.labels(method, address, status).observe(seconds)

    def page(self, measures: Iterable[Measure]) -> bytes:
        """Everything, in Prometheus' text format."""
        counted = self._registry
        if os.environ.get(SHARED):  # several workers: what all of them counted
            counted = CollectorRegistry()
            MultiProcessCollector(counted)  # type: ignore[no-untyped-call]
        measured = CollectorRegistry()
        measured.register(_Measured(measures))
        return generate_latest(counted) + generate_latest(measured)


class _Measured(Collector):
    """Gauges that hold for this one page."""

    def __init__(self, measures: Iterable[Measure]) -> None:
        self._measures = tuple(measures)

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """One family for each declared gauge that was measured."""
        for metric in METRICS:
            family = GaugeMetricFamily(metric.name, metric.meaning.en, labels=metric.labels)
            for name, labels, value in self._measures:
                if name == metric.name:
                    family.add_metric(labels, value)
            if family.samples:
                yield family


class Timed:
    """ASGI middleware: how long each address takes. `metrics` is None until the house is open."""

    def __init__(self, app: ASGIApp, metrics: Callable[[], Metrics | None]) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and note how it ended."""
        metrics = self._metrics() if scope["type"] == "http" else None
        if metrics is None:
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), ["5xx"]

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                status[0] = f"{message['status'] // 100}xx"
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            # Only addresses and methods a route has: what a stranger makes up is one label, `other`.
            route = scope.get("route")
            known = scope["method"] in (getattr(route, "methods", None) or ())
            method, address = (scope["method"], getattr(route, "path", "")) if known else ("other", "other")
            metrics.answered(method, address, status[0], time.perf_counter() - began)
