"""One formula at many points: its gradient graph run over columns, and rows that need a look."""
