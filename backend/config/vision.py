"""Settings of cameras, detection, quality and the decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from backend.config import parsing
from backend.config.row import setting


@dataclass(frozen=True, kw_only=True)
class VisionSettings:
    camera: str | None = setting(
        None, parsing.text,
        "Camera source: webcam index, rtsp:// or http:// address, a video file, or a folder of "
        "pictures.", "0")
    camera_allow: tuple[str, ...] = setting(
        (), parsing.words,
        "Sources that POST /camera may name besides the configured one; patterns with * are "
        "allowed.", "0,rtsp://10.0.0.*/stream")
    engine: str = setting(
        "dlib", parsing.text,
        "What computes embeddings: dlib, or the name of an embedder that `python -m backend models list` shows, such "
        "as sface. Templates of different engines cannot be compared.", "sface")
    models_timeout: timedelta = setting(
        timedelta(seconds=30), parsing.duration,
        "Longest wait of `models fetch` for a connection, and for the next bytes.", "2 min",
        minimum=timedelta(seconds=1), maximum=timedelta(minutes=15))
    models_max_bytes: int = setting(
        500_000_000, parsing.integer,
        "Largest file of weights that `models fetch` takes where the manifest says no size.", "100000000",
        minimum=100_000, maximum=10_000_000_000)
    detector: str = setting(
        "auto", parsing.one_of("auto", "yunet", "hog"),
        "What finds faces: YuNet, which needs its file of weights in <DATA_DIR>/models, or dlib's HOG; auto takes "
        "YuNet where the file is there.", "yunet")
    yunet_score: float = setting(
        0.6, parsing.number, "Least score of a face that YuNet finds, 0 to 1; higher misses small faces.", "0.7",
        minimum=0.1, maximum=0.95)
    target_fpir: float = setting(
        0.001, parsing.share,
        "Share of strangers at most accepted as somebody; the threshold is computed from it.",
        "0.1 %", minimum=0.000001, maximum=0.1)
    ask_fpir: float = setting(
        0.01, parsing.share,
        "Share of strangers at most who are asked for somebody's badge or PIN, the face being nearly "
        "near enough; 0, or anything up to TARGET_FPIR, asks nobody.",
        "0.5 %", minimum=0.0, maximum=0.2)
    match_threshold: float | None = setting(
        None, parsing.number,
        "A cap on the computed threshold: distance of unit-length embeddings, 0 to 2.", "0.30",
        minimum=0.05, maximum=2.0)
    match_margin: float | None = setting(
        None, parsing.number,
        "How much nearer the person must be than the runner-up; unset, the engine's own.", "0.08",
        minimum=0.0, maximum=1.0)
    match_frames: int = setting(
        2, parsing.integer, "Good frames of a track that a decision needs, where the case is clear.", "3",
        minimum=1, maximum=20)
    match_frames_most: int = setting(
        5, parsing.integer, "Good frames of a track that an unclear case waits for.", "8",
        minimum=1, maximum=20)
    match_spacing: timedelta = setting(
        timedelta(milliseconds=80), parsing.duration,
        "Least time between the first MATCH_FRAMES frames of a track that are compared; further ones are "
        "three times as far apart, because neighbours say the same.",
        "200 ms", minimum=timedelta(0), maximum=timedelta(seconds=5))
    liveness: str = setting(
        "off", parsing.one_of("off", "passive", "challenge", "both"),
        "Presentation-attack detection (docs/liveness.md). Off: a photo held up to the camera passes as the "
        "person. Passive: a network looks at the texture; it needs its weights in <DATA_DIR>/models. "
        "Challenge: the person is asked to move; it needs YuNet's weights there.", "both")
    liveness_threshold: float = setting(
        0.4, parsing.number,
        "Least mean score of a live face in the passive check, 0 to 1.", "0.6", minimum=0.01, maximum=0.99)
    liveness_frames: int = setting(
        3, parsing.integer, "Good frames whose mean score decides the passive check.", "5",
        minimum=1, maximum=20)
    challenge_moves: int = setting(
        2, parsing.integer, "Moves that a challenge asks for, each drawn at random.", "3",
        minimum=1, maximum=5)
    challenge_time: timedelta = setting(
        timedelta(seconds=5), parsing.duration,
        "Time for each move of a challenge, and for each return to looking ahead.", "8 s",
        minimum=timedelta(seconds=2), maximum=timedelta(seconds=30))
    challenge_tries: int = setting(
        2, parsing.integer, "Challenges that somebody may fail before a badge or PIN is the only way for a while.",
        "3", minimum=1, maximum=10)
    challenge_rest: timedelta = setting(
        timedelta(minutes=1), parsing.duration,
        "How long a camera asks nothing of a person who failed all tries.", "5 min",
        minimum=timedelta(seconds=5), maximum=timedelta(hours=1))
    challenge_turn: float = setting(
        0.12, parsing.number,
        "How far the nose has to leave the plane of eyes and mouth in a turn, in eye distances: 0.12 is about "
        "20 degrees.", "0.15", minimum=0.05, maximum=0.4)
    challenge_approach: float = setting(
        1.25, parsing.number, "How many times larger the face has to become when it comes closer.", "1.4",
        minimum=1.1, maximum=3.0)
    min_face_pixels: int = setting(
        60, parsing.integer, "Narrowest face, in pixels of the camera's frame, that is used.", "80",
        minimum=20, maximum=1000)
    face_distance: float | None = setting(
        None, parsing.metres,
        "Furthest distance from a camera at which a face is used; where it is set, it takes the place of "
        "MIN_FACE_PIXELS at cameras.", "3 m", minimum=0.2, maximum=50.0)
    camera_field_of_view: float = setting(
        60.0, parsing.degrees,
        "Angle that the camera sees from the left to the right edge, in degrees; for FACE_DISTANCE.", "78",
        minimum=5.0, maximum=170.0)
    min_sharpness: float = setting(
        30.0, parsing.number,
        "Least sharpness of a face at the door: variance of the Laplacian on a face of fixed size.",
        "60", minimum=0, maximum=10_000)
    min_brightness: float = setting(
        40.0, parsing.number, "Least mean brightness of a face, 0 to 255.", "50",
        minimum=0, maximum=255)
    max_brightness: float = setting(
        205.0, parsing.number, "Greatest mean brightness of a face, 0 to 255.", "220",
        minimum=1, maximum=255)
    max_burnt: float = setting(
        0.05, parsing.share, "Share of a face that may be plain white, burnt out by light.", "10 %",
        minimum=0, maximum=1)
    max_unevenness: float = setting(
        0.8, parsing.number,
        "Greatest difference of light between the face's halves, as a share of its own light.", "0.7",
        minimum=0, maximum=2)
    max_yaw: float = setting(
        25.0, parsing.number, "Furthest turn of the head to a side, in degrees.", "20",
        minimum=5, maximum=90)
    max_nod: float = setting(
        0.45, parsing.number,
        "Furthest that the nose may have left its usual height, as a share of it: chin up or down.",
        "0.35", minimum=0.05, maximum=2)
    max_roll: float = setting(
        25.0, parsing.number, "Furthest lean of the head to a shoulder, in degrees.", "15",
        minimum=5, maximum=90)
    refuse_covered: str = setting(
        "enrolment", parsing.one_of("never", "enrolment", "always"),
        "Where faces with dark glasses or a mask are refused; always means at the door, too.", "always")
    max_eye_cover: float = setting(
        0.55, parsing.number,
        "How much darker than the cheeks the eyes' region may be; past it the eyes count as covered.",
        "0.6", minimum=0.1, maximum=1)
    max_mouth_cover: float = setting(
        0.6, parsing.number,
        "How much smoother than a mouth the mouth's region may be; past it it counts as covered.",
        "0.7", minimum=0.1, maximum=1)
    enroll_face_pixels: int = setting(
        80, parsing.integer, "Narrowest face, in pixels of the picture, that becomes a template.", "120",
        minimum=20, maximum=2000)
    enroll_sharpness: float = setting(
        45.0, parsing.number, "Least sharpness of a face that becomes a template; see MIN_SHARPNESS.", "80",
        minimum=0, maximum=10_000)
    enroll_turn: float = setting(
        14.0, parsing.number,
        "Turn of the head, in degrees, that guided enrolment asks for to either side.", "12",
        minimum=6, maximum=45)
    enough_templates: int = setting(
        3, parsing.integer, "Templates of a person that recognition needs to be sure; fewer are warned of.",
        "5", minimum=1, maximum=20)
    near_identical: float = setting(
        0.05, parsing.number,
        "Pictures of a person whose embeddings are nearer than this are the same picture, which adds "
        "nothing; 0 takes all.", "0.1", minimum=0, maximum=0.5)
    max_image_pixels: int = setting(
        40_000_000, parsing.integer, "Largest picture taken, in pixels; checked before decoding.",
        "12000000", minimum=10_000, maximum=500_000_000)
    max_image_bytes: int = setting(
        16_000_000, parsing.integer, "Largest picture file taken, in bytes.", "8000000",
        minimum=10_000, maximum=500_000_000)
    max_faces: int = setting(
        10, parsing.integer, "Faces looked at in one frame or picture, largest first.", "5",
        minimum=1, maximum=100)
    max_templates: int = setting(
        10, parsing.integer, "Templates kept of one person.", "5", minimum=1, maximum=100)
    vision_queue: int = setting(
        8, parsing.integer,
        "Pictures by HTTP that wait for the vision service; one more is answered 503.", "16",
        minimum=1, maximum=1000)
    vision_timeout: timedelta = setting(
        timedelta(seconds=20), parsing.duration, "Longest wait for the vision service.", "30 s",
        minimum=timedelta(seconds=1), maximum=timedelta(minutes=5))
    camera_session_silence: timedelta = setting(
        timedelta(seconds=10), parsing.duration,
        "A browser kiosk's camera session ends after this long without a frame.", "30 s",
        minimum=timedelta(seconds=2), maximum=timedelta(minutes=10))
    max_camera_sessions: int = setting(
        8, parsing.integer, "Browser kiosks' camera sessions open at once.", "20",
        minimum=1, maximum=200)
    gallery_poll: timedelta = setting(
        timedelta(milliseconds=500), parsing.duration,
        "How often a worker looks whether the gallery has changed.", "250 ms",
        minimum=timedelta(milliseconds=50), maximum=timedelta(seconds=10))
    preview_fps: float = setting(
        10.0, parsing.number, "Frames a second of the live preview at most.", "5",
        minimum=0.5, maximum=30)
    preview_mirrored: bool = setting(
        True, parsing.boolean,
        "Show the live preview as a mirror does, for the people who stand before it.", "false")
    camera_stall: timedelta = setting(
        timedelta(seconds=2), parsing.duration,
        "No new frame for this long means that the camera is blind.", "5 s",
        minimum=timedelta(milliseconds=500), maximum=timedelta(minutes=1))
    heartbeat_timeout: timedelta = setting(
        timedelta(seconds=3), parsing.duration,
        "A worker silent for this long is taken for hung and started anew.", "5 s",
        minimum=timedelta(seconds=1), maximum=timedelta(minutes=5))
