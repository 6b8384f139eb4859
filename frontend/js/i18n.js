/**
 * The words of the pages in the browser's language. English is complete and stands in for
 * whatever another language lacks.
 * Words that not even English has are a programming error, which the tests look for.
 */
import de from './strings/de.js';
import en from './strings/en.js';
import fr from './strings/fr.js';

const LANGUAGES = { en, de, fr };

/** The first language the browser asks for that we have. */
function choose() {
  for (const wanted of navigator.languages ?? [navigator.language]) {
    const short = String(wanted).toLowerCase().split('-')[0];
    if (short in LANGUAGES) return { short, full: wanted };
  }
  return { short: 'en', full: 'en-GB' };
}

const chosen = choose();

/** The language in force: `en`, `de` or `fr`. */
export const language = chosen.short;
/** The locale for dates and numbers, such as `de-AT`; English of no country has the 24-hour clock. */
export const locale = chosen.full === 'en' ? 'en-GB' : chosen.full;

const plural = new Intl.PluralRules(locale);

/** True where we have words for that key. */
export const has = (key) => key in LANGUAGES[language] || key in en;

/** The words for `key`, with `{name}` filled in; with `count`, `key_one` or `key_other`. */
export function t(key, values = {}) {
  const name = 'count' in values && !(key in en) ? `${key}_${plural.select(values.count) === 'one' ? 'one' : 'other'}` : key;
  const text = LANGUAGES[language][name] ?? en[name];
  if (text === undefined) {
    console.error(`no words for ${name}`);
    return name;
  }
  return text.replace(/\{(\w+)\}/g, (whole, word) => (word in values ? String(values[word]) : whole));
}

/** The words for `prefix.code`, or `otherwise` where we have none for that code. */
export function tOr(prefix, code, otherwise) {
  return has(`${prefix}.${code}`) ? t(`${prefix}.${code}`) : otherwise;
}

/** Translates the page's own text: data-t for the text, data-t-ATTRIBUTE for an attribute. */
export function translatePage(root = document) {
  document.documentElement.lang = language;
  for (const element of root.querySelectorAll('[data-t]')) element.textContent = t(element.dataset.t);
  for (const name of ['aria-label', 'placeholder', 'title', 'content']) {
    for (const element of root.querySelectorAll(`[data-t-${name}]`)) {
      element.setAttribute(name, t(element.getAttribute(`data-t-${name}`)));
    }
  }
}
