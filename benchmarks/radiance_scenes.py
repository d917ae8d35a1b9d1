# SPDX-License-Identifier: EUPL-1.2
"""Illuminance against Radiance on drawn scenes: tilt, azimuth, slope, façades, and buildings.

The scenes are those of ``jumeau.validation.lighting``. Radiance (pyradiance, in an environment of
its own) gets each luminaire as a tiny sphere with its distribution as a pattern, turned by
Radiance's own rotations, and each cell of a surface model as a box. Direct light only.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from harness import Table, fresh, peer_python
from jumeau.validation.lighting import scenes, sight
from jumeau.validation.lighting.study import worst

PEER = ("pyradiance==1.3.1", "numpy==2.4.6")
CLOSE = 1e-4
FLOOR = 1e-2
"""Illuminance below which six printed digits of Radiance and its sphere say nothing [lx]."""

PEER_CODE = r"""
import json, os, subprocess, sys
from pathlib import Path
import numpy as np, pyradiance

home = Path(pyradiance.__file__).parent
tools = home / "bin"
environment = dict(os.environ, RAYPATH=".:" + str(home / "lib"))
RADIUS = 1e-3  # of the spheres [m]
LIFT = 1e-4  # rtrace -I lifts its points by that much along their normal [m]

def scene(case, folder):
    lines = ["void plastic wall\n0\n0\n5 0 0 0 0 0\n"]
    for number, lamp in enumerate(case["lamps"]):
        table = np.array(lamp["candela"])
        planes, angles = table.shape
        data = folder / f"lamp{number}.dat"
        data.write_text(f"2\n0 360 {planes}\n0 {lamp['last']} {angles}\n"
                        + "\n".join(f"{value:.9g}" for value in table.ravel()))
        luminance = lamp["factor"] / (np.pi * RADIUS**2)
        turn = f"-rx {lamp['tilt']} -rz {90 - lamp['azimuth']}"
        words = f"corr {data.name} source.cal src_phi src_theta {turn}".split()
        lines.append(f"void brightdata d{number}\n{len(words)} {' '.join(words)}\n"
                     f"0\n1 {luminance:.9g}\n")
        lines.append(f"d{number} light l{number}\n0\n0\n3 1 1 1\n")
        x, y, z = lamp["place"]
        lines.append(f"l{number} sphere s{number}\n0\n0\n4 {x:.9f} {y:.9f} {z:.9f} {RADIUS}\n")
    boxes = []
    for k, (x0, y0, z0, x1, y1, z1) in enumerate(case.get("boxes", ())):
        faces = {"w": "x0 y0 z0 x0 y0 z1 x0 y1 z1 x0 y1 z0",
                 "e": "x1 y0 z0 x1 y1 z0 x1 y1 z1 x1 y0 z1",
                 "s": "x0 y0 z0 x1 y0 z0 x1 y0 z1 x0 y0 z1",
                 "n": "x0 y1 z0 x0 y1 z1 x1 y1 z1 x1 y1 z0",
                 "t": "x0 y0 z1 x1 y0 z1 x1 y1 z1 x0 y1 z1"}
        names = dict(x0=x0, y0=y0, z0=z0, x1=x1, y1=y1, z1=z1)
        for face, corners in faces.items():
            numbers = " ".join(f"{names[corner]:.9f}" for corner in corners.split())
            boxes.append(f"wall polygon b{k}{face}\n0\n0\n12 {numbers}\n")
    (folder / "scene.rad").write_text("\n".join(lines + boxes))
    tree = subprocess.run([tools / "oconv", "scene.rad"], cwd=folder, env=environment,
                          stdout=subprocess.PIPE, check=True).stdout
    (folder / "scene.oct").write_bytes(tree)
    rays = np.array(case["rays"])
    rays[:, :3] -= LIFT * rays[:, 3:]
    rays = "\n".join(" ".join(f"{value:.9f}" for value in row) for row in rays)
    options = "-h -w -I+ -ab 0 -dt 0 -ds 0 -dj 0 -dc 1".split()
    got = subprocess.run([tools / "rtrace", *options, "scene.oct"], cwd=folder, env=environment,
                         text=True, input=rays, stdout=subprocess.PIPE, check=True).stdout
    return [float(line.split()[0]) for line in got.splitlines() if line.strip()]

