"""What a style looks like in words, and any style there may be: for the journeys through other languages."""

from dataclasses import fields, replace

from hypothesis import strategies as st

from layers.filters import parse_text
from layers.spec import FieldSpec, Title
from layers.style.model import Fill, Hatch, Icon, Line, Mark, Pattern, Rule, Text

NAMES = {"NAME": "string", "RN": "string", "RTEG": "string", "GB": "integer", "FLOOR": "integer", "CLASS": "string",
         "DLBM": "string", "YDYHFLDM": "string", "GKLX": "string", "MEDIUM": "string"}  # fmt: skip
FIELDS = tuple(FieldSpec(name, name.lower(), kind, Title(name)) for name, kind in NAMES.items())
GEOMETRIES = {"hydl": "LineString", "lrdl": "LineString", "lrrl": "LineString", "place": "Point", "camera": "Point"}
SLUGS = ("hyda", "hydl", "resa", "lrdl", "lrrl", "place", "county", "yjjbnt", "stbhhx", "czkfbj", "heritage", "camera",
         "dltb", "env-unit", "env-station", "housing", "forest", "irrigation", "anything")  # fmt: skip
SCALES = (1000, 5000, 8000, 12_000, 50_000, 200_000, 2_000_000)


def looks(rules):
    """What is drawn at some scales: for each rule its filter and symbolizers."""
    return [
        [(rule.filter, [replace(each, min_scale=0.0, max_scale=0.0) for each in rule.symbolizers if each.is_drawn_at(scale)])
         for rule in rules if rule.is_drawn_at(scale)]
        for scale in SCALES
    ]  # fmt: skip


def shown(rules):
    """The same in words, with what is understood written out, without rules that draw nothing."""

    def plain(part):
        values = {each.name: getattr(part, each.name) for each in fields(part)}
        values = {name: round(value, 6) if isinstance(value, float) else value for name, value in values.items()}
        if isinstance(part, Line):
            values["cap"] = "butt" if part.dash else part.cap
            width = part.casing_width or part.width + 2
            values |= {"casing_width": round(width, 6)} if part.casing else {"casing_width": 0, "casing_opacity": 1}
        if isinstance(part, Hatch):
            values["angle"] = part.angle % 180
        if isinstance(part, Text) and not part.halo:
            values["halo_width"] = 2
        return type(part).__name__, values

    found = [[(repr(where), [plain(each) for each in parts]) for where, parts in drawn if parts] for drawn in looks(rules)]
    # Which of two rules with labels alone comes first shows nowhere.
    labels = [sorted((each for each in drawn if {name for name, _ in each[1]} == {"Text"}), key=repr) for drawn in found]
    return labels, [[each for each in drawn if {name for name, _ in each[1]} != {"Text"}] for drawn in found]


colors = st.integers(0, 0xFFFFFF).map("#{:06x}".format)
sizes = st.integers(1, 60).map(float)
shares = st.sampled_from([0.25, 0.5, 1.0])
words = st.text(st.characters(codec="utf-8", exclude_characters="{}", exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp", "Cn"]), min_size=1, max_size=8)
shapes = st.sampled_from(["circle", "square", "triangle", "diamond", "star", "cross", "pentagon", "pin"])
symbolizers = st.one_of(
    st.builds(Fill, color=colors, opacity=shares),
    st.builds(Fill, color=colors, outline=colors, outline_width=sizes),
    st.builds(Hatch, color=colors, angle=st.sampled_from([0.0, 45.0, 90.0, 135.0, 30.0, 170.0]), spacing=sizes, width=sizes, opacity=shares),
    st.builds(Pattern, shape=shapes.filter(lambda each: each != "diamond"), size=sizes, gap=st.integers(60, 200).map(float), color=colors, opacity=shares),
    st.builds(Line, color=colors, width=sizes, opacity=shares, dash=st.sampled_from([(), (4.0, 2.0)]), cap=st.sampled_from(["round", "butt", "square"])),
    st.builds(Mark, shape=shapes, size=sizes, color=colors, opacity=shares),
    st.builds(Mark, shape=shapes, size=sizes, color=colors, outline=colors, outline_width=sizes),
    st.builds(Icon, name=st.just("heritage"), size=sizes),
    st.builds(Text, text=words.map("{NAME}".__add__), size=sizes, color=colors, halo=colors, halo_width=st.integers(1, 10), position=st.sampled_from(["above", "below", "left", "right"]), slant=st.booleans(),
              offset=st.integers(1, 40).map(float), priority=st.integers(1, 10), weight=st.sampled_from(["regular", "bold"]), spacing=sizes, writing=st.sampled_from(["horizontal", "vertical"])),
    st.builds(Text, text=words, color=colors, placement=st.just("line"), repeat=sizes, shield=colors),
)  # fmt: skip
conditions = st.sampled_from([parse_text(each) for each in ("GB = 1", "GB IN (2, 3)", "GB BETWEEN 10 AND 20", "NAME LIKE '甲%'", "RN = '\"]'''", "GB > 5 AND CLASS IS NULL")])
scales = st.sampled_from([(0.0, 0.0), (9000.0, 0.0), (0.0, 9000.0), (70_000.0, 9000.0)])


@st.composite
def styles(draw):
    filters = draw(st.lists(conditions, unique=True, max_size=4))
    if not filters or draw(st.booleans()):
        filters.append(None)
    made = []
    for number, each in enumerate(filters):
        low, high = draw(scales)
        parts = tuple(draw(st.lists(symbolizers, min_size=1, max_size=3)))
        # Labels are drawn after everything else in every language, so they come last here too.
        parts = tuple(sorted(parts, key=lambda part: isinstance(part, Text)))
        made.append(Rule(name=f"r{number}", title=Title(draw(words), draw(words)), filter=each, symbolizers=parts, min_scale=low, max_scale=high))
    return tuple(made)
