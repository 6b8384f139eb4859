"""A real server, a real Chromium, and a camera made from a clip of a face.

Chromium and its driver are the system's own; nothing is downloaded. Each browser has a profile
of its own, so that no test sees another's cookies.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import pytest
from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.expected_conditions import element_to_be_clickable
from selenium.webdriver.support.ui import WebDriverWait

from backend.app import build
from backend.attendance_system import AttendanceSystem
from backend.config import Settings
from backend.web import create_app
from backend.web.server import WebServer
from tests.conftest import missing

PASSWORD = "correct horse battery"
WAIT = 20.0
"""Seconds that a page may take for anything on a machine that does much else besides."""
_FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--mute-audio",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-default-apps", "--disable-extensions", "--no-first-run", "--disable-domain-reliability",
    "--host-resolver-rules=MAP attendance.test 127.0.0.1",
    "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
)


@dataclass
class Site:
    """A running server with its desks, as a test may use them directly."""

    server: WebServer
    system: AttendanceSystem
    code: str | None
    """The first run's code, as the console would print it."""

    @property
    def url(self) -> str:
        scheme = "https" if self.server.tls else "http"
        return f"{scheme}://localhost:{self.server.port}"


class Visitor:
    """A browser, with what people do in it: look for words, type, press."""

    def __init__(self, driver: webdriver.Chrome, url: str) -> None:
        self.driver = driver
        self.url = url

    def go(self, path: str) -> None:
        """Loads the page anew, even where only the part after # differs."""
        self.driver.get("about:blank")
        self.driver.get(self.url + path)

    def find(self, selector: str) -> WebElement:
        """The first element that matches, once it can be seen."""
        return self.wait(lambda driver: next(
            (found for found in driver.find_elements(By.CSS_SELECTOR, selector) if found.is_displayed()), None),
            f"nothing to be seen matches {selector}")

    def press(self, selector: str) -> None:
        pressable = element_to_be_clickable((By.CSS_SELECTOR, selector))

        def pressed(driver: Any) -> bool:
            found = pressable(driver)
            if found:
                found.click()  # the page may draw it anew just now: then it is looked for again
            return bool(found)

        self.wait(pressed, f"{selector} cannot be pressed")

    def type(self, selector: str, text: str) -> None:
        place = self.find(selector)
        place.clear()
        place.send_keys(text)

    def set(self, selector: str, value: str) -> None:
        """For fields whose typing depends on the browser's language, such as dates."""
        self.driver.execute_script(
            "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('change', {bubbles: true}))",
            self.find(selector), value)

    def see(self, text: str, selector: str = "body", within: float = WAIT) -> None:
        """Waits until `selector` shows `text`."""
        def shown(driver: Any) -> bool:
            return any(text in found.text for found in driver.find_elements(By.CSS_SELECTOR, selector))

        self.wait(shown, f"{text!r} does not appear in {selector}", within)

    def at(self, path: str) -> None:
        """Waits until the address is `path` of the site."""
        self.wait(lambda driver: driver.current_url == self.url + path, f"the page is not {path}")

    def log_in(self, username: str, password: str = PASSWORD, *, home: str = "/") -> None:
        self.go("/login")
        self.type("#login-name", username)
        self.type("#login-password", password)
        self.press("#login button")
        self.at(home)

    def complaints(self) -> list[str]:
        """What the browser's console has held against the page since last asked."""
        return [f"{line['level']}: {line['message']}" for line in self.driver.get_log("browser")
                if line["level"] in ("SEVERE", "WARNING")]

    def wait(self, condition: Callable[[Any], Any], why: str, within: float = WAIT) -> Any:
        """What `condition(driver)` answers once it is true; fails with `why` and what the page shows."""
        try:
            waiting = WebDriverWait(self.driver, within, poll_frequency=0.1,
                                    ignored_exceptions=(NoSuchElementException, StaleElementReferenceException))
            return waiting.until(condition, why)
        except Exception as error:
            page = self.driver.find_element(By.TAG_NAME, "body").text[:1500]
            raise AssertionError(f"{why}\nat {self.driver.current_url}\n{page}") from error


