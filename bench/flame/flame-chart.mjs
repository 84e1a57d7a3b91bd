import { legend, svg, titled } from "../runner/plots/svg.mjs";

const rowHeight = 17;
const smallestShare = 0.002;
const margins = { left: 16, right: 16, top: 76, bottom: 40 };
const width = 1200;
const characterWidth = 6.2;
const colors = {
  parley: "#56b4e9",
  node: "#c8c8c8",
  engine: "#f0c674",
  library: "#b7d7a8",
  bench: "#e0b8d0",
};

/** A flame graph: a box is a function, as wide as the time spent in it and in what it calls, which stands above it. */
export function flameChart(title, root) {
  const boxes = [];
  place(root, 0, 0);
  const depth = Math.max(...boxes.map((box) => box.depth)) + 1;
  const height = margins.top + margins.bottom + depth * rowHeight;
  const scale = (width - margins.left - margins.right) / root.micros;
  return svg({
    width,
    height,
    title: titled(title, "wider is more CPU time; callers below, callees above"),
    legend: { ...legend, data: Object.keys(colors) },
    xAxis: { show: false, min: 0, max: root.micros },
    yAxis: { show: false, min: 0, max: depth },
    grid: margins,
    series: Object.keys(colors).map((owner) => ({
      name: owner,
      type: "custom",
      itemStyle: { color: colors[owner] },
      renderItem: (_params, api) => box(boxes[api.value(0)]),
      data: boxes.flatMap((each, index) => (each.owner === owner ? [[index, 0]] : [])),
    })),
  });

  function place(frame, start, row) {
    boxes.push({ ...frame, start, depth: row });
    let at = start;
    for (const child of [...frame.children.values()].toSorted((a, b) => a.name.localeCompare(b.name))) {
      if (child.micros / root.micros >= smallestShare) place(child, at, row + 1);
      at += child.micros;
    }
  }

  function box({ name, owner, micros, start, depth: row }) {
    const shape = {
      x: margins.left + start * scale,
      y: height - margins.bottom - (row + 1) * rowHeight,
      width: Math.max(0.5, micros * scale - 0.5),
      height: rowHeight - 1,
    };
    const room = Math.floor((shape.width - 6) / characterWidth);
    const text = room < 4 ? "" : name.length > room ? `${name.slice(0, room - 1)}…` : name;
    return {
      type: "rect",
      shape,
      style: { fill: colors[owner] },
      textContent: { style: { text, fontSize: 11, fill: "#222" } },
      textConfig: { position: "insideLeft", distance: 3 },
    };
  }
}
