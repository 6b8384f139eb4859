"""A challenge: moves in an order nobody can know, each in a short time, by one and the same face.

A pure state machine: no pictures, no clock, and its random numbers come from outside. It goes back
and forth between two phases. Looking ahead: a few still looks give the face's own shape, from which
the next move is measured. The move: asked for after a pause of random length, and judged until its
time is over. After the last move the face has to look ahead once more, and be the face of before.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random

import numpy as np

from backend.vision.liveness import geometry


class Move(StrEnum):
    """What the person is asked for. Left and right are the person's own."""

    LOOK_AHEAD = "look_ahead"
    TURN_LEFT = "turn_left"
    TURN_RIGHT = "turn_right"
    COME_CLOSER = "come_closer"


_SIGN = {Move.TURN_LEFT: 1.0, Move.TURN_RIGHT: -1.0}
"""The side of the picture that the nose goes to, as the camera sees it (not mirrored)."""


class State(StrEnum):
    PENDING = "pending"
    PASSED = "passed"
    FAILED = "failed"


class Failure(StrEnum):
    TOO_SLOW = "too_slow"
    WRONG_MOVE = "wrong_move"
    ANOTHER_FACE = "another_face"
    JUMPED = "jumped"


@dataclass(frozen=True)
class Rules:
    """The settings of a challenge."""

    moves: int = 2
    seconds: float = 5.0
    """For each move, and for each return to looking ahead."""
    parallax: float = 0.12
    """Least `Turn.parallax` of a turn."""
    approach: float = 1.25
    """Least growth of the face in "come closer"."""
    stranger: float = 0.42
    """`OperatingPoint.stranger` of the engine: further from the face recognised is another face."""


@dataclass(frozen=True, eq=False)
class Look:
    """One look at the face: monotonic seconds, and (5, 2) points in pixels."""

    at: float
    points: np.ndarray
    apart: float
    """Distance of its embedding from the face that was recognised, 0 to 2."""


_STILL_LOOKS = 3
_AHEAD = 0.15
"""Nose shift, in eye distances, up to which a face looks ahead: 12 to 20 degrees, so that a camera
mounted to one side of the screen does no harm."""
_STILL = 0.05
"""The nose shifts of looks that are averaged differ by this at most."""
_BACK = 0.07
"""Nose shift from that of the first looks, up to which a face looks ahead again."""
_LEAST_DEPTH = 0.24
"""`Turn.depth` of a head: 0.26 was the least of 51 looks at turns past 0.12 in four clips. A picture bent
to the radius of the eyes' distance has 0.12; the errors of the points make flat ones 0.05 to 0.2."""
_ASIDE = 0.8
"""Nose shift of a turned face at least, as a share of the parallax that is asked for."""
_MOST_SLANT = 50.0
"""Degrees past which the five points of a flat picture are too far from a face for the detector to
place them well. Nobody has to turn that far."""
_REACTION = 0.3
"""Seconds in which nobody can have seen the request and done it: what moves so early moved anyway."""
_PAUSES = (0.2, 0.8)
"""Seconds, least and most, between looking ahead and the request."""
_GLIDE = 0.1
"""Parallax between two looks at most, in a turn, where looks come a tenth of a second apart. A head passes
through what lies between; one picture put in another's place does not."""
_GLIDE_A_SECOND = 0.7
"""The same for looks further apart, each second: a brisk turn, 60 to 90 degrees a second."""
_MOST_GLIDE = 0.14
"""However far apart the looks are. Photos of turned heads are 0.15 to 0.25 from those that look ahead."""
_JUMPS = 2
"""Jumps that are forgiven: who turned too quickly is asked again."""
_LOOKS = 2
"""Looks in a row that have to show a turn: one may be an error of the points."""


