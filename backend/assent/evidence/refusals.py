"""What the evidence room refuses."""

from __future__ import annotations

from assent.database.violations import register
from assent.refusal import N_, Conflict, Invalid, Refusal


class FilesAway(Refusal):
    """The store of files does not answer, or has no room."""

    type = "files-unavailable"
    status = 503
    title = N_("Files cannot be kept or read just now.")
    advice = N_("Nothing was recorded. Please try again in a minute.")


class FileDamaged(Refusal):
    """A stored file cannot be opened: it was changed or cut off outside Assent."""

    type = "file-damaged"
    status = 500
    title = N_("This file is damaged in the store and cannot be given out.")
    advice = N_("Tell the operator: a backup may still have it whole.")


class EmptyFile(Invalid):
    """Nothing was in it."""

    type = "empty-file"
    title = N_("This file is empty.")


class FileTooLarge(Refusal):
    """More than one file may have."""

    type = "file-too-large"
    status = 413
    title = N_("This file is too large.")


def too_large(most: int) -> FileTooLarge:
    """Return the refusal with its limit."""
    return FileTooLarge(N_("At most {most} MB."), field="file", most=most // (1024 * 1024))


class FileMissing(Invalid):
    """The form came without a file."""

    type = "file-missing"
    title = N_("Choose a file.")


class NotMultipart(Refusal):
    """A file comes as multipart/form-data."""

    type = "not-multipart"
    status = 415
    title = N_("Send the file as multipart/form-data, in a part named file.")


class CutOff(Invalid):
    """The connection ended before the file did."""

    type = "cut-off"
    title = N_("The file did not arrive whole.")
    advice = N_("Send it again. An upload in pieces goes on where it stopped.")


class WrongOffset(Conflict):
    """A piece that does not begin where the upload stopped; `offset` says where that is."""

    type = "wrong-offset"
    title = N_("The upload goes on from another place.")


class NotAllThere(Conflict):
    """The upload is not finished; `offset` says how far it is."""

    type = "upload-unfinished"
    title = N_("The file has not arrived whole yet.")


class Infected(Invalid):
    """The virus scanner knows it as harmful: nothing of it is kept."""

    type = "infected"
    title = N_("The virus scanner says this file is harmful. It was not kept.")


class ScannerAway(Refusal):
    """A scanner is configured and does not answer: what it has not seen is not taken."""

    type = "scanner-unavailable"
    status = 503
    title = N_("The virus scanner does not answer, so the file was not taken yet.")
    advice = N_("Please try again in a minute.")


class UnknownTier(Invalid):
    """Evidence has one of four tiers."""

    type = "unknown-tier"
    title = N_("There is no such tier of evidence.")


class SourceNamed(Conflict):
    """Who it comes from was written down, perhaps by somebody who keeps it to themselves."""

    type = "source-named"
    title = N_("It is already written down who this comes from.")
    advice = N_("Ask whoever brought it in to let you read it.")


class AlreadyAgreed(Conflict):
    """The source's latest word on this country is the same."""

    type = "agreement-repeated"
    title = N_("This is on record already.")


register("stored_files_pkey", NotAllThere)
register("evidence_sources_pkey", SourceNamed)
