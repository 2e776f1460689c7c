/*
 * dom.ts -- making and updating elements. Text goes in as text nodes only; there
 * is no way here to pass markup, styles or scripts.
 */
type Child = Node | string | null;
type Listener = (e: never) => void;

export interface Props {
  class?: string;
  attrs?: Record<string, string>;
  on?: Record<string, Listener>;
}

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K, props: Props = {}, ...children: Child[]
): HTMLElementTagNameMap[K] {
  const el = document.createElement(tag);
  if (props.class) el.className = props.class;
  for (const [name, value] of Object.entries(props.attrs ?? {})) el.setAttribute(name, value);
  for (const [name, f] of Object.entries(props.on ?? {})) el.addEventListener(name, f as EventListener);
  for (const c of children) if (c !== null) el.append(c);
  return el;
}

/* Touches the page only when something differs: no flicker, no lost selection. */
export function text(el: Element, s: string): void {
  if (el.textContent !== s) el.textContent = s;
}

export function visible(el: HTMLElement, yes: boolean): void {
  if (el.hidden === yes) el.hidden = !yes;
}

export function attr(el: Element, name: string, value: string | null): void {
  if (value === null) el.removeAttribute(name);
  else if (el.getAttribute(name) !== value) el.setAttribute(name, value);
}

/* Children in this order; those that are in place already are not moved. */
export function children(el: Element, wanted: readonly Node[]): void {
  const keep = new Set(wanted);
  for (const c of [...el.childNodes]) if (!keep.has(c)) c.remove();
  wanted.forEach((n, i) => {
    if (el.childNodes[i] !== n) el.insertBefore(n, el.childNodes[i] ?? null);
  });
}

export function button(label: string, f: () => void, kind = ""): HTMLButtonElement {
  return h("button", { class: `button ${kind}`.trim(), attrs: { type: "button" }, on: { click: f } }, label);
}

const SVG = "http://www.w3.org/2000/svg";

/* Shapes, 16 by 16: states differ by shape as well as by word and colour. */
const ICONS = {
  alerting: "M8 1.5a4 4 0 0 1 4 4V9l1.5 2.5h-11L4 9V5.5a4 4 0 0 1 4-4ZM6.4 13h3.2a1.6 1.6 0 0 1-3.2 0Z",
  connected: "M2 7h2v4H2zM5.3 5h2v8h-2zM8.6 2.5h2v10.5h-2zM12 6h2v5h-2z",
  held: "M3.5 3h3v10h-3zM9.5 3h3v10h-3z",
  queued: "M3 2h10v1.6L9.2 8l3.8 4.400V14H3v-1.6L6.800 8 3 3.600z",
  initiated: "M4 3h9v9h-2V6.400L4.400 13 3 11.600 9.600 5H4z",
  ended: "M3 3h10v10H3z",
  missed: "M8 1 15 14H1zM7.200 6v4h1.600V6zm0 5v1.500h1.600V11z",
  inbound: "M12 3v2L6.400 10.600H10v2H3v-7h2v3.600L10.600 3.400z",
  outbound: "M4 13v-2l5.600-5.600H6v-2h7v7h-2V6.800L5.400 12.600z",
  internal: "M1 8l4-3.500V7h6V4.500L15 8l-4 3.500V9H5v2.500z",
  warn: "M8 1 15 14H1zM7.200 6v4h1.600V6zm0 5v1.500h1.600V11z",
  ok: "M8 2.500a5.500 5.500 0 1 1 0 11 5.500 5.500 0 0 1 0-11z",
} as const;
export type IconName = keyof typeof ICONS;

export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "icon");
  svg.append(document.createElementNS(SVG, "path"));
  setIcon(svg, name);
  return svg;
}

export function setIcon(svg: SVGSVGElement, name: IconName): void {
  attr(svg.firstElementChild!, "d", ICONS[name]);
}
