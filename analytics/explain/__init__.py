"""From SHAP values to reasons in words, and to the rows behind them."""
