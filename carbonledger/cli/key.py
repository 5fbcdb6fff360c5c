"""``carbonledger key``: a key for the pseudonyms of natural persons."""

from __future__ import annotations

import os
from pathlib import Path

import click

from carbonledger.cli.language import Language, language_option
from carbonledger.cli.library import Wrong


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@language_option
def command(file: Path, lang: Language) -> None:
    """Make a random key in FILE, readable by its owner only.

    With it the identity numbers of natural persons become pseudonyms. Keep it outside of the
    working folder, and keep it: another key gives other pseudonyms.

    \b
    carbonledger key $HOME/.carbonledger/key
    """
    import secrets

    from carbonledger.pseudonyms import Pseudonyms

    if file.exists():
        raise Wrong(f"{file} 已存在，没有写入；请换一个文件名" if lang == "zh" else
                    f"{file} exists; nothing was written. Choose another name.")  # fmt: skip
    key = secrets.token_hex(32)
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(key + "\n")
    fingerprint = Pseudonyms(key.encode()).fingerprint
    click.echo(f"已建立密钥 {file}，指纹 {fingerprint}" if lang == "zh" else
               f"made the key {file}, fingerprint {fingerprint}")  # fmt: skip
