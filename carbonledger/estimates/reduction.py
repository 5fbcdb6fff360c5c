"""What a project saves in the year against its baseline; never taken off what anybody emits."""

from carbonledger.method import Array, Option, Text


def stated_reduction(*, avoided_emissions: Array) -> Array:
    """The project's yearly reduction against its baseline, as stated for it."""
    return avoided_emissions


OPTIONS = (
    Option(
        "avoided",
        stated_reduction,
        Text("项目年减排量（相对基准线）", "yearly reduction of the project against its baseline"),
    ),
)
