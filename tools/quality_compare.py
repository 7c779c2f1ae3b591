"""The same attribute rules in DuckDB's SQL, the same overlaps with GEOS.

Reading the files is not timed; building the spatial index is. The best of three rounds counts, and
for GEOS the better of one and two threads (Shapely releases the interpreter's lock).
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import numpy
import shapely

folder = Path(sys.argv[1])
ROUNDS = 3

LISTS = {
    "房屋用途": "10 11 111 112 12 13 20 21 22 23 24 25 26 27 30 31 32 33 34 35 40 41 42 43 50 51 52 "
    "53 54 55 60 70 80 81 82 83 84".split(),
    "房屋结构": "1 2 3 4 5 6".split(),
}


def inside(name):
    return "(" + ",".join(f"'{code}'" for code in LISTS[name]) + ")"


WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
SUM = " + ".join(f"(ascii(ZJH[{i + 1}]) - 48) * {w}" for i, w in enumerate(WEIGHTS))
PARCEL = r"\d{12}[GJZ][ABSXCDEFLNHGWY](?:[1-9]\d{4}|0[1-9]\d{3}|00[1-9]\d\d|000[1-9]\d|0000[1-9])"
OLD = "(不动产权|权证|国用|集用|集有|宅字|土地证|林证)"


def filled(field):
    return f"({field} IS NOT NULL AND {field} <> '')"


def negative(field):
    return f"({filled(field)} AND coalesce(TRY_CAST({field} AS DOUBLE), -1) < 0)"


def not_positive(field):
    return f"({filled(field)} AND coalesce(TRY_CAST({field} AS DOUBLE), -1) <= 0)"


def count(*conditions):
    """Findings: one for each field that fails."""
    return " + ".join(f"count(*) FILTER ({c})" for c in conditions)


number = "TRY_CAST({} AS DOUBLE)".format
RULES = {
    "H": {
        "DQ-ATT-030": count(
            f"NOT {filled('BDCDYH')} OR NOT regexp_full_match(BDCDYH, '{PARCEL}F\\d{{8}}')"
        ),
        "DQ-ATT-034": count(f"NOT {filled('SCJZMJ')} OR {not_positive('SCJZMJ')}"),
        "DQ-ATT-035": count(negative("SCTNJZMJ"), negative("SCFTJZMJ")),
        "DQ-ATT-036": count(
            f"{filled('FWYT1')} AND FWYT1 NOT IN {inside('房屋用途')}",
            f"{filled('FWJG')} AND FWJG NOT IN {inside('房屋结构')}",
        ),
        "DQ-LOG-010": count(
            f"abs({number('SCJZMJ')} - {number('SCTNJZMJ')} - {number('SCFTJZMJ')}) > 0.0200005"
        ),
        "DQ-LOG-012": count(f"{number('SCTNJZMJ')} > {number('SCJZMJ')} + 1e-9"),
    },
    "QLR": {
        "DQ-ATT-043": count(
            f"NOT {filled('QLRMC')} OR regexp_full_match(QLRMC, '\\d+') "
            "OR regexp_matches(lower(QLRMC), '(测试|test|xxx)$') OR regexp_matches(QLRMC, '.等\\d*[人户]*$')"
        ),
        "DQ-ATT-045": count(
            f"NOT {filled('ZJH')} OR (ZJZL = '1' AND (NOT regexp_full_match(ZJH, '\\d{{17}}[\\dXx]') "
            "OR try_strptime(substr(ZJH, 7, 8), '%Y%m%d') IS NULL "
            f"OR upper(ZJH[18]) <> substr('10X98765432', ({SUM}) % 11 + 1, 1)))"
        ),
        "DQ-ATT-049": count(f"{filled('GYFS')} AND GYFS NOT IN ('0', '1', '2', '3')"),
    },
    "FDCQ2": {
        "DQ-ATT-056": count(not_positive("JZMJ"), not_positive("ZYJZMJ"), negative("FTJZMJ")),
        "DQ-ATT-082": count(
            f"(NOT {filled('BDCQZH')} AND QSZT IN ('1', '')) OR ({filled('BDCQZH')} "
            f"AND NOT regexp_full_match(BDCQZH, '.*{OLD}.*第[\\d-]+号'))"
        ),
        "DQ-LOG-024": count(
            "(BDCDYH[20] = 'F' AND QLLX IN ('1','2','3','5','7','9','11','13')) "
            "OR (BDCDYH[20] = 'W' AND QLLX IN ('4','6','8'))"
        ),
    },
}


def attributes():
    db = duckdb.connect()
    db.execute("SET threads = 2")
    for table in RULES:
        db.execute(
            f"CREATE TABLE {table} AS SELECT * FROM read_csv('{folder}/{table}.csv', all_varchar = true)"
        )
    best, found = float("inf"), {}
    for _ in range(ROUNDS):
        started = time.perf_counter()
        now = {}
        for table, rules in RULES.items():
            columns = ", ".join(f'{sql} AS "{rule}"' for rule, sql in rules.items())
            result = db.execute(f"SELECT {columns} FROM {table}")
            names = [d[0] for d in result.description]
            now.update(zip(names, (int(n) for n in result.fetchone())))
        seconds = time.perf_counter() - started
        if seconds < best:
            best, found = seconds, now
    return best, found


def surface(shape):
    """What of a result is polygons."""
    if shape.geom_type != "GeometryCollection":
        return shape
    return shapely.MultiPolygon([p for p in shape.geoms if p.geom_type == "Polygon"])


def overlaps():
    offsets = numpy.fromfile(folder / "offsets.bin", dtype="<i8")
    points = numpy.fromfile(folder / "points.bin", dtype="<f8").reshape(-1, 2)
    indices = numpy.repeat(numpy.arange(len(offsets) - 1), numpy.diff(offsets))
    polygons = shapely.polygons(shapely.linearrings(points, indices=indices))

    def pairs(tree, start, end, predicate):
        left, right = tree.query(polygons[start:end], predicate=predicate)
        left = left + start
        keep = left < right
        left, right = left[keep], right[keep]
        common = shapely.intersection(polygons[left], polygons[right])
        area = shapely.area(common)
        keep = area > 0.01
        common, area = common[keep], area[keep]
        # where they also touch along a boundary the result holds lines too: only the surface counts
        box = shapely.bounds([surface(c) for c in common]).reshape(-1, 4)
        longer = numpy.maximum(box[:, 2] - box[:, 0], box[:, 3] - box[:, 1])
        return int(numpy.count_nonzero(area > 0.01 * longer))

    def once(threads, predicate):
        started = time.perf_counter()
        tree = shapely.STRtree(polygons)
        step = (len(polygons) + threads * 4 - 1) // (threads * 4)
        pieces = [(i, min(i + step, len(polygons))) for i in range(0, len(polygons), step)]
        if threads == 1:
            found = pairs(tree, 0, len(polygons), predicate)
        else:
            with ThreadPoolExecutor(threads) as pool:
                found = sum(pool.map(lambda p: pairs(tree, *p, predicate), pieces))
        return time.perf_counter() - started, found

    ways = [(t, p) for t in (1, 2) for p in (None, "intersects")]
    return min(once(*way) for way in ways for _ in range(ROUNDS))


attribute_seconds, attribute_found = attributes()
overlap_seconds, overlap_found = overlaps()
print(
    json.dumps(
        {
            "duckdb": duckdb.__version__,
            "shapely": f"{shapely.__version__} (GEOS {shapely.geos_version_string})",
            "attribute_seconds": attribute_seconds,
            "attribute_found": attribute_found,
            "overlap_seconds": overlap_seconds,
            "overlap_found": overlap_found,
        }
    )
)
