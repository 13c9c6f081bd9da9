"""What a 補修依頼書 says: facts of the defect and its place, photos, maps, and the lines that people fill in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from exporters.locator import Locator, LocatorMap
from exporters.photo_facts import Facts, lonlat_text, place_text, road_text
from exporters.wording import display_name, fiscal_year, jst_text, kp_text, photo_lane, rating_text, shapes_by_road
from pavement.defect import CATEGORY_JA, ORIENTATION_JA, Category, Defect
from pavement.errors import BadInput
from pavement.record import Photo, Survey
from pavement.segment import Place, Segment

TITLE = "補修依頼書"
SENDER = (("宛先", "依頼番号", "依頼年月日"), ("依頼者 所属", "氏名", "連絡先"))  #: lines to fill in, above
RECEIPT = (
    (("受付年月日", ""), ("受付番号", ""), ("受付者", "")),
    (("措置区分", "□ 応急補修  □ 本補修  □ 経過観察  □ 措置不要(誤検出)"),),
    (("措置年月日", ""), ("施工者", ""), ("確認者", "")),
    (("措置内容", ""),),
    (("備考", ""),),
)  #: lines to fill in, below
NOTE = "寸法は画像から求めた推定値です。施工の前に現地で確かめてください。写真は公開用に路面以外を伏せています。"
NEAR_M, FAR_M = 400.0, 6000.0  #: widths of the two maps
NEAR_HEIGHT, FAR_HEIGHT = 0.8, 0.5  #: of the maps, in shares of their width
UNKNOWN = "未測定"


@dataclass(frozen=True)
class Request:
    """Everything that a 補修依頼書 shows."""

    defect_id: str
    manager: str
    place: Facts
    damage: Facts
    near: LocatorMap
    far: LocatorMap
    photo: Photo | None
    caption: str  #: of the photo

    @property
    def pictures(self) -> list[tuple[str, Path]]:
        """The photo with the damage drawn, and plain."""
        return [] if self.photo is None else [("損傷表示", self.photo.marked), ("原写真", self.photo.masked)]


def prepare_requests(survey: Survey, defect_ids: Sequence[str]) -> list[Request]:
    """The requests for some defects, in the order asked for, each once; raises BadInput where an id is unknown."""
    known = {defect.defect_id: defect for defect in survey.defects}
    if missing := [each for each in defect_ids if each not in known]:
        raise BadInput(f"no defect {', '.join(missing)} in this result", do="take ids from its defects.csv")
    locator, photos = Locator.of(survey), {photo.number: photo for photo in survey.photos}
    return [_request(known[each], survey, locator, photos) for each in dict.fromkeys(defect_ids)]


def _request(defect: Defect, survey: Survey, locator: Locator, photos: dict[str, Photo]) -> Request:
    shapes = shapes_by_road(survey.routes)
    shape = shapes.get(defect.road)
    segment = next((s for s in survey.segments if _holds(s, defect)), None)
    photo = photos.get(defect.photo or "")
    own = photo is not None
    if photo is None and segment is not None:
        photo = next((photos[number] for number in segment.photos if number in photos), None)
    place = photo.place if photo is not None and own else _place_of(defect, segment)
    lane = str(defect.direction) if photo is None else photo_lane(photo)
    return Request(
        defect_id=defect.defect_id,
        manager=(shape.manager if shape else None) or "",
        place=[
            ("路線", road_text(defect.road, shapes)),
            ("道路種別", f"{defect.road.road_type}  路線番号 {defect.road.route_no}  枝番 {defect.road.branch_no}"),
            ("車線", lane + _across_text(defect)),
            ("位置", place_text(place, shape)),
            ("座標", lonlat_text(defect.lon, defect.lat)),
            ("市町村", (segment.attributes.get("municipality") or "") if segment else ""),
        ],
        damage=[
            ("損傷番号", defect.defect_id),
            ("種別", _category_text(defect)),
            ("大きさ", _size_text(defect)),
            ("面積", UNKNOWN if defect.area_m2 is None else f"{defect.area_m2:.2f} m²(推定)"),
            ("高さ" if defect.category is Category.STEP else "深さ", _depth_text(defect)),
            ("確からしさ", f"{100 * defect.score:.0f} %  確認 {defect.frames}枚・{defect.drives}走行"),
            (
                "点検",
                f"{fiscal_year(survey.year)}  撮影 {jst_text(photo.timestamp)}" if photo else fiscal_year(survey.year),
            ),
            ("区間の診断", _segment_text(segment)),
        ],
        near=locator.around(place, defect.road, defect.direction, NEAR_M, NEAR_HEIGHT),
        far=locator.around(place, defect.road, defect.direction, FAR_M, FAR_HEIGHT),
        photo=photo,
        caption=_caption(photo, own, display_name(defect.road, shapes)),
    )


def _holds(segment: Segment, defect: Defect) -> bool:
    same = (segment.road, segment.direction) == (defect.road, defect.direction)
    return same and segment.start.kp_km - 1e-9 <= defect.kp_km < segment.end.kp_km - 1e-9


def _place_of(defect: Defect, segment: Segment | None) -> Place:
    """The defect's place; measured from the post of its segment, where there is one."""
    post = segment.start.post_km if segment else float(int(defect.kp_km))
    return Place(defect.kp_km, post, (defect.kp_km - post) * 1000, defect.lon, defect.lat)


def _category_text(defect: Defect) -> str:
    runs = f"({ORIENTATION_JA[defect.orientation]})" if defect.orientation else ""
    return CATEGORY_JA[defect.category] + runs


def _across_text(defect: Defect) -> str:
    """Where in the lane it lies, as the driver sees it."""
    if defect.across_m is None:
        return ""
    if abs(defect.across_m) < 0.25:
        return "  車線の中央"
    return f"  車線の中央から{'右' if defect.across_m > 0 else '左'}へ {abs(defect.across_m):.1f} m"


def _size_text(defect: Defect) -> str:
    length = UNKNOWN if defect.length_m is None else f"{defect.length_m:.1f} m"
    width = UNKNOWN if defect.width_m is None else f"{defect.width_m:.1f} m"
    return UNKNOWN if length == width == UNKNOWN else f"延長 {length} × 幅 {width}(推定)"


def _depth_text(defect: Defect) -> str:
    return UNKNOWN if defect.depth_mm is None else f"{defect.depth_mm:.0f} mm(推定)"


def _segment_text(segment: Segment | None) -> str:
    if segment is None:
        return ""
    crack = "" if segment.crack_pct is None else f"  ひび割れ率 {segment.crack_pct:.1f} %"
    return f"{rating_text(segment)}({kp_text(segment.start.kp_km)}～{kp_text(segment.end.kp_km)}){crack}"


def _caption(photo: Photo | None, own: bool, road: str) -> str:
    if photo is None:
        return "写真はありません"
    what = photo.subject if own else "この損傷を含む区間の代表写真"
    return f"写真 {photo.number}  {what}  {road} {kp_text(photo.place.kp_km)}"
