"""What must stand in every picture: whose it is, what it may not be used for, how it was made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from metaviewer.scene import Item
from metaviewer.scene.state import Language
from metaviewer.surface import Mesh, readings, structure_name

NOT_FOR_DIAGNOSIS: Final[dict[Language, str]] = {
    "en": "Not for diagnostic use",
    "zh": "不得用于诊断",
}
PATIENT: Final[dict[Language, str]] = {"en": "Patient", "zh": "患者"}
HIDDEN: Final[dict[Language, str]] = {"en": "also loaded, hidden:", "zh": "已加载但未显示"}
HIDDEN_NAMED_MAX: Final = 2
MORE: Final[dict[Language, str]] = {"en": "and {count} more", "zh": "及另外 {count} 个"}
READINGS: Final[dict[Language, str]] = {
    "en": "{name}: {shown} of {count} readings shown",
    "zh": "{name} · 显示 {count} 份勾画中的 {shown} 份",
}
LOOK_WORDS: Final[dict[Language, dict[str, str]]] = {
    "en": {"lit": "lit", "diagnostic": "diagnostic"},
    "zh": {"lit": "光照", "diagnostic": "诊断"},
}
PRESET_WORDS: Final[dict[str, tuple[str, str]]] = {
    "bone": ("bone", "骨"),
    "lung": ("lung", "肺"),
    "vessels": ("vessels", "血管"),
    "soft": ("soft", "软组织"),
    "skin": ("skin", "皮肤"),
    "skeleton": ("skeleton", "骨骼"),
    "mip": ("mip", "最大密度投影"),
    "mr_head": ("mr head", "MR 头部"),
    "pet": ("pet", "PET"),
}
"""English and Chinese of each preset's name."""
REGION_WORDS: Final[dict[Language, dict[str, str]]] = {
    "en": {
        "body": "table hidden",
        "calm_body": "table hidden, denoised",
        "lungs": "lungs only",
        "all": "",
    },
    "zh": {"body": "已隐藏床面", "calm_body": "已隐藏床面 · 已降噪", "lungs": "仅肺", "all": ""},
}
BADGE_WORDS_EN: Final[dict[str, str]] = {"coarse": "coarse, the fine picture is being made"}
BADGE_WORDS_ZH: Final[dict[str, str]] = {
    "coarse": "粗略预览 · 精细图像生成中",
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
    words = BADGE_WORDS_EN if language == "en" else BADGE_WORDS_ZH
    return words.get(badge, plain)


def preset_word(preset: str, *, language: Language) -> str:
    """A preset as people read it."""
    plain = preset.replace("_", " ")
    return PRESET_WORDS.get(preset, (plain, plain))[language == "zh"]


def patient_lines(items: Sequence[Item], *, language: Language) -> tuple[str, ...]:
    """One line for each patient shown: the token that stands for the person, once."""
    tokens = dict.fromkeys(item.patient for item in items if item.visible and item.patient)
    return tuple(f"{PATIENT[language]} {token}" for token in tokens)


def hidden_line(items: Sequence[Item], *, language: Language) -> str:
    """Scans that are loaded and not seen, by name; "" where all are."""
    hidden = (item for item in items if item.kind == "volume" and not item.visible)
    titles = [item.title for item in hidden if item.title]
    if not titles:
        return ""
    named, more = ", ".join(titles[:HIDDEN_NAMED_MAX]), len(titles) - HIDDEN_NAMED_MAX
    words = (HIDDEN[language], named, MORE[language].format(count=more) if more > 0 else "")
    return " ".join(word for word in words if word)


def reading_lines(surfaces: Sequence[tuple[Item, Mesh]], *, language: Language) -> tuple[str, ...]:
    """One line for each structure of which not all readings are seen, and one at least is."""
    lines = []
    for group in readings([mesh for _, mesh in surfaces]):
        items = [surfaces[index][0] for index in group]
        seen = [item for item in items if item.visible]
        if not 0 < len(seen) < len(items):
            continue
        name = seen[0].title if len(seen) == 1 else structure_name(seen[0].title)
        words = READINGS[language].format(name=name, shown=len(seen), count=len(items))
        lines.append(words)
    return tuple(lines)


def together_badges(items: Sequence[Item]) -> tuple[str, ...]:
    """What is true only of what is seen together: nothing aligns one patient with another.

    Each stands where a scanner of its own counted from, so that their distance means nothing.
    """
    patients = {item.patient for item in items if item.visible and item.patient}
    return ("unregistered",) if len(patients) > 1 else ()


def badge_line(items: Sequence[Item], extra: Sequence[str], *, language: Language) -> str:
    """All badges of what is shown, each once."""
    badges = [badge for item in items if item.visible for badge in item.badges]
    names = dict.fromkeys([*badges, *extra])
    return " · ".join(badge_word(badge, language=language) for badge in names)


def look_line(preset: str, *, region: str, is_diagnostic: bool, language: Language) -> str:
    """Which look is on, and what it leaves out."""
    look = LOOK_WORDS[language]["diagnostic" if is_diagnostic else "lit"]
    left_out = REGION_WORDS[language][region]
    name = preset_word(preset, language=language)
    return " · ".join(word for word in (name, look, left_out) if word)


def shortened(title: str) -> str:
    """A title that fits a corner."""
    if len(title) <= TITLE_LETTERS_MAX:
        return title
    return title[: TITLE_LETTERS_MAX - 1] + "…"
