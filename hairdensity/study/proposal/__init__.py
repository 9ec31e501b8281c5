"""A first manifest from a folder of pictures: what names and headers tell, and nothing that they do not."""

from hairdensity.study.proposal.proposing import Proposal, propose_manifest

__all__ = ["Proposal", "propose_manifest"]
