// stat.mjs -- medians, spreads, pairs.
const sorted = (v) => [...v].sort((a, b) => a - b);
export function quantile(v, q) {
	const s = sorted(v);
	if (!s.length) return NaN;
	const at = (s.length - 1) * q, low = Math.floor(at), high = Math.ceil(at);
	return s[low] + (s[high] - s[low]) * (at - low);
}
export const median = (v) => quantile(v, 0.5);
export const spread = (v) => [Math.min(...v), Math.max(...v)];
export const sum = (v) => v.reduce((a, b) => a + b, 0);

// n times A then B, so that what else the machine does meets both. Each gets the
// number of the pair; the results as two lists.
export async function pairs(n, a, b) {
	const out = { a: [], b: [] };
	for (let i = 0; i < n; i++) {
		out.a.push(await a(i));
		out.b.push(await b(i));
	}
	return out;
}

// The least-squares slope of y over x.
export function slope(x, y) {
	const mx = sum(x) / x.length, my = sum(y) / y.length;
	let num = 0, den = 0;
	for (let i = 0; i < x.length; i++) {
		num += (x[i] - mx) * (y[i] - my);
		den += (x[i] - mx) ** 2;
	}
	return den ? num / den : 0;
}
