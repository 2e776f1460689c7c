/*
 * view/chart.ts -- a chart of counts over time: answered, missed and given-up calls
 * stacked. uPlot draws on a canvas; colours come from the page's own tokens. The
 * table beside it says the same, so the chart is hidden from screen readers.
 */
import uPlot from "uplot";

export interface Series { label: string; token: string; values: number[] }

/* A token as a colour that a canvas understands, in the scheme of now. */
function colour(token: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${token})`;
  document.body.append(probe);
  const c = getComputedStyle(probe).color;
  probe.remove();
  return c;
}

/* Each on top of those before it. */
function stack(series: readonly Series[]): number[][] {
  const sum: number[] = [];
  return series.map((s) => s.values.map((v, i) => (sum[i] = (sum[i] ?? 0) + v)));
}

export class Chart {
  readonly el = document.createElement("div");
  private plot: uPlot | null = null;
  private again: (() => void) | null = null;
  private readonly sized = new ResizeObserver(() => this.resize());

  constructor() {
    this.el.className = "chart";
    this.el.setAttribute("aria-hidden", "true");
    this.sized.observe(this.el);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.again?.());
    new MutationObserver(() => this.again?.()).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  }

  draw(labels: readonly string[], series: readonly Series[]): void {
    this.again = () => this.draw(labels, series);
    this.plot?.destroy();
    this.plot = null;
    if (labels.length === 0 || !this.el.isConnected) return;
    const tops = stack(series);
    const line = colour("--line"), muted = colour("--muted");
    const axis = { stroke: muted, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 }, font: "13px sans-serif" };
    const bars = uPlot.paths.bars!({ size: [0.72, 48] });
    /* The highest first, so that the lower ones stand before it. */
    const order = series.map((_, i) => series.length - 1 - i);
    this.plot = new uPlot({
      width: Math.max(200, this.el.clientWidth), height: 240, cursor: { show: false }, legend: { show: false },
      scales: { x: { time: false, range: [-0.6, labels.length - 0.4] }, y: { range: (_u, _min, max) => [0, Math.max(4, max * 1.1)] } },
      axes: [
        { ...axis, grid: { show: false }, space: 64, values: (_u, at) => at.map((i) => labels[i] ?? ""),
          incrs: [1, 2, 3, 4, 6, 7, 12, 14, 24, 28, 48] },
        { ...axis, size: 44, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000, 10000] },
      ],
      series: [{}, ...order.map((i) => {
        const fill = colour(series[i]!.token);
        return { label: series[i]!.label, fill, stroke: fill, width: 0, paths: bars, points: { show: false } };
      })],
    }, [labels.map((_, i) => i), ...order.map((i) => tops[i]!)] as uPlot.AlignedData, this.el);
  }

  private resize(): void {
    if (this.plot && this.el.clientWidth > 0 && this.el.clientWidth !== this.plot.width)
      this.plot.setSize({ width: this.el.clientWidth, height: 240 });
    else if (!this.plot && this.el.clientWidth > 0) this.again?.();
  }
}
