"""How strong the hashes of passwords and PINs are: what all other tests do without."""

from __future__ import annotations

import subprocess
import sys

from backend.config import PROJECT_ROOT
from backend.desks import passwords
from tests.conftest import QUICK


def test_the_product_hashes_with_argon2id_as_rfc_9106_says_for_little_memory():
    program = "from backend.desks.passwords import hash_secret; print(hash_secret('correct horse'))"
    made = subprocess.run([sys.executable, "-c", program], cwd=PROJECT_ROOT, capture_output=True, text=True,
                          check=True).stdout.strip()
    assert made.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert passwords.matches(made, "correct horse")
    assert not passwords.matches(made, "wrong horse")


def test_a_hash_of_weaker_parameters_is_known_as_outdated(monkeypatch):
    weak = QUICK.hash("correct horse")
    assert not passwords.is_outdated(weak)
    monkeypatch.setattr(passwords, "_hasher", type(QUICK)())
    assert passwords.is_outdated(weak)
