"""What must stand in every picture: whose it is, what it may not be used for, how it was made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from metaviewer.scene import Item
from metaviewer.scene.state import Language

NOT_FOR_DIAGNOSIS: Final[dict[Language, str]] = {
    "en": "Not for diagnostic use",
    "zh": "不得用于诊断",
}
PATIENT: Final[dict[Language, str]] = {"en": "Patient", "zh": "患者"}
LOOK_WORDS: Final[dict[Language, dict[str, str]]] = {
    "en": {"lit": "lit", "diagnostic": "diagnostic"},
    "zh": {"lit": "光照", "diagnostic": "诊断"},
}
REGION_WORDS: Final[dict[Language, dict[str, str]]] = {
    "en": {
        "body": "table hidden",
        "calm_body": "table hidden, denoised",
        "lungs": "lungs only",
        "all": "",
    },
    "zh": {"body": "已隐藏床面", "calm_body": "已隐藏床面 · 已降噪", "lungs": "仅肺", "all": ""},
}
BADGE_WORDS_ZH: Final[dict[str, str]] = {
    "lossy": "有损压缩",
    "resampled": "重采样",
    "sheared": "倾斜",
    "irregular_spacing": "层距不均",
    "gap": "缺层",
    "reduced": "已降质",
    "single_slice": "单层",
    "derived": "派生",
    "unit_assumed": "单位为假定",
    "unregistered": "未配准",
    "ai_not_reviewed": "AI 未复核",
    "made": "合成",
    "incomplete": "不完整",
    "substituted": "有替代",
    "decomposition_cycle": "分解循环",
    "far_from_origin": "远离原点",
    "jail_layer_missing": "隔离不全",
}
TITLE_LETTERS_MAX: Final = 48


def badge_word(badge: str, *, language: Language) -> str:
    """A badge as people read it."""
    plain = badge.replace("_", " ")
    return plain if language == "en" else BADGE_WORDS_ZH.get(badge, plain)


def patient_lines(items: Sequence[Item], *, language: Language) -> tuple[str, ...]:
    """One line for each patient shown: the token that stands for the person, once."""
    tokens = dict.fromkeys(item.patient for item in items if item.visible and item.patient)
    return tuple(f"{PATIENT[language]} {token}" for token in tokens)


def badge_line(items: Sequence[Item], extra: Sequence[str], *, language: Language) -> str:
    """All badges of what is shown, each once."""
    badges = [badge for item in items if item.visible for badge in item.badges]
    names = dict.fromkeys([*badges, *extra])
    return " · ".join(badge_word(badge, language=language) for badge in names)


def look_line(preset: str, *, region: str, is_diagnostic: bool, language: Language) -> str:
    """Which look is on, and what it leaves out."""
    look = LOOK_WORDS[language]["diagnostic" if is_diagnostic else "lit"]
    left_out = REGION_WORDS[language][region]
    return " · ".join(word for word in (preset.replace("_", " "), look, left_out) if word)


def shortened(title: str) -> str:
    """A title that fits a corner."""
    if len(title) <= TITLE_LETTERS_MAX:
        return title
    return title[: TITLE_LETTERS_MAX - 1] + "…"
