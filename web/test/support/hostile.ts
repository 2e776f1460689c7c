/*
 * hostile.ts -- fifty names as they may come over the network: each would set
 * globalThis.hit if it ran anywhere, or breaks a page that trusts its texts.
 */
const HIT = "globalThis.hit=1";

export const HOSTILE: readonly string[] = [
  `<script>${HIT}</script>`, `<img src=x onerror=${HIT}>`, `"><svg onload=${HIT}>`, `javascript:${HIT}`,
  `{{constructor.constructor('${HIT}')()}}`, `\${${HIT}}`, `'; ${HIT}; //`, `</textarea><script>${HIT}</script>`,
  "\u202egnirts desrever", "A".repeat(5000), "<style>*{display:none}</style>", "&lt;b&gt;",
  `<iframe srcdoc='<script>parent.hit=1</script>'>`, "\u0000\u0007bell",
  `<body onload=${HIT}>`, `<details open ontoggle=${HIT}>`, `<input autofocus onfocus=${HIT}>`, `<video><source onerror=${HIT}>`,
  `<a href="javascript:${HIT}">x</a>`, `<math><mtext></mtext><script>${HIT}</script></math>`, `<svg><script>${HIT}</script></svg>`,
  `<object data="data:text/html,<script>parent.hit=1</script>">`, `<embed src="javascript:${HIT}">`, `<base href="//evil.example/">`,
  `<meta http-equiv=refresh content="0;url=javascript:${HIT}">`, `<link rel=stylesheet href=//evil.example/x.css>`,
  `<form action="javascript:${HIT}"><button>x`, `</title><script>${HIT}</script>`, `--><script>${HIT}</script>`, `]]><script>${HIT}</script>`,
  `\\u003cscript\\u003e${HIT}\\u003c/script\\u003e`, `%3Cscript%3E${HIT}%3C/script%3E`, `&#60;script&#62;${HIT}&#60;/script&#62;`,
  `<ScRiPt>${HIT}</sCrIpT>`, `<scr\u0000ipt>${HIT}</script>`, `＜script＞${HIT}＜/script＞`, `" onmouseover="${HIT}" x="`, `' autofocus onfocus='${HIT}`,
  `data:text/html,<script>${HIT}</script>`, `vbscript:${HIT}`, `=HYPERLINK("http://evil.example","x")`, `+cmd|' /C calc'!A0`, `@SUM(1+1)*cmd|' /C calc'!A0`,
  "\u2066\u2067\u202b\u202cabc\u2069", "Z\u0351\u0352\u0353".repeat(200), "\u200b\u200c\u200d\ufeff", "👨‍👩‍👧‍👦".repeat(50), "\r\nSet-Cookie: a=b", "__proto__", "constructor",
];
