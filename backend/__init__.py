"""Face Attendance: recognises employees at a camera, writes attendance, keeps Odoo in step."""

__version__ = "0.1.0"
