"""Typesets one document in a process of its own: JSON on standard input, the PDF on standard output.

Started by `typesetting`, never imported by it. It limits its own memory before typst is loaded, knows no folder but an
empty one, and has neither the service's environment nor its modules.
"""

import json
import resource
import sys
import tempfile
from typing import Any


def main() -> None:
    """Typeset the job on standard input; a refusal of typst goes to standard error, with exit status 1."""
    job = json.load(sys.stdin)
    limit = job["memory_bytes"]
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CPU, (job["seconds"], job["seconds"] + 1))
    sys.stdout.buffer.write(_typeset(job))


def _typeset(job: dict[str, Any]) -> bytes:
    import typst  # after the limits

    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[job["fonts"]])
    with tempfile.TemporaryDirectory() as empty:
        compiler = typst.Compiler(
            input=job["template"].encode(),
            root=empty,
            font_paths=fonts,
            sys_inputs=job["inputs"],
            package_path=empty,
            package_cache_path=empty,
        )
        try:
            return bytes(
                compiler.compile(format="pdf", pdf_standards=["a-3a", "ua-1"], timestamp=job["timestamp"])  # type: ignore[arg-type]
            )
        except typst.TypstError as error:
            sys.exit(f"{error.message} {'; '.join(error.hints)}")


if __name__ == "__main__":
    main()
