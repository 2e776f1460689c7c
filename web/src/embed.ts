/*
 * embed.ts -- one script tag puts the panel into any page as a dock:
 *
 *   <script src="https://cti.example/embed.js" defer></script>
 *
 * The dock is an iframe of Ringbridge's own origin: the host page cannot read
 * it, nor it the host page. Positions are set by script (CSSOM), which a strict
 * Content-Security-Policy allows; the host needs `frame-src` and `script-src`
 * for Ringbridge's origin. data-side="left" puts the dock on the left.
 */
const tag = document.currentScript as HTMLScriptElement | null;

function style(el: HTMLElement, rules: Record<string, string>): void {
  for (const [name, value] of Object.entries(rules)) el.style.setProperty(name, value);
}

function mount(src: string, side: "left" | "right"): void {
  const origin = new URL(src).origin;
  const ja = (document.documentElement.lang || navigator.language).startsWith("ja");
  const words = ja ? { open: "通話を表示", close: "通話を隠す", title: "通話" }
    : { open: "Show calls", close: "Hide calls", title: "Calls" };
  const frame = document.createElement("iframe");
  frame.title = words.title;
  frame.src = `${new URL(".", src).href}?embed=1`;
  frame.allow = "clipboard-read";
  const pill = document.createElement("button");
  pill.type = "button";
  let open = true, ringing = 0;

  const draw = (): void => {
    frame.style.setProperty("visibility", open ? "visible" : "hidden");
    pill.textContent = `${ringing ? `☎ ${ringing} · ` : ""}${open ? words.close : words.open}`;
    pill.setAttribute("aria-expanded", String(open));
  };
  const place = { position: "fixed", [side]: "12px", "z-index": "2147483000" };
  style(frame, { ...place, bottom: "56px", width: "320px", height: "min(640px, calc(100vh - 72px))",
    border: "1px solid #8a949e", "border-radius": "8px", "background-color": "Canvas" });
  style(pill, { ...place, bottom: "12px", height: "36px", padding: "0 16px", border: "0",
    "border-radius": "18px", background: "#0b6b6b", color: "#fff", font: "600 14px system-ui, sans-serif",
    cursor: "pointer" });
  pill.addEventListener("click", () => { open = !open; draw(); });
  window.addEventListener("message", (e) => {
    if (e.origin !== origin || e.source !== frame.contentWindow) return;
    const m = e.data as { ringbridge?: unknown; count?: unknown } | null;
    if (m?.ringbridge !== "ringing" || typeof m.count !== "number") return;
    if (m.count > ringing) open = true;
    ringing = m.count;
    draw();
  });
  draw();
  document.body.append(frame, pill);
}

if (tag?.src) {
  const side = tag.dataset["side"] === "left" ? "left" : "right";
  if (document.body) mount(tag.src, side);
  else document.addEventListener("DOMContentLoaded", () => mount(tag.src, side));
}
