"""How a child process begins: signals, log, lifeline, and the one line when it fails.

Children are spawned, never forked: a fork copies locks that other threads of the parent hold.
"""

from __future__ import annotations

import logging
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from backend.errors import FaceAttendanceError
from backend.lifeline import Lifeline

log = logging.getLogger(__name__)

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True)
class ChildSpec:
    """What to run: `main(lifeline, *args)`, a function of a module, with picklable arguments.

    `silence`: seconds without a beat after which the child is taken for hung, counted from its
    first beat; until then it has `start_time`, because loading a network takes a while.
    `start_after`: seconds to leave the machine to others at the start of the product.
    `needed_to_start`: where it fails before it was ever ready, the whole start fails.
    """

    name: str
    main: Callable[..., None]
    args: tuple[Any, ...] = ()
    silence: float = 3.0
    start_time: float = 60.0
    start_after: float = 0.0
    log_level: str = "info"
    needed_to_start: bool = False


def enter(spec: ChildSpec, connection: Connection) -> None:
    """The first function that runs in a child; returns when its work is over."""
    lifeline = Lifeline(connection)
    # Ctrl-C reaches the whole group of the terminal: the supervisor alone decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Not set in the handler itself: it may have interrupted a wait that holds the event's lock.
    signal.signal(signal.SIGTERM,
                  lambda *_: threading.Thread(target=lifeline.stopping.set).start())
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    logging.basicConfig(level=spec.log_level.upper(), stream=sys.stderr,
                        format=f"%(asctime)s %(levelname)-7s [{spec.name}] %(message)s")
    lifeline.follow()
    try:
        spec.main(lifeline, *spec.args)
    except FaceAttendanceError as error:
        log.error("%s", error)
        lifeline.failed(str(error))
        sys.exit(1)
    except Exception as error:
        log.exception("ends: %s", error)
        lifeline.failed(f"{type(error).__name__}: {error}")
        sys.exit(1)
