"""Wrong usage said in Chinese: click itself says it in English alone."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Sequence

import click

from carbonledger.cli.language import default_language

DISK = {
    errno.ENOSPC: "磁盘已满", errno.EDQUOT: "超出磁盘配额", errno.EFBIG: "文件过大",
    errno.EACCES: "没有写入权限", errno.EPERM: "不允许写入", errno.EROFS: "只读文件系统",
    errno.EIO: "输入输出错误", errno.ENOENT: "没有这个文件或文件夹", errno.EEXIST: "已经存在",
    errno.ENOTDIR: "不是文件夹", errno.EISDIR: "是文件夹",
}  # fmt: skip
"""How a disk fails to take what is written, which the system says in English alone."""


def cannot_write(problem: OSError, lang: str) -> str:
    """That a disk or a store took nothing, and why; of a store in its own words."""
    file, number = str(problem.filename or ""), problem.errno or 0
    reason = os.strerror(number) if lang == "en" else DISK.get(number, os.strerror(number))
    if "://" in file:
        reason += f" ({problem.strerror})" if lang == "en" else f"（{problem.strerror}）"
    if lang == "en":
        return f"cannot write{file and ': '}{file}: {reason}; nothing was left half-written"
    return f"无法写入{file and '：'}{file}：{reason}；没有留下半成品"


def told(problem: click.ClickException, arguments: Sequence[str]) -> str | None:
    """The message as a Chinese reader expects it; None where click's own is right."""
    if language_of(arguments) != "zh" or isinstance(problem, click.exceptions.NoArgsIsHelpError):
        return None
    lines = []
    context = problem.ctx if isinstance(problem, click.UsageError) else None
    if context is not None:
        lines += [context.get_usage(), f"“{context.command_path} --help”显示说明。", ""]
    return "\n".join([*lines, f"错误：{in_chinese(problem.format_message())}"])


def language_of(arguments: Sequence[str]) -> str:
    """Of the flag, also where the arguments were not read to the end; else of the environment."""
    joined = " ".join(arguments)
    stated = re.findall(r"(?:^| )--lang[ =](zh|en)(?= |$)", joined)
    return stated[-1] if stated else default_language()


def in_chinese(message: str) -> str:
    """A message of click in Chinese; any other as it is."""
    from carbonledger.registers import rows  # the language is asked for more often than words

    for row in rows("usage-words"):
        found = re.fullmatch(row["pattern"], message, re.DOTALL)
        if found:
            parts = {name: in_chinese(text or "") if name == "rest" else text
                     for name, text in found.groupdict().items()}  # fmt: skip
            return row["zh"].format(**parts)
    return message
