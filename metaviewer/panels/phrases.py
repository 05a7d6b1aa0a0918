"""What the program says, in English and Chinese; no text for people stands elsewhere."""

# Chinese punctuation looks like Latin and is not:
# ruff: noqa: RUF001

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from metaviewer.render.overlay_words import NOT_FOR_DIAGNOSIS, PRESET_WORDS
from metaviewer.scene import Language

PHRASES: Final[dict[str, tuple[str, str]]] = {
    # menus
    "file": ("File", "文件"),
    "open_file": ("Open file…", "打开文件…"),
    "open_folder": ("Open folder…", "打开文件夹…"),
    "path": ("Path of a file or folder", "文件或文件夹路径"),
    "open": ("Open", "打开"),
    "recent": ("Recent", "最近打开"),
    "nothing_recent": ("nothing yet", "暂无"),
    "save_scene": ("Save scene", "保存场景"),
    "save_picture": ("Save picture", "保存图片"),
    "quit": ("Quit", "退出"),
    "edit": ("Edit", "编辑"),
    "undo": ("Undo", "撤销"),
    "redo": ("Redo", "重做"),
    "view": ("View", "视图"),
    "cameras": ("Cameras", "视角"),
    "keep_camera": ("Keep this camera", "保存当前视角"),
    "camera_n": ("Camera {number}", "视角 {number}"),
    "full_screen": ("Full screen", "全屏"),
    "enter_headset": ("Enter the headset", "进入头显"),
    "leave_headset": ("Leave the headset", "退出头显"),
    "headset_lost": (
        "The headset was lost twice in a short while: check it, then press H to enter again",
        "头显在短时间内两次断开：请检查后按 H 重新进入",
    ),
    "light": ("Light panels", "浅色界面"),
    "dark": ("Dark panels", "深色界面"),
    "help": ("Help", "帮助"),
    "about": ("About and credits", "关于与致谢"),
    "keys": ("Keys and mouse", "按键与鼠标"),
    "close": ("Close", "关闭"),
    # scene panel
    "scene": ("Scene", "场景"),
    "empty_scene": ("Nothing is open yet.", "尚未打开任何内容。"),
    "remove": ("Remove", "移除"),
    "loading": ("Loading", "正在加载"),
    "making": ("Making the picture…", "正在生成图像…"),
    "cancel": ("Cancel", "取消"),
    "patient": ("Patient", "患者"),
    # look panel
    "look": ("Look", "外观"),
    "choose_item": ("Click something, or choose it in the scene.", "点击物体，或在场景中选择。"),
    "preset": ("Preset", "预设"),
    "opacity": ("Opacity", "不透明度"),
    "shift": ("Shift", "偏移"),
    "window_center": ("Window centre", "窗位"),
    "window_width": ("Window width", "窗宽"),
    "shading": ("Shading", "显示方式"),
    "lit": ("lit", "光照"),
    "diagnostic": ("diagnostic", "诊断"),
    "colour": ("Colour", "颜色"),
    "storeys": ("Storeys", "楼层"),
    "all_storeys": ("All storeys", "全部楼层"),
    "only_this": ("Only this storey", "仅此楼层"),
    "cut_walls": ("Cut the walls", "剖切墙体"),
    "cut_height": ("Cut height (m)", "剖切高度 (m)"),
    "rooms": ("Rooms", "房间"),
    "colour_by": ("Colour by", "着色方式"),
    "material": ("material", "材质"),
    "live": ("live state", "实时状态"),
    "classes": ("Classes", "类别"),
    "end_cut": ("End the cut", "取消剖切"),
    # properties
    "properties": ("Properties", "属性"),
    "class": ("Class", "类别"),
    "name": ("Name", "名称"),
    "global_id": ("GlobalId", "GlobalId"),
    "storey": ("Storey", "楼层"),
    "system": ("System", "系统"),
    "value": ("Value", "数值"),
    "position": ("Position", "位置"),
    "load_report": ("Load report", "加载报告"),
    "no_properties": ("no property sets", "无属性集"),
    "no_value": ("nothing measured here", "此处无测量值"),
    # legend and live
    "legend": ("Legend", "图例"),
    "updated": ("updated {age} ago", "{age}前更新"),
    # dialogs
    "second_patient": ("A second patient", "第二位患者"),
    "second_patient_words": (
        "This scene shows patient {first}. What you opened belongs to patient {second}. "
        "Show both together?",
        "当前场景显示患者 {first}，所打开的数据属于患者 {second}。是否同时显示？",
    ),
    "show_both": ("Show both", "同时显示"),
    "keep_one": ("Keep one patient", "仅保留一位"),
    "last_session": ("The last session", "上次会话"),
    "last_session_words": (
        "The last session ended without a goodbye: go on where it was left?",
        "上次会话未正常结束：是否从中断处继续？",
    ),
    "go_on": ("Go on", "继续"),
    "let_go": ("Let it go", "放弃"),
    "journal_lost": (
        "The disk of the state folder has no room or cannot be written: if this program ends "
        "unexpectedly, this session cannot be brought back.",
        "状态文件夹所在磁盘已满或无法写入：若程序意外结束，将无法恢复本次会话。",
    ),
    "no_dialogs": (
        "This desktop has no file dialog: type or paste the path into the File menu, "
        "or install zenity.",
        "此桌面没有文件对话框：请在“文件”菜单中输入或粘贴路径，或安装 zenity。",
    ),
    "notes": ("Notes", "提示"),
    "saved": ("{place}: saved", "{place}：已保存"),
    # about
    "not_for_diagnosis": (NOT_FOR_DIAGNOSIS["en"], NOT_FOR_DIAGNOSIS["zh"]),
    "about_words": (
        "metaviewer shows a hospital with its live state and a patient's scan in one space. "
        "It is not a medical device.",
        "metaviewer 在同一空间中显示医院的实时状态与患者影像。本软件不是医疗器械。",
    ),
    "credits": ("Data and fonts", "数据与字体"),
    # keys
    "key_frame": ("Frame what is selected, or everything", "聚焦所选或全部"),
    "key_front": ("From the front", "前视"),
    "key_back": ("From behind", "后视"),
    "key_left": ("From the patient's left", "患者左侧"),
    "key_right": ("From the patient's right", "患者右侧"),
    "key_top": ("From above", "俯视"),
    "key_iso": ("From a corner", "等轴测"),
    "key_parallel": ("Parallel or perspective", "平行 / 透视"),
    "key_peel": ("Peel a storey", "剥离一层"),
    "key_unpeel": ("Put a storey back", "恢复一层"),
    "key_window": ("Drag changes the grey window", "拖动调窗"),
    "key_clip": ("Drag cuts the scene", "拖动剖切"),
    "key_look": ("Drag looks around", "拖动环视"),
    "key_diagnostic": ("Lit or diagnostic look", "光照 / 诊断"),
    "key_labels": ("Labels on or off", "标签开关"),
    "key_language": ("Chinese or English", "中文 / 英文"),
    "key_help": ("This help", "本帮助"),
    "key_undo": ("Undo", "撤销"),
    "key_redo": ("Redo", "重做"),
    "key_escape": ("Leave: tool, selection, cut", "退出：工具、选择、剖切"),
    "key_fly": ("Fly; with shift faster", "飞行；按住 Shift 加速"),
    "key_picture": ("Save a picture", "保存图片"),
    "key_full_screen": ("Full screen", "全屏"),
    "key_headset": ("Enter or leave the headset", "进入或退出头显"),
    "mouse_orbit": ("Left drag: orbit", "左键拖动：旋转"),
    "mouse_pan": ("Middle or shift and left drag: pan", "中键或 Shift+左键拖动：平移"),
    "mouse_zoom": ("Wheel or right drag: nearer, farther", "滚轮或右键拖动：缩放"),
    "mouse_pick": ("Click: select; double click: go there", "单击：选择；双击：前往"),
    "mouse_drop": (
        "Files are not dropped on the window: copy them, then Ctrl+V into File, path",
        "不支持拖放文件：请复制路径，并用 Ctrl+V 粘贴到“文件”菜单的路径栏",
    ),
    "mouse_slice": (
        "On slices: wheel scrolls, right drag sets the window",
        "切面：滚轮翻层，右键拖动调窗",
    ),
    **{f"preset_{name}": words for name, words in PRESET_WORDS.items()},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """Something to say whose language is chosen when it is shown, not when it happened."""

    key: str
    place: str = ""


def say(language: Language, key: str, **words: object) -> str:
    """The phrase of that key in that language, with `words` put in."""
    english, chinese = PHRASES[key]
    return (chinese if language == "zh" else english).format(**words)


def said(language: Language, note: str | Phrase) -> str:
    """A note in that language; words that came from outside stay as they came."""
    return note if isinstance(note, str) else say(language, note.key, place=note.place)
