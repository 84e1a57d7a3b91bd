import { init } from "echarts";

const ink = "#333";
const font = { fontFamily: "sans-serif", fontSize: 12, color: ink };

/** Draws an ECharts option of `{ width, height, ...option }` as an SVG on white, without a browser. */
export function svg({ width = 820, height, ...option }) {
  const chart = init(null, null, { renderer: "svg", ssr: true, width, height });
  chart.setOption({
    animation: false,
    backgroundColor: "#fff",
    textStyle: font,
    // Colours that those who see fewer of them can tell apart (Okabe and Ito).
    color: ["#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9", "#000000", "#b3a125"],
    ...option,
  });
  // What it has for pointers that hover is of no use in a picture.
  const text = chart.renderToSVGString().replace(/<style.*?<\/style>/gs, "");
  chart.dispose();
  return `${text.trim()}\n`;
}

/** The title above a plot. */
export const titled = (text, subtext) => ({
  text,
  subtext,
  left: 16,
  top: 8,
  textStyle: { ...font, fontSize: 15, fontWeight: "bold" },
  subtextStyle: font,
});

/** The legend below a plot, with room for fonts that are wider than was reckoned with. */
export const legend = { bottom: 8, left: 16, itemGap: 30 };
