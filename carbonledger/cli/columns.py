"""``carbonledger columns``: the data dictionary of a book, from its row model itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from carbonledger.cli.language import Language, json_option, language_option
from carbonledger.cli.library import unknown
from carbonledger.cli.printing import print_json, print_table

if TYPE_CHECKING:
    from carbonledger.books import Book


@click.command()
@click.argument("book", required=False)
@json_option
@language_option
def command(book: str | None, as_json: bool, lang: Language) -> None:
    """Explain every column of BOOK; without a BOOK, list the books.

    \b
    carbonledger columns
    carbonledger columns loans --lang zh
    carbonledger columns counterparties --json
    """
    from carbonledger.books import BOOKS

    if book is None:
        _list(as_json, lang)
        return
    if book not in BOOKS:
        what = "没有这个账簿" if lang == "zh" else "no such book"
        raise unknown(what, book, list(BOOKS), lang)
    document = _document(BOOKS[book])
    if as_json:
        print_json(document)
    else:
        _say(document, lang)


def _list(as_json: bool, lang: Language) -> None:
    from carbonledger.books import BOOKS

    books = [_head(book) for book in BOOKS.values()]
    if as_json:
        print_json({"schema": "carbonledger.books/1", "books": books})
        return
    titles = (("账簿", "名称", "主键", "至少有其一", "列数") if lang == "zh" else
              ("book", "title", "key", "at least one of", "columns"))  # fmt: skip
    print_table(titles, [
        [b["book"], b["title"][lang], " + ".join(b["key"]) or "-", ", ".join(b["one_of"]) or "-",
         str(b["count"])] for b in books
    ])  # fmt: skip


def _head(book: Book) -> dict[str, Any]:
    from carbonledger.words import word

    return {
        "book": book.name,
        "title": {"zh": word("books", book.name, "zh"), "en": word("books", book.name, "en")},
        "key": list(book.key),
        "one_of": list(book.one_of),
        "count": len(book.row.model_fields),
    }


def _document(book: Book) -> dict[str, Any]:
    from carbonledger.books import POSITIONS

    months = "balance_YYYY_MM" if book.name in POSITIONS else None
    columns = [_column(book, n) for n in dict.fromkeys((*book.key, *book.row.model_fields))]
    head = {"schema": "carbonledger.columns/1", **_head(book)}
    return {**head, "month_ends": months, "columns": columns}


def _column(book: Book, name: str) -> dict[str, Any]:
    """One column as the row model declares it and the header register knows it."""
    from carbonledger.books.rows import columns_of

    spec = columns_of(book.row)[name]
    kind = spec.kind
    highest = [m.le for m in book.row.model_fields[name].metadata if hasattr(m, "le")]
    values = zip(kind.values, kind.aliases, strict=True)
    return {
        "column": name,
        "title": spec.title,
        "type": kind.name,
        "required": spec.required,
        "lowest": None if spec.lowest is None else str(spec.lowest),
        "highest": str(highest[0]) if highest else None,
        "values": [{"value": value, "zh": list(aliases)} for value, aliases in values],
        "unit": {"money": "book", "tonnes": "tCO2e"}.get(kind.name),
        "meaning": {"zh": spec.zh, "en": spec.en},
        "aliases": {use: list(_aliases(book.name, name, use)) for use in ("exact", "ask")},
    }


def _aliases(book: str, column: str, use: str) -> Iterator[str]:
    """The headers that lead to a column of the book, as the register writes them."""
    from carbonledger.headers import GROUPS, header_aliases, normal_header
    from carbonledger.registers import rows

    known = header_aliases(book)
    for row in rows("header-aliases"):
        listed = row["book"] in GROUPS[book] and row["canonical"] == column
        if listed and known[normal_header(row["alias"])] == (column, use):
            yield row["alias"]


def _say(document: dict[str, Any], lang: Language) -> None:
    def words(name: str, **details: object) -> str:
        from carbonledger.words import word

        return word("labels", name, lang, "columns", **details)

    click.echo(f"{document['book']}  {document['title'][lang]}  "
               f"{words('columns', count=document['count'])}")  # fmt: skip
    for name, separator in (("key", " + "), ("one_of", ", ")):
        if document[name]:
            click.echo(words(name, text=separator.join(document[name])))
    if document["month_ends"]:
        click.echo(words("months"))
    for column in document["columns"]:
        click.echo()
        for line in _lines(column, lang, words):
            click.echo(line)


def _lines(column: dict[str, Any], lang: Language, words: Any) -> Iterator[str]:
    """What is printed of one column."""
    from carbonledger.words import names, word

    kind = column["type"]
    traits = [word("types", kind, lang, "columns")]
    traits += [words("required")] if column["required"] else []
    for bound, name in ((column["lowest"], "at_least"), (column["highest"], "at_most")):
        traits += [words(name, bound=bound)] if bound is not None else []
    separator = "，" if lang == "zh" else ", "
    yield f"{column['column']}  {column['title']}  ({separator.join(traits)})"
    yield f"    {column['meaning'][lang]}"
    for group, name in (("accepts", "accepts"), ("units", "unit")):
        if kind in names(group, "columns"):
            yield f"    {words(name, text=word(group, kind, lang, 'columns'))}"
    for value in column["values"]:
        yield f"    - {value['value']}  {' '.join(value['zh'])}"
    for use in ("exact", "ask"):
        if column["aliases"][use]:
            yield f"    {words(use, text='、'.join(column['aliases'][use]))}"
