"""`landbridge serve`: one process, or a parent and its workers on one socket."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import threading
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Annotated, Any

import typer
import uvicorn

from gateway.app import create
from gateway.building import prepare
from gateway.cli.account import show_links
from gateway.cli.inside import operator
from gateway.cli.words import pick
from gateway.logs import speak
from gateway.metrics import share_between_workers
from gateway.settings import Settings
from gateway.store.engine import backend_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.context import SpawnProcess

log = logging.getLogger(__name__)

REST_SECONDS = 1.0
"""Between a worker's death and its successor: what killed it may kill the next one too."""

GRACE_SECONDS = 30.0
"""How long a worker that was told to stop may finish what it has in hand."""


def serve(
    host: Annotated[str | None, typer.Option(help=pick("监听地址", "address to listen on"))] = None,
    port: Annotated[int | None, typer.Option(help=pick("监听端口", "port to listen on"))] = None,
    workers: Annotated[
        int, typer.Option(min=1, help=pick("工作进程数，多于一个须用 PostgreSQL", "worker processes"))
    ] = 1,
) -> None:
    """Run the gateway until it is told to stop."""
    given: dict[str, Any] = {"host": host, "port": port}
    settings = Settings(**{name: value for name, value in given.items() if value is not None})
    _tell(settings)
    if workers > 1:
        _fit_for_many(settings)
    # Whatever is wrong with keys, tables, log or files is said here, once, as a sentence.
    show_links(asyncio.run(prepare(settings, by=operator())), settings.base_url)
    if workers == 1:
        _server(settings).run()
        return
    with _told_to_stop() as told, _config(settings).bind_socket() as listening:
        _supervise(settings, listening, workers, told)


def _tell(settings: Settings) -> None:
    speak(settings.log_format, settings.log_level)


def _fit_for_many(settings: Settings) -> None:
    if not backend_of(settings.database).many_processes:
        typer.echo(
            pick(
                "SQLite 只支持一个工作进程：同一份日志只能有一个写入者。多个工作进程请使用 PostgreSQL。",
                "SQLite means one worker: one log has one writer. Several workers need PostgreSQL.",
            ),
            err=True,
        )
        raise typer.Exit(2)
    if not settings.redis_url:
        log.warning(
            pick(
                "未设置 LANDBRIDGE_REDIS_URL：各工作进程各自缓存，同一问题可能向部门重复查询。",
                "LANDBRIDGE_REDIS_URL is not set: each worker has a cache of its own, and agencies hear the"
                " same question once from each.",
            )
        )


def _config(settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        create(settings, prepared=True),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        server_header=False,
        proxy_headers=False,  # uvicorn would believe all of this machine; the application says whom
        access_log=False,
        log_config=None,
    )


def _server(settings: Settings) -> uvicorn.Server:
    return uvicorn.Server(_config(settings))


@contextmanager
def _told_to_stop() -> Iterator[socket.socket]:
    """A socket with something to read once this process was told to stop."""
    reading, writing = socket.socketpair()
    with reading, writing:
        writing.setblocking(False)
        before = signal.set_wakeup_fd(writing.fileno())
        handlers = {each: signal.signal(each, lambda *_: None) for each in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield reading
        finally:
            for each, handler in handlers.items():
                signal.signal(each, handler)
            signal.set_wakeup_fd(before)


def _supervise(settings: Settings, listening: socket.socket, workers: int, told: socket.socket) -> None:
    """Keep so many workers until told to stop; then let them finish."""
    share_between_workers(settings.home / "metrics")
    crew = {worker.sentinel: worker for worker in (_start(settings, listening) for _ in range(workers))}
    try:
        while told not in (ended := wait([told, *crew])):
            gone = [sentinel for sentinel in crew if sentinel in ended]
            for sentinel in gone:
                dead = crew.pop(sentinel)
                log.error("worker %s ended with %s; another one takes its place", dead.pid, dead.exitcode)
            if told in wait([told], REST_SECONDS):
                break
            for _ in gone:
                worker = _start(settings, listening)
                crew[worker.sentinel] = worker
    finally:
        _dismiss(list(crew.values()))


def _start(settings: Settings, listening: socket.socket) -> SpawnProcess:
    worker = get_context("spawn").Process(target=_work, args=(settings, listening))
    worker.start()
    log.info("worker %s", worker.pid)
    return worker


def _dismiss(crew: list[SpawnProcess]) -> None:
    for worker in crew:
        worker.terminate()
    for worker in crew:
        worker.join(GRACE_SECONDS)
        if worker.exitcode is None:
            log.error("worker %s did not stop in time", worker.pid)
            worker.kill()
            worker.join()


def _work(settings: Settings, listening: socket.socket) -> None:
    """A worker's life. It does not outlive its parent."""
    _tell(settings)
    threading.Thread(target=_follow_parent, daemon=True).start()
    _server(settings).run([listening])


def _follow_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