@dataclass(eq=False)
class Challenge:
    """One try. `nonce` names it: an answer to an earlier one is none to this."""

    rules: Rules
    random: Random
    begun: float
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(9))
    state: State = State.PENDING
    failure: Failure | None = None
    parallax: list[float] = field(default_factory=list)
    """What each turn came to, for the log and the measurements."""

    def __post_init__(self) -> None:
        self.moves: tuple[Move, ...] = draw(self.rules.moves, self.random)
        self.done = self._jumps = 0
        self._shape: np.ndarray | None = None
        self._ask_none(self.begun)

    @property
    def asked(self) -> Move:
        """What the person is to do now."""
        return Move.LOOK_AHEAD if self._asked_at is None or self.ending else self.moves[self.done]

    @property
    def ending(self) -> bool:
        """Whether all moves are made, and looking ahead once more is all that is left."""
        return self.done == len(self.moves)

    def left(self, now: float) -> float:
        """Seconds left for what is asked now."""
        return max(0.0, self._deadline - now)

    def tick(self, now: float) -> None:
        """Time goes by, also where there is no face to look at."""
        if self.state is State.PENDING and now > self._deadline:
            self._fail(Failure.TOO_SLOW)

    def look(self, look: Look) -> None:
        """Judge one look; a few times a second."""
        self.tick(look.at)
        if self.state is not State.PENDING:
            return
        if look.apart > self.rules.stranger:
            self._fail(Failure.ANOTHER_FACE)
        elif self._asked_at is None:
            self._look_ahead(look)
        else:
            self._judge(look)

    # Looking ahead

    def _ask_none(self, now: float) -> None:
        self._asked_at: float | None = None
        self._deadline = now + self.rules.seconds
        self._still: list[Look] = []
        self._ask_from: float | None = None

    def _look_ahead(self, look: Look) -> None:
        shift = geometry.nose_shift(look.points)
        if not ahead(look.points) or (self._shape is not None
                                      and abs(shift - geometry.nose_shift(self._shape)) > _BACK):
            self._still, self._ask_from = [], None
            return
        if any(abs(shift - geometry.nose_shift(each.points)) > _STILL for each in self._still):
            self._still, self._ask_from = [look], None
            return
        self._still = [*self._still, look][-_STILL_LOOKS:]
        if len(self._still) < _STILL_LOOKS:
            return
        if self.ending:
            self.state = State.PASSED
        elif self._ask_from is None:
            self._ask_from = look.at + self.random.uniform(*_PAUSES)
        elif look.at >= self._ask_from:
            self._ask(look.at)

    def _ask(self, now: float) -> None:
        self._asked_at, self._deadline = now, now + self.rules.seconds
        if self._shape is None:
            # Once: who might choose it anew before each move could lean to the other side for it.
            self._shape = np.mean([geometry.upright(each.points) for each in self._still], axis=0)
        self._size = float(np.mean([geometry.size(each.points) for each in self._still]))
        self._last, self._last_at = 0.0, now
        self._shown: list[Move] = []

    # The move

    def _judge(self, look: Look) -> None:
        assert self._shape is not None
        turn = geometry.turn(self._shape, look.points)
        glide = min(_MOST_GLIDE, max(_GLIDE, _GLIDE_A_SECOND * (look.at - self._last_at)))
        jumped = abs(turn.parallax - self._last) > glide
        self._last, self._last_at = turn.parallax, look.at
        if jumped:
            self._jumps += 1
            if self._jumps > _JUMPS:
                self._fail(Failure.JUMPED)
            else:
                self._ask_none(look.at)
            return
        move = self._move(turn, geometry.nose_shift(look.points), geometry.size(look.points) / self._size)
        self._shown = [*self._shown, move][-_LOOKS:] if move is not None else []
        if self._shown.count(move) == _LOOKS:
            self._made(move, turn, look.at)

    def _move(self, turn: geometry.Turn, shift: float, growth: float) -> Move | None:
        """What this look shows."""
        if abs(turn.parallax) < self.rules.parallax:
            return Move.COME_CLOSER if growth >= self.rules.approach else None
        side = Move.TURN_LEFT if turn.parallax * _SIGN[Move.TURN_LEFT] > 0 else Move.TURN_RIGHT
        # By itself, too, and not only against a face that began by leaning the other way.
        aside = shift * _SIGN[side] >= _ASIDE * self.rules.parallax
        return side if aside and turn.slant <= _MOST_SLANT and turn.depth >= _LEAST_DEPTH else None

    def _made(self, move: Move, turn: geometry.Turn, now: float) -> None:
        if move is not self.moves[self.done] or now - self._asked_at < _REACTION:
            self._fail(Failure.WRONG_MOVE)
            return
        if move is not Move.COME_CLOSER:
            self.parallax.append(round(turn.parallax, 3))
        self.done += 1
        self._ask_none(now)

    def _fail(self, failure: Failure) -> None:
        self.state, self.failure = State.FAILED, failure


def ahead(points: np.ndarray) -> bool:
    """Whether a face looks ahead."""
    return abs(geometry.nose_shift(points)) <= _AHEAD


def draw(count: int, random: Random) -> tuple[Move, ...]:
    """`count` moves, none twice in a row, at least one of them a turn."""
    moves: list[Move] = []
    while len(moves) < count:
        choices = [move for move in (*_SIGN, Move.COME_CLOSER) if not moves or move is not moves[-1]]
        # Coming closer proves no depth: a picture can be brought nearer. Never that alone.
        if count == 1:
            choices = [*_SIGN]
        moves.append(random.choice(choices))
    return tuple(moves)
