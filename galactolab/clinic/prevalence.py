"""What a sign means for the person who has it: Bayes' rule in whole people."""

from __future__ import annotations

from dataclasses import dataclass

from galactolab.clinic.evidence import Row
from galactolab.errors import check_between


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """What a test's answer means where a disease has a given prevalence.

    Attributes
    ----------
    ppv, npv : float
        Percent of those with the sign who have the disease; of those without it who do not.
    true_positive, false_positive, false_negative, true_negative : float
        People of a thousand.
    """

    ppv: float
    npv: float
    true_positive: float
    false_positive: float
    false_negative: float
    true_negative: float


def outlook(*, sensitivity: float, specificity: float, prevalence: float) -> Outlook:
    """Return predictive values and the people behind them.

    Parameters
    ----------
    sensitivity, specificity, prevalence : float
        Percent, 0 to 100; the prevalence above 0 and below 100.

    References
    ----------
    Bayes' rule; Altman & Bland, BMJ 1994;309:102, doi:10.1136/bmj.309.6947.102.

    Examples
    --------
    >>> seen = outlook(sensitivity=69, specificity=39, prevalence=60)
    >>> round(seen.ppv, 1), round(seen.npv, 1)
    (62.9, 45.6)
    """
    check_between("sensitivity", sensitivity, 0, 100, "%")
    check_between("specificity", specificity, 0, 100, "%")
    check_between("prevalence", prevalence, 0.01, 99.99, "%")
    ill = 10 * prevalence
    found, missed = ill * sensitivity / 100, ill * (1 - sensitivity / 100)
    cleared = (1000 - ill) * specificity / 100
    alarmed = 1000 - ill - cleared
    return Outlook(
        ppv=100 * found / (found + alarmed) if found + alarmed else 0.0,
        npv=100 * cleared / (cleared + missed) if cleared + missed else 0.0,
        true_positive=found,
        false_positive=alarmed,
        false_negative=missed,
        true_negative=cleared,
    )


def rates_of(row: Row) -> tuple[float, float]:
    """Return sensitivity and specificity of a row in percent, from its counts where it has any.

    Examples
    --------
    >>> from galactolab.clinic.evidence import table
    >>> rows = table("sign_accuracy")
    >>> row = rows.only(sign="filling defect or cut-off", target="cancer")
    >>> [round(rate, 1) for rate in rates_of(row)]
    [54.5, 36.4]
    """
    if row["with_target"] is None or row["without_target"] is None:
        return row.number("sensitivity"), row.number("specificity")
    return (
        100 * row.number("true_positive") / row.number("with_target"),
        100 * row.number("true_negative") / row.number("without_target"),
    )
