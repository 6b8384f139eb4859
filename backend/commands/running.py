"""`serve` and `demo`: the product, and the product showing its work."""

from __future__ import annotations

from pathlib import Path

import click

from backend.commands.opening import settings_in_force


@click.command(epilog="Example: python -m backend serve --camera rtsp://10.0.0.7/stream")
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on; 0 takes any that is free.")
@click.option("--camera", help="Webcam index, rtsp:// or http:// address, video file, or folder of pictures.")
@click.option("--no-camera", is_flag=True, help="Start no camera, whatever is configured.")
@click.option("--tls-cert", type=click.Path(path_type=Path), help="TLS certificate, PEM.")
@click.option("--tls-key", type=click.Path(path_type=Path), help="TLS private key, PEM.")
@click.option("--tls-self-signed", is_flag=True, default=None, help="TLS with a certificate of our own making.")
def serve(host: str | None, port: int | None, camera: str | None, no_camera: bool,
          tls_cert: Path | None, tls_key: Path | None, tls_self_signed: bool | None) -> int:
    """Runs the product until it is told to stop."""
    from backend.processes import supervisor

    settings = settings_in_force(host=host, port=port, tls_cert=tls_cert, tls_key=tls_key,
                                 tls_self_signed=tls_self_signed)
    return supervisor.run(settings, camera=camera, no_camera=no_camera)


@click.command(epilog="Example: python -m backend demo --once")
@click.option("--once", is_flag=True, help="Stop after the clip; exit 0 only if all was as expected.")
@click.option("--port", type=click.IntRange(0, 65535), default=5000, show_default=True)
def demo(once: bool, port: int) -> int:
    """Shows the product at work on bundled people, a bundled clip and a simulated Odoo."""
    from backend.demo import play

    return play.run(once=once, port=port)
