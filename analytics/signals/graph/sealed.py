"""Labels that a model must not learn from: they can be measured against, not read."""

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score, roc_auc_score

from analytics.errors import InputError


class SealedLabels:
    """Labels of the test nodes, which leave this object only as metrics.

    Nodes without a label are not measured.
    """

    def __init__(self, labels: pd.Series) -> None:
        self.__labels = labels.dropna()

    def __len__(self) -> int:
        return len(self.__labels)

    @property
    def positives(self) -> int:
        """Number of positive labels."""
        return int(self.__labels.sum())

    def check(self) -> None:
        """Refuse labels that nothing can be measured against.

        Raises:
            InputError: There are not labels of both classes.
        """
        if not 0 < self.positives < len(self):
            raise InputError(
                f"The {len(self):,} labelled test nodes are not of both classes.",
                hint="Put nodes with label 1 and nodes with label 0 into test.",
            )

    def measure(self, risk: pd.Series, k: int | None = None) -> dict[str, float]:
        """Return the area under the ROC curve, average precision, and recall among the k riskiest.

        Args:
            risk: What ranks, by node id.
            k: How many nodes are looked at; the number of positives when None.
        """
        self.check()
        y = self.__labels.to_numpy()
        score = risk[self.__labels.index].to_numpy()
        first = np.argsort(-score, kind="stable")[: self.positives if k is None else k]
        return {
            "auroc": float(roc_auc_score(y, score)),
            "average_precision": float(average_precision_score(y, score)),
            "recall_at_k": float(y[first].sum() / y.sum()),
        }