@dataclass
class Sites:
    """Starts servers and ends them."""

    settings: Settings
    running: list[Site] = field(default_factory=list)

    def start(self, **changes: Any) -> Site:
        settings = self.settings.but(host="127.0.0.1", web_threads=16, **changes)
        parts = build(settings)
        app = create_app(settings, parts=parts)
        server = WebServer(app, settings)
        server.start()
        system = AttendanceSystem(parts=parts)
        site = Site(server, system, system.access.setup_code())
        self.running.append(site)
        return site


@pytest.fixture(scope="package", autouse=True)
def first() -> Iterator[None]:
    """Browsers, and the servers they look at, go before the tests that run beside them, where the user
    may have it so: a page with a camera must not wait for those who have no clock to keep to."""
    before = os.getpriority(os.PRIO_PROCESS, 0)
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, before - 5)
    yield
    os.setpriority(os.PRIO_PROCESS, 0, before)


@pytest.fixture
def sites(settings: Settings) -> Iterator[Sites]:
    kept = Sites(settings)
    yield kept
    for site in kept.running:
        site.server.stop()
        site.system.store.close()


@pytest.fixture
def site(sites: Sites) -> Site:
    """A server of an empty database, over plain HTTP on localhost."""
    return sites.start()


@pytest.fixture
def anna(site: Site) -> str:
    """The name of an administrator."""
    return site.system.access.create_user("anna", PASSWORD, "admin").username


@pytest.fixture
def visit(tmp_path: Path) -> Iterator[Callable[..., Visitor]]:
    """`visit(site.url, film=camera)`: a fresh browser whose camera shows the film, or else a test card."""
    drivers: list[webdriver.Chrome] = []

    def start(url: str, *, language: str = "en-GB", size: str = "1280,800",
              film: Path | None = None) -> Visitor:
        driver = _chromium(tmp_path / f"profile-{len(drivers)}", film, language, size)
        drivers.append(driver)
        return Visitor(driver, url)

    yield start
    for driver in drivers:
        driver.quit()


def _chromium(profile: Path, film: Path | None, language: str, size: str) -> webdriver.Chrome:
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if program is None or driver is None:
        missing("chromium", "chromium and chromedriver are not installed")
    options = Options()
    options.binary_location = program
    options.accept_insecure_certs = True
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    options.add_experimental_option("prefs", {"intl.accept_languages": language})
    for flag in (*_FLAGS, f"--user-data-dir={profile}", f"--window-size={size}", f"--lang={language}",
                 *([f"--use-file-for-fake-video-capture={film}"] if film else [])):
        options.add_argument(flag)
    environment = {**os.environ, "HOME": str(profile.parent), "SE_OFFLINE": "true"}
    return webdriver.Chrome(options=options, service=Service(driver, env=environment))


@pytest.fixture(scope="session")
def camera(test_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film for Chromium's camera: a man who looks at it and moves a little, 5 seconds."""
    return film(test_data / "faces" / "clips" / "man_glasses_moves.mp4", tmp_path_factory.mktemp("film") / "cam.mjpeg")


def film(clip: Path, target: Path, frames: int = 50) -> Path:
    """`clip` as 640×480 MJPEG, ten pictures a second, as Chromium plays it for a camera."""
    source = cv2.VideoCapture(str(clip))
    step = max(1, round(source.get(cv2.CAP_PROP_FPS) / 10))
    with target.open("wb") as out:
        for number in range(frames * step):
            good, picture = source.read()
            if not good:
                break
            if number % step == 0:
                out.write(cv2.imencode(".jpg", _fitted(picture), [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes())
    source.release()
    return target


def _fitted(picture: Any) -> Any:
    """The picture whole, as large as 640×480 allows, on grey."""
    height, width = picture.shape[:2]
    scale = min(640 / width, 480 / height)
    small = cv2.resize(picture, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
    down, across = 480 - small.shape[0], 640 - small.shape[1]
    return cv2.copyMakeBorder(small, down // 2, down - down // 2, across // 2, across - across // 2,
                              cv2.BORDER_CONSTANT, value=(128, 128, 128))
