"""``carbonledger init``: a working folder that runs, to be filled with a bank's own books."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Mapping
from pathlib import Path

import click

from carbonledger.cli.language import Language, default_language
from carbonledger.cli.library import Wrong


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--lang", type=click.Choice(["zh", "en"]), default=default_language,
    help="Language of headers, comments and messages.",
)  # fmt: skip
def command(folder: Path, lang: Language) -> None:
    """Make FOLDER with a commented carbonledger.yaml and template books.

    The books hold invented rows that fit together, so that the folder can be checked and run at
    once. A folder that has anything in it is left alone.

    \b
    carbonledger init my-bank
    carbonledger init my-bank --lang zh
    """
    from carbonledger.templates import template_files

    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise Wrong(f"{folder} 已存在且不是空文件夹，没有写入；请换一个名称" if lang == "zh" else
                    f"{folder} exists and is not an empty folder; nothing was written. "
                    "Choose another name.")  # fmt: skip
    files = template_files(lang)
    _write(folder, files)
    click.echo(f"已建立 {folder}：" if lang == "zh" else f"made {folder}:")
    for name in files:
        click.echo(f"  {name}")
    place = shlex.quote(str(folder))
    click.echo("下一步：" if lang == "zh" else "next:")
    click.echo(f"  carbonledger check {place}")


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write all the files or leave nothing behind."""
    made = [p for p in (folder, *folder.parents) if not p.exists()]
    written: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            with (folder / name).open("xb") as stream:
                written.append(folder / name)
                stream.write(content)
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        for path in made:
            with contextlib.suppress(OSError):
                path.rmdir()
        raise
