"""``carbonledger sign``: a person's signature under a sealed run, with an ssh key."""

from __future__ import annotations

from pathlib import Path

import click

from carbonledger.cli.language import Language, language_option
from carbonledger.cli.places import is_bundle, run_named
from carbonledger.cli.printing import UNAVAILABLE, refuse

NO_TOOL = ("没有找到 ssh-keygen，请安装 OpenSSH 客户端",
           "ssh-keygen is not found; install the OpenSSH client")  # fmt: skip


@click.command()
@click.argument("run")
@click.option("--key", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True,
              help="The private ssh key to sign with.")  # fmt: skip
@language_option
def command(run: str, key: Path, lang: Language) -> None:
    """Sign RUN: the manifest, which holds the hash of every file. The signature lies beside it.

    \b
    carbonledger sign my-bank/runs/2025-1a2b3c4d --key id_ed25519
    carbonledger verify my-bank/runs/2025-1a2b3c4d --signature allowed_signers
    """
    from carbonledger.runs.signing import NoTool, sign
    from carbonledger.runs.verify import verify_run

    if is_bundle(run):
        raise click.UsageError(
            "打包文件不能签名，请对批次签名后再打包" if lang == "zh" else
            "a bundle takes no signature; sign the run, then make the bundle")  # fmt: skip
    sealed = run_named(run, lang)
    issues = verify_run(sealed)
    if issues:
        refuse(issues, lang)
    try:
        place, issues = sign(sealed, key)
    except NoTool:
        click.echo(NO_TOOL[0 if lang == "zh" else 1], err=True)
        raise click.exceptions.Exit(UNAVAILABLE) from None
    if place is None:
        refuse(issues, lang)
    click.echo(str(place))
