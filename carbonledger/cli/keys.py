"""Where the key of pseudonyms lies: named by the environment, else by the configuration."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from carbonledger.config import Config
    from carbonledger.intake.terms import Terms
    from carbonledger.issues import Issue
    from carbonledger.pseudonyms import Pseudonyms

VARIABLE = "CARBONLEDGER_KEY_FILE"


def terms_of(
    config: Config, folder: Path, allow_refused: bool = False
) -> tuple[Terms, list[Issue]]:
    """How the books of a folder are read, and what is wrong with the key."""
    from carbonledger.config import FILE
    from carbonledger.intake.terms import Terms
    from carbonledger.issues import Place
    from carbonledger.pseudonyms import load_pseudonyms

    set_ = os.environ.get(VARIABLE)
    named = set_ or config.pseudonym_key
    if not named:
        return Terms(None, allow_refused), []
    place = Place(VARIABLE) if set_ else Place(FILE, column="pseudonym_key")
    pseudonyms, issues = load_pseudonyms(folder / Path(named).expanduser(), folder, place)
    return Terms(pseudonyms, allow_refused), issues


def key_of_run(run: Path, folder: Path | None) -> Pseudonyms | None:
    """The key for a sealed run, where its working folder or the environment names one."""
    from carbonledger.config import load_config

    working = folder or run.resolve().parent.parent
    config, _ = load_config(working)
    return None if config is None else terms_of(config, working)[0].pseudonyms
