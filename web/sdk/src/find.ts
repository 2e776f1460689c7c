/*
 * find.ts -- telephone numbers in running text, as people in Japan and abroad write
 * them. Pure. It is better to miss a number than to make one of an order number, a
 * date or an account: what does not fit the numbering plan is none.
 */
export interface FoundNumber {
  start: number; /* of text, in UTF-16 units */
  end: number;
  text: string;   /* as written */
  number: string; /* digits, with a + in front if it was written with one */
}

const DIGIT = "0-9０-９";
const HYPHENS = "\\-‐‑‒–—―−ー－ｰ";
const SPACES = " \\u00a0\\u3000\\u2009";
/* Between two digits: a hyphen, a dot, a space or a bracket, each with spaces around. */
const BETWEEN = `[${SPACES}]?(?:[${HYPHENS}.．・]|[()（）]{1,2})?[${SPACES}]?`;
const RUN = new RegExp(`[+＋]?[${SPACES}]?[(（]?[${DIGIT}](?:${BETWEEN}[${DIGIT}])*`, "gu");
const ENOUGH = new RegExp(`(?:[${DIGIT}][^${DIGIT}]{0,4}){9}`, "u");

/* What may not touch a number: a longer word, a path, a price, another number. */
const GLUED_BEFORE = /[\p{L}\p{N}_#№¥￥$€£%:/.,@=+＋*＊-]$/u;
const GLUED_AFTER = /^(?:[\p{L}\p{N}_%@=*＊]|[-/.,:][\p{L}\p{N}])/u;
const KANA_OR_HAN = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;
/* What stands before a number that nobody is to call. */
const OTHER = /(?:fax|ファックス|ファクス|ﾌｧｯｸｽ|ＦＡＸ|注文|伝票|受付|会員|口座|管理|追跡|製造|order|invoice|tracking|serial|account|isbn)(?:\s*(?:number|no|nr|id))?[\s:：.．番号)）\]#]*$/iu;
const TEL = /(?:tel|telephone|phone|mobile|call|ＴＥＬ|電話|携帯|直通|代表|連絡先|☎|☏|📞|℡)[\s:：.．番号)）\]]*$/iu;

/* Freephone and the like: four digits, then what is written in two groups. */
const FOUR = /^0(?:120|570|800|990)/;
/* Eleven digits: mobile, pager, IP telephone. */
const ELEVEN = /^0(?:[26-9]0[1-9]|50[1-9])/;

function plain(s: string): string {
  return s.normalize("NFKC").replace(/[^0-9]/g, "");
}

/* The groups of digits that separators make. */
function groups(s: string): number[] {
  return s.normalize("NFKC").split(/[^0-9]+/).filter(Boolean).map((g) => g.length);
}

/* A number of the Japanese plan, with its zero. */
function isJapanese(digits: string): boolean {
  if (/^00/.test(digits)) return false;
  if (/^0800/.test(digits)) return digits.length === 11;
  if (ELEVEN.test(digits)) return digits.length === 11;
  if (/^0[2-9]0/.test(digits)) return /^(?:0120|0570|0990)/.test(digits) && digits.length === 10;
  return /^0[1-9]/.test(digits) && digits.length === 10;
}

/* Grouped as such a number is: area, exchange, the rest; mobile 3-4-4. */
function isGrouped(digits: string, g: number[]): boolean {
  const [a = 0, b = 0, c = 0] = g;
  if (g.length === 2) return (a >= 2 && a <= 5 && digits.length - a >= 5) || (a === 3 && b === 8);
  if (g.length !== 3) return false;
  if (FOUR.test(digits)) return a === 4 && c >= 3;
  if (digits.length === 11) return a === 3 && b === 4;
  return a >= 2 && a <= 5 && b >= 1 && b <= 4 && c === 4;
}

function international(run: string, digits: string): string | null {
  const written = run.normalize("NFKC");
  /* +81 (0)3-...: the zero in brackets is not dialled. */
  const bare = plain(written.replace(/\(\s*0\s*\)/, ""));
  if (/^0/.test(digits) || bare.length < 8 || bare.length > 15) return null;
  if (bare.startsWith("81")) {
    const national = bare.slice(2).replace(/^0/, "");
    return isJapanese(`0${national}`) ? `+81${national}` : null;
  }
  return groups(run).length <= 6 ? `+${bare}` : null;
}

function national(run: string, digits: string, before: string, alone: boolean): string | null {
  const g = groups(run);
  if (!isJapanese(digits)) return null;
  /* Ten or eleven digits without a mark could be anything: they need a word before
   * them, or a place of their own. */
  if (g.length === 1) return alone || TEL.test(before) ? digits : null;
  return isGrouped(digits, g) ? digits : null;
}

function glued(before: string, after: string): boolean {
  const last = before.slice(-1);
  if (KANA_OR_HAN.test(last) ? false : GLUED_BEFORE.test(before) && !TEL.test(before)) return true;
  const next = after.slice(0, 1);
  return KANA_OR_HAN.test(next) ? /^[年月日円個件号番]/u.test(next) : GLUED_AFTER.test(after);
}

/* Could there be a number at all? Quick, for the many texts in which there is none. */
export function mayHaveNumber(text: string): boolean {
  return text.length >= 9 && ENOUGH.test(text);
}

export function findNumbers(text: string): FoundNumber[] {
  const found: FoundNumber[] = [];
  if (!mayHaveNumber(text)) return found;
  for (const m of text.matchAll(RUN)) {
    const run = m[0].trimEnd();
    const start = m.index + (m[0].length - m[0].trimStart().length);
    const end = start + run.trimStart().length;
    const before = text.slice(Math.max(0, start - 24), start);
    const after = text.slice(end, end + 2);
    const digits = plain(run);
    if (digits.length < 8 || digits.length > 17 || OTHER.test(before) || glued(before, after)) continue;
    const alone = text.trim() === text.slice(start, end);
    const number = /^[+＋]/.test(run.trimStart())
      ? international(run, digits) : national(run, digits, before, alone);
    if (number !== null) found.push({ start, end, text: text.slice(start, end), number });
  }
  return found;
}
