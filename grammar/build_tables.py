"""Build step: Lark's parse tables of `expression.lark`, stored inside the package."""

import json
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):
    """Runs before every build, of a wheel and of an editable installation alike."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel":
            return
        sys.path.insert(0, self.root)
        try:
            from autodiff_cli.language import tables
        finally:
            sys.path.pop(0)
        grammar = (Path(self.root) / "grammar" / "expression.lark").read_text(encoding="utf-8")
        tables.STORED.write_text(json.dumps(tables.compile_grammar(grammar)), encoding="utf-8")
        build_data["artifacts"].append("autodiff_cli/language/tables.json")
