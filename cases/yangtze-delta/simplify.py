"""Simplify polygons that share borders without opening gaps between them.

Every border between two neighbours is one arc. Rings are cut into arcs where three or more lines meet, each arc is
thinned once (Visvalingam & Whyatt 1993: drop the point that spans the least triangle, again and again), and the rings are
put together from the thinned arcs; so both neighbours get the same line, point by point.
"""
import heapq
import math
from collections import defaultdict

EARTH_RADIUS_KM = 6371.0088


def ring_area_km2(ring):
    """Signed area on the sphere (counter-clockwise positive); trapezoids in longitude and sine of latitude."""
    rad = math.pi / 180
    doubled = sum((x2 - x1) * rad * (math.sin(y1 * rad) + math.sin(y2 * rad))
                  for (x1, y1), (x2, y2) in zip(ring, ring[1:]))
    return -doubled / 2 * EARTH_RADIUS_KM ** 2


def area_km2(polygons):
    """Area of a multipolygon: outer rings less holes."""
    return sum(abs(ring_area_km2(p[0])) - sum(abs(ring_area_km2(h)) for h in p[1:]) for p in polygons)


def rounded(ring, digits):
    """The ring with rounded coordinates and without points that fell together."""
    points = []
    for x, y in ring[:-1]:
        p = (round(x, digits), round(y, digits))
        if not points or points[-1] != p:
            points.append(p)
    while len(points) > 1 and points[-1] == points[0]:
        points.pop()
    return points  # open: the first point is not repeated


def thinned(arc, least):
    """The arc without the points whose triangle is smaller than `least` (square degrees); its ends stay."""
    before, after = list(range(-1, len(arc) - 1)), list(range(1, len(arc) + 1))
    alive = [True] * len(arc)

    def triangle(i):
        (ax, ay), (bx, by), (cx, cy) = arc[before[i]], arc[i], arc[after[i]]
        return abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2

    current = {i: triangle(i) for i in range(1, len(arc) - 1)}
    heap = [(a, i) for i, a in current.items()]
    heapq.heapify(heap)
    keep = 4 if arc[0] == arc[-1] else 2  # a closed arc must stay a triangle
    count = len(arc)
    while heap and heap[0][0] < least and count > keep:
        size, i = heapq.heappop(heap)
        if not alive[i] or current[i] != size:
            continue
        alive[i] = False
        count -= 1
        b, a = before[i], after[i]
        after[b], before[a] = a, b
        for j in (b, a):
            if 0 < j < len(arc) - 1:
                # never less than what was dropped beside it, so that a bend does not vanish piece by piece
                current[j] = max(triangle(j), size)
                heapq.heappush(heap, (current[j], j))
    return [p for p, on in zip(arc, alive) if on]


def simplify(members, least, digits=3, island_km2=2.0):
    """{code: polygons} thinned together. Islands under `island_km2` are left out, but never a part that touches a
    neighbour nor a member's largest part."""
    owners = defaultdict(set)
    for code, polygons in members.items():
        for ring in (r for p in polygons for r in p):
            for p in rounded(ring, digits):
                owners[p].add((code, id(ring)))
    kept = {}
    for code, polygons in members.items():
        largest = max(polygons, key=lambda p: abs(ring_area_km2(p[0])))
        kept[code] = [p for p in polygons if p is largest or abs(ring_area_km2(p[0])) >= island_km2
                      or any(len(owners[q]) > 1 for q in rounded(p[0], digits))]
    rings = {(code, i, j): rounded(ring, digits)
             for code, polygons in kept.items() for i, p in enumerate(polygons) for j, ring in enumerate(p)}
    beside = defaultdict(set)
    for ring in rings.values():
        for a, b in zip(ring, ring[1:] + ring[:1]):
            beside[a].add(b)
            beside[b].add(a)
    done = {}

    def thin(arc):
        # One direction for both neighbours, so that ties break alike.
        forward = arc <= arc[::-1]
        key = tuple(arc if forward else arc[::-1])
        if key not in done:
            done[key] = thinned(list(key), least)
        return done[key] if forward else done[key][::-1]

    result = {code: [[None] * len(p) for p in polygons] for code, polygons in kept.items()}
    for (code, i, j), ring in rings.items():
        cuts = [k for k, p in enumerate(ring) if len(beside[p]) > 2]
        if not cuts:  # an island, or an enclave and the hole it fills: start both at the same point
            cuts = [ring.index(min(ring))]
        turned = ring[cuts[0]:] + ring[:cuts[0]] + [ring[cuts[0]]]
        ends = [k - cuts[0] for k in cuts] + [len(ring)]
        out = [turned[0]]
        for start, end in zip(ends, ends[1:]):
            out += thin(turned[start:end + 1])[1:]
        if (ring_area_km2(out) > 0) != (j == 0):  # RFC 7946: outer rings run counter-clockwise, holes clockwise
            out = out[::-1]
        result[code][i][j] = out
    return result


def check(members):
    """Stops where a ring is open, degenerate or turned the wrong way, where two lines cross, or where more than two
    members claim one border."""
    edges = defaultdict(int)
    for code, polygons in members.items():
        for polygon in polygons:
            for j, ring in enumerate(polygon):
                assert ring[0] == ring[-1] and len(ring) >= 4, f"{code}: ring not closed or under four points"
                assert len(set(ring)) == len(ring) - 1, f"{code}: a ring touches itself"
                assert (ring_area_km2(ring) > 0) == (j == 0), f"{code}: ring turned the wrong way"
                for e in zip(ring, ring[1:]):
                    edges[min(e), max(e)] += 1
    assert max(edges.values()) <= 2, "a border belongs to more than two members"
    cells = defaultdict(list)  # only edges that share a cell of 0.1 degree can cross
    for a, b in sorted(edges):
        for x in range(int(min(a[0], b[0]) * 10), int(max(a[0], b[0]) * 10) + 1):
            for y in range(int(min(a[1], b[1]) * 10), int(max(a[1], b[1]) * 10) + 1):
                cells[x, y].append((a, b))

    def side(p, q, r):
        d = (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])
        return 0 if abs(d) < 1e-12 else math.copysign(1, d)

    for near in cells.values():
        for k, (a, b) in enumerate(near):
            for c, d in near[k + 1:]:
                if len({a, b, c, d}) == 4:
                    crossing = side(a, b, c) * side(a, b, d) <= 0 and side(c, d, a) * side(c, d, b) <= 0
                    assert not crossing, f"lines cross near {a}"
