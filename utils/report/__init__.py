"""Reports on run folders: tables, plots, one HTML file, TensorBoard charts. No TensorFlow."""