folder = Path(sys.argv[1])
cases = json.loads((folder / "cases.json").read_text())
(folder / "answers.json").write_text(json.dumps([scene(case, folder) for case in cases]))
"""


def lamp(item: Any, origin: np.ndarray) -> dict[str, Any]:
    """Return a lamp of the slow reference as the peer takes it, in a frame of its own."""
    return {
        "place": (item.place - origin).tolist(),
        "candela": item.table.candela.tolist(),
        "last": float(item.table.gamma[-1]),
        "factor": item.factor,
        "tilt": item.tilt,
        "azimuth": item.azimuth,
    }


def radiance(cases: list[dict[str, Any]], folder: Path) -> list[np.ndarray]:
    """Return what Radiance computes of cases [lx]."""
    (folder / "cases.json").write_text(json.dumps(cases), encoding="utf-8")
    (folder / "peer.py").write_text(PEER_CODE, encoding="utf-8")
    fresh([folder / "peer.py", folder], python=peer_python("radiance", PEER))
    return [np.array(rows) for rows in json.loads((folder / "answers.json").read_text())]


def drawn(folder: Path) -> tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]]:
    """Return ours, slow double precision and Radiance for every drawn scene [lx]."""
    cases, ours, slow = [], [], []
    for seed in range(scenes.SCENES):
        scene, reference = scenes.scene(seed)
        origin = np.array([*scene.bounds[:2], 0.0])
        unit = scene.normals / np.linalg.norm(scene.normals, axis=-1, keepdims=True)
        rays = np.concatenate([scene.points - origin, unit], axis=-1).reshape(-1, 6)
        cases.append({"lamps": [lamp(k, origin) for k in scene.lamps()], "rays": rays.tolist()})
        slow.append(reference.ravel())
        ours.append(np.asarray(scene.engine(), float).ravel())
    return ours, slow, radiance(cases, folder)


def hidden(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return ours and Radiance for a level town whose buildings are boxes [lx], where sure."""
    cases, ours, sure = [], [], []
    for seed in (1, 3, 5):  # nothing but the buildings is in their surface model
        town = sight.Town(seed, sloping=False, trees=False, mast=False)
        origin = np.array([*town.bounds[:2], 0.0])
        half, places = 0.5 * town.cell, town.xy - origin[:2]
        boxes = [
            [x - half, y - half, -1.0, x + half, y + half, top]
            for (x, y), top in zip(places.reshape(-1, 2), town.dsm.ravel(), strict=True)
            if not np.isnan(top)
        ]  # fmt: skip
        _, clear = town.exact()
        up = np.broadcast_to([0.0, 0.0, 1.0], town.points.shape)
        rays = np.concatenate([town.points - origin, up], axis=-1).reshape(-1, 6)
        lamps = [lamp(item, origin) for item in town.lamps()]
        cases.append({"lamps": lamps, "rays": rays.tolist(), "boxes": boxes})
        ours.append(np.asarray(town.engine(canopy=None), float).ravel())
        sure.append(clear.ravel() & ~(town.dsm.ravel() > town.above))
    answers = radiance(cases, folder)
    good = np.concatenate(sure)
    return np.concatenate(ours)[good], np.concatenate(answers)[good]


def main() -> int:
    """Compare scene by scene, then buildings in the way."""
    table = Table("radiance_scenes")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours, slow, theirs = drawn(folder)
        gaps = [worst(a, b, FLOOR) for a, b in zip(ours, theirs, strict=True)]
        own = [worst(a, b, FLOOR) for a, b in zip(slow, theirs, strict=True)]
        title = f"largest relative difference with Radiance, {scenes.SCENES} drawn scenes"
        table.limit(title, max(gaps), CLOSE, unit="")
        table.limit(f"{title}, of the slow reference", max(own), CLOSE, unit="")
        mine, other = hidden(folder)
        differing = np.abs(mine - other) > CLOSE * other + 1e-3
        table.limit("cells behind buildings lit otherwise than by Radiance",
                    float(differing.mean()), 0.0, unit="")  # fmt: skip
    return table.close()


if __name__ == "__main__":
    raise SystemExit(main())
