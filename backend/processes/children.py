"""What each child of `serve` runs: builds its own parts, then hands over to its room.

Imports stay inside the functions, so that a child loads only what it needs: the web process
never loads dlib, the jobs process no web server.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from backend.clock import system_clock
from backend.config import Settings
from backend.lifeline import Lifeline
from backend.processes.links import Links

if TYPE_CHECKING:
    from backend.vision.results import FrameResult


def web(lifeline: Lifeline, settings: Settings, links: Links) -> None:
    """Pages and API until told to stop."""
    from backend.web import server
    from backend.web.application import create_app

    lifeline.beat_in_background()
    app = create_app(settings, links=links)
    server.run(app, settings, on_ready=lambda *_: lifeline.ready(), stopping=lifeline.stopping)


def vision(lifeline: Lifeline, settings: Settings, links: Links) -> None:
    """Reads pictures that come by HTTP."""
    from backend.app import build
    from backend.vision.decoding import decode
    from backend.vision.engines import open_engine
    from backend.vision.gallery import GalleryKeeper
    from backend.vision.liveness import open_liveness
    from backend.vision.pictures import LocalPictures
    from backend.vision.pipeline import FacePipeline
    from backend.vision.service import FrameReader, VisionService
    from backend.vision.threads import limit_threads

    limit_threads(settings)
    parts = build(settings)
    engine = open_engine(settings)
    keeper = GalleryKeeper(parts.store, settings)

    def new_tracker(device: str) -> FrameReader:
        pipeline = FacePipeline(settings, keeper, device, system_clock, engine=engine,
                                liveness=open_liveness(settings, engine))

        def read(data: bytes) -> FrameResult:
            return pipeline.process(decode(data, settings), system_clock(), time.monotonic())

        return read

    engine.load()
    pictures = LocalPictures(settings, parts.store, engine=engine)
    VisionService(pictures, new_tracker, settings).serve(links.vision_address, links.authkey, lifeline)


def camera(lifeline: Lifeline, settings: Settings, links: Links, device: str) -> None:
    """One camera device: frames to sightings to punches."""
    from backend.app import build
    from backend.kiosk.worker import run
    from backend.vision.preview import preview_path

    run(lifeline, build(settings), device, preview=preview_path(links.folder, device),
        owner=links.instance)


def jobs(lifeline: Lifeline, settings: Settings) -> None:
    """What has to happen every minute, hour and day."""
    from backend.app import build
    from backend.jobs.runner import run

    run(lifeline, build(settings))
