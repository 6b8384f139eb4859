"""The check of a frame before enrolment, and what is wrong with the gallery."""

from __future__ import annotations

from pydantic import Field

from backend.vision.posing import Pose
from backend.web.schemas.envelope import Answer, Input, Output
from backend.web.schemas.people import QualityOut


class PoseQuery(Input):
    pose: Pose | None = Field(
        default=None, description="The wanted pose: front, or turned a little to the person's own left or "
                                  "right. Without it any pose fit for enrolment will do.")


class FrameCheckOut(Output):
    ok: bool = Field(description="Whether the frame can be registered as this pose.")
    hint: str = Field(description="What to do next: good, no_face, several_faces, come_closer, go_back, "
                                  "move_to_the_middle, hold_still, more_light, less_light, even_light, "
                                  "free_the_eyes, free_the_mouth, chin_down, chin_up, head_upright, turn_left "
                                  "or turn_right; left and right are the person's own.")
    text: str = Field(description="The hint in words.")
    width: int
    height: int
    box: list[int] | None = Field(description="The largest face: x, y, width, height.")
    quality: QualityOut | None


class FrameCheckAnswer(Answer):
    data: FrameCheckOut


class FindingsQuery(Input):
    limit: int = Field(default=100, ge=1, le=1000, description="Entries of each list at most.")


class NamedOut(Output):
    person_id: str
    name: str


class AlikeOut(Output):
    person: NamedOut
    other: NamedOut
    distance: float


class OddPictureOut(Output):
    face_id: str
    person: NamedOut
    own_distance: float = Field(description="To the person's other templates: to their mean where it harms, "
                                            "to the nearest where it disagrees.")
    other: NamedOut | None = Field(description="The nearest other person.")
    distance: float | None


class FewPicturesOut(Output):
    person: NamedOut
    templates: int


class FindingCounts(Output):
    alike: int
    harmful: int
    disagreeing: int
    few: int


class FindingsOut(Output):
    ok: bool = Field(description="Nothing was found but people with few templates.")
    engine: str
    people: int
    templates: int
    threshold: float = Field(description="Distance up to which one picture of a face is accepted.")
    limit: float = Field(description="Nearer than this two people count as too alike.")
    counts: FindingCounts = Field(description="How many there are in all.")
    alike: list[AlikeOut] = Field(description="Pairs of people who are too alike, the nearest first.")
    harmful: list[OddPictureOut] = Field(
        description="Templates nearer to somebody else than to their own person's others.")
    disagreeing: list[OddPictureOut] = Field(
        description="Templates far from each of their person's others: perhaps another person's picture.")
    few: list[FewPicturesOut] = Field(description="People with fewer templates than ENOUGH_TEMPLATES.")


class FindingsAnswer(Answer):
    data: FindingsOut
