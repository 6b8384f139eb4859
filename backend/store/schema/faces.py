"""Tables of faces: consents, sealed templates, and the version that every gallery polls."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table, Text, Uuid, text

from backend.store.schema.columns import Document, Moment, metadata, person_column

consents = Table(
    "consents", metadata,
    Column("uuid", Uuid, primary_key=True),
    person_column(index=True),
    Column("text_version", String(32), nullable=False),
    Column("given_by", Text, nullable=False),
    Column("given_at", Moment, nullable=False),
    Column("withdrawn_by", Text),
    Column("withdrawn_at", Moment),
    Index("uq_consents_in_force", "person", unique=True,
          sqlite_where=text("withdrawn_at IS NULL"), postgresql_where=text("withdrawn_at IS NULL")),
)

face_templates = Table(
    "face_templates", metadata,
    Column("uuid", Uuid, primary_key=True),
    person_column(index=True),
    Column("sealed_vector", LargeBinary, nullable=False),  # little-endian float32, unit length
    Column("engine", String(64), nullable=False),
    Column("dim", Integer, nullable=False),
    Column("quality", Document, nullable=False),
    Column("source", Text, nullable=False),  # upload, camera, …; adaptive: learnt at the door
    Column("punch", Uuid),  # of the sighting that a learnt one comes from
    Column("picture", Uuid),  # the kept picture it was made from, as long as that is kept
    Column("created_at", Moment, nullable=False),
)

enrolment_pictures = Table(
    "enrolment_pictures", metadata,
    Column("uuid", Uuid, primary_key=True),
    person_column(index=True),
    Column("sealed_picture", LargeBinary, nullable=False),  # JPEG of the face and a little around it
    Column("source", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("keep_until", Moment, nullable=False, index=True),
)

gallery = Table(
    "gallery", metadata,
    Column("id", Integer, primary_key=True),  # one row
    Column("version", Integer, nullable=False),
)
