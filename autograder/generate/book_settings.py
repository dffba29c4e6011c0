"""The settings of the public book: the repository's ``_config.yml``, with the addresses of the manifest added."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import yaml

from autograder.generate.addresses import can_launch
from autograder.manifest import Course

Settings = dict[str, Any]
BUTTONS = ("use_issues_button", "use_edit_page_button", "use_repository_button")
PROVIDERS = ("github", "gitlab", "bitbucket")
"""Hosts for which the theme knows the pages for editing and issues; it refuses others."""
LAUNCH = {"notebook_interface": "classic", "binderhub_url": "https://mybinder.org", "colab_url": "https://colab.research.google.com"}


def book_settings(course: Course) -> Settings:
    """Return ``_config.yml`` with the repository, its buttons and the launch buttons added if the manifest has a public address."""
    settings: Settings = yaml.safe_load((course.root.parent / "_config.yml").read_text(encoding="utf-8"))
    if any(provider in urlsplit(course.public_address).netloc for provider in PROVIDERS):
        settings["repository"] = {"url": course.public_address, "branch": course.public_branch, "path_to_book": ""}
        settings["html"] = {**settings.get("html", {}), **dict.fromkeys(BUTTONS, True)}
    if can_launch(course):
        settings["launch_buttons"] = LAUNCH
    if course.book_address:
        settings["html"] = {**settings.get("html", {}), "baseurl": f"{course.book_address}/"}
    return settings
