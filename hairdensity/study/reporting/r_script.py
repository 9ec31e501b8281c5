"""An R script that fits an MMRM to the ADaM-shaped table: what no Python library does with unstructured covariance."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["r_script", "r_text"]

_SCRIPT = """\
# Mixed model for repeated measures (MMRM) of {words}:
# unstructured covariance, Kenward-Roger degrees of freedom.
#
# Written by hairdensity; R is not part of it: THIS SCRIPT WAS NOT RUN where it was written. Read it before you use it.
# Needs R 4.1 or newer and the packages mmrm (0.3 or newer) and emmeans, and arrow for Parquet (else the CSV is read):
#   install.packages(c("mmrm", "emmeans", "arrow"))
# Run it in the folder of the report:  Rscript mmrm.R
# Sources: Sabanes Bove et al., mmrm: Mixed Models for Repeated Measures, https://openpharma.github.io/mmrm;
# Lenth, emmeans: Estimated Marginal Means, https://rvlenth.github.io/emmeans.

library(mmrm)
library(emmeans)

paramcd   <- {code}
reference <- {reference}

if (requireNamespace("arrow", quietly = TRUE) && file.exists("adam_bds.parquet")) {{
  adam <- as.data.frame(arrow::read_parquet("adam_bds.parquet"))
}} else {{
  # Text cells that a spreadsheet would take for a formula carry a ' in front in the CSV; the Parquet has none.
  adam <- read.csv("adam_bds.csv", stringsAsFactors = FALSE, na.strings = "", check.names = FALSE, encoding = "UTF-8",
                   colClasses = c(USUBJID = "character", TRT01P = "character", AVISIT = "character",
                                  ABLFL = "character", ANL01FL = "character"))
}}

# Follow-up visits of the pre-named site, patients with a baseline; visits without a value are left out.
keep <- adam$PARAMCD == paramcd & adam$BASETYPE == "TARGET AREA" & adam$ANL01FL %in% "Y" &
  !(adam$ABLFL %in% "Y") & !is.na(adam$CHG) & !is.na(adam$BASE) & adam$AVISITN > 0
data <- droplevels(adam[keep, ])

# mmrm wants factors for visit and subject; visits in the order of time, the reference arm first.
visits       <- unique(data[order(data$AVISITN), "AVISIT"])
data$AVISIT  <- factor(data$AVISIT, levels = visits)
data$USUBJID <- factor(data$USUBJID)
arms         <- unique(data$TRT01P)
data$TRT01P  <- factor(data$TRT01P, levels = c(intersect(reference, arms), sort(setdiff(arms, reference))))
{factors}
stopifnot(nlevels(data$TRT01P) >= 2, nlevels(data$AVISIT) >= 2, !anyDuplicated(data[c("USUBJID", "AVISIT")]))

fit <- mmrm(
  formula = CHG ~ BASE * AVISIT + TRT01P * AVISIT{covariates} + us(AVISIT | USUBJID),
  data = data,
  reml = TRUE,
  method = "Kenward-Roger"
)
print(summary(fit))

# Adjusted means of each arm at each visit, and their differences from the reference with 95 % intervals.
means       <- emmeans(fit, ~ TRT01P | AVISIT)
differences <- contrast(means, method = "trt.vs.ctrl", ref = 1, adjust = "none")
print(summary(means, infer = c(TRUE, FALSE)))
print(summary(differences, infer = c(TRUE, TRUE)))

write.csv(as.data.frame(summary(means, infer = c(TRUE, FALSE))), "mmrm_means.csv", row.names = FALSE)
write.csv(as.data.frame(summary(differences, infer = c(TRUE, TRUE))), "mmrm_differences.csv", row.names = FALSE)
print(sessionInfo())
"""


def r_script(*, code: str, words: str, reference: str | None, factors: Sequence[str] = ()) -> str:
    """The script's text.

    Parameters
    ----------
    code : str
        PARAMCD of the primary figure and site.
    words : str
        PARAM of the same.
    reference : str or None
        The arm that others are compared with; the first by name without one.
    factors : sequence of str
        Variables of the table that the plan adjusts for.
    """
    return _SCRIPT.format(
        words=_comment(words),
        code=r_text(code),
        reference="character(0)" if reference is None else r_text(reference),
        factors="".join(f"data${name} <- factor(data${name})\n" for name in factors),
        covariates="".join(f" + {name}" for name in factors),
    )


def r_text(text: str) -> str:
    """Text as an R string: whatever it says, it stays one string.

    Letters beyond ASCII and control characters are written by their number, so that the encoding of the script's reader
    does not matter.
    """
    return '"' + "".join(map(_r_letter, text)) + '"'


def _r_letter(letter: str) -> str:
    if letter in '"\\':
        return f"\\{letter}"
    if letter == "\0":
        return "?"
    return letter if " " <= letter <= "~" else f"\\U{ord(letter):08x}"


def _comment(words: str) -> str:
    """Words that cannot leave their comment line."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in words).split())
