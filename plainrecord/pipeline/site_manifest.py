"""The manifest of a site and its list of sums: what a verifier compares every file with."""

import os
from collections.abc import Sequence
from dataclasses import replace

from plainrecord.core.paths import is_chain
from plainrecord.core.strict_json import parse_json, serialise_json
from plainrecord.io import provenance, write
from plainrecord.model.chain import hash_releases
from plainrecord.model.products import ListedFile, Output
from plainrecord.pipeline.plan import Plan
from plainrecord.publishing import manifest
from plainrecord.receipts import receipts_document


def write_manifest(plan: Plan, outputs: Sequence[Output]) -> tuple[Output, Output]:
    """`manifest.json` and `SHA256SUMS` of a site that consists of `outputs` and these two."""
    rows = _count_rows(outputs)
    files = [replace(write.list_output(output), rows=rows.get(output.path)) for output in outputs]
    inputs = manifest.Inputs(
        commit=provenance.read_commit(plan.root, os.environ),
        date=provenance.read_source_date(os.environ),
        base_url=plan.portal.base_url,
        language=plan.portal.language,
        tools=provenance.list_tools(),
        datasets={
            name: tuple(
                ListedFile(file.shown, file.bytes, file.sha256)
                for resource in tables
                for file in tables[resource]
            )
            for name, tables in plan.files.items()
            if name not in plan.absent
        },
    )
    releases = {
        output.path.split("/")[1]: hash_releases(parse_json(output.content))
        for output in outputs
        if is_chain(output.path) and isinstance(output.content, bytes)
    }
    document = manifest.describe_manifest(files, inputs, releases)
    listing = Output(manifest.MANIFEST, serialise_json(document))
    sums = manifest.write_sums([*files, write.list_output(listing)])
    return listing, Output(manifest.SUMS, sums)


def _count_rows(outputs: Sequence[Output]) -> dict[str, int]:
    """The rows of each published table, as given in the receipts that read it."""
    rows: dict[str, int] = {}
    for output in outputs:
        if output.path.endswith(f"/{receipts_document.NAME}") and isinstance(output.content, bytes):
            receipts = receipts_document.parse_receipts(parse_json(output.content))
            rows |= {file.path: file.rows for proof in receipts.proofs for file in proof.files}
    return rows
